"""How long a connection may live: over both protocols, among fakes and in a server."""

import asyncio
from math import inf
from typing import Any

import pytest
from hyperframe.frame import Frame, GoAwayFrame, HeadersFrame, PingFrame, SettingsFrame

from h2c_core import PREFACE, Connection, Limits
from h2corn._http1 import Http1Connection
from h2corn._http1_limits import Http1Limits
from h2corn._lifetime import JITTER, Lifetime
from h2corn._protocol import ConnectionProtocol
from tests.h2corn.conftest import Runner
from tests.h2corn.fakes import Bench, FakeRequest
from tests.h2corn.running import GET, Http2, Receive, Send, answer, connected, hello, serving

LARGEST = 2**31 - 1
HTTP2_START = PREFACE + SettingsFrame().serialize()
# GET http://a/ of three fields of the static table and one of its own (RFC 7541 appendix A).
HEAD = b"\x82\x86\x84\x41\x01a"
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}


def middle(low: float, high: float) -> float:
    """Be a random number that is right between two others."""
    return (low + high) / 2


def lasting(max_age: float = 0, max_requests: int = 0) -> Lifetime:
    """Return a lifetime of exactly so many seconds."""
    return Lifetime(max_age, max_requests, middle)


def get(stream: int) -> bytes:
    """Return the frame of a request."""
    return HeadersFrame(stream, HEAD, flags=["END_HEADERS", "END_STREAM"]).serialize()


def frames(data: bytes) -> list[Frame]:
    """Read the frames that a server wrote."""
    found = []
    while data:
        frame, size = Frame.parse_frame_header(memoryview(data[:9]))
        frame.parse_body(memoryview(data[9 : 9 + size]))
        found.append(frame)
        data = data[9 + size :]
    return found


class Wire:
    """A connection among fakes whose requests answer when they are told."""

    def __init__(self, *, http2: bool, lifetime: Lifetime, limits: Any = None) -> None:
        self.streams: list[Any] = []
        self.waits = False
        make: Any = Connection if http2 else Http1Connection
        self.bench = Bench(
            is_serial=not http2,
            make_engine=lambda handler: make(
                handler, limits or (Limits if http2 else Http1Limits)()
            ),
            first=HTTP2_START if http2 else b"",
            lifetime=lifetime,
        )
        self.protocol: ConnectionProtocol = self.bench.protocol
        self.protocol.open_stream = self.open_stream

    def open_stream(self, stream: Any, head: object) -> Any:
        """Take a request."""

        class Handler(FakeRequest):
            def on_end(self, trailers: object) -> None: ...
            def on_data(self, chunk: object) -> None: ...
            def on_reset(self, code: object) -> None: ...
            def on_writable(self) -> None: ...

        request = Handler((lambda: None) if self.waits else (lambda: self.answer(stream)))
        request.waits = self.waits
        self.streams.append(stream)
        self.bench.requests.opened.append(request)
        return request

    def answer(self, stream: Any) -> None:
        """Send a whole response."""
        stream.start(200, [(b"content-length", b"2")], end=False)
        stream.data(b"hi", end=True)

    def receive(self, data: bytes) -> None:
        """Let bytes come, and the loop do what it has to."""
        self.protocol.data_received(data)
        while self.bench.loop.soon:
            self.bench.loop.turn()

    @property
    def goaways(self) -> list[int]:
        """The last streams that were named."""
        written = frames(self.bench.transport.written)
        return [frame.last_stream_id for frame in written if isinstance(frame, GoAwayFrame)]

    def acknowledge(self) -> None:
        """Answer the last ping, as a client does that has read all before it."""
        pings = [
            frame for frame in frames(self.bench.transport.written) if type(frame) is PingFrame
        ]
        self.receive(PingFrame(0, pings[-1].opaque_data, flags=["ACK"]).serialize())


class TestTime:
    def test_no_limit(self) -> None:
        assert Lifetime().end(5.0) == inf
        assert Lifetime().max_requests == 0

    def test_connections_that_begin_together_do_not_end_together(self) -> None:
        ends = [Lifetime(100).end(1000.0) for _ in range(200)]
        assert 1100 - 100 * JITTER <= min(ends) < 1100 < max(ends) <= 1100 + 100 * JITTER
        assert len(set(ends)) > 100

    def test_nothing_is_armed_without_a_limit(self) -> None:
        assert Bench().loop.timers_made == 0

    def test_the_timer_is_the_one_of_the_engine(self) -> None:
        bench = Bench(lifetime=lasting(50))
        assert bench.loop.live_timers() == [150.0]
        bench.engine.deadline = 120.0
        bench.protocol.data_received(b"x")
        assert bench.loop.live_timers() == [120.0]
        bench.engine.deadline = 170.0
        bench.loop.pass_time(20)
        assert bench.loop.live_timers() == [150.0]
        assert bench.engine.calls == []
        bench.loop.pass_time(30)
        assert bench.engine.calls == ["start_drain"]
        assert bench.loop.live_timers() == [170.0]


class TestHttp2:
    @pytest.mark.parametrize(
        "lifetime", [lasting(max_age=50), lasting(max_requests=2)], ids=["age", "requests"]
    )
    def test_it_is_asked_to_move_and_loses_nothing(self, lifetime: Lifetime) -> None:
        wire = Wire(http2=True, lifetime=lifetime, limits=Limits(timeout_idle=0))
        wire.receive(get(1))
        assert wire.goaways == []
        wire.receive(get(3)) if lifetime.max_requests else wire.bench.loop.pass_time(50)
        assert wire.goaways == [LARGEST]
        # What the client had sent before it knew is served.
        wire.receive(get(5))
        assert len(wire.streams) == (3 if lifetime.max_requests else 2)
        wire.acknowledge()
        assert wire.goaways == [LARGEST, 5]
        assert wire.bench.transport.has_eof

    def test_a_request_under_way_ends(self) -> None:
        wire = Wire(http2=True, lifetime=lasting(50), limits=Limits(timeout_idle=0))
        wire.waits = True
        wire.receive(get(1))
        wire.bench.loop.pass_time(50)
        assert wire.goaways == []
        wire.bench.loop.pass_time(1)
        assert wire.goaways == [LARGEST]
        wire.acknowledge()
        wire.bench.loop.pass_time(3)
        assert wire.goaways == [LARGEST, 1]
        assert not wire.bench.transport.has_eof
        wire.answer(wire.streams[0])
        wire.receive(b"")
        assert wire.bench.transport.has_eof

    def test_one_that_never_asks_for_anything_is_only_closed(self) -> None:
        wire = Wire(http2=True, lifetime=lasting(50), limits=Limits(timeout_idle=0))
        wire.bench.loop.pass_time(50)
        wire.acknowledge()
        wire.bench.loop.pass_time(1)
        assert wire.goaways == [LARGEST]
        assert wire.bench.transport.has_eof

    def test_a_server_that_stops_asks_no_second_time(self) -> None:
        wire = Wire(http2=True, lifetime=lasting(50), limits=Limits(timeout_idle=0))
        wire.receive(get(1))
        wire.bench.loop.pass_time(50)
        wire.bench.connections.start_drain(wire.bench.loop.now)
        assert wire.goaways == [LARGEST]
        wire.acknowledge()
        assert wire.goaways == [LARGEST, 1]


class TestHttp1:
    def test_the_last_request_is_told(self) -> None:
        wire = Wire(http2=False, lifetime=lasting(max_requests=3))
        for count in range(1, 4):
            wire.receive(GET)
            assert wire.bench.transport.written.count(b"hi") == count
            assert (b"connection: close\r\n" in wire.bench.transport.written) == (count == 3)
        assert wire.bench.transport.has_eof

    def test_none_behind_the_last_one_is_begun(self) -> None:
        wire = Wire(http2=False, lifetime=lasting(max_requests=2))
        wire.receive(GET * 5)
        assert len(wire.streams) == 2
        assert wire.bench.transport.written.count(b"hi") == 2
        assert wire.bench.transport.has_eof

    def test_an_idle_one_is_told_with_its_next_response(self) -> None:
        # Closed at once, it would lose a request that is under way.
        wire = Wire(http2=False, lifetime=lasting(50))
        wire.receive(GET)
        wire.bench.loop.pass_time(51)
        assert not wire.bench.transport.has_eof
        assert b"connection: close\r\n" not in wire.bench.transport.written
        wire.receive(GET)
        assert wire.bench.transport.written.count(b"connection: close\r\n") == 1
        assert wire.bench.transport.written.endswith(b"hi")
        assert wire.bench.transport.has_eof

    def test_a_request_under_way_is_answered_and_told(self) -> None:
        wire = Wire(http2=False, lifetime=lasting(50))
        wire.waits = True
        wire.receive(GET)
        wire.bench.loop.pass_time(500)
        assert not wire.bench.transport.has_eof
        wire.answer(wire.streams[0])
        wire.receive(b"")
        assert b"connection: close\r\n" in wire.bench.transport.written
        assert wire.bench.transport.written.endswith(b"hi")
        assert wire.bench.transport.has_eof

    def test_a_request_whose_head_is_still_coming_is_answered_and_told(self) -> None:
        limits = Http1Limits(timeout_request_header=0)
        wire = Wire(http2=False, lifetime=lasting(50), limits=limits)
        wire.receive(GET[:7])
        wire.bench.loop.pass_time(51)
        assert not wire.bench.transport.has_eof
        wire.receive(GET[7:])
        assert b"connection: close\r\n" in wire.bench.transport.written
        assert wire.bench.transport.written.endswith(b"hi")
        assert wire.bench.transport.has_eof

    def test_a_tunnel_is_not_cut(self) -> None:
        wire = Wire(http2=False, lifetime=lasting(50))
        wire.waits = True
        wire.receive(
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        wire.bench.loop.pass_time(49)
        wire.streams[0].start(101, [], end=False)
        wire.bench.loop.turn()
        wire.bench.loop.pass_time(1000)
        assert wire.bench.transport.written.startswith(b"HTTP/1.1 101 ")
        assert not wire.bench.transport.has_eof
        assert wire.bench.transport.log == []
        assert len(wire.bench.connections) == 1


def test_a_server_asks_a_client_of_http2_to_move(run: Runner) -> None:
    async def main() -> None:
        async with (
            serving(hello, max_connection_requests=3) as server,
            connected(server) as streams,
        ):
            client = Http2(*streams)
            for _ in range(3):
                assert await client.response(client.request()) == (200, b"hello")
            while await client.read():
                pass
            assert client.goaways == [LARGEST, 5]

    run(main())


def test_a_server_asks_a_client_of_http1_to_move(run: Runner) -> None:
    async def main() -> None:
        async with (
            serving(hello, max_connection_requests=2) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(GET)
            assert b"connection: close" not in await reader.readuntil(b"hello")
            writer.write(GET)
            assert b"connection: close\r\n" in await reader.read()

    run(main())


def test_a_server_asks_old_connections_to_move(run: Runner) -> None:
    async def waits(scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        entered.set()
        await may_end.wait()
        await answer(send)

    entered, may_end = asyncio.Event(), asyncio.Event()

    async def main() -> None:
        async with (
            serving(waits, max_connection_age=0.05) as server,
            connected(server) as streams,
            connected(server) as (reader, writer),
        ):
            client = Http2(*streams)
            stream = client.request()
            await entered.wait()
            entered.clear()
            writer.write(GET)
            await entered.wait()
            while not client.goaways:
                await client.read()
            may_end.set()
            assert await client.response(stream) == (200, b"hello")
            while await client.read():
                pass
            assert client.goaways == [LARGEST, 1]
            assert b"connection: close\r\n" in await reader.read()

    run(main())
