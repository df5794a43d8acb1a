"""Owns streams: their states (RFC 9113 section 5.1), and how they end.

Does not know which others are open, and does not read frames: the connection says what arrived.
"""

from typing import Final, Protocol

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._outbound import Outbound
from h2c_core._request_body import RequestBody
from h2c_core._request_head import Field, RequestHead
from h2c_core._responses import Response
from h2c_core._states import (
    CLOSED,
    HALF_CLOSED_LOCAL,
    RECEIVED_END,
    RESET,
    SENT_END,
    TRANSITIONS,
)
from h2c_core._stream_ids import StreamIds

__all__ = ["Stream", "StreamHandler", "StreamOwner"]

_DEFAULT_WEIGHT: Final = 16
_CONTINUE: Final = 100


class StreamHandler(Protocol):
    """What the application's side learns of a request; every call only records."""

    def on_data(self, chunk: bytes) -> None:
        """Body bytes arrived; they are held against the stream's window until `credit`.

        Small DATA frames that came in one read are joined, up to 1,024 to a chunk. What a peer
        sends byte by byte, in reads of its own, is not: a handler that keeps chunks joins those
        under 1 KiB, or keeps 40 bytes of objects and more for each. `Limits.max_buffered_body`
        counts 64 for them.
        """

    def on_end(self, trailers: list[Field]) -> None:
        """The request is complete; not called when the head already said `end_stream`."""

    def on_reset(self, error_code: int) -> None:
        """The stream is gone: reset, or the connection ended."""

    def on_writable(self) -> None:
        """There is room again after `Stream.data` said False."""


class StreamOwner:
    """Where a stream is listed, and what it tells of its end.

    Attributes:
        ids: what is remembered of streams that are closed.
        max_discarded_body: see `Limits`.
    """

    __slots__ = ("ids", "max_discarded_body")

    def __init__(self, ids: StreamIds, max_discarded_body: int) -> None:
        self.ids = ids
        self.max_discarded_body = max_discarded_body

    def remove(self, stream_id: int) -> None:
        """A stream is closed."""
        raise NotImplementedError

    def note_times(self, shortest: float) -> None:
        """A stream has times of its own, of which this one is the shortest."""
        raise NotImplementedError

    def note_early_end(self) -> None:
        """A response has ended before its request."""
        raise NotImplementedError


class Stream(Response):
    """One request and its response. Calls on a stream that is gone do nothing.

    Attributes:
        stream_id: the stream's number.
        handler: who takes the request; None when it has returned or the stream was reset, so that
            the two do not keep each other alive.
        body: the request's body; None when the request ended with its head.
        weight: RFC 7540 weight, 1 to 256.
        depends_on: RFC 7540 dependency, a stream id.
        held: bytes that the objects of its decoded fields take.
        times: `Limits.timeout_body` and `Limits.timeout_response_stall` of this stream, where they
            are its own; infinite for no limit.
        urgency: 0 to 7, 0 being the most urgent; 3 unless the client says something else.
        incremental: the client has a use for parts of the response.
    """

    __slots__ = ("_table", "body", "depends_on", "handler", "held", "times", "weight")

    def __init__(self, stream_id: int, table: StreamOwner, outbound: Outbound) -> None:
        super().__init__(stream_id, outbound)
        self._table = table
        self.handler: StreamHandler | None = None
        self.body: RequestBody | None = None
        self.times: tuple[float, float] | None = None
        self.weight = _DEFAULT_WEIGHT
        self.depends_on = 0
        self.held = 0

    # What the application may do, beside sending its response.

    def credit(self, size: int) -> None:
        """Let the peer send `size` bytes more: the application took as many.

        Raises:
            LocalProtocolError: more than was received.
        """
        if self.body is not None:
            self.body.take(size)

    def set_timeouts(self, body: float, response_stall: float) -> None:
        """Take other times than `Limits` has, for this stream; to be called in `open_stream`.

        Args:
            body: in place of `Limits.timeout_body`; infinite for no limit.
            response_stall: in place of `Limits.timeout_response_stall`, likewise.
        """
        self.times = (body, response_stall)
        self._table.note_times(min(body, response_stall))

    def informational(self, status: int, headers: list[Field]) -> None:
        """Send an interim response, 100 to 199 but not 101 (RFC 9113 sections 8.1 and 8.6).

        Raises:
            ValueError: the status is another one, or a field unsafe; nothing was sent.
            LocalProtocolError: the final response has started.
        """
        super().informational(status, headers)
        if status == _CONTINUE and self.body is not None:
            self.body.is_expected = False

    def finish(self) -> None:
        """The application has answered, and reads no more of its request.

        While the peer still sends, what comes is dropped and credited, so that a client that sends
        its whole request before it reads is served: a reset beside the response, which section 8.1
        allows, makes such clients lose it. The stream ends with the request, or is reset with
        NO_ERROR above `Limits.max_discarded_body`. A response that is not complete is aborted.
        """
        self.handler = None
        if self.body is not None:
            self.body.take_all()
        if self.state == HALF_CLOSED_LOCAL:
            self._let_pass()
        elif not self._cannot_send():
            self.abort()

    def is_discarding(self) -> bool:
        """The response is complete, and what the peer still sends is dropped."""
        return self.state == HALF_CLOSED_LOCAL and self.handler is None

    def stop_discarding(self) -> None:
        """The peer has had its time to end its request: reset the stream with NO_ERROR."""
        if self.is_discarding():
            self.reset(ErrorCodes.NO_ERROR)

    def abort(self) -> None:
        """The response cannot be completed: reset the stream with INTERNAL_ERROR."""
        self.reset(ErrorCodes.INTERNAL_ERROR)

    def reset(self, error_code: int) -> None:
        """Send RST_STREAM and forget the stream; nothing when it is closed already."""
        if self.state == CLOSED:
            return
        self._outbound.control(_frames.rst_stream(self.stream_id, error_code))
        self._table.ids.remember_reset(self.stream_id)
        self.close()

    # What the connection tells.

    def bind(self, handler: StreamHandler, head: RequestHead) -> None:
        """Take the handler of the request, and what its head says of the response."""
        self.handler = handler
        if head.method != b"GET":
            self.is_head = head.method == b"HEAD"
            self.is_tunnel = head.method == b"CONNECT"
            self.can_trailers = not self.is_tunnel
        if head.expect_continue and self.body is not None:
            self.body.is_expected = True

    def received(self, chunk: bytes, *, is_last: bool) -> None:
        """Pass body bytes on, or drop them when nobody will read them.

        The last ones need no reset, however many were dropped.
        """
        body = self.body
        if body is None:
            return
        if self.handler is not None:
            body.hold(len(chunk))
            self.handler.on_data(chunk)
            return
        body.pass_over(len(chunk))
        if not is_last and body.is_beyond():
            self.stop_discarding()

    def received_end(self, trailers: list[Field]) -> None:
        """The peer ended its half."""
        self.half_close()
        if self.handler is not None:
            self.handler.on_end(trailers)

    def half_close(self) -> None:
        """Enter the state that follows the peer's END_STREAM."""
        self.state = TRANSITIONS[self.state][RECEIVED_END]
        if self.body is not None:
            self.body.received_end()
        if self.state == CLOSED:
            self._table.remove(self.stream_id)

    def end_sent(self) -> None:
        """Enter the state that follows our END_STREAM."""
        self.state = TRANSITIONS[self.state][SENT_END]
        if self.state == CLOSED:
            self._table.remove(self.stream_id)
        elif self.body is not None:
            if self.handler is None:
                self._let_pass()
            self._table.note_early_end()

    def _let_pass(self) -> None:
        if self.body is not None:
            self.body.let_pass(self._table.max_discarded_body)

    def room_again(self) -> None:
        """Wake the application that was told to wait."""
        if self.handler is not None:
            self.handler.on_writable()

    def close(self) -> None:
        """Forget all that the stream holds."""
        self.state = TRANSITIONS[self.state][RESET]
        self.handler = None
        self._outbound.forget(self)
        if self.body is not None:
            self.body.end()
        self._table.remove(self.stream_id)

    def fail(self, error_code: int) -> None:
        """Close, and tell the application unless it has returned."""
        handler = self.handler
        self.close()
        if handler is not None:
            handler.on_reset(error_code)
