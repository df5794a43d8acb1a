"""The shell of one connection among fakes: turns, passes, pressure, time and the end."""

from functools import partial
from typing import Any

import hpack
import pytest
from hyperframe.frame import DataFrame, HeadersFrame, SettingsFrame

from h2c_core import PREFACE, Connection, Limits, Stream
from h2corn import _passes, _protocol
from h2corn._connections import SERVICE_RESTART
from h2corn._http1 import Http1Connection
from h2corn._http1_limits import Http1Limits
from h2corn._linger import PATIENCE
from h2corn._pacing import WRITE_LIMIT
from h2corn._passes import PASS_COUNT, PASS_SECONDS
from tests.h2corn.fakes import Bench, FakeRequest

TUNNEL = HeadersFrame(
    1,
    hpack.Encoder().encode(
        [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", "/"),
            (":authority", "front.example"),
        ]
    ),
    flags=["END_HEADERS"],
)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Stop the clock that passes are measured by; a test moves it."""
    clock = [0.0]
    monkeypatch.setattr(_protocol, "monotonic", lambda: clock[0])
    monkeypatch.setattr(_passes, "monotonic", lambda: clock[0])
    # The requests here run at once, on every Python.
    monkeypatch.setattr(_protocol, "RUNS_AT_ONCE", True)
    return clock


def open_requests(bench: Bench, *requests: FakeRequest) -> None:
    """Let the next read open some requests."""
    bench.engine.on_data = lambda data: bench.requests.opened.extend(requests)
    bench.protocol.data_received(b"requests")
    bench.engine.on_data = lambda data: None


class TestTurns:
    def test_the_first_bytes_reach_the_engine(self) -> None:
        bench = Bench()
        assert bench.engine.received == [b"first"]
        assert len(bench.connections) == 1

    def test_one_write_carries_what_engine_and_applications_say(self) -> None:
        bench = Bench()

        def answer() -> None:
            bench.engine.output += b"answer "
            bench.protocol.wants_write(False)

        def acknowledge(data: bytes) -> None:
            bench.engine.output += b"ack "
            bench.requests.opened.extend(FakeRequest(answer) for _ in range(3))

        bench.engine.on_data = acknowledge
        bench.protocol.data_received(b"settings and requests")
        assert bench.transport.writes == [b"ack answer answer answer "]
        assert not bench.loop.soon

    def test_the_end_of_the_last_tunnel_is_the_end_of_a_connection_that_drains(self) -> None:
        engine = partial(Connection, limits=Limits(enable_connect_protocol=True))
        bench = Bench(make_engine=engine, first=PREFACE + SettingsFrame().serialize())
        tunnels: list[Stream] = []

        class Session(FakeRequest):
            def on_end(self, trailers: object) -> None: ...

        def open_stream(stream: Any, head: object) -> Any:
            tunnels.append(stream)
            return Session()

        bench.protocol.open_stream = open_stream
        bench.protocol.data_received(TUNNEL.serialize())
        tunnels[0].start(200, [], end=False)
        bench.loop.turn()
        bench.protocol.start_drain(bench.loop.now)
        bench.loop.pass_time(10)
        bench.protocol.data_received(DataFrame(1, flags=["END_STREAM"]).serialize())
        assert not bench.transport.has_eof
        tunnels[0].data(b"bye", end=True)
        bench.loop.turn()
        assert bench.transport.written.endswith(
            DataFrame(1, b"bye", flags=["END_STREAM"]).serialize()
        )
        assert bench.transport.has_eof

    def test_nothing_is_written_where_nothing_is_said(self) -> None:
        bench = Bench()
        bench.protocol.data_received(b"x")
        assert bench.transport.writes == []


class TestPasses:
    def test_requests_start_in_order_after_the_read(self) -> None:
        bench = Bench()
        order: list[int] = []
        requests = [FakeRequest(partial(order.append, number)) for number in range(5)]

        def open_them(data: bytes) -> None:
            bench.requests.opened.extend(requests)
            assert order == []

        bench.engine.on_data = open_them
        bench.protocol.data_received(b"five")
        assert order == [0, 1, 2, 3, 4]

    def test_one_reset_in_the_same_read_is_not_started(self) -> None:
        bench = Bench()
        kept, reset = FakeRequest(), FakeRequest()
        reset.is_reset = True
        open_requests(bench, reset, kept)
        assert (reset.is_started, kept.is_started) == (False, True)

    def test_one_reset_while_it_waits_for_its_pass_is_not_started(self) -> None:
        bench = Bench()
        requests = [FakeRequest() for _ in range(PASS_COUNT + 2)]
        open_requests(bench, *requests)
        requests[-2].is_reset = True
        bench.loop.turn()
        assert [request.is_started for request in requests[-2:]] == [False, True]

    def test_those_that_wait_are_held(self) -> None:
        bench = Bench()
        done, waiting = FakeRequest(), FakeRequest(waits=True)
        open_requests(bench, done, waiting)
        assert bench.requests.running == {waiting}

    def test_a_pass_starts_16(self) -> None:
        bench = Bench()
        requests = [FakeRequest() for _ in range(255)]
        open_requests(bench, *requests)
        passes = [sum(request.is_started for request in requests)]
        while bench.loop.turn():
            passes.append(sum(request.is_started for request in requests))
        assert passes == [*range(PASS_COUNT, 255, PASS_COUNT), 255]

    def test_a_pass_ends_after_a_millisecond(self, stopped_clock: list[float]) -> None:
        bench = Bench()

        def work() -> None:
            stopped_clock[0] += 0.4 * PASS_SECONDS
            bench.engine.output += b"x"

        open_requests(bench, *(FakeRequest(work) for _ in range(7)))
        assert bench.transport.writes == [b"xxx"]
        bench.loop.turn()
        bench.loop.turn()
        assert bench.transport.writes == [b"xxx", b"xxx", b"x"]

    @pytest.mark.parametrize(
        ("seconds", "passes"),
        [(0.0001, [1, 2, 4, 8, 16, 8, 16]), (0.0006, [1, 2] * 18 + [1]), (0.0015, [1] * 55)],
    )
    def test_passes_whose_applications_run_later(
        self,
        monkeypatch: pytest.MonkeyPatch,
        stopped_clock: list[float],
        seconds: float,
        passes: list[int],
    ) -> None:
        monkeypatch.setattr(_protocol, "RUNS_AT_ONCE", False)
        bench = Bench()
        turns: list[int] = []

        def work() -> None:
            stopped_clock[0] += seconds
            turns[-1] += 1

        def plan() -> None:
            bench.loop.call_soon(work)

        open_requests(bench, *(FakeRequest(plan) for _ in range(55)))
        while bench.loop.soon:
            turns.append(0)
            bench.loop.turn()
        assert [count for count in turns if count] == passes

    def test_reads_do_not_jump_the_queue(self) -> None:
        bench = Bench()
        first = [FakeRequest() for _ in range(PASS_COUNT + 1)]
        late = FakeRequest()
        open_requests(bench, *first)
        open_requests(bench, late)
        assert [first[-1].is_started, late.is_started] == [False, False]
        assert bench.loop.turn() == 1
        assert [first[-1].is_started, late.is_started] == [True, True]

    def test_a_pass_after_the_end_starts_nothing(self) -> None:
        bench = Bench()
        requests = [FakeRequest() for _ in range(PASS_COUNT + 1)]
        open_requests(bench, *requests)
        bench.protocol.connection_lost(None)
        bench.loop.turn()
        assert not requests[-1].is_started


class TestPipelining:
    def feed(self, bench: Bench, count: int) -> list[FakeRequest]:
        """Let the engine have `count` requests buffered, of which it gives one at a time."""
        requests = [FakeRequest() for _ in range(count)]
        left = iter(requests)

        def give(data: bytes) -> None:
            request = next(left)
            bench.requests.opened.append(request)
            bench.engine.is_pending = request is not requests[-1]

        bench.engine.on_data = give
        bench.protocol.data_received(b"all of them")
        return requests

    def test_20_000_do_not_recurse_and_yield(self) -> None:
        bench = Bench(is_serial=True)
        requests = self.feed(bench, 20_000)
        assert sum(request.is_started for request in requests) == PASS_COUNT
        turns = 1
        while bench.loop.turn():
            turns += 1
        assert all(request.is_started for request in requests)
        assert turns == 20_000 // PASS_COUNT

    def test_the_next_one_starts_when_the_last_one_has_ended(self) -> None:
        bench = Bench(is_serial=True)
        first, second = FakeRequest(waits=True), FakeRequest()
        open_requests(bench, first)
        bench.engine.is_pending = True

        def give(data: bytes) -> None:
            assert data == b""
            bench.engine.is_pending = False
            bench.requests.opened.append(second)

        bench.engine.on_data = give
        bench.protocol.wants_write(False)
        bench.loop.turn()
        assert not second.is_started, "not from inside the flush"
        bench.loop.turn()
        assert second.is_started

    def test_it_starts_in_the_context_of_the_server(self) -> None:
        bench = Bench(is_serial=True)
        bench.engine.is_pending = True
        bench.protocol.wants_write(False)
        bench.loop.turn()
        (_callback, _arguments, context) = bench.loop.soon[0]
        assert context is bench.protocol._shell.context

    def test_none_is_read_while_the_client_does_not(self) -> None:
        bench = Bench(is_serial=True, capacity=0)
        bench.engine.output += bytes(WRITE_LIMIT + 1)
        bench.protocol.data_received(b"x")
        received = len(bench.engine.received)
        bench.engine.is_pending = True
        bench.protocol.wants_write(False)
        while bench.loop.turn():
            pass
        assert len(bench.engine.received) == received
        bench.engine.on_data = lambda data: setattr(bench.engine, "is_pending", False)
        bench.transport.take(WRITE_LIMIT)
        while bench.loop.turn():
            pass
        assert len(bench.engine.received) == received + 1


class TestTime:
    def test_one_timer_is_armed_and_left_alone(self) -> None:
        bench = Bench()
        for number in range(100):
            bench.engine.deadline = bench.loop.now + 5 + number
            bench.protocol.data_received(b"request")
        assert bench.loop.timers_made == 1
        assert bench.loop.live_timers() == [105.0]

    def test_an_earlier_deadline_takes_its_place(self) -> None:
        bench = Bench()
        bench.engine.deadline = 110.0
        bench.protocol.data_received(b"x")
        bench.engine.deadline = 101.0
        bench.protocol.data_received(b"x")
        assert bench.loop.live_timers() == [101.0]

    def test_it_is_armed_again_when_it_has_fired(self) -> None:
        bench = Bench()
        bench.engine.deadline = 101.0
        bench.protocol.data_received(b"x")
        bench.engine.deadline = 107.0
        bench.loop.pass_time(2)
        assert bench.engine.times == [101.0]
        assert bench.loop.live_timers() == [107.0]

    def test_a_loop_that_calls_early_tells_the_engine_no_earlier_time(self) -> None:
        bench = Bench()
        bench.engine.deadline = 101.0
        bench.protocol.data_received(b"x")
        bench.loop.now = 100.9996
        bench.loop.timers[0].callback()
        assert bench.engine.times == [101.0]

    def test_what_time_brings_is_written(self) -> None:
        bench = Bench()
        bench.engine.deadline = 101.0
        bench.protocol.data_received(b"x")

        def announce(data: bytes) -> None:
            bench.engine.output += b"GOAWAY"
            bench.engine.deadline = None

        bench.engine.on_data = announce
        bench.loop.pass_time(1)
        assert bench.transport.written == b"GOAWAY"
        assert bench.loop.live_timers() == []

    def test_a_fault_that_time_brings_ends_the_connection(self) -> None:
        bench = Bench()
        bench.engine.deadline = 101.0
        bench.protocol.data_received(b"x")
        bench.engine.on_data = bench.fail
        bench.loop.pass_time(1)
        assert bench.transport.written == b"GOAWAY"
        assert bench.transport.has_eof

    @pytest.mark.parametrize("is_paused", [False, True])
    def test_a_client_that_does_not_read_gets_no_last_word(
        self, caplog: pytest.LogCaptureFixture, *, is_paused: bool
    ) -> None:
        bench = Bench(capacity=0)
        bench.engine.output += b"x" * (WRITE_LIMIT + is_paused)
        bench.engine.deadline = 101.0
        bench.protocol.data_received(b"x")
        bench.engine.on_data = bench.fail
        bench.loop.pass_time(1)
        assert bench.transport.log == (["abort"] if is_paused else [])
        assert bench.transport.has_eof != is_paused
        assert bench.engine.calls == ["connection_lost"]
        assert caplog.messages == ["192.0.2.1:5: frame of the wrong size"]
        assert bench.loop.live_timers() == ([] if is_paused else [bench.loop.now + PATIENCE])

    def test_a_client_of_http1_that_does_not_read(self, caplog: pytest.LogCaptureFixture) -> None:
        limits = Http1Limits(timeout_response_stall=60)
        bench = Bench(
            is_serial=True,
            capacity=0,
            make_engine=lambda handler: Http1Connection(handler, limits),
        )
        bench.protocol.data_received(b"GET / HTTP/1.1\r\n")
        bench.transport.waiting = WRITE_LIMIT + 1
        bench.protocol.pause_writing()
        bench.loop.pass_time(59)
        assert bench.transport.log == []
        bench.loop.pass_time(16)
        assert bench.transport.log == ["abort"]
        assert bench.transport.writes == []
        assert caplog.messages == ["192.0.2.1:5: the client does not read"]
        bench.protocol.connection_lost(None)
        assert len(bench.connections) == 0

    def test_a_late_head_of_http1(self, caplog: pytest.LogCaptureFixture) -> None:
        bench = Bench(is_serial=True, make_engine=Http1Connection)
        bench.loop.pass_time(10)
        assert bench.transport.written.startswith(b"HTTP/1.1 408 ")
        assert bench.transport.has_eof
        assert caplog.messages == [
            "192.0.2.1:5: 408, the request head was not whole in time",
        ]


class TestTheClientsEnd:
    def test_http2_ends_with_it(self) -> None:
        bench = Bench()
        open_requests(bench, FakeRequest(waits=True))
        bench.engine.is_idle = False
        assert bench.protocol.eof_received() is False
        assert bench.engine.calls == ["connection_lost"]
        assert bench.transport.log == ["close"]

    def test_http2_writes_what_waits(self) -> None:
        bench = Bench(capacity=0)
        bench.engine.output += b"late"
        bench.protocol.data_received(b"x")
        assert bench.protocol.eof_received() is True
        assert bench.transport.log == []
        bench.transport.take(4)
        bench.loop.pass_time(PATIENCE)
        assert bench.transport.log == ["close"]

    def test_http1_finishes_the_response(self) -> None:
        bench = Bench(is_serial=True)
        request = FakeRequest(waits=True)
        bench.engine.is_idle = False
        open_requests(bench, request)
        assert bench.protocol.eof_received() is True
        assert request.is_disconnected
        assert bench.engine.calls == []
        bench.engine.output += b"the rest"
        bench.engine.is_idle = True
        bench.protocol.wants_write(False)
        bench.loop.turn()
        assert bench.transport.written == b"the rest"
        assert bench.transport.log == ["close"]

    def test_http1_serves_what_was_pipelined(self) -> None:
        bench = Bench(is_serial=True)
        bench.engine.is_idle = False
        open_requests(bench, FakeRequest(waits=True))
        assert bench.protocol.eof_received() is True
        second = FakeRequest(waits=True)

        def give(data: bytes) -> None:
            bench.requests.opened.append(second)
            bench.engine.is_pending = bench.engine.is_idle = False

        bench.engine.on_data = give
        bench.engine.is_pending = bench.engine.is_idle = True
        bench.protocol.wants_write(False)
        while bench.loop.turn():
            pass
        assert second.is_disconnected
        assert bench.transport.log == []

    def test_http1_writes_what_has_just_been_said(self) -> None:
        bench = Bench(is_serial=True)
        bench.engine.output += b"answer"
        bench.protocol.wants_write(False)
        assert bench.protocol.eof_received() is False
        assert bench.transport.written == b"answer"
        assert bench.transport.log == ["close"]

    def test_http1_waits_for_what_a_full_transport_hides(self) -> None:
        bench = Bench(is_serial=True, capacity=0)
        bench.engine.output += bytes(WRITE_LIMIT + 1)
        bench.protocol.data_received(b"x")
        bench.engine.is_pending = True
        assert bench.protocol.eof_received() is True
        request = FakeRequest()

        def give(data: bytes) -> None:
            bench.requests.opened.append(request)
            bench.engine.is_pending = False

        bench.engine.on_data = give
        bench.transport.take(WRITE_LIMIT)
        bench.loop.turn()
        assert request.is_started
        assert bench.transport.has_eof

    def test_http1_without_a_request_is_closed(self) -> None:
        bench = Bench(is_serial=True)
        assert bench.protocol.eof_received() is False
        assert bench.transport.log == ["close"]

    def test_the_last_request_is_not_held_by_an_idle_connection(self) -> None:
        bench = Bench(is_serial=True)
        bench.engine.is_idle = False
        open_requests(bench, FakeRequest(waits=True))
        assert bench.protocol._current is not None
        bench.engine.is_idle = True
        bench.protocol.wants_write(False)
        bench.loop.turn()
        assert bench.protocol._current is None


class TestDrain:
    def test_http2_is_told(self) -> None:
        bench = Bench()
        bench.connections.start_drain(bench.loop.now)
        assert bench.engine.calls == ["start_drain"]

    def test_idle_http1_stays_open_until_told(self) -> None:
        bench = Bench(is_serial=True, make_engine=Http1Connection)
        assert bench.protocol.start_drain(bench.loop.now) is True
        assert not bench.transport.has_eof
        bench.protocol.close_if_idle()
        assert bench.transport.has_eof

    def test_busy_http1_is_not_idle(self) -> None:
        bench = Bench(is_serial=True, make_engine=Http1Connection)
        bench.protocol.data_received(b" / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert bench.protocol.start_drain(bench.loop.now) is False
        bench.protocol.close_if_idle()
        assert not bench.transport.has_eof

    def test_one_that_is_told_while_its_client_does_not_read_ends_later(self) -> None:
        bench = Bench(is_serial=True, capacity=0)
        bench.engine.output += bytes(WRITE_LIMIT + 1)
        bench.protocol.data_received(b"x")
        bench.protocol.close_if_idle()
        assert not bench.transport.has_eof
        bench.transport.take(WRITE_LIMIT)
        assert bench.transport.has_eof

    def test_a_connection_that_starts_meanwhile_is_told(self) -> None:
        bench = Bench()
        bench.connections.is_draining = True
        bench.protocol.start(b"more")
        assert bench.engine.calls == ["start_drain"]

    def test_a_request_that_starts_meanwhile_is_told(self) -> None:
        bench = Bench()
        bench.connections.start_drain(bench.loop.now)
        waiting, done = FakeRequest(waits=True), FakeRequest()
        open_requests(bench, waiting, done)
        assert (waiting.is_disconnected, done.is_disconnected) == (True, False)

    def test_it_is_told_what_the_others_were(self, monkeypatch: pytest.MonkeyPatch) -> None:
        codes: list[int] = []
        monkeypatch.setattr(_protocol, "disconnect", lambda _request, code: codes.append(code))
        bench = Bench()
        bench.connections.start_drain(bench.loop.now, SERVICE_RESTART)
        open_requests(bench, FakeRequest(waits=True))
        assert codes == [SERVICE_RESTART]
