"""Owns the tests of the table: who is in which slot, and who steps in.

Does not test why.
"""

from prefork._options import Options
from prefork._table import Member, Slot, State, Table


def table_of(slots: int) -> Table:
    table = Table()
    table.slots += [Slot(index) for index in range(slots)]
    return table


def add(table: Table, slot: int, generation: int = 1) -> Member:
    return table.add(table.slots[slot], generation, Options(), 0, 5.0)


def test_replacement_steps_in() -> None:
    table = table_of(1)
    slot = table.slots[0]
    first = add(table, 0)
    first.state = State.READY
    second = add(table, 0)
    assert (first.serial, second.serial) == (1, 2)
    assert (slot.member, slot.replacement) == (first, second)
    assert table.is_replacement(second)
    assert not table.is_replacement(first)
    assert table.leave_slot(first) is slot
    assert (slot.member, slot.replacement) == (second, None)
    assert not table.is_replacement(second)
    assert set(table.members) == {1, 2}


def test_replacement_leaves() -> None:
    table = table_of(1)
    first, second = add(table, 0), add(table, 0)
    assert table.leave_slot(second) is table.slots[0]
    assert (table.slots[0].member, table.slots[0].replacement) == (first, None)


def test_who_was_told_to_stop_has_no_slot() -> None:
    table = table_of(1)
    first = add(table, 0)
    table.leave_slot(first)
    first.state = State.STOPPING
    second = add(table, 0)
    assert table.leave_slot(first) is None
    assert table.slots[0].member is second


def test_queries() -> None:
    assert not table_of(1).is_any_ready
    table = table_of(3)
    first, second = add(table, 0, 1), add(table, 1, 2)
    first.state = second.state = State.READY
    third = add(table, 2, 2)
    assert table.is_any_ready
    assert table.wanted == 3
    assert list(table.in_state(State.STARTING)) == [third]
    assert (table.count_ready(1), table.count_ready(2), table.count_ready(3)) == (1, 1, 0)
    assert table.find(1, State.READY) is first
    assert table.find(1, State.STARTING) is None
    assert table.find(9, State.READY) is None


def test_time_ready() -> None:
    table = table_of(1)
    member = add(table, 0)
    assert member.time_ready(9.0) == 0
    member.state, member.ready_at = State.READY, 7.0
    assert member.time_ready(9.0) == 2.0
