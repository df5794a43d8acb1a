"""The choice among workers: no processes, and time is a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefork._balance import MOST_IN_FLIGHT, REST_SECONDS, SLOW_SECONDS, Load, least_loaded


def choose(loads: list[Load], now: float = 0.0) -> int | None:
    return least_loaded(enumerate(loads), now)


def spread(loads: list[Load], count: int) -> list[int]:
    for _ in range(count):
        chosen = choose(loads)
        assert chosen is not None
        loads[chosen].on_passed(0.0)
    return [load.connections for load in loads]


@pytest.mark.parametrize("count", [4, 8, 64])
def test_a_burst_is_spread_evenly_before_any_report(count: int) -> None:
    loads = [Load(slot) for slot in range(4)]
    assert spread(loads, count) == [count // 4] * 4


def test_what_is_in_the_channel_counts_once() -> None:
    load = Load(0)
    for _ in range(3):
        load.on_passed(0.0)
    assert (load.connections, load.in_flight) == (3, 3)
    # The worker has taken two, and one of them has ended already.
    assert load.on_reported(live=1, received=2, tasks_open=0, now=0) == [1, 2]
    assert (load.connections, load.in_flight) == (2, 1)
    assert load.on_reported(live=2, received=3, tasks_open=0, now=0) == [3]
    assert load.on_reported(live=2, received=3, tasks_open=0, now=0) == []
    assert (load.connections, load.in_flight) == (2, 0)


def test_with_equal_connections_open_tasks_decide_and_then_the_slot() -> None:
    busy, free, later = Load(0), Load(1), Load(2)
    for load, tasks in ((busy, 9), (free, 1), (later, 1)):
        load.on_reported(live=5, received=0, tasks_open=tasks, now=0)
    assert choose([later, busy, free]) == 2
    busy.on_reported(live=4, received=0, tasks_open=9, now=0)
    assert choose([later, busy, free]) == 1


def test_of_equal_ones_the_one_last_heard_of_is_no_blocked_one() -> None:
    blocked, well = Load(0), Load(1)
    blocked.on_reported(live=1, received=1, tasks_open=0, now=1.0)
    well.on_reported(live=1, received=1, tasks_open=0, now=1.1)
    assert choose([blocked, well], 1.1) == 1
    # It has one more, until it tells that it has ended.
    assert choose([blocked, Load(2)], 1.1) == 1


def test_who_does_not_take_connections_is_passed_over_while_another_does() -> None:
    stuck, well = Load(0), Load(1)
    well.on_reported(live=50, received=0, tasks_open=50, now=0)
    stuck.on_passed(0.0)
    assert choose([stuck, well], SLOW_SECONDS) == 0
    assert choose([stuck, well], SLOW_SECONDS + 0.01) == 1
    # Better a slow one than none.
    assert choose([stuck], SLOW_SECONDS + 0.01) == 0
    stuck.on_reported(live=1, received=1, tasks_open=0, now=0)
    assert choose([stuck, well], SLOW_SECONDS + 0.01) == 0


def test_a_full_channel_is_no_candidate() -> None:
    full = Load(0)
    for _ in range(MOST_IN_FLIGHT):
        assert choose([full]) == 0
        full.on_passed(0.0)
    assert choose([full]) is None
    full.on_reported(live=1, received=1, tasks_open=0, now=0)
    assert choose([full]) == 0


def test_a_worker_that_refused_rests() -> None:
    load = Load(0)
    sequence = load.on_passed(1.0)
    assert load.on_returned(sequence, 2.0)
    assert load.connections == 0
    assert choose([load], 2.0) is None
    assert choose([load], 2.0 + REST_SECONDS) == 0
    assert load.rest_end == 2.0 + REST_SECONDS


def test_what_was_returned_is_not_taken_by_the_report_after_it() -> None:
    load = Load(0)
    first, second = load.on_passed(0.0), load.on_passed(0.0)
    assert load.on_returned(first, 0.0)
    assert not load.on_returned(first, 0.0)
    assert load.on_reported(live=1, received=2, tasks_open=0, now=0) == [second]


def test_nobody_is_no_candidate() -> None:
    assert choose([]) is None


@given(
    st.integers(1, 8).flatmap(
        lambda workers: st.tuples(
            st.just(workers),
            st.lists(
                st.tuples(st.sampled_from(["come", "take", "end"]), st.integers(0, workers - 1)),
                max_size=200,
            ),
        )
    )
)
def test_the_count_is_exact_at_all_times(case: tuple[int, list[tuple[str, int]]]) -> None:
    """Whatever is on the way, a load says what the worker has and will have."""
    workers, events = case
    loads = [Load(slot) for slot in range(workers)]
    received = [0] * workers
    live = [0] * workers
    channel = [0] * workers
    for kind, number in events:
        if kind == "come":
            chosen = choose(loads)
            if chosen is not None:
                assert live[chosen] + channel[chosen] == min(
                    total for total, at in _totals(live, channel) if at < MOST_IN_FLIGHT
                )
                loads[chosen].on_passed(0.0)
                channel[chosen] += 1
            continue
        if kind == "take" and channel[number]:
            channel[number] -= 1
            received[number] += 1
            live[number] += 1
        elif kind == "end" and live[number]:
            live[number] -= 1
        loads[number].on_reported(live[number], received[number], 0, 0)
    for number, load in enumerate(loads):
        assert load.connections == live[number] + channel[number]


def _totals(live: list[int], channel: list[int]) -> list[tuple[int, int]]:
    return [(has + comes, comes) for has, comes in zip(live, channel, strict=True)]
