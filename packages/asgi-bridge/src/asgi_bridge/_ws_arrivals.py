"""Owns what has arrived of a WebSocket: from the bytes of the wire to the messages that wait.

Does not call the wire from what the wire calls; that only records. Does not give the messages to
the application, nor decide when a session is over: it tells whoever derives from it what the client
has said.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from typing import Final

from asgi_bridge._sink import ResponseSink
from asgi_bridge._websocket_limits import WebSocketLimits
from asgi_bridge._ws_close import ABNORMAL, CloseError, parse_close
from asgi_bridge._ws_deflate import Inflater
from asgi_bridge._ws_frames import BINARY, CLOSE, PING, SMALL
from asgi_bridge._ws_messages import PART, WAIT, MessageReader

__all__ = ["CLOSING", "CONNECTING", "DENYING", "OPEN", "OVER", "Arrivals"]

# The states, in order.
CONNECTING: Final = 0
DENYING: Final = 1  # by a response of the application's
OPEN: Final = 2
CLOSING: Final = 3  # the server has said so, and the client has not answered
OVER: Final = 4

_PASS: Final = 256
"""Frames that are read before other tasks run: empty ones cost the client six bytes each."""


class Arrivals(ABC):
    """What comes from one client, until it is received.

    A base class and not a part, because its attributes are looked at for every message.

    Args:
        loop: where the application runs.
        sink: gets the credit for what was read.
        limits: what may be held.
    """

    __slots__ = (
        "_chunk",
        "_futures",
        "_is_deaf",
        "_is_ended",
        "_is_partial",
        "_is_planned",
        "_is_withheld",
        "_limits",
        "_loop",
        "_messages",
        "_queue",
        "_queued",
        "_state",
        "_stop_code",
        "_takes_small",
        "body_received",
        "bytes_received",
        "close_code",
        "close_reason",
        "is_reset",
        "sink",
    )

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sink: ResponseSink, limits: WebSocketLimits
    ) -> None:
        self.sink = sink
        self.is_reset = False
        """Whether the stream or its connection is gone. One reset before it was started is not
        worth starting."""
        self.body_received = 0
        """Bytes that have arrived, frame headers and all."""
        self.bytes_received = 0
        """Bytes of the client's messages, expanded."""
        self.close_code = ABNORMAL
        """Code of the close frame that came first, whoever sent it: 1005 for one without, 1006
        where there was none."""
        self.close_reason = ""
        """The reason in that frame."""
        self._loop = loop
        self._limits = limits
        self._messages = MessageReader(limits.max_message_size)
        self._state = CONNECTING
        self._stop_code = 0  # what the server stops with, where it said so before the accept
        self._chunk = b""  # what arrived alone and was not looked at
        self._is_partial = False  # the reader holds something, and `_chunk` is empty
        self._is_planned = False  # `_process` is on its way
        self._is_withheld = False  # the queue is full, and bytes stay unread
        self._is_deaf = False  # nobody will receive what still comes
        self._is_ended = False  # nothing more will arrive
        self._takes_small = False
        self._queue: deque[tuple[str | bytes, int]] = deque()
        self._queued = 0
        self._futures: list[asyncio.Future[None]] = []

    def on_data(self, chunk: bytes) -> None:
        """Keep bytes that arrived."""
        self.body_received += len(chunk)
        if self._state == OVER:
            return
        if not self._chunk and not self._is_partial:
            self._chunk = chunk
        else:
            self._feed(chunk)
        if self._futures:
            for future in self._futures:
                if not future.done():
                    future.set_result(None)
        elif not self._is_planned:
            self._is_planned = True
            self._loop.call_soon(self._process)

    def on_end(self, trailers: list[tuple[bytes, bytes]]) -> None:
        """Note that the client sends no more."""
        self._is_ended = True
        self._plan()

    def _begin_reading(self, inflater: Inflater | None) -> None:
        """Read what arrives from now on, and what has arrived."""
        if inflater is not None:
            self._messages.expand_with(inflater)
        limit = self._limits.max_message_size
        self._takes_small = not limit or limit >= SMALL
        if self._chunk or self._is_partial or self._is_ended:
            self._plan()

    def _stop_listening(self) -> None:
        """Drop the messages that nobody will receive."""
        self._is_deaf = True
        self._takes_small = False
        self._queue.clear()
        self._queued = 0
        self._is_withheld = False
        self._plan()

    def _plan(self) -> None:
        """Look at what has arrived when the wire has returned."""
        if not self._is_planned:
            self._is_planned = True
            self._loop.call_soon(self._process)

    def _process(self) -> None:
        self._is_planned = False
        if OPEN <= self._state <= CLOSING:
            self._read(self._limits.max_queued_messages)
        elif self.is_reset and self._state != OVER:
            self._on_lost()
        if self._futures:
            self._wake_receivers()

    def _feed(self, chunk: bytes) -> None:
        frames = self._messages.frames
        if self._chunk:
            frames.feed(self._chunk)
            self._chunk = b""
            self._is_partial = True
        frames.feed(chunk)

    def _read(self, most: int) -> None:
        """Read frames while there are any, and fewer than so many messages wait."""
        if self._chunk:
            chunk, self._chunk = self._chunk, b""
            self._messages.frames.feed(chunk)
        try:
            kind, pings = self._read_frames(most)
            said = parse_close(self._messages.frames.payload) if kind == CLOSE else None
        except CloseError as error:
            self._on_fault(error)
            return
        self._credit()
        self._messages.let_go()
        self._is_partial = not self._messages.is_between
        if pings:
            self._on_pings(pings)
        if said is not None:
            self._on_close(*said)
        elif kind != WAIT:
            if not self._is_withheld and self._messages.frames.has_bytes:
                self._plan()
        elif self._is_ended or self.is_reset:
            self._on_lost()

    def _read_frames(self, most: int) -> tuple[int, list[bytes]]:
        """Return the kind of frame that it stopped at, and the pings that came before it."""
        messages = self._messages
        queue = self._queue
        limits = self._limits
        pings: list[bytes] = []
        for _ in range(_PASS):
            if len(queue) >= most or self._queued >= limits.max_queued_bytes:
                self._is_withheld = (
                    len(queue) >= limits.max_queued_messages
                    or self._queued >= limits.max_queued_bytes
                )
                break
            kind = messages.read()
            if kind in {WAIT, CLOSE}:
                return kind, pings
            if kind == PING:
                pings.append(messages.frames.payload)
            elif PART < kind <= BINARY:
                size = messages.size
                self.bytes_received += size
                if not self._is_deaf:
                    queue.append((messages.value, size))
                    self._queued += size
        return PART, pings

    def _credit(self) -> None:
        frames = self._messages.frames
        if frames.consumed:
            self.sink.credit(frames.consumed)
            frames.consumed = 0

    def _forget(self) -> None:
        """Let go of what will not be read."""
        self._chunk = b""
        self._is_partial = False
        self._takes_small = False
        self._messages.clear()

    def _wake_receivers(self) -> None:
        for future in self._futures:
            if not future.done():
                future.set_result(None)

    @abstractmethod
    def _on_pings(self, payloads: list[bytes]) -> None:
        """Answer pings, in their order."""

    @abstractmethod
    def _on_close(self, code: int, reason: str) -> None:
        """Answer the client's close frame; what comes after it is not read."""

    @abstractmethod
    def _on_fault(self, error: CloseError) -> None:
        """Close a session in which the client has broken a rule; nothing more is read."""

    @abstractmethod
    def _on_lost(self) -> None:
        """End a session whose client has gone without a close frame, or before the answer."""
