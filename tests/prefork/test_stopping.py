"""Owns the tests of how workers and the service are made to end, with a clock that the test moves.

Does not send signals.
"""

import pytest

from prefork._actions import DumpStacks, End, Event, Kill, Level, Say, StopWorker, StopWorkerNow
from prefork._options import Options
from prefork._reasons import StopReason
from prefork._status import ExitStatus
from tests.prefork.policy_rig import ENDED, Rig

STOPPED = StopReason.STOPPED


def test_graceful_stop() -> None:
    rig = Rig(Options(workers=2))
    rig.serve()
    actions = rig.stop()
    assert rig.events(actions) == [Event.STOPPING]
    assert rig.stopped(actions) == [(1, STOPPED), (2, STOPPED)]
    assert rig.ended(rig.exit(1, ENDED)) is None
    assert rig.ended(rig.exit(2, ExitStatus.killed(9))) == End(0, "")
    assert rig.policy.next_deadline() is None
    for call in (rig.stop, rig.reload, lambda: rig.exit(2), lambda: rig.ready(1)):
        assert call() == []


@pytest.mark.parametrize(("timeout", "killed_after"), [(3.0, 3.5), (0.0, 0.5)])
def test_ready_workers_are_killed_at_their_time(timeout: float, killed_after: float) -> None:
    rig = Rig(Options(stop_timeout=timeout))
    rig.serve()
    rig.stop()
    assert rig.advance(killed_after - 0.01) == []
    assert rig.killed(rig.advance(0.02)) == [1]
    assert rig.advance(100) == []
    assert rig.ended(rig.exit(1, ExitStatus.killed(9))) == End(0, "")


def test_no_timeout_kills_nobody() -> None:
    rig = Rig(Options(stop_timeout=None))
    rig.serve()
    rig.stop()
    assert rig.policy.next_deadline() is None


def test_starting_workers_have_a_second() -> None:
    rig = Rig(Options(workers=2, stop_timeout=None))
    rig.start()
    rig.ready(1)
    assert rig.stopped(rig.stop()) == [(1, STOPPED), (2, STOPPED)]
    assert rig.advance(0.99) == []
    assert rig.killed(rig.advance(0.02)) == [2]
    assert rig.ready(2) == []


def test_ready_after_it_was_told_to_stop() -> None:
    rig = Rig()
    rig.start()
    rig.stop()
    assert rig.ready(1) == []
    assert rig.killed(rig.advance(1.01)) == [1]
    assert rig.ended(rig.exit(1)) == End(0, "")


def test_second_and_third_signal() -> None:
    rig = Rig(Options(workers=2, stop_timeout=None))
    rig.serve()
    rig.stop()
    actions = rig.stop()
    assert rig.of(StopWorkerNow, actions) == [StopWorkerNow(1), StopWorkerNow(2)]
    assert rig.advance(0.9) == []
    assert rig.of(Kill, rig.stop()) == [Kill(1), Kill(2)]
    assert rig.stop() == []
    assert rig.advance(10) == []


def test_second_signal_kills_after_a_second_and_never_later_than_before() -> None:
    rig = Rig(Options(stop_timeout=0.2))
    rig.serve()
    rig.stop()
    rig.stop()
    assert rig.killed(rig.advance(0.71)) == [1]
    other = Rig()
    other.serve()
    other.stop()
    other.stop()
    assert other.killed(other.advance(0.99)) == []
    assert other.killed(other.advance(0.02)) == [1]


def test_worker_that_was_replaced_is_not_told_twice() -> None:
    rig = Rig()
    rig.serve()
    rig.reload(Options())
    assert rig.stopped(rig.ready(2)) == [(1, StopReason.RESTARTED)]
    assert rig.stopped(rig.stop()) == [(2, STOPPED)]
    rig.exit(2, ENDED)
    assert rig.ended(rig.exit(1, ENDED)) == End(0, "")


def test_retiring_worker_that_hangs_is_killed() -> None:
    rig = Rig(Options(stop_timeout=2))
    rig.serve()
    rig.reload(Options(stop_timeout=2))
    rig.ready(2)
    assert rig.killed(rig.advance(2.49)) == []
    actions = rig.advance(0.02)
    assert rig.killed(actions) == [1]
    assert Say(Level.WARNING, "Killing a worker that did not end in time") in actions
    assert rig.exit(1, ExitStatus.killed(9)) == []


def test_stop_timeout_is_that_of_the_workers_own_generation() -> None:
    rig = Rig(Options(stop_timeout=2))
    rig.serve()
    rig.reload(Options(stop_timeout=50))
    rig.ready(2)
    assert rig.killed(rig.advance(2.51)) == [1]
    rig.stop()
    assert rig.killed(rig.advance(50.4)) == []
    assert rig.killed(rig.advance(0.2)) == [2]


def test_hung_worker_is_asked_for_its_stacks_killed_and_replaced() -> None:
    rig = Rig(Options(heartbeat_timeout=7))
    rig.serve()
    assert rig.advance(6.99, beating=False) == []
    actions = rig.advance(0.02, beating=False)
    assert rig.of(DumpStacks, actions) == [DumpStacks(1)]
    assert rig.started(actions) == [(2, 0, 1)]
    assert "has not reported for 7 s" in rig.said(actions)
    assert rig.killed(rig.advance(0.97)) == []
    rig.policy.on_report(1, 0, rig.now)
    actions = rig.advance(0.03)
    assert rig.killed(actions) == [1]
    assert rig.of(DumpStacks, actions) == []
    assert rig.exit(1, ExitStatus.killed(9)) == []


def test_silence_while_the_supervisor_was_held_up_does_not_count() -> None:
    rig = Rig(Options(heartbeat_timeout=7))
    rig.serve()
    rig.advance(6.9, beating=False)
    rig.policy.on_held_up(rig.now)
    assert rig.advance(6.9, beating=False) == []
    assert rig.of(DumpStacks, rig.advance(0.2, beating=False)) == [DumpStacks(1)]


def test_reports_keep_a_worker_alive() -> None:
    rig = Rig(Options(heartbeat_timeout=7))
    rig.serve()
    for _ in range(20):
        assert rig.advance(3) == []


def test_heartbeat_of_zero_and_starting_workers_are_never_hung() -> None:
    rig = Rig(Options(heartbeat_timeout=0))
    rig.serve()
    assert rig.advance(10**6, beating=False) == []
    rig = Rig(Options(heartbeat_timeout=1))
    rig.start()
    assert rig.advance(10**6, beating=False) == []


def test_hung_worker_is_not_told_to_stop_by_a_stop() -> None:
    rig = Rig(Options(heartbeat_timeout=7))
    rig.serve()
    rig.advance(7.5, beating=False)
    assert rig.of(StopWorker, rig.stop()) == [StopWorker(2, STOPPED)]


def test_start_timeout() -> None:
    rig = Rig(Options(start_timeout=5))
    rig.start()
    assert rig.advance(4.99) == []
    actions = rig.advance(0.02)
    assert rig.killed(actions) == [1]
    assert "did not become ready in time" in rig.said(actions)
    assert rig.advance(10) == []
    assert rig.ready(1) == []
    end = rig.ended(rig.exit(1, ExitStatus.killed(9)))
    assert end == End(137, "The first worker was killed by SIGKILL before it was ready")


def test_stop_before_anything_was_started() -> None:
    rig = Rig()
    assert rig.ended(rig.stop()) == End(0, "")
