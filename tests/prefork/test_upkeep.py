"""Owns the tests of the start, of scaling, and of what is announced.

Does not test failures and reloads.
"""

from prefork._actions import Event, Level, Say, SetBalanced
from prefork._options import MAX_WORKERS, Options
from prefork._reasons import StopReason
from tests.prefork.policy_rig import ENDED, Rig


def balances(rig: Rig) -> list[bool]:
    return [it.is_balanced for it in rig.of(SetBalanced, rig.log)]


def test_first_worker_alone_then_the_others_together() -> None:
    rig = Rig(Options(workers=3))
    actions = rig.start()
    assert actions[0] == SetBalanced(True)
    assert rig.started(actions) == [(1, 0, 1)]
    actions = rig.ready(1)
    assert rig.started(actions) == [(2, 1, 1), (3, 2, 1)]
    assert rig.events(actions) == [Event.STARTED]
    assert rig.events(rig.ready(3)) == []
    assert rig.events(rig.ready(2)) == [Event.SETTLED]
    rig.exit(2)
    rig.advance(6)
    assert Event.SETTLED not in rig.events(rig.ready(4))


def test_one_worker() -> None:
    rig = Rig()
    assert balances(rig) == []
    rig.start()
    assert balances(rig) == [False]
    assert rig.events(rig.ready(1)) == [Event.STARTED, Event.SETTLED]
    assert rig.ready(1) == []


def test_max_tasks_of_each_worker() -> None:
    rig = Rig(Options(workers=4, max_tasks=100, max_tasks_jitter=1000))
    rig.serve()
    limits = {it.max_tasks for it in rig.policy._table.members.values()}
    assert len(limits) == 4
    assert min(limits) >= 100


def test_unknown_workers_are_ignored() -> None:
    rig = Rig()
    rig.serve()
    for serial in (0, 2, 99):
        rig.policy.on_ready(serial, rig.now)
        rig.policy.on_report(serial, 10**9, rig.now)
        rig.policy.on_memory(serial, 10**15, rig.now)
        rig.policy.on_retire_asked(serial, rig.now)
        rig.policy.on_exit(serial, ENDED, rig.now)
        rig.policy.on_template_ready(serial, rig.now)
        rig.policy.on_template_exit(serial, ENDED, rig.now)
    assert rig.take() == []


def test_scale_up_and_down() -> None:
    rig = Rig()
    rig.serve()
    rig.policy.scale(1, rig.now)
    actions = rig.take()
    assert rig.started(actions) == [(2, 1, 1)]
    assert actions.index(SetBalanced(True)) < len(actions) - 1
    assert Say(Level.INFO, "The number of workers is now 2") in actions
    rig.ready(2)
    rig.policy.scale(-1, rig.now)
    actions = rig.take()
    assert rig.stopped(actions) == [(2, StopReason.STOPPED)]
    assert balances(rig) == [False, True, False]
    rig.policy.scale(1, rig.now)
    assert rig.started(rig.take()) == [(3, 1, 1)]
    assert rig.exit(2, ENDED) == []


def test_scale_below_one_and_above_the_bound() -> None:
    rig = Rig(Options(workers=2))
    rig.serve()
    rig.policy.scale(-5, rig.now)
    assert rig.stopped(rig.take()) == [(2, StopReason.STOPPED)]
    rig.policy.scale(-1, rig.now)
    assert rig.take() == [Say(Level.WARNING, "The number of workers stays 1")]
    rig.policy.scale(10**6, rig.now)
    assert len(rig.started(rig.take())) == MAX_WORKERS - 1
    rig.policy.scale(1, rig.now)
    assert rig.take() == [Say(Level.WARNING, f"The number of workers stays {MAX_WORKERS}")]


def test_scale_while_the_first_worker_starts() -> None:
    rig = Rig()
    rig.start()
    rig.policy.scale(1, rig.now)
    assert rig.started(rig.take()) == []
    assert rig.started(rig.ready(1)) == [(2, 1, 1)]


def test_scale_down_while_a_replacement_starts() -> None:
    rig = Rig(Options(workers=2, max_tasks=1))
    rig.serve()
    rig.policy.on_report(2, 9, rig.now)
    assert rig.started(rig.take()) == [(3, 1, 1)]
    rig.policy.scale(-1, rig.now)
    assert {it for it, _ in rig.stopped(rig.take())} == {2, 3}
    assert rig.exit(3) == rig.exit(2, ENDED) == []


def test_not_balanced_where_it_is_not_wanted() -> None:
    rig = Rig(Options(workers=2, balance=False))
    rig.serve()
    assert balances(rig) == [False]
    rig.reload(Options(workers=2))
    assert balances(rig) == [False]
    rig.ready(3)
    assert balances(rig) == [False, True]


def test_scale_is_ignored_before_and_after() -> None:
    rig = Rig()
    rig.policy.scale(1, rig.now)
    assert rig.take() == []
    rig.serve()
    rig.stop()
    rig.policy.scale(1, rig.now)
    assert rig.take() == []
