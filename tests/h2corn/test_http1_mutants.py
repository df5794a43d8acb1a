"""Taking any check of HTTP/1 requests out, or moving it, makes a row of the table fail."""

import pytest

from tests.mutants import check


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_check_has_a_row() -> None:
    check("tests.h2corn.http1_mutants", least=200)
