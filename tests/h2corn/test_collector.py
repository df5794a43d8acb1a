"""Owns the tests of when the command collects garbage.

Does not test how much that saves.
"""

import gc
from collections.abc import Iterator

import pytest

from h2corn._collector import pause, resume


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_a_pause_ends_with_all_that_was_loaded_left_alone() -> None:
    before = gc.get_freeze_count()
    pause()
    assert not gc.isenabled()
    resume()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_collector_that_runs_is_left_as_it_is() -> None:
    before = gc.get_freeze_count()
    resume()
    assert gc.isenabled()
    assert gc.get_freeze_count() == before
