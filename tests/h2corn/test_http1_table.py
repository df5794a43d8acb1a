"""Every row of the table is answered as it says, in one piece and byte by byte."""

import pytest

from tests.h2corn.http1_play import play
from tests.h2corn.http1_table import CASES, REFUSED, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} ({case.section})")
@pytest.mark.parametrize("is_cut", [False, True], ids=["whole", "bytes"])
def test_row(case: Case, *, is_cut: bool) -> None:
    assert play(case, is_cut=is_cut) == ""


def test_there_are_enough_rows_and_no_two_are_the_same() -> None:
    assert len(REFUSED) >= 120
    assert len({case.data for case in CASES}) == len(CASES)
