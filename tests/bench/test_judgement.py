"""When a bar counts as met."""

import math

import pytest

from bench.judgement import Estimate, estimate, is_met


def pairs(*ratios: float) -> list[tuple[float, float]]:
    return [(ratio * 3, 3.0) for ratio in ratios]


def test_estimate_is_the_median_of_ratios_whatever_their_order() -> None:
    found = estimate(pairs(0.9, 0.5, 0.7, 0.6, 5.0, 0.8, 0.4))
    assert found.median == pytest.approx(0.7)


def test_ratio_is_ours_to_theirs() -> None:
    assert estimate([(1.0, 4.0)] * 7).median == 0.25


# How many of the outermost ratios a 95 % interval of a median leaves out, on each side: from
# published tables of the sign test.
@pytest.mark.parametrize(
    ("rounds", "cut"), [(7, 0), (8, 0), (9, 1), (11, 1), (12, 2), (15, 3), (20, 5), (25, 7)]
)
def test_interval_is_that_of_the_sign_test(rounds: int, cut: int) -> None:
    found = estimate(pairs(*range(1, rounds + 1)))
    assert (found.low, found.high) == (1 + cut, rounds - cut)


@pytest.mark.parametrize("rounds", range(7, 40))
def test_interval_holds_95_of_100(rounds: int) -> None:
    found = estimate(pairs(*range(1, rounds + 1)))
    cut = int(found.low) - 1
    outside = 2 * sum(math.comb(rounds, below) for below in range(cut + 1)) / 2**rounds
    assert outside <= 0.05
    assert outside + 2 * math.comb(rounds, cut + 1) / 2**rounds > 0.05


def test_too_few_rounds_are_no_figure() -> None:
    with pytest.raises(ValueError, match="too few"):
        estimate(pairs(*[1.0] * 6))


@pytest.mark.parametrize(
    ("found", "met"),
    [
        (Estimate(0.99, 0.9, 1.4), True),
        (Estimate(1.0, 0.9, 1.1), True),
        (Estimate(1.0, 1.0, 1.0), False),
        (Estimate(1.01, 0.5, 1.4), False),
    ],
    ids=["below", "at the bar", "never below", "above"],
)
def test_bar_is_met_at_or_below_when_the_interval_reaches_below(found: Estimate, met: bool) -> None:
    assert is_met(found, 1.0) is met
