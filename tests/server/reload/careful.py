"""Owns an HTTP/2 client that does what RFC 9113 section 6.8 lets it, and nothing more.

Does not forgive: a request is made again only where it was certainly not processed, which is above
the last stream of a GOAWAY or behind RST_STREAM with REFUSED_STREAM (section 8.7).
"""

import asyncio
import contextlib
import ssl
import struct
from collections import Counter
from typing import Final

from hpack import Decoder, Encoder

from tests.server.h2client import (
    ACK,
    DATA,
    DEFAULT_FRAME_SIZE,
    DEFAULT_WINDOW,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    LARGEST_WINDOW,
    MAX_FRAME_SIZE,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
)
from tests.server.reload.exchange import Answer, Endpoint, FailedError, Request

REFUSED_STREAM = 7
CONNECT_TIMEOUT = 10.0
TRIES = 20


class UnprocessedError(Exception):
    """The server has certainly not processed the request."""


class Stream:
    """A request on its way."""

    def __init__(self, room: int) -> None:
        self.answer = Answer()
        self.room = room
        self.whole: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def fail(self, error: Exception) -> None:
        """End it, unless it has ended."""
        if not self.whole.done():
            self.whole.set_exception(error)


class Connection(asyncio.Protocol):
    """One connection.

    Args:
        counts: what is counted of all connections.
        delay: seconds that everything from the server is on its way.
        authority: what requests are for.
    """

    transport: asyncio.Transport

    def __init__(self, counts: Counter[str], delay: float, authority: str) -> None:
        self.port = 0
        self.requests = 0
        self.is_leaving = False
        """Whether the client opens no more streams, for reasons of its own."""
        self._counts, self._delay, self._authority = counts, delay, authority
        self._loop = asyncio.get_running_loop()
        self._encoder, self._decoder = Encoder(), Decoder()
        self._streams: dict[int, Stream] = {}
        self._next_stream = 1
        self._last_stream: int | None = None
        """Of the newest GOAWAY."""
        self._received = bytearray()
        self._has_heard = self._is_lost = False
        self._room, self._initial_room = DEFAULT_WINDOW, DEFAULT_WINDOW
        self._frame_size = DEFAULT_FRAME_SIZE
        self._room_changed = asyncio.Event()
        self.lost: Final = asyncio.Event()

    @property
    def is_usable(self) -> bool:
        """Whether a stream may be opened."""
        return not self._is_lost and not self.is_leaving and self._last_stream is None

    # Requests

    async def exchange(self, request: Request) -> Answer:
        """Make a request."""
        number, self._next_stream = self._next_stream, self._next_stream + 2
        self.requests += 1
        self._streams[number] = stream = Stream(self._initial_room)
        fields = [
            (":method", request.method),
            (":scheme", "http"),
            (":authority", self._authority),
            (":path", request.path),
        ]
        if request.pieces:
            fields.append(("content-length", str(request.size)))
        flags = END_HEADERS | (0 if request.pieces else END_STREAM)
        self._send(HEADERS, flags, number, self._encoder.encode(fields))
        sending = asyncio.ensure_future(self._send_body(number, stream, request))
        try:
            return await stream.whole
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
            self._forget(number)

    async def _send_body(self, number: int, stream: Stream, request: Request) -> None:
        for piece in request.pieces:
            view = memoryview(piece)
            while view:
                size = min(stream.room, self._room, self._frame_size, len(view))
                if size > 0:
                    stream.room -= size
                    self._room -= size
                    self._send(DATA, 0, number, bytes(view[:size]))
                    view = view[size:]
                else:
                    self._room_changed.clear()
                    await self._room_changed.wait()
            await asyncio.sleep(request.pause)
        if request.pieces:
            self._send(DATA, END_STREAM, number)

    def leave(self) -> None:
        """Open no more streams, and close when the last one has ended."""
        if self.is_usable:
            self.is_leaving = True
        if self.is_leaving and not self._streams:
            self.transport.close()

    def _forget(self, number: int) -> None:
        self._streams.pop(number)
        if self.is_leaving and not self._streams:
            self.transport.close()

    def _send(self, kind: int, flags: int, number: int, payload: bytes = b"") -> None:
        if not self._is_lost:
            self.transport.write(frame(kind, flags, number, payload))

    # What it hears

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the connection, with windows that are never full."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        name = transport.get_extra_info("sockname")
        self.port = name[1] if isinstance(name, tuple) else 0
        self.transport.write(
            PREFACE
            + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, LARGEST_WINDOW))
            + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", LARGEST_WINDOW - DEFAULT_WINDOW))
        )

    def data_received(self, data: bytes) -> None:
        """Take what comes, after the delay."""
        if self._delay:
            self._loop.call_later(self._delay, self._take_bytes, data)
        else:
            self._take_bytes(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Say what became of the streams, after the delay."""
        self.lost.set()
        if self._delay:
            self._loop.call_later(self._delay, self._lose, error)
        else:
            self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        self._is_lost = True
        self._room_changed.set()
        if self._last_stream is None and not self.is_leaving:
            self._counts["ends without GOAWAY"] += 1
        for number, stream in self._streams.items():
            if self._last_stream is not None and number > self._last_stream:
                stream.fail(UnprocessedError())
            else:
                reason = f"connection lost in stream {number}, after GOAWAY {self._last_stream}"
                is_unaccepted = not self._has_heard
                stream.fail(
                    FailedError(f"{reason}: {error}", self.port, is_unaccepted=is_unaccepted)
                )

    def _take_bytes(self, data: bytes) -> None:
        self._has_heard = True
        self._received += data
        start = 0
        while len(self._received) >= start + 9:
            high, low, kind, flags, number = struct.unpack_from(">HBBBI", self._received, start)
            end = start + 9 + (high << 8 | low)
            if len(self._received) < end:
                break
            self._take(kind, flags, number, bytes(self._received[start + 9 : end]))
            start = end
        del self._received[:start]

    def _take(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if number:
            if (stream := self._streams.get(number)) is not None:
                self._take_of_stream(stream, kind, flags, payload)
            elif kind == HEADERS:
                self._decoder.decode(payload)
        elif kind == SETTINGS and not flags & ACK:
            self._take_settings(payload)
        elif kind == PING and not flags & ACK:
            self._send(PING, ACK, 0, payload)
        elif kind == GOAWAY:
            self._take_goaway(payload)
        elif kind == WINDOW_UPDATE:
            self._room += struct.unpack(">I", payload)[0]
            self._room_changed.set()

    def _take_of_stream(self, stream: Stream, kind: int, flags: int, payload: bytes) -> None:
        if kind == HEADERS:
            assert flags & END_HEADERS
            stream.answer.fields = {
                str(name): str(value) for name, value in self._decoder.decode(payload)
            }
            stream.answer.status = int(stream.answer.fields[":status"])
        elif kind == DATA:
            stream.answer.body += payload
        elif kind == WINDOW_UPDATE:
            stream.room += struct.unpack(">I", payload)[0]
            self._room_changed.set()
        elif kind == RST_STREAM:
            (code,) = struct.unpack(">I", payload)
            if code == REFUSED_STREAM:
                stream.fail(UnprocessedError())
            else:
                stream.fail(FailedError(f"RST_STREAM with code {code}", self.port))
        if kind in {HEADERS, DATA} and flags & END_STREAM and not stream.whole.done():
            stream.whole.set_result(stream.answer)

    def _take_settings(self, payload: bytes) -> None:
        for identifier, value in struct.iter_unpack(">HI", payload):
            if identifier == INITIAL_WINDOW_SIZE:
                for stream in self._streams.values():
                    stream.room += value - self._initial_room
                self._initial_room = value
                self._room_changed.set()
            elif identifier == MAX_FRAME_SIZE:
                self._frame_size = value
        self._send(SETTINGS, ACK, 0)

    def _take_goaway(self, payload: bytes) -> None:
        last, code = struct.unpack_from(">II", payload)
        self._counts["GOAWAY"] += 1
        is_wrong = code != 0 or (self._last_stream is not None and last > self._last_stream)
        self._last_stream = last
        for number, stream in self._streams.items():
            if is_wrong:
                stream.fail(FailedError(f"GOAWAY({last}) with code {code}", self.port))
            elif number > last:
                stream.fail(UnprocessedError())


class CarefulClient:
    """Several connections, each replaced when it takes no more streams.

    Args:
        endpoint: where to.
        connections: how many at a time.
        delay: seconds that what the server says is on its way, on every second connection.
        renewal: requests after which a connection is left for a new one; 0 for never.
        may_retry: whether a request that was not processed is made again.
        tls: what it trusts where it speaks TLS.
        server_name: whom it asks for then.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        connections: int = 4,
        delay: float = 0.0,
        renewal: int = 0,
        may_retry: bool = True,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._tls, self._server_name = tls, server_name
        self._delays = [delay * (place % 2) for place in range(connections)]
        self._renewal = renewal
        self._may_retry = may_retry
        self._places: list[Connection | None] = [None] * connections
        self._locks = [asyncio.Lock() for _ in range(connections)]
        self._turn = 0
        self._all: list[Connection] = []
        self.notes: Counter[str] = Counter()

    async def call(self, request: Request) -> Answer:
        """Make a request, again and again while the server does not process it."""
        for _ in range(TRIES if self._may_retry else 1):
            self._turn = (self._turn + 1) % len(self._places)
            connection = await self._connection(self._turn)
            try:
                return await connection.exchange(request)
            except UnprocessedError:
                self.notes["made again"] += 1
        raise FailedError("not processed")

    async def close(self) -> None:
        """Close all connections."""
        for connection in self._all:
            connection.is_leaving = True
            connection.transport.close()
            await connection.lost.wait()

    async def _connection(self, place: int) -> Connection:
        async with self._locks[place]:
            connection = self._places[place]
            if connection is not None and 0 < self._renewal <= connection.requests:
                connection.leave()
            if connection is None or not connection.is_usable:
                connection = self._places[place] = await self._connect(self._delays[place])
            return connection

    async def _connect(self, delay: float) -> Connection:
        loop = asyncio.get_running_loop()

        def make() -> Connection:
            return Connection(self.notes, delay, self._server_name or "reload.example")

        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                if isinstance(self._endpoint, tuple):
                    _, connection = await loop.create_connection(
                        make, *self._endpoint, ssl=self._tls, server_hostname=self._server_name
                    )
                else:
                    _, connection = await loop.create_unix_connection(make, str(self._endpoint))
        except OSError as error:
            raise FailedError(f"no connection: {error}", is_unaccepted=True) from error
        self.notes["connections"] += 1
        self._all.append(connection)
        return connection
