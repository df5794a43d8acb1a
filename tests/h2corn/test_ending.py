"""The ends of one connection among fakes, by whatever it ends."""

import logging
from typing import Any, cast

import pytest

from h2corn._linger import LingerProtocol
from h2corn._pacing import _BY_TURN, WRITE_LIMIT
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
