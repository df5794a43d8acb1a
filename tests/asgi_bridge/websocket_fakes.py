"""Owns what stands in for the client and the wire in the tests of WebSockets.

Does not use the frame codec of asgi_bridge: what it makes and reads is written out here.
"""

import asyncio
import base64
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import cycle

from asgi_bridge import (
    DefaultHeaders,
    ScopeBuilder,
    WebSocket,
    WebSocketContext,
    WebSocketLimits,
    WebSocketReceiveMessage,
    WebSocketScope,
)
from tests.asgi_bridge.fakes import LOGGER, Fields, Sink, settle

Receive = Callable[[], Awaitable[WebSocketReceiveMessage]]
Send = Callable[[Mapping[str, object]], Awaitable[None]]
App = Callable[[WebSocketScope, Receive, Send], Awaitable[None]]

KEY = base64.b64encode(b"the sample nonce")
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""What RFC 6455, 1.3, answers that key with."""

MASK = b"\x37\xfa\x21\x3d"

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

ACCEPTED: dict[str, object] = {"type": "websocket.accept"}


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes = MASK,
) -> bytes:
    """Make a frame of a client."""
    size = len(payload)
    head = bytes((fin << 7 | rsv << 4 | opcode,))
    if size < 126:
        head += bytes((0x80 | size,))
    elif size < 65536:
        head += b"\xfe" + size.to_bytes(2, "big")
    else:
        head += b"\xff" + size.to_bytes(8, "big")
    return head + mask + bytes(a ^ b for a, b in zip(payload, cycle(mask), strict=False))


def close_frame(code: int | None = 1000, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)


def deflated(payload: bytes, bits: int = 15) -> bytes:
    """Compress a message by itself, as permessage-deflate does."""
    compressor = zlib.compressobj(wbits=-bits)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return data[:-4]


def server_frames(data: bytes) -> list[tuple[int, bytes]]:
    """Read frames of a server: first byte and payload of each."""
    frames = []
    while data:
        head, size = data[0], data[1]
        assert not size & 0x80
        start = {126: 4, 127: 10}.get(size, 2)
        if start > 2:
            size = int.from_bytes(data[2:start], "big")
        assert len(data) >= start + size
        frames.append((head, data[start : start + size]))
        data = data[start + size :]
    return frames


def close_of(frames: list[tuple[int, bytes]]) -> tuple[int, str] | None:
    """Return code and reason of the last frame, None where that is no close frame."""
    head, payload = frames[-1] if frames else (0, b"")
    if head != 0x88:
        return None
    return int.from_bytes(payload[:2], "big"), payload[2:].decode()


def handshake(*extra: tuple[bytes, bytes], key: bytes = KEY, version: bytes = b"13") -> Fields:
    return [
        (b"host", b"example.org"),
        (b"sec-websocket-version", version),
        (b"sec-websocket-key", key),
        *extra,
    ]


@dataclass
class WebSocketHead:
    """The head of a handshake over HTTP/1.1 unless told otherwise."""

    headers: Fields = field(default_factory=handshake)
    http_version: str = "1.1"
    method: bytes = b"GET"
    target: bytes = b"/chat?room=1"
    scheme: bytes = b"http"
    end_stream: bool = False
    expect_continue: bool = False
    protocol: bytes = b"websocket"


def http2_head(*extra: tuple[bytes, bytes]) -> WebSocketHead:
    headers = [(b"host", b"example.org"), (b"sec-websocket-version", b"13"), *extra]
    return WebSocketHead(headers=headers, http_version="2", method=b"CONNECT")


def deflating_head(offer: bytes = b"permessage-deflate") -> WebSocketHead:
    return WebSocketHead(handshake((b"sec-websocket-extensions", offer)))


class ClockLoop(asyncio.SelectorEventLoop):
    """A loop whose time stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__()

    def time(self) -> float:
        return self.now


async def advance(seconds: float) -> None:
    """Move the time of a `ClockLoop` on, and run what is due."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ClockLoop)
    loop.now += seconds
    await settle()


@dataclass
class Connection:
    """A client, its wire, and the server behind it.

    Attributes:
        events: what the server was told, in order: "answered", "closed", "reset", "complete".
    """

    app: App
    head: WebSocketHead = field(default_factory=WebSocketHead)
    limits: WebSocketLimits = field(default_factory=WebSocketLimits)
    sink: Sink = field(default_factory=Sink)
    events: list[str] = field(default_factory=list)
    defaults: DefaultHeaders = field(
        default_factory=lambda: DefaultHeaders(lambda: 0.0, date=False)
    )

    def __post_init__(self) -> None:
        self.completed = asyncio.Event()
        context = WebSocketContext(
            self.app,
            asyncio.get_running_loop(),
            self.defaults,
            self._complete,
            LOGGER,
            lambda _: self.events.append("answered"),
            lambda _: self.events.append("closed"),
            self.limits,
            lambda _: self.events.append("reset"),
        )
        builder = ScopeBuilder(
            client=None, server=None, scheme="http", root_path="", state={"key": 1}
        )
        scope = builder.websocket(self.head, self.sink)
        self.ws = WebSocket(context, scope, self.head, self.sink)

    @property
    def status(self) -> object:
        """Status of the head that went out."""
        starts = [call[1] for call in self.sink.calls if call[0] == "start"]
        return starts[0] if starts else None

    @property
    def headers(self) -> Fields:
        (headers,) = [call[2] for call in self.sink.calls if call[0] == "start"]
        assert isinstance(headers, list)
        return headers

    @property
    def sent(self) -> bytes:
        """What went out behind the head."""
        chunks = []
        for call in self.sink.calls:
            if call[0] == "data":
                assert isinstance(call[1], bytes)
                chunks.append(call[1])
        return b"".join(chunks)

    @property
    def frames(self) -> list[tuple[int, bytes]]:
        return server_frames(self.sent)

    @property
    def close(self) -> tuple[int, str] | None:
        return close_of(self.frames)

    @property
    def is_ended(self) -> bool:
        """Whether the server has ended its side in order."""
        return self.sink.calls[-1] == ("finish",) and self.sink.calls[-2][2] is True

    async def open(self) -> "Connection":
        """Start the application, and run it until it waits."""
        self.ws.start()
        await settle()
        return self

    async def feed(self, *chunks: bytes) -> None:
        """Let bytes arrive, each chunk by itself, and run everything until it waits."""
        for chunk in chunks:
            self.ws.on_data(chunk)
            await settle()

    def fill(self) -> None:
        """Let the sink have no room from now on."""
        self.sink.has_room = False

    async def drain(self) -> None:
        """Let the sink have room again."""
        self.sink.has_room = True
        self.ws.on_writable()
        await settle()

    async def lose(self) -> None:
        self.ws.on_reset(0)
        await settle()

    def _complete(self, ws: WebSocket) -> None:
        assert ws.is_done
        self.events.append("complete")
        self.completed.set()


async def echo(scope: WebSocketScope, receive: Receive, send: Send) -> None:
    """Send every message back."""
    assert await receive() == {"type": "websocket.connect"}
    await send(ACCEPTED)
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            return
        await send({**message, "type": "websocket.send"})


class Recorder:
    """An application that accepts and receives, and does nothing else until told.

    Attributes:
        received: what it got after `websocket.connect`.
    """

    def __init__(self) -> None:
        self.received: list[WebSocketReceiveMessage] = []
        self.go_on = asyncio.Event()
        self.send: Send

    async def __call__(self, scope: WebSocketScope, receive: Receive, send: Send) -> None:
        self.send = send
        assert await receive() == {"type": "websocket.connect"}
        await send(ACCEPTED)
        while True:
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.disconnect":
                return


class Idler(Recorder):
    """An application that accepts, and does not receive until `go_on` is set."""

    async def __call__(self, scope: WebSocketScope, receive: Receive, send: Send) -> None:
        self.send = send
        assert await receive() == {"type": "websocket.connect"}
        await send(ACCEPTED)
        await self.go_on.wait()
        while True:
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.disconnect":
                return
