"""The engine keeps no more than the table of the benchmark says, in whichever build this is."""

from collections.abc import Callable

import pytest

from bench.micro import memory
from bench.micro.rows import ROWS

BARS = {row.scenario: row.bar for row in ROWS if not row.rival}


@pytest.mark.parametrize(
    ("scenario", "measure"),
    [
        ("download peak", memory.download_peak),
        ("upload peak", memory.upload_peak),
        ("idle connection", memory.idle_connection),
        ("idle stream", memory.idle_stream),
    ],
    ids=["download peak", "upload peak", "idle connection", "idle stream"],
)
def test_memory_is_within_its_bar(scenario: str, measure: Callable[[], int]) -> None:
    assert 0 < measure() <= BARS[scenario]
