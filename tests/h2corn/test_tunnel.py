"""A connection behind an upgrade, among fakes: bytes both ways, what is bounded, and its ends."""

import contextvars
import logging
from typing import Any, cast

import pytest

from h2c_core import ErrorCodes
from h2corn._adapters import Peers
from h2corn._connections import Connections
from h2corn._http1_head import RequestHead
from h2corn._http1_limits import Http1Limits
from h2corn._http1_tunnel import TunnelStream
from h2corn._linger import LingerProtocol
from h2corn._pacing import READ_LIMIT, WRITE_LIMIT
from h2corn._shell import Shell
from h2corn._tunnel import TunnelProtocol
from tests.h2corn.fakes import FakeLoop, FakeTransport

LIMITS = Http1Limits(max_unread_body=1000, timeout_response_stall=60)
HEAD = RequestHead(b"GET", b"/", b"a", [], "1.1")


class Session:
    """Who takes what comes."""

    def __init__(self) -> None:
        self.received = b""
        self.calls: list[str] = []
        self.reset: int | None = None

    def on_data(self, chunk: bytes) -> None:
        self.received += chunk

    def on_end(self, trailers: list[tuple[bytes, bytes]]) -> None:
        assert trailers == []
        self.calls.append("end")

    def on_reset(self, error_code: int) -> None:
        assert self.reset is None
        self.reset = error_code

    def on_writable(self) -> None:
        self.calls.append("writable")


class Bench:
    """A `TunnelProtocol` among fakes."""

    def __init__(
        self,
        rest: bytes = b"",
        *,
        capacity: int = 1 << 60,
        is_full: bool = False,
        has_eof: bool = False,
        limits: Http1Limits = LIMITS,
    ) -> None:
        self.loop = FakeLoop()
        self.connections = Connections()
        self.transport = FakeTransport(capacity)
        self.transport.set_write_buffer_limits(WRITE_LIMIT)
        self.session = Session()
        self.stream = TunnelStream(cast("Any", None), HEAD)
        self.stream.is_accepted = True
        shell = Shell(
            self.loop.itself,
            self.connections,
            contextvars.copy_context(),
            logging.getLogger("h2corn"),
        )
        self.tunnel = TunnelProtocol(
            shell,
            self.transport,
            self.stream,
            self.session,
            Peers(("192.0.2.1", 5), ("192.0.2.2", 80)),
            limits,
        )
        self.tunnel.start(rest, is_full=is_full, has_eof=has_eof)


def test_bytes_go_both_ways() -> None:
    bench = Bench(b"early ")
    assert bench.transport.protocol is bench.tunnel
    assert len(bench.connections) == 1
    bench.tunnel.data_received(b"frame")
    assert bench.session.received == b"early frame"
    assert bench.stream.data(b"answer", False)
    assert bench.stream.data(b"", False)
    assert bench.transport.writes == [b"answer"], "at once, and nothing empty"
    assert not bench.loop.soon
    assert not bench.loop.timers
    assert bench.stream.bytes_sent == 6


def reads(bench: Bench) -> bool:
    """Whether the transport is read."""
    return bench.transport.reads


class TestReading:
    def test_stops_while_much_is_not_taken(self) -> None:
        bench = Bench()
        bench.tunnel.data_received(bytes(1000))
        assert reads(bench)
        bench.tunnel.data_received(b"x")
        assert not reads(bench)
        bench.tunnel.data_received(b"one that was under way")
        bench.stream.credit(522)
        assert not reads(bench)
        bench.stream.credit(1)
        assert reads(bench)

    def test_stops_at_once_for_what_came_before(self) -> None:
        assert not Bench(bytes(1001)).transport.reads

    def test_stops_where_answers_are_not_taken(self) -> None:
        bench = Bench(capacity=0)
        while bench.transport.waiting <= READ_LIMIT:
            assert reads(bench)
            bench.stream.data(bytes(10_000), False)
        assert not reads(bench)
        bench.transport.take(READ_LIMIT * 2)
        assert reads(bench)

    def test_goes_on_when_neither_side_has_too_much(self) -> None:
        bench = Bench(bytes(2000), capacity=0)
        bench.stream.data(bytes(READ_LIMIT + 1), False)
        bench.transport.take(READ_LIMIT * 2)
        assert not reads(bench)
        bench.stream.credit(2000)
        assert reads(bench)


class TestWriting:
    def test_says_when_it_is_full_and_when_not(self) -> None:
        bench = Bench(capacity=0)
        assert bench.stream.data(bytes(WRITE_LIMIT), False)
        assert not bench.stream.data(b"x", False)
        assert bench.session.calls == []
        bench.transport.take(WRITE_LIMIT)
        assert bench.session.calls == ["writable"]
        assert bench.stream.data(b"x", False)

    def test_a_transport_that_was_full_before(self) -> None:
        bench = Bench(is_full=True)
        assert not bench.stream.data(b"x", False)
        bench.tunnel.resume_writing()
        assert bench.session.calls == ["writable"]

    def test_a_client_that_takes_nothing_is_left(self, caplog: pytest.LogCaptureFixture) -> None:
        bench = Bench(capacity=0)
        bench.stream.data(bytes(WRITE_LIMIT + 1), False)
        bench.loop.pass_time(59.9)
        assert bench.transport.log == []
        bench.loop.pass_time(0.2)
        assert bench.session.reset == ErrorCodes.CANCEL
        assert bench.transport.log == ["abort"]
        assert caplog.record_tuples == [
            ("h2corn", logging.WARNING, "192.0.2.1:5: the client does not read")
        ]
        bench.tunnel.connection_lost(None)
        assert len(bench.connections) == 0

    def test_a_client_that_takes_something_has_time_again(self) -> None:
        bench = Bench(capacity=0)
        for _ in range(3):
            bench.stream.data(bytes(WRITE_LIMIT + 1), False)
            bench.loop.pass_time(50)
            bench.transport.take(WRITE_LIMIT)
        assert bench.loop.live_timers() == []
        assert bench.session.reset is None

    def test_a_client_that_takes_a_large_message_slowly_has_time(self) -> None:
        bench = Bench(capacity=0)
        bench.stream.data(bytes(16 * WRITE_LIMIT), False)
        for _ in range(5):
            bench.loop.pass_time(50)
            bench.transport.take(WRITE_LIMIT)
        assert bench.transport.log == []
        assert bench.transport.is_paused
        bench.loop.pass_time(120)
        assert bench.session.reset == ErrorCodes.CANCEL
        assert bench.transport.log == ["abort"]

    def test_without_a_time(self) -> None:
        bench = Bench(capacity=0, limits=Http1Limits(timeout_response_stall=0))
        bench.stream.data(bytes(WRITE_LIMIT + 1), False)
        assert bench.loop.timers == []


class TestTheEnd:
    def test_of_what_is_said(self) -> None:
        bench = Bench()
        bench.stream.data(b"bye", True)
        assert bench.transport.written == b"bye"
        assert bench.transport.has_eof
        assert isinstance(bench.transport.protocol, LingerProtocol)
        assert len(bench.connections) == 1
        assert bench.stream.tunnel is None
        assert bench.stream.data(b"nothing", False)
        bench.stream.finish()
        bench.tunnel.data_received(b"dropped")
        assert bench.session.received == b""
        assert bench.transport.written == b"bye"

    def test_of_the_client(self) -> None:
        bench = Bench()
        assert bench.tunnel.eof_received()
        assert bench.tunnel.eof_received()
        assert bench.session.calls == ["end"]
        bench.stream.data(b"bye", False)
        bench.stream.data(b"", True)
        assert bench.transport.log == ["close"], "both are done"

    def test_of_the_client_before_it_began(self) -> None:
        bench = Bench(b"last", has_eof=True)
        assert bench.session.received == b"last"
        assert bench.session.calls == ["end"]

    def test_of_the_connection(self) -> None:
        bench = Bench()
        bench.tunnel.connection_lost(None)
        assert bench.session.reset == ErrorCodes.CANCEL
        assert len(bench.connections) == 0
        assert bench.stream.data(b"nothing", False)
        assert bench.transport.writes == []

    def test_of_a_connection_that_goes_while_it_is_said(self) -> None:
        bench = Bench()
        bench.transport.is_closed = True
        bench.stream.data(b"", True)
        assert not bench.transport.has_eof

    def test_abort_lets_what_was_written_arrive(self) -> None:
        bench = Bench()
        bench.stream.data(b"bye", False)
        bench.stream.abort()
        assert bench.transport.has_eof
        assert bench.transport.log == []
        assert bench.session.reset is None

    def test_abort_does_not_wait_for_a_client_that_does_not_read(self) -> None:
        bench = Bench(capacity=0)
        bench.stream.data(b"bye", False)
        bench.stream.abort()
        assert bench.transport.log == ["abort"]

    def test_the_time_to_read_ends_with_it(self) -> None:
        bench = Bench(capacity=0)
        bench.stream.data(bytes(WRITE_LIMIT + 1), False)
        bench.stream.data(b"", True)
        assert len(bench.loop.live_timers()) == 1, "that of the linger"

    def test_full_behind_the_end(self) -> None:
        bench = Bench()
        bench.stream.abort()
        bench.tunnel.pause_writing()
        assert len(bench.loop.live_timers()) == 1, "that of the linger"
        bench.tunnel.resume_writing()
        assert bench.session.calls == []

    def test_a_stop_of_the_server_is_left_to_the_session(self) -> None:
        bench = Bench()
        assert not bench.tunnel.start_drain(100.0)
        bench.tunnel.close_if_idle()
        assert bench.transport.log == []
        assert not bench.transport.has_eof

    def test_abort_of_the_server(self) -> None:
        bench = Bench()
        bench.tunnel.abort()
        assert bench.transport.log == ["abort"]
