"""Pressure among fakes: what a turn writes, and who stops when somebody does not keep up."""

from functools import partial

import pytest
from hyperframe.frame import SettingsFrame

from h2c_core import PREFACE, Connection, Limits
from h2corn._pacing import BURST, LONG_READ, READ_LIMIT, READ_TURN, WRITE_LIMIT
from tests.h2corn.fakes import Bench, FakeRequest


class TestTurns:
    def test_output_between_reads_is_written_once_a_turn(self) -> None:
        bench = Bench()
        bench.engine.output += b"one "
        bench.protocol.wants_write(False)
        bench.engine.output += b"two"
        bench.protocol.wants_write(False)
        assert bench.transport.writes == []
        assert bench.loop.turn() == 1
        assert bench.transport.writes == [b"one two"]

    def test_the_first_message_of_a_turn_is_written_at_once(self) -> None:
        bench = Bench()
        assert bench.protocol.write_at_once(b"one ")
        assert bench.transport.writes == [b"one "]
        assert not bench.loop.soon
        assert not bench.protocol.write_at_once(b"two"), "what a turn brings is gathered"
        bench.engine.output += b"two "
        bench.protocol.wants_write(False)
        assert bench.loop.turn() == 1
        assert bench.transport.writes == [b"one ", b"two "]
        assert bench.protocol.write_at_once(b"three")

    def test_a_message_does_not_overtake_a_write_that_is_planned(self) -> None:
        bench = Bench()
        bench.engine.output += b"one"
        bench.protocol.wants_write(False)
        assert not bench.protocol.write_at_once(b"two")
        bench.engine.on_data = lambda data: refused.append(bench.protocol.write_at_once(b"three"))
        refused: list[bool] = []
        bench.protocol.data_received(b"message")
        assert refused == [False], "the read writes at its end"
        assert bench.transport.writes == [b"one"]

    def test_no_message_is_written_behind_the_end(self) -> None:
        bench = Bench()
        bench.engine.is_closed = True
        bench.protocol.data_received(b"the last")
        assert bench.transport.has_eof
        bench.protocol._may_write_now = True
        assert not bench.protocol.write_at_once(b"message")
        assert bench.transport.writes == []

    def test_a_read_that_changes_nothing_ends_its_turn_without_a_look(self) -> None:
        bench = Bench()
        assert bench.protocol.write_at_once(b"one ")
        bench.engine.is_changed = False
        bench.engine.output += b"unsaid"
        bench.protocol.data_received(b"message")
        assert bench.transport.writes == [b"one "]
        assert bench.protocol.write_at_once(b"two"), "it was a turn all the same"
        bench.protocol.wants_write(False)
        assert bench.loop.turn() == 1, "no write is taken for planned"

    def test_requests_are_looked_at_though_the_engine_has_nothing_to_say(self) -> None:
        bench = Bench()
        bench.engine.is_changed = False
        bench.engine.on_data = lambda data: bench.requests.opened.append(request)
        request = FakeRequest(lambda: bench.engine.output.extend(b"answer"))
        bench.protocol.data_received(b"request")
        assert bench.transport.writes == [b"answer"]

    def test_urgent_output_is_written_at_once(self) -> None:
        bench = Bench()
        bench.engine.output += bytes(70_000)
        bench.protocol.wants_write(True)
        assert len(bench.transport.written) == 70_000

    def test_urgent_output_is_bounded_in_a_turn(self) -> None:
        bench = Bench()
        bench.engine.piece = WRITE_LIMIT
        for _ in range(100):
            bench.engine.output += bytes(WRITE_LIMIT)
            bench.protocol.wants_write(True)
        assert len(bench.transport.writes) == BURST
        bench.loop.turn()
        assert len(bench.transport.writes) == 2 * BURST

    def test_a_long_queue_is_written_over_many_turns(self) -> None:
        bench = Bench()
        bench.engine.piece = WRITE_LIMIT
        bench.engine.output += bytes(10 * WRITE_LIMIT)
        bench.protocol.data_received(b"window update")
        turns = [len(bench.transport.writes)]
        while bench.loop.turn():
            turns.append(len(bench.transport.writes))
        assert turns == [4, 8, 10]


class TestPressure:
    def test_a_client_that_takes_little_is_not_taken_for_one_that_takes_nothing(self) -> None:
        engine = partial(Connection, limits=Limits(timeout_write=60))
        bench = Bench(make_engine=engine, first=PREFACE + SettingsFrame().serialize(), capacity=0)
        bench.transport.write(bytes(2 * WRITE_LIMIT))
        for _ in range(100):
            bench.loop.pass_time(10)
            assert not bench.transport.log, "it reads"
            bench.transport.take(512)
        assert bench.transport.waiting > WRITE_LIMIT
        bench.loop.pass_time(100)
        assert bench.transport.log == ["abort"]

    def test_a_full_transport_pauses_the_engine(self) -> None:
        bench = Bench(capacity=0)
        bench.engine.output += bytes(WRITE_LIMIT)
        bench.protocol.data_received(b"x")
        assert not bench.engine.is_paused
        bench.engine.output += b"x"
        bench.protocol.data_received(b"x")
        assert bench.engine.is_paused

    def test_room_lets_the_engine_go_on_and_writes(self) -> None:
        bench = Bench(capacity=0)
        bench.engine.output += bytes(WRITE_LIMIT + 1)
        bench.protocol.data_received(b"x")
        bench.engine.output += b"more"
        bench.transport.take(WRITE_LIMIT)
        assert not bench.engine.is_paused
        assert bench.transport.written.endswith(b"more")

    def test_a_client_that_does_not_read_is_not_read(self) -> None:
        bench = Bench(capacity=0)
        reads = 0
        while bench.transport.reads:
            bench.engine.output += b"PING acknowledged"
            bench.protocol.data_received(b"PING")
            reads += 1
            assert bench.transport.waiting < READ_LIMIT + 100
        assert bench.transport.waiting > READ_LIMIT
        bench.transport.take(READ_LIMIT)
        assert bench.transport.reads

    def test_both_reasons_to_stop_reading_must_go(self) -> None:
        bench = Bench(capacity=0)
        bench.protocol.pause_reading()
        bench.engine.output += bytes(READ_LIMIT + 1)
        bench.protocol.data_received(b"x")
        states = [bench.transport.reads]
        bench.transport.take(READ_LIMIT)
        states.append(bench.transport.reads)
        bench.protocol.resume_reading()
        states.append(bench.transport.reads)
        bench.protocol.resume_reading()
        bench.protocol.pause_reading()
        states.append(bench.transport.reads)
        assert states == [False, False, True, False]

    @pytest.mark.parametrize(
        ("size", "seconds", "goes_on"),
        [
            (LONG_READ, 2 * READ_TURN, False),
            (LONG_READ - 1, 2 * READ_TURN, True),
            (LONG_READ, READ_TURN / 2, True),
        ],
    )
    def test_reads_that_take_long_leave_others_their_turn(
        self, monkeypatch: pytest.MonkeyPatch, size: int, seconds: float, *, goes_on: bool
    ) -> None:
        bench = Bench()
        monkeypatch.setattr("h2corn._pacing.monotonic", lambda: bench.loop.now + seconds)
        bench.protocol.data_received(bytes(size))
        assert bench.transport.reads == goes_on
        bench.loop.turn()
        assert bench.transport.reads


class Transfer:
    """A file that is under way."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def on_drained(self) -> None:
        self.calls.append("drained")

    def stop(self) -> None:
        self.calls.append("stop")


class TestFiles:
    def begin(self) -> tuple[Bench, Transfer]:
        bench = Bench(is_serial=True)
        bench.engine.output += b"head"
        transfer = Transfer()
        bench.protocol.begin_transfer(transfer)  # type: ignore[arg-type]
        return bench, transfer

    def test_what_comes_before_is_written_and_nothing_meanwhile(self) -> None:
        bench, transfer = self.begin()
        assert bench.transport.writes == [b"head"]
        bench.engine.output += b"late"
        bench.protocol.wants_write(False)
        bench.protocol.data_received(b"more")
        bench.loop.turn()
        assert bench.transport.writes == [b"head"]
        bench.protocol.end_transfer()
        bench.loop.turn()
        assert bench.transport.writes == [b"head", b"late"]
        assert not bench.engine.is_paused
        assert transfer.calls == []

    def test_transport_has_room_again_when_it_is_empty(self) -> None:
        bench, transfer = self.begin()
        assert bench.transport.high == 0
        bench.protocol.resume_writing()
        assert transfer.calls == ["drained"]
        assert bench.engine.is_paused
        bench.protocol.end_transfer()
        assert bench.transport.high == WRITE_LIMIT

    def test_engine_hears_that_the_client_reads(self) -> None:
        bench, _ = self.begin()
        before = bench.engine.calls.count("resume_output")
        bench.protocol.note_transfer()
        assert bench.engine.calls.count("resume_output") == before + 1
        assert bench.engine.is_paused

    def test_end_of_the_connection_stops_it(self) -> None:
        bench, transfer = self.begin()
        bench.protocol.connection_lost(None)
        assert transfer.calls == ["stop"]
        bench.protocol.end_transfer()
        with pytest.raises(ConnectionAbortedError):
            bench.protocol.begin_transfer(transfer)  # type: ignore[arg-type]
