"""The ends of one connection among fakes, by whatever it ends."""

import logging
from typing import Any, cast

import pytest

from h2c_core import ErrorCodes
from h2corn._http1 import Http1Connection
from h2corn._http1_tunnel import TunnelStream
from h2corn._linger import LingerProtocol
from h2corn._pacing import _BY_TURN, WRITE_LIMIT
from h2corn._tunnel import TunnelProtocol
from tests.h2corn.fakes import Bench, FakeRequest


class TestTheEnd:
    def test_a_fault_of_the_client_is_one_line(self, caplog: pytest.LogCaptureFixture) -> None:
        bench = Bench()
        bench.engine.on_data = bench.fail
        bench.protocol.data_received(b"bad frame")
        assert caplog.record_tuples == [
            ("h2corn", logging.WARNING, "192.0.2.1:5: frame of the wrong size")
        ]
        assert bench.transport.written == b"GOAWAY"
        assert bench.transport.has_eof
        assert not bench.transport.is_closed
        assert bench.engine.calls == ["connection_lost"]

    def test_requests_of_a_read_with_a_fault_are_not_started(self) -> None:
        bench = Bench()
        request = FakeRequest()

        def open_and_fail(data: bytes) -> None:
            bench.requests.opened.append(request)
            bench.fail(data)

        bench.engine.on_data = open_and_fail
        bench.protocol.data_received(b"request and bad frame")
        assert not request.is_started

    def test_a_fault_in_a_pipelined_request(self) -> None:
        bench = Bench(is_serial=True)
        request = FakeRequest()

        def give(data: bytes) -> None:
            if data:
                bench.requests.opened.append(request)
                bench.engine.is_pending = True
            else:
                bench.fail(data)

        bench.engine.on_data = give
        bench.protocol.data_received(b"good and bad")
        assert request.is_started
        assert bench.transport.written == b"GOAWAY"
        assert bench.transport.has_eof

    def test_a_fault_in_a_pipelined_request_of_a_later_pass(self) -> None:
        bench = Bench(is_serial=True)
        bench.engine.is_pending = True
        bench.engine.on_data = bench.fail
        bench.protocol.wants_write(False)
        bench.loop.turn()
        bench.loop.turn()
        assert bench.transport.has_eof

    def test_a_closed_engine_is_written_out_and_handed_to_the_end(self) -> None:
        bench = Bench()

        def end(data: bytes) -> None:
            bench.engine.output += b"last words"
            bench.engine.is_closed = True

        bench.engine.on_data = end
        bench.protocol.data_received(b"x")
        assert bench.transport.written == b"last words"
        assert isinstance(bench.transport.protocol, LingerProtocol)
        assert len(bench.connections) == 1

    def test_reading_that_was_stopped_goes_on_to_find_the_end(self) -> None:
        bench = Bench(is_serial=True)
        bench.protocol.pause_reading()
        bench.engine.is_closed = True
        bench.protocol.wants_write(False)
        bench.loop.turn()
        assert bench.transport.reads

    def test_what_comes_late_does_nothing(self) -> None:
        bench = Bench()
        bench.engine.deadline = 130.0
        bench.protocol.wants_write(False)
        bench.protocol._plan_pass()
        bench.protocol.data_received(b"x")
        bench.protocol.connection_lost(None)
        bench.transport.is_closed = True
        bench.loop.turn()
        bench.protocol.wants_write(True)
        bench.protocol.pause_writing()
        bench.protocol.resume_writing()
        bench.protocol.pause_reading()
        bench.protocol.resume_reading()
        bench.protocol.close_if_idle()
        assert bench.protocol.start_drain(bench.loop.now) is False
        assert bench.loop.live_timers() == []
        assert len(bench.connections) == 0
        assert bench.engine.calls == ["connection_lost"]

    def test_a_transport_that_closes_already_is_left_alone(self) -> None:
        bench = Bench()
        bench.transport.abort()
        bench.engine.is_closed = True
        bench.protocol.data_received(b"x")
        assert not bench.transport.has_eof

    def test_abort(self) -> None:
        bench = Bench()
        bench.protocol.abort()
        assert bench.transport.log == ["abort"]


class TestTheChange:
    """Of HTTP/1.1 to HTTP/2."""

    UPGRADE = cast("Any", object())

    def hand_on(self, bench: Bench) -> list[tuple[object, ...]]:
        """Let the engine leave the connection to HTTP/2; what was taken over."""
        taken: list[tuple[object, ...]] = []

        def go_on(transport: object, peers: object, upgrade: object, *, is_full: bool) -> None:
            taken.append((transport, peers, upgrade, is_full))

        bench.protocol._go_on = go_on
        bench.protocol._hand_on(self.UPGRADE)
        return taken

    @pytest.mark.parametrize("is_full", [False, True])
    def test_leaves_the_transport_as_it_is(self, *, is_full: bool) -> None:
        bench = Bench(is_serial=True, capacity=0)
        bench.transport.write(bytes(WRITE_LIMIT + is_full))
        taken = self.hand_on(bench)
        assert taken == [(bench.transport, bench.requests.peers, self.UPGRADE, is_full)]
        assert not bench.transport.has_eof
        assert not bench.transport.is_closed
        assert bench.engine.calls == ["connection_lost"]
        assert len(bench.connections) == 0

    def test_lets_the_reading_go_on_that_was_stopped(self) -> None:
        """By the turn before, which has its end planned for the one after."""
        bench = Bench(is_serial=True)
        bench.protocol._stop_reading(_BY_TURN)
        bench.loop.call_soon(bench.protocol._allow_reading, _BY_TURN)
        assert self.hand_on(bench)
        assert bench.transport.reads
        bench.loop.turn()
        assert bench.transport.reads

    def test_not_when_the_client_has_no_more_to_say(self) -> None:
        bench = Bench(is_serial=True)
        bench.engine.is_idle = False
        assert bench.protocol.eof_received() is True
        assert self.hand_on(bench) == []
        assert bench.transport.is_closed

    def test_not_when_the_transport_closes(self) -> None:
        bench = Bench(is_serial=True)
        bench.transport.abort()
        assert self.hand_on(bench) == []
        assert bench.engine.calls == ["connection_lost"]


UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"


class Engine(Http1Connection):
    """An engine of HTTP/1 that begins behind what a bench begins with."""

    def receive_data(self, data: bytes, now: float) -> bool:
        return data == b"first" or super().receive_data(data, now)


class Session(FakeRequest):
    """What the adapters make of an upgrade."""

    def __init__(self, stream: TunnelStream, *, accepts: bool) -> None:
        super().__init__(self.accept if accepts else int, waits=True)
        self.stream = stream
        self.received = b""
        self.has_ended = False
        self.reset: int | None = None

    def accept(self) -> None:
        self.stream.start(101, [], False)

    def on_data(self, chunk: bytes) -> None:
        self.received += chunk

    def on_end(self, trailers: object) -> None:
        self.has_ended = True

    def on_reset(self, error_code: int) -> None:
        self.reset = error_code

    def on_writable(self) -> None:
        raise AssertionError


def upgrade(rest: bytes = b"", *, accepts: bool = True) -> tuple[Bench, Session]:
    """Return a connection of HTTP/1 with an upgrade."""
    bench = Bench(is_serial=True, make_engine=Engine)
    sessions: list[Session] = []

    def open_stream(stream: Any, head: object) -> Any:
        sessions.append(Session(stream, accepts=accepts))
        bench.requests.opened.append(sessions[0])
        return sessions[0]

    bench.protocol.open_stream = open_stream
    bench.protocol.data_received(UPGRADE + rest)
    return bench, sessions[0]


class TestUpgrade:
    def test_accepted_at_once(self) -> None:
        bench, session = upgrade(b"frame")
        assert bench.transport.written == ACCEPTED
        assert isinstance(bench.transport.protocol, TunnelProtocol)
        assert session.received == b"frame"
        assert session.reset is None
        assert len(bench.connections) == 1
        assert bench.loop.live_timers() == []

    def test_accepted_later(self) -> None:
        bench, session = upgrade(b"one ", accepts=False)
        bench.protocol.data_received(b"two ")
        session.accept()
        assert session.received == b"", "never from inside of the call"
        bench.protocol.data_received(b"three")
        assert session.received == b"one two three"
        assert bench.transport.written == ACCEPTED
        assert isinstance(bench.transport.protocol, TunnelProtocol)
        bench.loop.turn()
        assert bench.transport.written == ACCEPTED

    def test_reading_that_was_stopped_goes_on(self) -> None:
        bench, session = upgrade(accepts=False)
        bench.protocol.data_received(bytes(WRITE_LIMIT + 1))
        assert not bench.transport.reads
        session.accept()
        bench.loop.turn()
        assert not bench.transport.reads, "all of that waits for the session now"
        session.stream.credit(WRITE_LIMIT + 1)
        assert bench.transport.reads

    def test_a_transport_that_is_full_stays_so(self) -> None:
        bench, session = upgrade(accepts=False)
        bench.protocol.pause_writing()
        session.accept()
        bench.loop.turn()
        assert not session.stream.data(b"x", False)

    def test_the_end_of_the_client_before_it_is_accepted(self) -> None:
        bench, session = upgrade(accepts=False)
        bench.protocol.eof_received()
        assert session.reset == ErrorCodes.CANCEL
        session.accept()
        assert bench.transport.written == b""

    def test_the_end_of_the_client_when_it_was_accepted(self) -> None:
        bench, session = upgrade(b"last", accepts=False)
        session.accept()
        assert bench.protocol.eof_received()
        assert session.received == b"last"
        assert session.has_ended
        assert not session.is_disconnected

    def test_a_client_that_has_gone(self) -> None:
        bench, session = upgrade(accepts=False)
        session.accept()
        bench.protocol.connection_lost(None)
        assert session.reset == ErrorCodes.CANCEL
        bench.loop.turn()
        assert len(bench.connections) == 0
