"""Owns the order and the framing of one response: which message may come next, and what goes out.

Does not wait and knows no task: it says when the next message has to wait, and is not called
before. It is for whatever answers a request, an HTTP exchange or a refused handshake.
"""

from collections.abc import Mapping
from logging import Logger
from typing import Final, Protocol

from asgi_bridge._defaults import DefaultHeaders
from asgi_bridge._messages import Field, as_bytes, check_fields, check_status, parse_length
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge.errors import ClientDisconnected, is_departure

__all__ = ["BURST", "COMPLETE", "CUT", "MESSAGE_COST", "UNHEARD", "Response", "ResponseContext"]

# The states, in order. From UNHEARD on nobody waits for more, from COMPLETE on nothing more can be
# sent; up to CUT the client got all that there was for it.
_START: Final = 0
_HELD: Final = 1  # the start waits for the first body message
_BODY: Final = 2
_TRAILERS: Final = 3  # the body is complete, and trailers were announced
UNHEARD: Final = 4  # all has gone out, and the body that follows is dropped
COMPLETE: Final = 5
CUT: Final = 6  # complete as well, but the application would not come to an end
_ABORTED: Final = 7
_LOST: Final = 8  # the client has left

_EXPECTED: Final = (
    "http.response.start",
    "http.response.body",
    "http.response.body",
    "http.response.trailers",
    "http.response.body",
    "nothing: the response is complete",
    "nothing: the response was cut off",
    "nothing: the response was aborted",
)

BURST: Final = 256 * 1024
"""Bytes that a task may send or receive without suspending before it lets the others run once."""

MESSAGE_COST: Final = 1024
"""Bytes that a message counts above its body in a burst: 256 empty ones are one too."""

_ERROR_BODY: Final = b"Internal Server Error"
_ERROR_FIELDS: Final = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", str(len(_ERROR_BODY)).encode()),
)
_ERROR_NAMES: Final = frozenset({b"content-type"})

_NO_FIELDS: list[Field] = []


class ResponseContext(Protocol):
    """What all responses of a server share."""

    @property
    def default_headers(self) -> DefaultHeaders:
        """What is added to their heads."""

    @property
    def logger(self) -> Logger:
        """Gets the application's exceptions, and what it left undone."""


class Response:
    """The response to one request, from the application's messages to the calls of the sink.

    The methods named after messages take one each. They raise

    - TypeError where a value is of the wrong type,
    - ValueError where it is malformed,
    - RuntimeError where the message is out of order, or the body longer than its content-length,
    - ClientDisconnected where the client has left.

    Args:
        context: what it shares with all others.
        head: the head of the request.
        sink: where the response goes.
    """

    __slots__ = (
        "_context",
        "_droppable",
        "_drops_trailers",
        "_fields",
        "_head",
        "_held_status",
        "_remaining",
        "_sink",
        "_trailers",
        "burst",
        "state",
        "status",
    )

    def __init__(self, context: ResponseContext, head: RequestHead, sink: ResponseSink) -> None:
        self.state = _START
        self.status = 0
        """Status of the head that went out, 0 before."""
        self.burst = 0
        """Bytes of the bodies sent, and the cost of their messages; set back by the caller."""
        self._context = context
        self._head = head
        self._sink = sink
        self._held_status = 0
        self._fields: list[Field] = _NO_FIELDS
        self._remaining = -1  # bytes that content-length still asks for, -1 without one
        self._trailers: list[Field] | None = None  # collected where they were announced
        self._drops_trailers = False  # they were announced, and the client takes none
        self._droppable = -1  # bytes of a body that is none that are still taken, -1 for others

    @property
    def is_lost(self) -> bool:
        """Whether the client left before the response was complete."""
        return self.state == _LOST

    def start(self, message: Mapping[str, object]) -> None:
        """Hold the head until the first body message, as ASGI wants it."""
        if self.state != _START:
            raise self.refusal("http.response.start")
        status = message.get("status")
        if type(status) is not int or not 200 <= status <= 999:
            status = check_status(status)
        defaults = self._context.default_headers
        fields, length, found = check_fields(message.get("headers", ()), defaults.noted)
        remaining = -1 if length is None else parse_length(length)
        defaults.add_to(fields, found)
        if message.get("trailers"):
            if self._sink.can_trailers:
                self._trailers = []
            else:
                self._drops_trailers = True
        if status in {204, 304} or self._head.method == b"HEAD":
            # Without a body, whatever the length says of the one there might have been
            # (RFC 9110, 8.6), and without trailers (RFC 9110, 6.5).
            remaining = -1
            self._droppable = BURST
            self._drops_trailers |= self._trailers is not None
            self._trailers = None
        self._remaining = remaining
        self._fields = fields
        self._held_status = status
        self.state = _HELD

    def body(self, message: Mapping[str, object]) -> bool:
        """Send a part of the body, after the head if that was held.

        A head that the sink refuses with ValueError did not happen: the application may start
        again. Of a response that has no body, 256 KiB are dropped; an application that sends more
        is told that nobody listens.

        Returns:
            True when the next message has to wait until the sink has room.
        """
        state = self.state
        if not _HELD <= state <= _BODY and state != UNHEARD:
            raise self.refusal("http.response.body")
        body = message.get("body", b"")
        if type(body) is not bytes:
            body = as_bytes(body)
        size = len(body)
        self.burst += MESSAGE_COST + size
        ends = not message.get("more_body")
        remaining = self._remaining
        if remaining >= 0 and not (ends and remaining == size) and not self._fits(size, ends):
            return False
        closes = ends and self._trailers is None
        sink = self._sink
        if state == _HELD:
            end = closes and not size
            try:
                sink.start(self._held_status, self._fields, end)
            except ValueError:
                self._start_again()
                raise
            self.status = self._held_status
            self.state = _BODY
            # An empty chunk goes out too: the application wants the head to.
            has_room = end or sink.data(body, closes)
            if not closes and self._droppable >= 0:
                self.state = UNHEARD
        elif state == UNHEARD:
            self._drop(MESSAGE_COST + size, ends)
            return False
        else:
            has_room = not (size or closes) or sink.data(body, closes)
        if closes:
            self.state = COMPLETE
            return False
        if ends:
            self.state = _TRAILERS
        return not has_room

    def trailers(self, message: Mapping[str, object]) -> None:
        """Collect trailing fields, and end the response with them unless more follow."""
        if self._drops_trailers and self.state == COMPLETE:
            check_fields(message.get("headers", ()), {})
            self._drops_trailers = bool(message.get("more_trailers"))
            return
        if self.state != _TRAILERS or self._trailers is None:
            raise self.refusal("http.response.trailers")
        fields, _, _ = check_fields(message.get("headers", ()), {})
        fields = self._trailers + fields
        if message.get("more_trailers"):
            self._trailers = fields
            return
        self._sink.trailers(fields)
        self.state = COMPLETE

    def refusal(self, kind: object) -> Exception:
        """Make the exception for a message that cannot be taken now."""
        self.burst += MESSAGE_COST
        if self.state == _LOST:
            return ClientDisconnected("the client has left")
        if self.state == CUT:
            return ClientDisconnected("nobody waits for the body of a response without one")
        return RuntimeError(f"{kind} out of order, expected {_EXPECTED[self.state]}")

    def lose(self) -> None:
        """Note that the client has left."""
        if self.state < COMPLETE:
            self.state = _LOST

    def fail(self, error: BaseException) -> None:
        """End the response of an application that has raised."""
        if self.state in {CUT, _LOST} and is_departure(error):
            self._context.logger.debug("ASGI application ended with its client", exc_info=error)
            return
        self._context.logger.error("Exception in ASGI application", exc_info=error)
        if self.state == _START:
            self._answer_error()
        else:
            self.abort()

    def miss(self, *, is_excused: bool) -> None:
        """End the response that an application has returned without.

        Args:
            is_excused: the application was told to come to an end.
        """
        if self.state == UNHEARD:  # as it was told, too
            self._drop(0, ends=True)
            return
        if not is_excused:
            self._context.logger.error(
                "ASGI application returned without %s",
                "a response" if self.state == _START else "completing its response",
            )
        if self.state == _START:
            self._answer_error()
        else:
            self.abort()

    def abort(self) -> None:
        """Give up what is not complete."""
        if self.state < COMPLETE:
            self.state = _ABORTED
            self._sink.abort()

    def _drop(self, size: int, ends: bool) -> None:
        """Take a part of a body that does not go out, which may not go on for ever."""
        self._droppable -= size
        if ends or self._droppable < 0:
            self.state = COMPLETE if ends else CUT
            self._sink.data(b"", True)
            if not ends:
                raise self.refusal("http.response.body")

    def _start_again(self) -> None:
        self.state = _START
        self._droppable = -1
        self._trailers = None
        self._drops_trailers = False

    def _fits(self, size: int, ends: bool) -> bool:
        """Count body bytes against content-length: more of them would be read as a response."""
        remaining = self._remaining = self._remaining - size
        if remaining < 0:
            self.abort()
            raise RuntimeError("the body is longer than its content-length")
        if ends and remaining:
            self._context.logger.error(
                "ASGI application sent %d bytes less than its content-length", remaining
            )
            self.abort()
            return False
        return True

    def _answer_error(self) -> None:
        fields = list(_ERROR_FIELDS)
        self._context.default_headers.add_to(fields, _ERROR_NAMES)
        self.state = COMPLETE
        self.status = 500
        self._sink.start(500, fields, False)
        self._sink.data(_ERROR_BODY, True)
