"""Owns the tests of the round of waiting streams. Does not test what is sent in a turn."""

from hypothesis import given
from hypothesis import strategies as st

from h2c_core._scheduler import Scheduler, WaitingBody


def bodies(count: int) -> list[WaitingBody]:
    return [WaitingBody(2 * number + 1, 100) for number in range(count)]


def order(scheduler: Scheduler) -> list[int]:
    found = []
    while (body := scheduler.next()) is not None:
        found.append(body.stream_id)
    return found


def test_streams_take_turns_in_the_order_in_which_they_came() -> None:
    scheduler = Scheduler()
    assert scheduler.is_empty()
    for body in bodies(3):
        scheduler.add(body)
    assert not scheduler.is_empty()
    assert order(scheduler) == [1, 3, 5]
    assert scheduler.is_empty()
    assert scheduler.next() is None


def test_a_stream_is_in_the_round_once() -> None:
    scheduler = Scheduler()
    [body] = bodies(1)
    scheduler.add(body)
    scheduler.add(body)
    assert order(scheduler) == [1]
    assert not body.is_queued
    scheduler.add(body)
    assert order(scheduler) == [1]


def test_a_turn_that_could_not_be_used_is_kept() -> None:
    scheduler = Scheduler()
    for body in bodies(3):
        scheduler.add(body)
    first = scheduler.next()
    assert first is not None
    scheduler.put_back(first)
    assert order(scheduler) == [1, 3, 5]


def test_a_stream_that_ended_leaves_the_round() -> None:
    scheduler = Scheduler()
    several = bodies(3)
    for body in several:
        scheduler.add(body)
    scheduler.discard(several[1])
    scheduler.discard(several[1])
    assert not several[1].is_queued
    assert order(scheduler) == [1, 5]


@given(st.lists(st.tuples(st.sampled_from(["add", "next", "discard"]), st.integers(0, 4))))
def test_the_round_is_never_longer_than_the_streams(steps: list[tuple[str, int]]) -> None:
    scheduler = Scheduler()
    several = bodies(5)
    expected: list[int] = []
    for action, which in steps:
        body = several[which]
        if action == "add":
            scheduler.add(body)
            if body.stream_id not in expected:
                expected.append(body.stream_id)
        elif action == "discard":
            scheduler.discard(body)
            if body.stream_id in expected:
                expected.remove(body.stream_id)
        else:
            found = scheduler.next()
            assert (found and found.stream_id) == (expected.pop(0) if expected else None)
    assert order(scheduler) == expected
