"""Owns the sending half of a WebSocket: what the application's messages become.

Does not own the answers to the handshake, which `_ws_opening` makes, nor the frames that the
server sends of itself, which `_ws_session` makes.
"""

from collections.abc import Mapping
from typing import Final

from asgi_bridge._asgi_websocket import WebSocketScope
from asgi_bridge._messages import as_bytes
from asgi_bridge._response import BURST, MESSAGE_COST
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._waiters import Turnstile
from asgi_bridge._ws_arrivals import CONNECTING, OPEN, OVER
from asgi_bridge._ws_close import NORMAL, check_close
from asgi_bridge._ws_deflate import SMALLEST
from asgi_bridge._ws_frames import BINARY, FIN, RSV1, TEXT, encode_frame
from asgi_bridge._ws_opening import Opening
from asgi_bridge._ws_session import SessionContext

__all__ = ["OutgoingMessages"]

_TEXT: Final = FIN | TEXT
_BINARY: Final = FIN | BINARY


class OutgoingMessages(Opening):
    """What goes to one client.

    A base class as `Arrivals` is.

    Args:
        context: what it shares with all others.
        scope: what the application is called with.
        head: the head of its handshake.
        sink: where the answer and the frames go.
    """

    __slots__ = ("_senders", "bytes_sent")

    def __init__(
        self,
        context: SessionContext,
        scope: WebSocketScope,
        head: RequestHead,
        sink: ResponseSink,
    ) -> None:
        super().__init__(context, scope, head, sink)
        self.bytes_sent = 0
        """Bytes of the application's messages, before they were compressed."""
        self._senders = 0  # tasks that wait for their turn or for room

    async def send(self, message: Mapping[str, object]) -> None:
        """Take a message to the client, and wait while the client does not keep up.

        Concurrent calls are served in the order in which they were made. One that is cancelled
        while it waits for room has either sent its message or not touched it.

        Raises:
            TypeError: the message or a value in it has the wrong type.
            ValueError: the message is unknown, or a value in it malformed.
            RuntimeError: the message is out of order.
            ClientDisconnected: the client has left, or the server is stopping; an OSError.
        """
        try:
            if self._senders or self._is_full:
                await self._send_in_turn(message)
            elif self._apply(message):
                await self._send_in_turn(None)
        except Exception:
            if self._burst > BURST:
                await self._let_others_run()
            raise
        if self._burst > BURST:
            await self._let_others_run()

    async def _send_in_turn(self, message: Mapping[str, object] | None) -> None:
        """Send a message when it is its turn and there is room; None for one that is out."""
        turnstile = self._turnstile
        if turnstile is None:
            turnstile = self._turnstile = Turnstile(self._loop)
        self._senders += 1
        try:
            async with turnstile.turn:
                if message is not None:
                    await self._wait_for_room(turnstile)
                    if not self._apply(message):
                        return
                await self._wait_for_room(turnstile)
                if self.is_reset:
                    raise self._refusal("websocket.send")
        finally:
            self._senders -= 1

    async def _wait_for_room(self, turnstile: Turnstile) -> None:
        while self._is_full and self._state != OVER:
            self._burst = 0
            turnstile.is_shut = True
            await turnstile.opening()

    def _apply(self, message: Mapping[str, object]) -> bool:
        """Take one message; True when the next one has to wait for room."""
        self._burst += MESSAGE_COST
        try:
            kind = message.get("type")
        except AttributeError:
            raise TypeError(f"an ASGI message is a dict, not {type(message).__name__}") from None
        if kind == "websocket.send":
            return self._send(message)
        if kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close":
            self._close(message)
        elif kind == "websocket.http.response.start":
            self._start_response(message)
        elif kind == "websocket.http.response.body":
            self._send_body(message)
        else:
            raise ValueError(f"no ASGI message for a WebSocket: {kind!r}")
        return self._is_full

    def _send(self, message: Mapping[str, object]) -> bool:
        text = message.get("text")
        data = message.get("bytes")
        if (text is None) == (data is None):
            raise ValueError("websocket.send has either text or bytes")
        if self._state != OPEN or self.is_reset:
            raise self._refusal("websocket.send")
        if text is not None:
            if not isinstance(text, str):
                raise TypeError(f"text is a str, not {type(text).__name__}")
            head = _TEXT
            payload = text.encode()
        else:
            head = _BINARY
            payload = data if type(data) is bytes else as_bytes(data)
        size = len(payload)
        self._burst += size
        self.bytes_sent += size
        if size >= SMALLEST and self._deflater is not None:
            head |= RSV1
            payload = self._deflater.deflate(payload)
        if self.sink.data(encode_frame(head, payload), False):
            return False
        self._is_full = True
        return True

    def _close(self, message: Mapping[str, object]) -> None:
        if self._state == CONNECTING and not self.is_reset:
            self._is_closed = True
            self._refuse(403, [], b"")
            return
        code, reason = check_close(message.get("code", NORMAL), message.get("reason"))
        if self._state != OPEN or self.is_reset:
            raise self._refusal("websocket.close")
        self._is_closed = True
        self._stop_listening()
        self._begin_close(code, reason)
