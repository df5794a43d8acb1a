"""Owns the order and the framing of one response: which message may come next, and what goes out.

Does not wait and knows no task: it says when the next message has to wait, and is not called
before. It is for whatever answers a request, an HTTP exchange or a refused handshake.
"""

from collections.abc import Awaitable, Mapping
from io import FileIO
from typing import Final

from asgi_bridge._interim import EARLY_HINTS, InterimHeads, read_informational, read_links
from asgi_bridge._messages import Field, as_bytes, check_fields, check_status
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._states import BODY, COMPLETE, CUT, HELD, START, TRAILERS, UNHEARD
from asgi_bridge._verdicts import MESSAGE_COST, EndableResponse, ResponseContext

__all__ = ["BURST", "COMPLETE", "CUT", "MESSAGE_COST", "UNHEARD", "Response", "ResponseContext"]

BURST: Final = 256 * 1024
"""Bytes that a task may send or receive without suspending before it lets the others run once."""

_NO_FIELDS: list[Field] = []


class Response(EndableResponse):
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

    def __init__(self, context: ResponseContext, head: RequestHead, sink: ResponseSink) -> None:
        self.state = START
        self.status = 0
        self.burst = 0
        self._context = context
        self._sink = sink
        self._head = head
        self._held_status = 0
        self._fields: list[Field] = _NO_FIELDS
        self._remaining = -1  # bytes that content-length still asks for, -1 without one
        self._trailers: list[Field] | None = None  # collected where they were announced
        self._drops_trailers = False  # they were announced, and the client takes none
        self._droppable = -1  # bytes of a body that is none that are still taken, -1 for others
        self._interim: InterimHeads | None = None

    def start(self, message: Mapping[str, object]) -> None:
        """Hold the head until the first body message, as ASGI wants it."""
        if self.state != START:
            raise self.refusal("http.response.start")
        status = message.get("status")
        if type(status) is not int or not 200 <= status <= 999:
            status = check_status(status)
        defaults = self._context.default_headers
        fields, remaining = defaults.complete(message.get("headers", ()))
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
        self.state = HELD

    def body(self, message: Mapping[str, object]) -> bool:
        """Send a part of the body, after the head if that was held.

        A head that the sink refuses with ValueError did not happen: the application may start
        again. Of a response that has no body, 256 KiB are dropped; an application that sends more
        is told that nobody listens.

        Returns:
            True when the next message has to wait until the sink has room.
        """
        state = self.state
        if state != HELD and state != BODY and state != UNHEARD:  # noqa: PLR1714 - the cheapest
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
        if state == HELD:
            end = closes and not size
            try:  # what `_send_head` does: a call more is a fiftieth of an exchange
                sink.start(self._held_status, self._fields, end)
            except ValueError:
                self._take_back()
                raise
            self.status = self._held_status
            self.state = BODY
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
            self.state = TRAILERS
        return not has_room

    def trailers(self, message: Mapping[str, object]) -> None:
        """Collect trailing fields, and end the response with them unless more follow."""
        if self._drops_trailers and self.state == COMPLETE:
            check_fields(message.get("headers", ()), {})
            self._drops_trailers = bool(message.get("more_trailers"))
            return
        if self.state != TRAILERS or self._trailers is None:
            raise self.refusal("http.response.trailers")
        fields, _, _ = check_fields(message.get("headers", ()), {})
        fields = self._trailers + fields
        if message.get("more_trailers"):
            self._trailers = fields
            return
        self._sink.trailers(fields)
        self.state = COMPLETE

    # Interim heads, which go out before the response's own.

    def informational(self, message: Mapping[str, object]) -> None:
        """Send an interim head."""
        if self.state > HELD:
            raise self.refusal("http.response.informational")
        status, fields = read_informational(message)
        self._send_interim(status, fields)

    def early_hint(self, message: Mapping[str, object]) -> None:
        """Send hints; they are left out once the head has gone, as ASGI lets a server do."""
        if self.state >= COMPLETE:
            raise self.refusal("http.response.early_hint")
        links = read_links(message)
        if self.state <= HELD:
            self._send_interim(EARLY_HINTS, links)

    def _send_interim(self, status: int, fields: list[Field]) -> None:
        if self._interim is None:
            self._interim = InterimHeads(self._sink)
        self._interim.send(status, fields)

    # Files, whose bytes may go past this.

    @property
    def drops_body(self) -> bool:
        """Whether the body of this response does not go out."""
        return self._droppable >= 0

    def check_file(self, kind: object, *, is_alone: bool) -> None:
        """See that a file may come now; with `is_alone` only in place of the whole body."""
        state = self.state
        if state != HELD and (is_alone or state not in {BODY, UNHEARD}):
            raise self.refusal(kind)

    def announce(self, size: int) -> None:
        """Add a content-length to a head that is still held and has none: all of the body comes."""
        if (
            self.state != HELD
            or self._held_status == 204
            or self._trailers is not None
            or any(name.lower() == b"content-length" for name, _ in self._fields)
        ):
            return
        self._fields = [*self._fields, (b"content-length", b"%d" % size)]
        if self._droppable < 0:
            self._remaining = size

    def file(self, file: FileIO, offset: int, count: int, *, ends: bool) -> Awaitable[None] | None:
        """Let the sink send a part of a file, after the head if that was held.

        Returns:
            What is to be awaited before `end_file`; None where its bytes are to come by `body`,
            unless this has ended the response.
        """
        remaining = self._remaining
        does_fit = remaining < 0 or (remaining == count if ends else remaining >= count)
        if not does_fit and not self._fits(count, ends):
            return None
        if self.state == HELD:
            self._send_head()
        elif self.state != BODY:
            raise self.refusal("http.response.body")
        transfer = self._sink.file(file, offset, count, ends and self._trailers is None)
        if transfer is not None and remaining >= 0:
            self._remaining -= count
        return transfer

    def end_file(self, *, ends: bool) -> None:
        """Note that the sink has sent a file."""
        if ends and self.state == BODY:
            self.state = COMPLETE if self._trailers is None else TRAILERS

    def _send_head(self) -> None:
        try:
            self._sink.start(self._held_status, self._fields, False)
        except ValueError:
            self._take_back()
            raise
        self.status = self._held_status
        self.state = BODY

    def _take_back(self) -> None:
        """Forget a head that the sink has refused."""
        self.state = START
        self._droppable = -1
        self._trailers = None
        self._drops_trailers = False

    def _drop(self, size: int, ends: bool) -> None:
        """Take a part of a body that does not go out, which may not go on for ever."""
        self._droppable -= size
        if ends:
            self._end_unheard(COMPLETE)
        elif self._droppable < 0:
            self._end_unheard(CUT)
            raise self.refusal("http.response.body")

    def _fits(self, size: int, ends: bool) -> bool:
        """Count body bytes against content-length: more of them would be read as a response.

        As long as nothing has gone out the application may send a shorter body, and otherwise the
        client is told of the fault.
        """
        remaining = self._remaining - size
        if remaining < 0:
            if self.state != HELD:
                self.abort()
            raise RuntimeError("the body is longer than its content-length")
        self._remaining = remaining
        if ends and remaining:
            self._context.logger.error(
                "ASGI application sent %d bytes less than its content-length", remaining
            )
            self._end_unfinished()
            return False
        return True
