"""Owns the receiving half of an exchange: a request, from what arrives to what `receive` gives.

Does not call the wire from what the wire calls; that only records.
"""

import asyncio
from abc import abstractmethod

from asgi_bridge._asgi import HTTPReceiveEvent
from asgi_bridge._body import RequestBody
from asgi_bridge._response import BURST, MESSAGE_COST, UNHEARD, Response
from asgi_bridge._sink import ResponseSink
from asgi_bridge._waiters import Waiters

__all__ = ["IncomingRequest"]


class IncomingRequest:
    """One request as it comes in.

    A base class and not a part, because there is one of it to every exchange and an object more
    has its price. It has no constructor of its own: each that calls the next one costs a fiftieth
    of an exchange. Neither has it `__slots__`: CPython makes objects of classes without them by a
    shorter way (`CALL_ALLOC_AND_ENTER_INIT`, up to 30 attributes), which is worth as much.
    """

    sink: ResponseSink
    """Gets the credit for what the application has taken."""
    body_received: int
    """Bytes of the request's body that have arrived."""
    _loop: asyncio.AbstractEventLoop
    _response: Response
    _body: RequestBody | None
    """None where there is none, and once nobody takes it any more."""
    _max_body: int
    _is_taken: bool
    _is_too_large: bool
    _is_disconnecting: bool
    _burst: int
    _receivers: Waiters | None

    def on_data(self, chunk: bytes) -> None:
        """Keep bytes of the request's body, unless they are more than there may be."""
        self.body_received += len(chunk)
        if self._max_body and self.body_received > self._max_body:
            if not self._is_too_large:
                self._is_too_large = True
                self._body = None
                # Not now: nothing is sent from inside of what the wire calls.
                self._loop.call_soon(self._overrule)
        elif self._body is not None:
            self._body.add(chunk)
            self._wake_receivers()

    def on_end(self, trailers: list[tuple[bytes, bytes]]) -> None:
        """Note that the body is complete; ASGI has no place for a request's trailers."""
        if self._body is not None:
            self._body.is_ended = True
            self._wake_receivers()

    def disconnect(self) -> None:
        """Tell an application that has taken the whole request to come to an end.

        Its `receive` returns `http.disconnect`; it may go on sending.
        """
        self._is_disconnecting = True
        self._wake_receivers()

    async def receive(self) -> HTTPReceiveEvent:
        """Give the next part of the request, or wait for it (ASGI HTTP 2.5, Request).

        After the last part: wait until the response is complete, the client has left or
        `disconnect` was called, and say so. The response to HEAD, and one with status 204 or 304,
        is complete with its head: without a body to be sent, nothing else would tell an
        application that the client has gone.
        """
        self._burst += MESSAGE_COST
        if self._burst > BURST:
            self._burst = 0
            await asyncio.sleep(0)
        while True:
            if self._response.state >= UNHEARD:
                return {"type": "http.disconnect"}
            if self._is_taken:
                if self._is_disconnecting:
                    return {"type": "http.disconnect"}
            else:
                body = self._body
                if body is None:
                    if self._is_too_large:
                        self._overrule()
                        continue
                    self._is_taken = True
                    return {"type": "http.request", "body": b"", "more_body": False}
                chunk = body.take()
                if chunk or body.is_ended:
                    return self._deliver(body, chunk)
                if body.is_expected:
                    self._invite(body)
            self._burst = 0
            if self._receivers is None:
                self._receivers = Waiters(self._loop)
            await self._receivers.wait()

    @abstractmethod
    def _overrule(self) -> None:
        """Refuse the request, whose body is too large."""

    def _deliver(self, body: RequestBody, chunk: bytes) -> HTTPReceiveEvent:
        self._is_taken = is_last = body.is_ended and body.is_empty
        if chunk:
            self._burst += len(chunk)
            self.sink.credit(len(chunk))
        return {"type": "http.request", "body": chunk, "more_body": not is_last}

    def _invite(self, body: RequestBody) -> None:
        """Send the 100 that the client waits for, if it still does."""
        body.is_expected = False
        if not self.body_received and not self._response.status:
            self.sink.informational(100, [])

    def _wake_receivers(self) -> None:
        if self._receivers is not None:
            self._receivers.wake()
