"""Owns the tests of the order among bodies of one urgency. Does not test several urgencies."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._level import SEQUENCE_SHARE, Level, Sequence
from h2c_core._waiting import WaitingBody


def sharing(*stream_ids: int) -> list[WaitingBody]:
    return [WaitingBody(stream_id, 100) for stream_id in stream_ids]


def sequential(*stream_ids: int) -> list[WaitingBody]:
    bodies = sharing(*stream_ids)
    for body in bodies:
        body.is_sequential = True
    return bodies


def level_of(*bodies: WaitingBody) -> Level:
    level = Level()
    for body in bodies:
        level.add(body)
    return level


def turns(level: Level, count: int) -> list[int]:
    """Whose turns they are, when every body has more to send after its turn."""
    found = []
    for _ in range(count):
        body = level.next()
        assert body is not None
        found.append(body.stream_id)
        level.add(body)
    return found


def test_nobody_waits() -> None:
    level = Level()
    assert level.is_empty()
    assert level.next() is None


def test_bodies_that_share_take_turns_in_the_order_in_which_they_came() -> None:
    level = level_of(*sharing(5, 1, 3))
    assert turns(level, 7) == [5, 1, 3, 5, 1, 3, 5]


def test_sequential_bodies_come_one_after_another_by_their_number() -> None:
    level = level_of(*sequential(5, 1, 3))
    found = []
    while (body := level.next()) is not None:
        found.append(body.stream_id)
    assert found == [1, 3, 5]
    assert level.is_empty()


def test_one_turn_of_a_sequence_in_sixteen_goes_to_who_has_waited_longest() -> None:
    level = level_of(*sequential(1, 3, 5))
    found = turns(level, 3 * SEQUENCE_SHARE)
    assert found[SEQUENCE_SHARE - 1 :: SEQUENCE_SHARE] == [3, 5, 3]
    assert Counter(found)[1] == 3 * (SEQUENCE_SHARE - 1)


def test_the_lowest_number_is_first_again_when_it_comes_back() -> None:
    first, second = sequential(1, 3)
    level = level_of(first, second)
    assert level.next() is first
    assert turns(level, 2) == [3, 3]
    level.add(first)
    assert turns(level, 2) == [1, 1]


def test_the_two_kinds_alternate() -> None:
    level = level_of(*sequential(1, 3), *sharing(5, 7))
    assert turns(level, 8) == [1, 5, 1, 7, 1, 5, 1, 7]


@pytest.mark.parametrize("count", [2, 10, 100])
def test_turns_of_sharing_bodies_are_as_far_apart_as_they_are_many(count: int) -> None:
    level = level_of(*sharing(*range(1, 2 * count, 2)))
    found = turns(level, 5 * count)
    for stream_id in set(found):
        at = [position for position, other in enumerate(found) if other == stream_id]
        assert {later - earlier for earlier, later in pairwise(at)} == {count}


@pytest.mark.parametrize("count", [2, 10, 100])
def test_no_sequential_body_waits_for_ever(count: int) -> None:
    level = level_of(*sequential(*range(1, 2 * count, 2)))
    found = turns(level, SEQUENCE_SHARE * count)
    assert set(found) == set(range(1, 2 * count, 2))


@given(st.lists(st.tuples(st.sampled_from(["add", "next", "remove"]), st.integers(0, 5))))
def test_a_level_holds_each_body_once(steps: list[tuple[str, int]]) -> None:
    level = Level()
    several = sharing(1, 5, 9) + sequential(3, 7, 11)
    waiting: set[int] = set()
    for action, which in steps:
        body = several[which]
        if action == "add" and body.stream_id not in waiting:
            level.add(body)
            waiting.add(body.stream_id)
        elif action == "remove" and body.stream_id in waiting:
            level.remove(body)
            waiting.remove(body.stream_id)
        elif action == "next":
            found = level.next()
            assert (found is None) == (not waiting)
            if found is not None:
                waiting.remove(found.stream_id)
        assert level.is_empty() == (not waiting)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=300))
def test_the_lowest_number_of_a_sequence_is_first(steps: list[tuple[bool, int]]) -> None:
    sequence = Sequence()
    several = sequential(*range(1, 63, 2))
    waiting: set[int] = set()
    for is_turn, which in steps:
        body = several[which]
        if is_turn:
            is_turn_of_the_lowest = (sequence._turns + 1) % SEQUENCE_SHARE != 0
            found = sequence.next()
            if found is None:
                assert not waiting
            elif is_turn_of_the_lowest:
                assert found.stream_id == min(waiting)
            else:
                assert found.stream_id in waiting
        elif body.stream_id in waiting:
            sequence.remove(body)
            waiting.remove(body.stream_id)
        else:
            sequence.add(body)
            waiting.add(body.stream_id)
        assert sequence.size == len(waiting)


def test_a_sequence_forgets_bodies_that_are_gone() -> None:
    """Behind one that stays first, a hundred thousand come and go."""
    sequence = Sequence()
    [first] = sequential(1)
    sequence.add(first)
    for stream_id in range(3, 200003, 2):
        [body] = sequential(stream_id)
        sequence.add(body)
        sequence.remove(body)
        assert len(sequence._entries) < 100
    assert sequence.next() is first
