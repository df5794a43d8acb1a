"""Owns what `receive` gives: the messages of a client in their order, and the end of its session.

Does not read the bytes that arrive, but for a frame that is a whole small message: `_ws_arrivals`
does.
"""

import asyncio

from asgi_bridge._asgi_websocket import (
    WebSocketDisconnectEvent,
    WebSocketReceiveEvent,
    WebSocketReceiveMessage,
)
from asgi_bridge._response import BURST, MESSAGE_COST
from asgi_bridge._sink import ResponseSink
from asgi_bridge._websocket_limits import WebSocketLimits
from asgi_bridge._ws_arrivals import CLOSING, OPEN, OVER, Arrivals
from asgi_bridge._ws_close import ABNORMAL
from asgi_bridge._ws_frames import read_small

__all__ = ["IncomingMessages"]


class IncomingMessages(Arrivals):
    """What the application learns of one client.

    A base class as `Arrivals` is.

    Args:
        loop: where the application runs.
        sink: gets the credit for what was read.
        limits: what may be held.
    """

    __slots__ = ("_burst", "_is_connected")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sink: ResponseSink, limits: WebSocketLimits
    ) -> None:
        super().__init__(loop, sink, limits)
        self._burst = 0
        self._is_connected = False  # the application has been told

    async def receive(self) -> WebSocketReceiveMessage:
        """Give what the client did next, or wait for it (ASGI WebSocket 2.5).

        After `websocket.disconnect` it gives that again. A call that is cancelled takes nothing.
        """
        self._burst += MESSAGE_COST
        if self._burst > BURST:
            await self._let_others_run()
        if not self._is_connected:
            self._is_connected = True
            return {"type": "websocket.connect"}
        queue = self._queue
        while True:
            chunk = self._chunk
            if chunk and self._takes_small and not queue:
                value = read_small(chunk)
                if value is not None:
                    self._chunk = b""
                    size = len(chunk)
                    self.sink.credit(size)
                    self._burst += size
                    self.bytes_received += size - 6
                    if type(value) is str:
                        return {"type": "websocket.receive", "text": value}
                    return {"type": "websocket.receive", "bytes": value}  # type: ignore[typeddict-item]
            if not queue and (chunk or self._is_partial) and OPEN <= self._state <= CLOSING:
                self._read(1)  # the next is looked at when this one may have been answered
            if queue:
                return self._take()
            if self._state != OPEN and self._is_silent():
                return self._part()
            self._burst = 0
            future = self._loop.create_future()
            self._futures.append(future)
            try:
                await future
            except asyncio.CancelledError:
                self._plan()  # it may have been wakened for what nobody else looks at
                raise
            finally:
                self._futures.remove(future)

    def _is_silent(self) -> bool:
        """Tell whether nothing will come any more."""
        if self._state == OVER:
            return True
        if self._state >= OPEN:
            return False
        if self._is_ended and not self._stop_code:
            self._stop_code = ABNORMAL
        return self._stop_code != 0

    def _part(self) -> WebSocketDisconnectEvent:
        return {
            "type": "websocket.disconnect",
            "code": self._stop_code if self._state < OPEN else self.close_code,
            "reason": self.close_reason,
        }

    def _take(self) -> WebSocketReceiveEvent:
        value, size = self._queue.popleft()
        self._queued -= size
        self._burst += size
        if (
            self._is_withheld
            and len(self._queue) <= self._limits.max_queued_messages // 2
            and self._queued <= self._limits.max_queued_bytes // 2
        ):
            self._is_withheld = False
            self._plan()
        if isinstance(value, str):
            return {"type": "websocket.receive", "text": value}
        return {"type": "websocket.receive", "bytes": value}

    async def _let_others_run(self) -> None:
        self._burst = 0
        await asyncio.sleep(0)
