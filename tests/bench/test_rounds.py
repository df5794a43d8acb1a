"""Rounds are fair, and give each rival what is its own."""

import pytest

from bench.rounds import paired


def test_rounds_alternate_who_is_first_and_leave_out_the_first_round() -> None:
    order = []

    def turn(name: str) -> float:
        order.append(name)
        return 1.0 if name == "a" else 4.0

    assert paired(turn, "a", "b", 3) == [(1.0, 4.0)] * 3
    assert order[4:] == list("abbabaababba")
    assert len(order) == 16


@pytest.mark.parametrize("drift", [0.5, 2.0])
def test_an_even_drift_favours_neither(drift: float) -> None:
    now = 100.0

    def turn(name: str) -> float:
        nonlocal now
        now += drift
        return now

    assert {ours / theirs for ours, theirs in paired(turn, "a", "b", 8)} == {1.0}
