"""Owns the test of the exceptions' tree.

Does not test when they are raised.
"""

import pytest

from prefork import errors
from prefork.errors import ListenError, PreforkError, UnsupportedError


@pytest.mark.parametrize("kind", [ListenError, UnsupportedError])
def test_tree(kind: type[PreforkError]) -> None:
    assert kind.__bases__[0] is PreforkError


def test_drawn_in_the_docstring() -> None:
    for name in errors.__all__:
        assert name in (errors.__doc__ or "")
