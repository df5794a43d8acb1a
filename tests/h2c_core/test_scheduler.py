"""Owns the tests of whose turn it is among all urgencies. Does not test what is sent in a turn."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._level import SEQUENCE_SHARE
from h2c_core._priority import INCREMENTAL
from h2c_core._scheduler import LEVEL_SHARE, Scheduler
from h2c_core._waiting import WaitingBody

PRIORITIES = [*range(8), *range(INCREMENTAL, INCREMENTAL + 8)]


def bodies(count: int) -> list[WaitingBody]:
    return [WaitingBody(2 * number + 1, 100) for number in range(count)]


def waiting(scheduler: Scheduler, *priorities: int | None) -> list[WaitingBody]:
    """Streams 1, 3, 5 … that wait, each with its priority; None for one that said nothing."""
    several = bodies(len(priorities))
    for body, priority in zip(several, priorities, strict=True):
        if priority is not None:
            scheduler.prioritize(body, priority)
        scheduler.add(body)
    return several


def order(scheduler: Scheduler) -> list[int]:
    """Who has the turns, when nobody comes back."""
    found = []
    while (body := scheduler.next()) is not None:
        assert not body.is_queued
        found.append(body.stream_id)
    return found


def turns(scheduler: Scheduler, count: int) -> list[int]:
    """Who has the turns, when every stream has more to send after its turn."""
    found = []
    for _ in range(count):
        body = scheduler.next()
        assert body is not None
        found.append(body.stream_id)
        scheduler.add(body)
    return found


def test_streams_without_a_signal_take_turns_in_the_order_in_which_they_came() -> None:
    scheduler = Scheduler()
    assert scheduler.is_empty()
    waiting(scheduler, None, None, None)
    assert not scheduler.is_empty()
    assert turns(scheduler, 4) == [1, 3, 5, 1]
    assert order(scheduler) == [3, 5, 1]
    assert scheduler.is_empty()
    assert scheduler.next() is None


def test_a_stream_waits_once() -> None:
    scheduler = Scheduler()
    [body] = waiting(scheduler, None)
    scheduler.add(body)
    assert order(scheduler) == [1]
    assert not body.is_queued
    scheduler.add(body)
    assert order(scheduler) == [1]


def test_a_stream_that_ended_leaves() -> None:
    scheduler = Scheduler()
    several = waiting(scheduler, None, None, None, 0)
    scheduler.discard(several[1])
    scheduler.discard(several[1])
    scheduler.discard(several[3])
    assert not several[1].is_queued
    assert order(scheduler) == [1, 5]
    scheduler.discard(several[0])
    assert scheduler.is_empty()


@pytest.mark.parametrize("kind", [0, INCREMENTAL])
def test_the_most_urgent_is_first(kind: int) -> None:
    scheduler = Scheduler()
    waiting(scheduler, 7 + kind, 2 + kind, None, 0 + kind, 5 + kind)
    assert order(scheduler) == [7, 3, 5, 9, 1]


def test_one_turn_in_sixteen_goes_to_the_urgency_that_has_waited_longest() -> None:
    scheduler = Scheduler()
    waiting(scheduler, 0, 3, 7)
    found = turns(scheduler, 6 * LEVEL_SHARE)
    assert found[LEVEL_SHARE - 1 :: LEVEL_SHARE] == [3, 5, 3, 5, 3, 5]
    assert Counter(found)[1] == 6 * (LEVEL_SHARE - 1)


def test_an_urgency_alone_has_all_turns() -> None:
    scheduler = Scheduler()
    [_, less_urgent] = waiting(scheduler, 0, 7)
    scheduler.discard(less_urgent)
    assert turns(scheduler, 100) == [1] * 100


def test_streams_without_a_signal_share_with_incremental_ones_of_urgency_3() -> None:
    scheduler = Scheduler()
    waiting(scheduler, None, 3 + INCREMENTAL, None)
    assert turns(scheduler, 6) == [1, 3, 5, 1, 3, 5]


def test_streams_without_a_signal_alternate_with_a_sequence_of_urgency_3() -> None:
    scheduler = Scheduler()
    waiting(scheduler, None, 3, None, 3)
    assert turns(scheduler, 6) == [3, 1, 3, 5, 3, 1]


def test_a_waiting_stream_moves_with_its_priority() -> None:
    scheduler = Scheduler()
    several = waiting(scheduler, 5, 5, 5)
    scheduler.prioritize(several[2], 1 + INCREMENTAL)
    assert (several[2].urgency, several[2].incremental) == (1, True)
    assert several[2].is_queued
    assert order(scheduler) == [5, 1, 3]


def test_a_stream_that_does_not_wait_only_changes() -> None:
    scheduler = Scheduler()
    [body] = bodies(1)
    scheduler.prioritize(body, 6)
    assert scheduler.is_empty()
    assert (body.urgency, body.incremental, body.is_sequential) == (6, False, True)


def test_the_same_priority_again_keeps_the_place() -> None:
    scheduler = Scheduler()
    several = waiting(scheduler, None, None)
    scheduler.prioritize(several[0], 3 + INCREMENTAL)
    assert several[0].incremental
    assert order(scheduler) == [1, 3]


def test_the_default_when_it_is_said_is_sequential() -> None:
    """Section 4.2: incremental is false by default; only silence says nothing."""
    scheduler = Scheduler()
    several = waiting(scheduler, None, None, None)
    for body in several[1:]:
        scheduler.prioritize(body, 3)
    assert turns(scheduler, 4) == [3, 1, 3, 1]


def longest_wait(priority: int | None, all_of_them: list[int | None]) -> int:
    """The turns between two of one stream that the shares admit."""

    def urgency(priority: int | None) -> int:
        return 3 if priority is None else priority % INCREMENTAL

    def is_sequential(priority: int | None) -> bool:
        return priority is not None and priority < INCREMENTAL

    urgencies = {urgency(it) for it in all_of_them}
    of_the_level = 1
    if len(urgencies) > 1:
        is_first = urgency(priority) == min(urgencies)
        of_the_level = 2 if is_first else LEVEL_SHARE * (len(urgencies) - 1)
    level = [it for it in all_of_them if urgency(it) == urgency(priority)]
    kind = [it for it in level if is_sequential(it) == is_sequential(priority)]
    of_the_kind = 1 if len(kind) == len(level) else 2
    of_the_stream = len(kind)
    if is_sequential(priority) and len(kind) > 1:
        of_the_stream *= SEQUENCE_SHARE
    return of_the_level * of_the_kind * of_the_stream


@given(st.lists(st.sampled_from([None, *PRIORITIES, 3, 3 + INCREMENTAL, None]), min_size=1))
def test_no_stream_waits_longer_than_the_shares_admit(priorities: list[int | None]) -> None:
    scheduler = Scheduler()
    several = waiting(scheduler, *priorities)
    count = 1000
    found = turns(scheduler, count)
    for body, priority in zip(several, priorities, strict=True):
        at = [number for number, stream_id in enumerate(found) if stream_id == body.stream_id]
        waits = {later - earlier for earlier, later in pairwise([-1, *at, count])}
        assert max(waits) <= longest_wait(priority, priorities)


@pytest.mark.parametrize("seed", range(10))
def test_of_a_hundred_streams_of_any_priority_none_starves(seed: int) -> None:
    """None waits longer than what follows from the shares."""
    source = random.Random(seed)
    scheduler = Scheduler()
    priorities = [source.choice([None, *PRIORITIES]) for _ in range(100)]
    waiting(scheduler, *priorities)
    left = set(range(1, 200, 2))
    for _ in range(max(longest_wait(it, priorities) for it in priorities)):
        body = scheduler.next()
        assert body is not None
        left.discard(body.stream_id)
        scheduler.add(body)
    assert not left


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "next", "discard", "prioritize"]),
            st.integers(0, 4),
            st.sampled_from(PRIORITIES),
        )
    )
)
def test_the_streams_that_wait_are_those_that_joined(steps: list[tuple[str, int, int]]) -> None:
    scheduler = Scheduler()
    several = bodies(5)
    expected: set[int] = set()
    for action, which, priority in steps:
        body = several[which]
        if action == "add":
            scheduler.add(body)
            expected.add(body.stream_id)
        elif action == "discard":
            scheduler.discard(body)
            expected.discard(body.stream_id)
        elif action == "prioritize":
            scheduler.prioritize(body, priority)
            assert body.urgency + INCREMENTAL * body.incremental == priority
        else:
            found = scheduler.next()
            assert (found is None) == (not expected)
            if found is not None:
                expected.remove(found.stream_id)
        assert {it.stream_id for it in several if it.is_queued} == expected
        assert scheduler.is_empty() == (not expected)
    assert set(order(scheduler)) == expected
