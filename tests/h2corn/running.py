"""Owns servers that run in the loop of a test, and the bytes that are sent to them.

Does not know what an application does; the tests bring theirs.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded

from h2corn._drain import ACCEPT_TURNS
from h2corn.config import Config
from h2corn.server import Server

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

GOAWAY = 7
GET = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
CLOSING_GET = b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"


async def answer(send: Send, body: bytes = b"hello") -> None:
    """Send a whole response."""
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def hello(scope: Any, receive: Receive, send: Send) -> None:
    """Greet; there is no lifespan."""
    assert scope["type"] == "http"
    await answer(send)


class Lifespan:
    """An application that notes what becomes of its lifespan."""

    def __init__(self, *, failure: str = "", hangs: bool = False) -> None:
        self.log: list[str] = []
        self.failure = failure
        self.hangs = hangs

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.log.append(f"request with {scope['state']}")
            await answer(send)
            return
        assert (await receive())["type"] == "lifespan.startup"
        if self.failure:
            await send({"type": "lifespan.startup.failed", "message": self.failure})
            return
        scope["state"]["key"] = "value"
        await send({"type": "lifespan.startup.complete"})
        self.log.append("started")
        assert (await receive())["type"] == "lifespan.shutdown"
        if self.hangs:
            try:
                await asyncio.Event().wait()
            finally:
                self.log.append("cancelled")
        self.log.append("stopped")
        await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def serving(app: App, **options: Any) -> AsyncIterator[Server]:
    """Run a server until the block ends, and then stop it."""
    merged: dict[str, Any] = {"bind": ("127.0.0.1:0",), "access_log": False, **options}
    server = Server(app, Config(**merged))
    task = asyncio.create_task(server.serve())
    try:
        await server.wait_started()
        yield server
    finally:
        server.shutdown()
        await task


def endpoint(server: Server, index: int = 0) -> tuple[str, int]:
    """Return host and port of an address of a server."""
    host, _, port = server.addresses[index].removeprefix("http://").rpartition(":")
    return host.strip("[]"), int(port)


@asynccontextmanager
async def connected(
    server: Server, index: int = 0
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a server by TCP or a Unix socket."""
    address = server.addresses[index]
    if address.startswith("unix:"):
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
    else:
        reader, writer = await asyncio.open_connection(*endpoint(server, index))
    try:
        yield reader, writer
    finally:
        writer.close()
        # The server may have reset it.
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def ask(server: Server, request: bytes = CLOSING_GET, index: int = 0) -> bytes:
    """Send bytes on a connection of their own and return all that comes."""
    async with connected(server, index) as (reader, writer):
        writer.write(request)
        return await reader.read()


async def stops(server: Server) -> None:
    """Ask a server to stop, and come back when it has begun to."""
    address = endpoint(server)
    server.shutdown()
    while True:
        try:
            _reader, writer = await asyncio.open_connection(*address)
        except ConnectionRefusedError:
            break
        except ConnectionResetError:
            continue  # it was in the backlog when the listener was closed
        writer.close()
    for _ in range(ACCEPT_TURNS + 1):
        await asyncio.sleep(0)


class Http2:
    """A client of HTTP/2 on a connection.

    Attributes:
        goaways: the last streams that GOAWAY frames named. They are kept from h2, which takes no
            frame after one; a client that follows RFC 9113 section 6.8 lets its streams end.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.events: list[Event] = []
        self.goaways: list[int] = []
        self._buffer = b""
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self.h2.initiate_connection()
        self.flush()

    def flush(self) -> None:
        """Write what there is."""
        self.writer.write(self.h2.data_to_send())

    def request(
        self, path: str = "/", *, method: str = "GET", end: bool = True, authority: str = "test"
    ) -> int:
        """Send a request head; returns the stream."""
        stream = self.h2.get_next_available_stream_id()
        fields = [(":method", method), (":authority", authority)]
        if method != "CONNECT":
            fields += [(":scheme", "http"), (":path", path)]
        self.h2.send_headers(stream, fields, end_stream=end)
        self.flush()
        return stream

    async def read(self) -> bool:
        """Take what comes; False at the end."""
        data = await self.reader.read(1 << 16)
        self._buffer += data
        while len(self._buffer) >= (end := 9 + int.from_bytes(self._buffer[:3], "big")):
            frame, self._buffer = self._buffer[:end], self._buffer[end:]
            if frame[3] == GOAWAY:
                self.goaways.append(int.from_bytes(frame[9:13], "big"))
            else:
                self._take(frame)
        self.flush()
        return bool(data)

    def _take(self, frame: bytes) -> None:
        for event in self.h2.receive_data(frame):
            self.events.append(event)
            if isinstance(event, DataReceived):
                size = event.flow_controlled_length
                self.h2.acknowledge_received_data(size, event.stream_id)

    async def wait(self, kind: type[Event], stream: int | None = None) -> Event:
        """Return the first event of a kind, on a stream."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and stream in {None, getattr(event, "stream_id", None)}:
                    return event
            if not await self.read():
                raise AssertionError(f"the end came before {kind.__name__}: {self.events}")

    async def response(self, stream: int) -> tuple[int, bytes]:
        """Return status and body of a response."""
        await self.wait(StreamEnded, stream)
        mine = [event for event in self.events if getattr(event, "stream_id", None) == stream]
        head = next(event for event in mine if isinstance(event, ResponseReceived))
        body = b"".join(event.data for event in mine if isinstance(event, DataReceived))
        status = dict(head.headers)[b":status"]
        return int(status), body
