"""The size of passes: bounded, small for slow applications, and soon large for quick ones."""

import pytest

from h2corn import _passes
from h2corn._passes import PASS_COUNT, PASS_SECONDS, PassMeter
from tests.h2corn.fakes import FakeLoop


@pytest.mark.parametrize(
    ("durations", "sizes"),
    [
        ([0.0] * 7, [1, 2, 4, 8, 16, 16, 16, 16]),
        ([2 * PASS_SECONDS] * 3, [1, 1, 1, 1]),
        ([0.0] * 4 + [2 * PASS_SECONDS] * 5, [1, 2, 4, 8, 16, 8, 4, 2, 1, 1]),
    ],
)
def test_sizes(monkeypatch: pytest.MonkeyPatch, durations: list[float], sizes: list[int]) -> None:
    clock = [0.0]
    monkeypatch.setattr(_passes, "monotonic", lambda: clock[0])
    loop = FakeLoop()
    meter = PassMeter()
    seen = [meter.size]
    for duration in durations:
        meter.begin(loop.itself)
        # What others do before the loop comes to the applications does not count.
        clock[0] += 100.0
        loop.turn()
        clock[0] += duration
        meter.end()
        seen.append(meter.size)
    assert seen == sizes
    assert max(seen) <= PASS_COUNT
