"""Owns the ends of a response that its application does not bring about by sending the last of it.

They are errors, silence, a client that has left, and a request that is too large. Does not take
messages; `_response` does.
"""

from logging import Logger
from typing import Final, Protocol

from asgi_bridge._defaults import DefaultHeaders
from asgi_bridge._sink import ResponseSink
from asgi_bridge._states import (
    ABORTED,
    COMPLETE,
    DEPARTED,
    HELD,
    LOST,
    OVERRULED,
    START,
    UNHEARD,
    refusal,
)
from asgi_bridge.errors import is_departure

__all__ = ["MESSAGE_COST", "EndableResponse", "ResponseContext"]

MESSAGE_COST: Final = 1024
"""Bytes that a message counts above its body in a burst: 256 empty ones are one too."""

_CONTENT_TYPE: Final = (b"content-type", b"text/plain; charset=utf-8")
_OWN_NAMES: Final = frozenset({b"content-type"})


class ResponseContext(Protocol):
    """What all responses of a server share."""

    @property
    def default_headers(self) -> DefaultHeaders:
        """What is added to their heads."""

    @property
    def logger(self) -> Logger:
        """Gets the application's exceptions, and what it left undone."""


class EndableResponse:
    """The side of a response that others than its application may end.

    A base class and not a part: an object more has its price, and both sides share the state. It
    has no constructor of its own for the same reason.
    """

    state: int
    status: int
    """Status of the head that went out, 0 before."""
    burst: int
    """Bytes of the bodies sent, and the cost of their messages; set back by the caller."""
    _context: ResponseContext
    _sink: ResponseSink

    @property
    def is_lost(self) -> bool:
        """Whether the client left before the response was complete."""
        return self.state == LOST

    def refusal(self, kind: object) -> Exception:
        """Make the exception for a message that cannot be taken now."""
        self.burst += MESSAGE_COST
        return refusal(kind, self.state)

    def lose(self) -> None:
        """Note that the client has left."""
        if self.state < COMPLETE:
            self.state = LOST

    def fail(self, error: BaseException) -> None:
        """End the response of an application that has raised.

        Answered with 500 unless something has gone out already: a start that no body has followed
        has not.
        """
        if self.state in DEPARTED and is_departure(error):
            self._context.logger.debug("ASGI application ended with its client", exc_info=error)
            return
        self._context.logger.error("Exception in ASGI application", exc_info=error)
        self._end_unfinished()

    def miss(self, *, is_excused: bool) -> None:
        """End the response that an application has returned without.

        Args:
            is_excused: the application was told to come to an end.
        """
        if self.state == UNHEARD:  # as it was told, too
            self._end_unheard(COMPLETE)
            return
        if not is_excused:
            self._context.logger.error(
                "ASGI application returned without %s",
                "a response" if self.state == START else "completing its response",
            )
        self._end_unfinished()

    def overrule(self) -> None:
        """Refuse the request: its body is larger than it may be (RFC 9110, 15.5.14).

        Answered with 413 unless something has gone out already: what has, is cut off.
        """
        if self.state <= HELD:
            self._answer(413, b"Content Too Large", OVERRULED)
        elif self.state == UNHEARD:
            self._end_unheard(OVERRULED)
        else:
            self.cut_off()

    def cut_off(self) -> None:
        """Give up what is not complete, for no fault of the application."""
        if self.state < COMPLETE:
            self.state = LOST
            self._sink.abort()

    def abort(self) -> None:
        """Give up what is not complete."""
        if self.state < COMPLETE:
            self.state = ABORTED
            self._sink.abort()

    def _end_unfinished(self) -> None:
        if self.state <= HELD:
            self._answer(500, b"Internal Server Error", COMPLETE)
        else:
            self.abort()

    def _end_unheard(self, state: int) -> None:
        """End a response whose body does not go out."""
        self.state = state
        self._sink.data(b"", True)

    def _answer(self, status: int, text: bytes, state: int) -> None:
        fields = [_CONTENT_TYPE, (b"content-length", b"%d" % len(text))]
        self._context.default_headers.add_to(fields, _OWN_NAMES)
        self.state = state
        self.status = status
        self._sink.start(status, fields, False)
        self._sink.data(text, True)
