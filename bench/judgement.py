"""Owns when a bar is met: the median of paired rounds and its interval.

Does not measure.
"""

import math
import statistics
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["MIN_ROUNDS", "Estimate", "estimate", "interval", "is_met", "verdict"]

MIN_ROUNDS = 7
"""Fewer rounds say too little: the interval would be as wide as the rounds lie apart."""

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """The median of some figures, and what holds the true one in 95 of 100 cases."""

    median: float
    low: float
    high: float


def estimate(pairs: list[tuple[float, float]]) -> Estimate:
    """Return the median of the ratios of first to second, with its interval.

    Raises:
        ValueError: there are fewer than seven pairs.
    """
    return interval([ours / theirs for ours, theirs in pairs])


def interval(found: list[float]) -> Estimate:
    """Return the median of figures, with an interval that assumes no distribution.

    The interval ends at those two of the sorted figures, as near to the middle as can be, between
    which the true median lies with a probability of 95 % or more: each figure lies below it with
    a probability of one half, so that their number does so by the binomial distribution.

    Raises:
        ValueError: there are fewer than seven.
    """
    if len(found) < MIN_ROUNDS:
        raise ValueError(f"{len(found)} rounds are too few")
    ordered = sorted(found)
    count = len(ordered)
    cut = 0
    outside = 2 * 0.5**count
    while True:
        outside += 2 * math.comb(count, cut + 1) * 0.5**count
        if outside > 1 - _CONFIDENCE:
            break
        cut += 1
    return Estimate(statistics.median(ordered), ordered[cut], ordered[-1 - cut])


def is_met(found: Estimate, bar: float) -> bool:
    """Whether the median is at most the bar, and the interval reaches below it."""
    return found.median <= bar and found.low < bar


def verdict(
    pairs: list[tuple[float, float]], bar: float, found: Estimate | None = None
) -> dict[str, Any]:
    """Return what was found of paired rounds, in words that JSON and the table share.

    Args:
        pairs: microseconds of ours and of the other.
        bar: what may be found at most.
        found: what is judged; by default the ratio.
    """
    found = estimate(pairs) if found is None else found
    return {
        "bar": bar,
        "microseconds": statistics.median(ours for ours, _ in pairs),
        "rival_microseconds": statistics.median(theirs for _, theirs in pairs),
        "estimate": asdict(found),
        "rounds": pairs,
        "is_met": is_met(found, bar),
    }
