"""The rows of the table have bars that mean what they say, and somebody who measures them."""

from typing import Any

import pytest

from bench.engine import judge
from bench.micro.measure import measures
from bench.micro.rows import ROWS, Row

each_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])


def test_names_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


@each_row
def test_row_can_be_measured(row: Row) -> None:
    assert measures(row)


@each_row
def test_row_has_a_bar_that_can_be_met_and_missed(row: Row) -> None:
    low: dict[str, Any]
    high: dict[str, Any]
    if row.rival:
        low = {"pairs": [(row.bar * 0.99, 1.0)] * 7}
        high = {"pairs": [(row.bar * 1.01, 1.0)] * 7}
    else:
        low = {"bytes": int(row.bar)}
        high = {"bytes": int(row.bar) + 1}
    assert judge(row, low)["is_met"]
    assert not judge(row, high)["is_met"]
