"""Owns the tests of which worker is replaced next.

Does not test how a reload goes on.
"""

import pytest

from prefork._generations import Generations
from prefork._options import Options
from prefork._reasons import StopReason
from prefork._roll import Roll
from prefork._table import Slot, State, Table
from tests.prefork.policy_rig import Rig


@pytest.fixture
def table() -> Table:
    table = Table()
    for index in range(3):
        table.slots.append(Slot(index))
        table.add(table.slots[index], 1, Options(), 0, 0.0).state = State.READY
    return table


def test_nothing_to_do(table: Table) -> None:
    assert Roll().choose(table, Generations(Options()), 0.0) is None


def test_reload_goes_from_slot_to_slot_and_skips_who_does_not_serve(table: Table) -> None:
    generations = Generations(Options())
    generations.begin()
    assert Roll().choose(table, generations, 0.0) is None
    generations.propose(Options())
    assert Roll().choose(table, generations, 0.0) is table.slots[0]
    table.members[1].state = State.STARTING
    assert Roll().choose(table, generations, 0.0) is table.slots[1]
    table.slots[1].member = None
    assert Roll().choose(table, generations, 0.0) is table.slots[2]


def test_one_at_a_time(table: Table) -> None:
    table.members[1].recycle_reason = table.members[3].recycle_reason = "old"
    generations = Generations(Options())
    assert Roll().choose(table, generations, 0.0) is table.slots[0]
    table.add(table.slots[2], 1, Options(), 0, 0.0)
    assert Roll().choose(table, generations, 0.0) is None


def test_candidate_that_stepped_in_is_waited_for(table: Table) -> None:
    generations = Generations(Options())
    generations.begin()
    generations.propose(Options())
    trial = table.add(table.slots[2], 2, Options(), 0, 0.0)
    table.leave_slot(table.members[3])
    assert table.slots[2].member is trial
    assert Roll().choose(table, generations, 0.0) is None
    generations.adopt()
    assert Roll().choose(table, generations, 0.0) is table.slots[0]


def test_waits_after_a_failure(table: Table) -> None:
    table.members[2].recycle_reason = "old"
    roll = Roll()
    roll.backoff.on_failed(1.0)
    assert roll.choose(table, Generations(Options()), 1.05) is None
    assert roll.choose(table, Generations(Options()), 1.1) is table.slots[1]


def test_recycling_one_at_a_time() -> None:
    rig = Rig(Options(workers=3, max_tasks=10))
    rig.serve()
    for serial in (1, 2, 3):
        rig.policy.on_report(serial, 9, rig.now)
    assert rig.take() == []
    for serial in (3, 1):
        rig.policy.on_report(serial, 10, rig.now)
        rig.policy.on_report(serial, 11, rig.now)
    actions = rig.take()
    assert rig.said(actions).splitlines() == ["Replacing a worker: it has done 10 tasks of 10"] * 2
    assert rig.started(actions) == [(4, 2, 1)]
    actions = rig.ready(4)
    assert rig.stopped(actions) == [(3, StopReason.RESTARTED)]
    assert rig.started(actions) == [(5, 0, 1)]
    actions = rig.ready(5)
    assert rig.stopped(actions) == [(1, StopReason.RESTARTED)]
    assert rig.started(actions) == []
    assert rig.events(rig.log).count(rig.events(rig.log)[-1]) == 1


def test_recycling_by_memory_and_by_wish() -> None:
    rig = Rig(Options(workers=2, max_memory=2**20))
    rig.serve()
    rig.policy.on_memory(1, 2**20, rig.now)
    assert rig.take() == []
    rig.policy.on_memory(1, 2**21, rig.now)
    assert rig.started(rig.take()) == [(3, 0, 1)]
    rig.policy.on_retire_asked(2, rig.now)
    assert rig.started(rig.take()) == []
    assert rig.started(rig.ready(3)) == [(4, 1, 1)]


def test_replacement_that_fails_leaves_the_old_one_serving() -> None:
    rig = Rig(Options(max_tasks=1))
    rig.serve()
    rig.policy.on_report(1, 1, rig.now)
    assert rig.started(rig.take()) == [(2, 0, 1)]
    for serial, delay in ((2, 0.1), (3, 0.2), (4, 0.4), (5, 0.8), (6, 1.0), (7, 1.0), (8, 1.0)):
        actions = rig.exit(serial)
        assert rig.started(actions) == []
        assert rig.started(rig.advance(delay - 0.01)) == []
        assert rig.started(rig.advance(0.02)) == [(serial + 1, 0, 1)]
    assert rig.stopped(rig.ready(9)) == [(1, StopReason.RESTARTED)]


def test_worker_dies_while_its_replacement_starts() -> None:
    rig = Rig(Options(max_tasks=1))
    rig.serve()
    rig.policy.on_report(1, 1, rig.now)
    rig.take()
    assert rig.exit(1) == []
    assert rig.stopped(rig.ready(2)) == []
