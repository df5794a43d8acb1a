"""Owns the course of a WebSocket: its control frames, its pings, and how it comes to its end.

Does not know the application; `_websocket` does.
"""

import asyncio
from abc import abstractmethod
from typing import Final, Protocol

from asgi_bridge._response import ResponseContext
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._waiters import Turnstile
from asgi_bridge._websocket_limits import WebSocketLimits
from asgi_bridge._ws_arrivals import CLOSING, OPEN, OVER
from asgi_bridge._ws_close import INTERNAL_ERROR, CloseError, close_payload
from asgi_bridge._ws_frames import CLOSE, FIN, PING, PONG, encode_frame
from asgi_bridge._ws_heartbeat import Beat, Heartbeat
from asgi_bridge._ws_incoming import IncomingMessages

__all__ = ["Session", "SessionContext"]

_CLOSE: Final = FIN | CLOSE
_PING: Final = encode_frame(FIN | PING, b"")
_PONG: Final = FIN | PONG

_MAX_PONGS: Final = 4096
"""Bytes of pongs that wait for room; of more, only the newest does."""


class SessionContext(ResponseContext, Protocol):
    """What all WebSockets of a server share."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where the application runs."""

    @property
    def limits(self) -> WebSocketLimits:
        """What a session may hold, and how long it waits."""


class Session(IncomingMessages):
    """One WebSocket as the two ends of its connection see it.

    A base class as `Arrivals` is.

    Args:
        context: what it shares with all others.
        head: the head of its handshake.
        sink: where the frames go.
    """

    __slots__ = (
        "_context",
        "_head",
        "_heartbeat",
        "_held",
        "_is_answered",
        "_is_app_done",
        "_is_ending",
        "_is_full",
        "_pongs",
        "_timer",
        "_turnstile",
        "is_done",
    )

    def __init__(self, context: SessionContext, head: RequestHead, sink: ResponseSink) -> None:
        super().__init__(context.loop, sink, context.limits)
        self.is_done = False
        """Whether the application has ended and the session is over."""
        self._context = context
        self._head = head
        self._is_app_done = False
        self._is_answered = False  # somebody was told how the handshake ended
        self._is_full = False
        self._held: bytes | None = None  # the close frame, or what is to end all, without room
        self._is_ending = False  # nothing follows what is held
        self._pongs = b""  # without room
        self._heartbeat: Heartbeat | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._turnstile: Turnstile | None = None

    def on_reset(self, error_code: int) -> None:
        """Note that the client has left, or the connection has gone."""
        self.is_reset = True
        self._held = None
        self._pongs = b""
        self.on_writable()
        self._plan()
        if not self.is_done:
            self._on_reset()

    def on_writable(self) -> None:
        """Let go on what waits for the sink to have room."""
        self._is_full = False
        if self._turnstile is not None:
            self._turnstile.open()
        if self._held is not None or self._pongs:
            self._plan()

    def disconnect(self, code: int = 1001) -> None:
        """Close the session, as the server is stopping.

        The application goes on receiving until the client has answered, and then gets
        `websocket.disconnect`. One that has not accepted gets it at once where it waits; if it
        accepts all the same, the close frame follows.

        Args:
            code: 1001 where the server goes away, 1012 where it comes back (RFC 6455, 7.4).
        """
        if self._state == OPEN:
            self._begin_close(code, "")
        elif self._state < OPEN and not self._stop_code:
            self._stop_code = code
            self._plan()

    def _begin_close(self, code: int, reason: str) -> None:
        """Send a close frame, and give the client a time to answer it (RFC 6455, 7.1.2).

        Where the connection is gone, there is nobody to send it to, and the code stays 1006.
        """
        if self.is_reset:
            return
        self._state = CLOSING
        self.close_code = code
        self.close_reason = reason
        self._pongs = b""
        self._write(encode_frame(_CLOSE, close_payload(code, reason)), ends=False)
        self._arm(self._limits.close_timeout)

    def _end(self, code: int, reason: str) -> None:
        """Send a close frame, unless one was sent before, and end the session with it."""
        frame = b""
        if self._state == OPEN:
            self.close_code = code
            self.close_reason = reason
            frame = encode_frame(_CLOSE, close_payload(code, reason))
        self._write(self._held or frame, ends=True)
        self._conclude()

    def _give_up(self) -> None:
        """End a session, or what is left of it, at once."""
        self._held = None
        self.sink.abort()
        self._conclude()

    def _on_pings(self, payloads: list[bytes]) -> None:
        if self._state != OPEN:
            return
        frames = [encode_frame(_PONG, payload) for payload in payloads]
        if self._is_full:
            pongs = self._pongs + b"".join(frames)
            # An endpoint may answer only the newest ping (RFC 6455, 5.5.3).
            self._pongs = pongs if len(pongs) <= _MAX_PONGS else frames[-1]
        else:
            self._is_full = not self.sink.data(b"".join(frames), False)

    def _on_close(self, code: int, reason: str) -> None:
        self._end(code, reason)

    def _on_fault(self, error: CloseError) -> None:
        self._end(error.code, error.reason)

    def _on_lost(self) -> None:
        if not self.is_reset:
            self._write(self._held or b"", ends=True)
        self._conclude()

    def _process(self) -> None:
        super()._process()
        if self.is_reset:
            self._settle()
        elif not self._is_full:
            self._flush()

    def _flush(self) -> None:
        """Send what has waited for room."""
        if self._held is not None:
            self._emit(self._held, ends=self._is_ending)
        elif self._pongs:
            self._emit(self._pongs, ends=False)
            self._pongs = b""

    def _write(self, frame: bytes, *, ends: bool) -> None:
        if self._is_full:
            self._held = frame
            self._is_ending = ends
        else:
            self._emit(frame, ends=ends)

    def _emit(self, frame: bytes, *, ends: bool) -> None:
        self._held = None
        if ends:
            self.sink.data(frame, True)
            self.sink.finish()
            self._settle()
        else:
            self._is_full = not self.sink.data(frame, False)

    def _conclude(self) -> None:
        """Note that the session is over for both ends."""
        if self._state != OVER:
            was_open = self._state >= OPEN
            self._disarm()
            self._state = OVER
            self._pongs = b""
            self._forget()
            self._wake_receivers()
            if self._turnstile is not None:
                self._turnstile.open()
            self._note_answer()
            if was_open:
                self._on_over()
        self._settle()

    def _note_answer(self) -> None:
        if not self._is_answered:
            self._is_answered = True
            self._on_answered()

    def _settle(self) -> None:
        """See whether all is done."""
        if self._state != OVER:
            return
        if self._held is not None:
            if self._timer is None:
                self._arm(self._limits.close_timeout)
            return
        self._disarm()
        if self._is_app_done and not self.is_done:
            self.is_done = True
            self._on_done()

    def _start_heartbeat(self) -> None:
        interval = self._limits.ping_interval
        if interval:
            now = self._loop.time()
            self._heartbeat = Heartbeat(interval, self._limits.ping_timeout, now)
            self._arm(interval)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, delay: float) -> None:
        self._disarm()
        self._timer = self._loop.call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._state != OPEN or self._heartbeat is None:
            self._give_up()
        else:
            self._beat(self._heartbeat)

    def _beat(self, heartbeat: Heartbeat) -> None:
        now = self._loop.time()
        beat = heartbeat.on_timer(
            now, self.body_received, is_deaf=self._is_withheld, is_full=self._is_full
        )
        if beat is Beat.DEAD:
            self._end(INTERNAL_ERROR, "keepalive ping timeout")
            return
        if beat is Beat.PING:
            self._is_full = not self.sink.data(_PING, False)
        self._arm(heartbeat.next_deadline() - now)

    @abstractmethod
    def _on_answered(self) -> None:
        """Learn that the handshake was answered, or that nobody waits for an answer."""

    @abstractmethod
    def _on_over(self) -> None:
        """Learn that a session that was accepted is over."""

    @abstractmethod
    def _on_reset(self) -> None:
        """Learn that the connection has gone."""

    @abstractmethod
    def _on_done(self) -> None:
        """Learn that the session is over and the application has ended."""
