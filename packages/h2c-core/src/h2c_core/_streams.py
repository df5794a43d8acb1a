"""Owns streams: their states (RFC 9113 section 5.1) and what an application may do with them.

Does not read frames: the connection says what arrived.
"""

from typing import Final, Protocol

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._credit import ConnectionCredit
from h2c_core._drain import Drain
from h2c_core._fields import Field, RequestHead
from h2c_core._outbound import Outbound
from h2c_core._scheduler import WaitingBody
from h2c_core._states import (
    CLOSED,
    HALF_CLOSED_LOCAL,
    IDLE,
    OPEN,
    OPENED,
    RECEIVED_END,
    RESET,
    SENT_END,
    TRANSITIONS,
)
from h2c_core._windows import ReceiveWindow
from h2c_core.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["Stream", "StreamHandler", "StreamTable"]

# Frames may have been under way when we reset a stream, and are no fault then (RFC 9113 section
# 5.1). As many resets are remembered as streams may be open at once by default.
REMEMBERED_RESETS: Final = 256

# Ranges of stream ids that the peer skipped, kept only to name the right error: clients number
# without gaps.
REMEMBERED_GAPS: Final = 8

_DEFAULT_WEIGHT: Final = 16
_FIRST_INTERIM: Final = 100
_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL: Final = 200
_LAST_STATUS: Final = 999
_NO_CONTENT: Final = 204
_NOT_MODIFIED: Final = 304


class StreamHandler(Protocol):
    """What the application's side learns of a request; every call only records."""

    def on_data(self, chunk: bytes) -> None:
        """Body bytes arrived; they are held against the stream's window until `credit`."""

    def on_end(self, trailers: list[Field]) -> None:
        """The request is complete; not called when the head already said `end_stream`."""

    def on_reset(self, error_code: int) -> None:
        """The stream is gone: reset, or the connection ended."""

    def on_writable(self) -> None:
        """There is room again after `Stream.data` said False."""


class Stream(WaitingBody):
    """One request and its response. Calls on a stream that is gone do nothing.

    Attributes:
        stream_id: the stream's number.
        state: one of the states of `_states`.
        handler: who takes the request; None when it has returned or the stream is closed, so that
            the two do not keep each other alive.
        bytes_sent: body bytes of the response accepted so far.
        weight: RFC 7540 weight, 1 to 256.
        depends_on: RFC 7540 dependency, a stream id.
        can_trailers: trailers can be sent; always so on HTTP/2.
    """

    __slots__ = (
        "_body_left",
        "_has_started",
        "_is_finished",
        "_is_head",
        "_outbound",
        "_table",
        "_unread",
        "_window",
        "bytes_sent",
        "can_trailers",
        "depends_on",
        "handler",
        "state",
        "weight",
    )

    def __init__(self, stream_id: int, table: "StreamTable", outbound: Outbound) -> None:
        super().__init__(stream_id, outbound.initial_window)
        self._table = table
        self._outbound = outbound
        self._window: ReceiveWindow | None = None
        self._unread = 0
        self._body_left = -1
        self._has_started = False
        self._is_head = False
        self._is_finished = False
        self.handler: StreamHandler | None = None
        self.state = TRANSITIONS[IDLE][OPENED]
        self.bytes_sent = 0
        self.can_trailers = True
        self.weight = _DEFAULT_WEIGHT
        self.depends_on = 0

    # What the application may do.

    def start(self, status: int, headers: list[Field], end: bool) -> None:
        """Send the head of the final response, and END_STREAM with it when `end`.

        Names are lower-cased and connection-specific fields left out (RFC 9113 section 8.2).

        Raises:
            ValueError: the status is not one of 200 to 999, or a field unsafe (CR, LF, NUL, not a
                token); nothing was sent.
            LocalProtocolError: the response has started already.
        """
        if self._cannot_send():
            return
        if self._has_started:
            msg = "a second final response"
            raise LocalProtocolError(msg)
        if not _FIRST_FINAL <= status <= _LAST_STATUS:
            raise ValueError(f"no status of a final response: {status}")
        # Responses without content end with their head (RFC 9110 section 6.4.1).
        if self._is_head or status in (_NO_CONTENT, _NOT_MODIFIED):
            end = True
        self._outbound.headers(self.stream_id, status, headers, end=end)
        self._has_started = True
        if end:
            self.end_sent()

    def data(self, chunk: bytes, end: bool) -> bool:
        """Send body bytes; False asks to wait for `on_writable` before the next ones.

        Raises:
            LocalProtocolError: the response has not started, or the last chunk still waits.
        """
        if self._cannot_send():
            return True
        self._check_ready()
        self.bytes_sent += len(chunk)
        return self._outbound.data(self, chunk, end=end)

    def informational(self, status: int, headers: list[Field]) -> None:
        """Send an interim response, 100 to 199 but not 101 (RFC 9113 sections 8.1 and 8.6).

        Raises:
            ValueError: the status is another one, or a field unsafe; nothing was sent.
            LocalProtocolError: the final response has started.
        """
        if self._cannot_send():
            return
        if self._has_started:
            msg = "an interim response after the final one"
            raise LocalProtocolError(msg)
        if not _FIRST_INTERIM <= status < _FIRST_FINAL or status == _SWITCHING_PROTOCOLS:
            raise ValueError(f"no status of an interim response: {status}")
        self._outbound.headers(self.stream_id, status, headers, end=False)

    def trailers(self, headers: list[Field]) -> None:
        """Send trailers, which end the response.

        Raises:
            ValueError: a field is unsafe; nothing was sent.
            LocalProtocolError: the response has not started, or the last chunk still waits.
        """
        if self._cannot_send():
            return
        self._check_ready()
        self._outbound.headers(self.stream_id, 0, headers, end=True)
        self.end_sent()

    def credit(self, size: int) -> None:
        """Let the peer send `size` bytes more: the application took as many.

        Raises:
            LocalProtocolError: more than was received.
        """
        if self._unread == 0:
            return
        if size > self._unread:
            msg = "credit for more bytes than were received"
            raise LocalProtocolError(msg)
        self._unread -= size
        self._table.credit.released(size)
        self._widen(size)

    def finish(self) -> None:
        """The application has answered; the rest of its request is not wanted (section 8.1)."""
        self._is_finished = True
        self.handler = None
        unread = self._unread
        self.release()
        self._widen(unread)
        if self.state == HALF_CLOSED_LOCAL:
            self.reset(ErrorCodes.NO_ERROR)
        elif self.state != CLOSED and not (self.chunk is not None and self.ends):
            self.abort()

    def abort(self) -> None:
        """The response cannot be completed: reset the stream with INTERNAL_ERROR."""
        self.reset(ErrorCodes.INTERNAL_ERROR)

    def reset(self, error_code: int) -> None:
        """Send RST_STREAM and forget the stream; nothing when it is closed already."""
        if self.state == CLOSED:
            return
        self._outbound.control(_frames.rst_stream(self.stream_id, error_code))
        self._table.remember_reset(self.stream_id)
        self.close()

    # What the connection tells.

    def bind(self, handler: StreamHandler, head: RequestHead, window: ReceiveWindow | None) -> None:
        """Take the handler of the request, and what its head says of body and response."""
        self.handler = handler
        self._is_head = head.method == b"HEAD"
        self._body_left = head.content_length
        self._window = window

    def can_receive(self) -> bool:
        """The peer has not ended its half."""
        return self.state == OPEN or self.state == HALF_CLOSED_LOCAL  # noqa: PLR1714

    def narrow(self, size: int) -> None:
        """The peer acknowledged a stream window that is smaller by `size` (section 6.9.3)."""
        if self._window is not None:
            self._window.narrow(size)

    def consume(self, size: int) -> bool:
        """Count the payload of a DATA frame; False when the window does not admit it."""
        return self._window is not None and self._window.consume(size)

    def is_too_long(self, size: int) -> bool:
        """Count `size` body bytes to come; whether they exceed content-length (section 8.1.1)."""
        if self._body_left < 0:
            return False
        if size > self._body_left:
            return True
        self._body_left -= size
        return False

    def is_short(self) -> bool:
        """Whether an end of the body now would be before its content-length."""
        return self._body_left > 0

    def received(self, chunk: bytes) -> None:
        """Pass body bytes on, or drop them when nobody will read them."""
        size = len(chunk)
        if self.handler is None:
            self.pass_over(size)
            return
        self._unread += size
        self._table.credit.buffered(size)
        self.handler.on_data(chunk)

    def pass_over(self, size: int) -> None:
        """Credit bytes that nobody will read."""
        self._table.credit.passed_over(size)
        self._widen(size)

    def received_end(self, trailers: list[Field]) -> None:
        """The peer ended its half."""
        self.half_close()
        if self.handler is not None:
            self.handler.on_end(trailers)

    def half_close(self) -> None:
        """Enter the state that follows the peer's END_STREAM."""
        self.state = TRANSITIONS[self.state][RECEIVED_END]
        if self.state == CLOSED:
            self._table.remove(self.stream_id)

    def end_sent(self) -> None:
        """Enter the state that follows our END_STREAM."""
        self.state = TRANSITIONS[self.state][SENT_END]
        if self.state == CLOSED:
            self._table.remove(self.stream_id)
        elif self._is_finished:
            self.reset(ErrorCodes.NO_ERROR)

    def room_again(self) -> None:
        """Wake the application that was told to wait."""
        if self.handler is not None:
            self.handler.on_writable()

    def close(self) -> None:
        """Forget all that the stream holds."""
        self.state = TRANSITIONS[self.state][RESET]
        self.handler = None
        self._outbound.forget(self)
        self.release()
        self._table.remove(self.stream_id)

    def fail(self, error_code: int) -> None:
        """Close, and tell the application unless it has returned."""
        handler = self.handler
        self.close()
        if handler is not None:
            handler.on_reset(error_code)

    def release(self) -> None:
        """Stop counting the bytes that the application holds."""
        if self._unread:
            self._table.credit.released(self._unread)
            self._unread = 0

    def _widen(self, size: int) -> None:
        if size and self._window is not None and self.can_receive():
            increment = self._window.credit(size)
            if increment:
                self._outbound.control(_frames.window_update(self.stream_id, increment))

    def _check_ready(self) -> None:
        if not self._has_started:
            msg = "body or trailers before the head of the response"
            raise LocalProtocolError(msg)
        if self.chunk is not None:
            msg = "body or trailers while the last chunk still waits for room"
            raise LocalProtocolError(msg)

    def _cannot_send(self) -> bool:
        return self.state == CLOSED or self.state == HALF_CLOSED_LOCAL or self.ends  # noqa: PLR1714


class StreamTable:
    """The streams that are open or half closed, and what is remembered of closed ones.

    Attributes:
        live: streams by number.
        credit: the connection's receive window.
        drain: knows the highest stream id, and is told when the last stream ends.
    """

    __slots__ = ("_forgotten", "_gaps", "_outbound", "_resets", "credit", "drain", "live")

    def __init__(self, outbound: Outbound, credit: ConnectionCredit, drain: Drain) -> None:
        self.live: dict[int, Stream] = {}
        self.credit = credit
        self.drain = drain
        self._outbound = outbound
        self._resets: dict[int, None] = {}
        self._forgotten = 0
        self._gaps: list[tuple[int, int]] = []

    def count(self, stream_id: int) -> None:
        """Note a new stream: all below it that were not used are closed from now on (5.1.1).

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR, the number is even.
        """
        if not stream_id & 1:
            msg = "a client's stream has an even number"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)
        last = self.drain.last_stream_id
        expected = last + 2 if last else 1
        if stream_id > expected:
            if len(self._gaps) == REMEMBERED_GAPS:
                del self._gaps[0]
            self._gaps.append((expected, stream_id))
        self.drain.last_stream_id = stream_id

    def remove(self, stream_id: int) -> None:
        """Forget a stream that is closed."""
        if self.live.pop(stream_id, None) is not None and not self.live:
            self.drain.on_idle()

    def remember_reset(self, stream_id: int) -> None:
        """Frames of this stream may still be under way to us."""
        resets = self._resets
        if len(resets) >= REMEMBERED_RESETS:
            oldest = next(iter(resets))
            del resets[oldest]
            self._forgotten = max(self._forgotten, oldest)
        resets[stream_id] = None

    def error(self, stream_id: int, error_code: int) -> None:
        """Reset one stream; the connection lives (section 5.4.2)."""
        self._outbound.control(_frames.rst_stream(stream_id, error_code))
        self.remember_reset(stream_id)
        stream = self.live.get(stream_id)
        if stream is not None:
            stream.fail(error_code)

    def refuse_skipped(self, stream_id: int) -> None:
        """Refuse to open a stream below the newest one (section 5.1.1).

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR.
        """
        for first, after in self._gaps:
            if first <= stream_id < after:
                msg = "HEADERS on a stream below the newest one"
                raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)

    def refuse_idle(self, stream_id: int, name: str) -> None:
        """Refuse a frame on stream 0 or on a stream that was never opened; even ones never are.

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR.
        """
        drain = self.drain
        is_new = stream_id > drain.last_stream_id and not drain.is_final
        if is_new or stream_id & 1 == 0:
            msg = f"{name} on an idle stream"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)

    def refuse_closed(self, stream_id: int, name: str) -> None:
        """Refuse HEADERS or DATA on a stream that is not live, but for the grace of section 5.1.

        The grace: we reset the stream, which the peer did not know yet, or it came after the last
        GOAWAY, which it did not know either. Resets older than the memory get the benefit of doubt.

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR on an idle stream, else STREAM_CLOSED.
        """
        self.refuse_idle(stream_id, name)
        if stream_id > self.drain.last_stream_id:
            return
        if stream_id in self._resets or stream_id <= self._forgotten:
            return
        msg = f"{name} on a closed stream"
        raise RemoteProtocolError(msg, ErrorCodes.STREAM_CLOSED, stream_id)
