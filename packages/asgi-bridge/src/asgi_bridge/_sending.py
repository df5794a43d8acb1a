"""Owns the sending half of an exchange: what `send` takes, in its turn, and what that waits for.

Does not judge messages, nor end the exchange; `_response` and `_exchange` do.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping

from asgi_bridge._file_sending import PATHSEND, ZEROCOPYSEND, send_file
from asgi_bridge._request import IncomingRequest
from asgi_bridge._response import BURST, COMPLETE, MESSAGE_COST, UNHEARD, Response
from asgi_bridge._waiters import Turnstile

__all__ = ["OutgoingResponse"]


class OutgoingResponse(IncomingRequest):
    """One response as it goes out, beside the request that it answers.

    A base class and not a part, without a constructor, for the reasons that its base has.
    """

    _turnstile: Turnstile | None
    """Lets messages through one at a time; None until the first one had to wait."""

    def on_writable(self) -> None:
        """Let the task go on that waits for the sink to have room."""
        if self._turnstile is not None:
            self._turnstile.open()

    async def send(self, message: Mapping[str, object]) -> None:
        """Take a part of the response, and wait while the client does not keep up.

        Concurrent calls are served in the order in which they were made. One that is cancelled
        while it waits for room has either sent its message or not touched it.

        Raises:
            TypeError: the message or a value in it has the wrong type.
            ValueError: the message is unknown, or a value in it malformed.
            RuntimeError: the message is out of order.
            ClientDisconnected: the client has left, or never wanted a body that does not end; an
                OSError.
        """
        try:
            kind = message.get("type")
        except AttributeError:
            raise TypeError(f"an ASGI message is a dict, not {type(message).__name__}") from None
        response = self._response
        try:
            if self._turnstile is not None:
                await self._send_in_turn(self._turnstile, kind, message)
            elif kind == "http.response.start":
                response.start(message)
                return
            # Not by `_apply`: most messages are one of these two, and a call costs as much as
            # what `start` does.
            elif (
                response.body(message)
                if kind == "http.response.body"
                else self._apply(kind, message)
            ):
                turnstile = self._turnstile = Turnstile(self._loop)
                async with turnstile.turn:
                    await self._follow_up(turnstile, kind, message)
        except Exception:
            self._note_end()
            if response.burst > BURST:
                await self._let_others_run()
            raise
        if response.state >= COMPLETE:
            self._note_end()
            return
        if response.state == UNHEARD:
            self._wake_receivers()
        if response.burst > BURST:
            await self._let_others_run()

    def _apply(self, kind: object, message: Mapping[str, object]) -> bool:
        """Take a message of any kind; return whether it takes time, as `_follow_up` says."""
        response = self._response
        if kind == "http.response.body":
            return response.body(message)
        if kind == "http.response.start":
            response.start(message)
            return False
        response.burst += MESSAGE_COST
        if kind in _FILES:
            return True
        take = _RARE.get(kind)
        if take is None:
            raise ValueError(f"no ASGI message for a response: {kind!r}")
        take(response, message)
        return False

    async def _send_in_turn(
        self, turnstile: Turnstile, kind: object, message: Mapping[str, object]
    ) -> None:
        async with turnstile.turn:
            if turnstile.is_shut:
                self._response.burst = 0
                await turnstile.opening()
            if self._apply(kind, message):
                await self._follow_up(turnstile, kind, message)

    async def _follow_up(
        self, turnstile: Turnstile, kind: object, message: Mapping[str, object]
    ) -> None:
        """Do what a message takes time for: send its file, or wait for room."""
        response = self._response
        if kind in _FILES:
            await send_file(message, response, turnstile, self._loop)
            return
        response.burst = 0
        await turnstile.room()
        if response.is_lost:
            raise response.refusal("http.response.body")

    async def _let_others_run(self) -> None:
        self._response.burst = 0
        await asyncio.sleep(0)

    def _wake(self) -> None:
        """Wake all that wait, to learn of the end."""
        self._wake_receivers()
        self.on_writable()

    @abstractmethod
    def _note_end(self) -> None:
        """Look whether the response is over."""


_FILES: frozenset[object] = frozenset({PATHSEND, ZEROCOPYSEND})

_RARE: Mapping[object, Callable[[Response, Mapping[str, object]], None]] = {
    "http.response.trailers": Response.trailers,
    "http.response.early_hint": Response.early_hint,
    "http.response.informational": Response.informational,
}
