"""What the log is measured with are requests that are all served, and a handler that gets all."""

import asyncio

import pytest

from bench.logging import BARS, judge
from bench.micro.logs import BATCH, ROWS, attached, serve_all


@pytest.mark.parametrize("row", ROWS)
def test_somebody_elses_handler_gets_a_record_of_each_request(row: str) -> None:
    count = 3 * BATCH
    with attached(row) as handler:
        assert asyncio.run(serve_all(count, is_logged=True)) > 0
        expected = count if "foreign" in row else 0
        assert handler.count == expected
        asyncio.run(serve_all(count, is_logged=False))
        assert handler.count == expected


def test_each_row_has_a_bar() -> None:
    assert BARS.keys() == set(ROWS)
    for name, bar in BARS.items():
        assert judge(name, [(4.9 + bar, 5.0)] * 7)["is_met"]
        assert not judge(name, [(5.1 + bar, 5.0)] * 7)["is_met"]
