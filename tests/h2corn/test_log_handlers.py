"""What others have attached to loggers is told from what is our own."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from h2corn._log_handlers import (
    OwnHandler,
    foreign_handlers,
    level_of_our_own,
    writes_to_terminal,
)

PARENT = logging.getLogger("h2corn_test_handlers")
CHILD = PARENT.getChild("child")


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """Leave the loggers as they were, and their root without a part in it."""
    PARENT.propagate = False
    yield
    for logger in (PARENT, CHILD):
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True


def of_ours(logger: logging.Logger) -> list[logging.Handler]:
    """Return the handlers without those by which pytest shows what was logged."""
    return [it for it in foreign_handlers(logger) if type(it) is logging.StreamHandler]


def test_those_of_parents_count_as_far_as_records_go() -> None:
    above, below = logging.StreamHandler(io.StringIO()), logging.StreamHandler(io.StringIO())
    PARENT.addHandler(above)
    CHILD.addHandler(below)
    assert of_ours(CHILD) == [below, above]
    assert of_ours(PARENT) == [above]
    CHILD.propagate = False
    assert of_ours(CHILD) == [below]


def test_our_own_and_those_for_nothing_do_not() -> None:
    for handler in (OwnHandler(), logging.NullHandler()):
        PARENT.addHandler(handler)
        assert handler not in foreign_handlers(CHILD)


def test_the_root_counts() -> None:
    PARENT.propagate = True
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger().addHandler(handler)
    try:
        assert handler in foreign_handlers(CHILD)
    finally:
        logging.getLogger().removeHandler(handler)


def test_levels() -> None:
    assert level_of_our_own(CHILD) == 0
    PARENT.setLevel(logging.ERROR)
    assert level_of_our_own(CHILD) == logging.ERROR
    CHILD.setLevel(logging.DEBUG)
    assert level_of_our_own(CHILD) == logging.DEBUG
    assert level_of_our_own(logging.getLogger()) == 0


class Odd:
    """A stream of somebody's making, which has no hash."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Odd)

    def write(self, text: str) -> int:
        return len(text)


def test_terminals(tmp_path: object) -> None:
    assert writes_to_terminal(logging.StreamHandler())
    assert writes_to_terminal(logging.StreamHandler(sys.stdout))
    assert not writes_to_terminal(logging.StreamHandler(io.StringIO()))
    assert not writes_to_terminal(logging.NullHandler())
    assert not writes_to_terminal(logging.FileHandler(f"{tmp_path}/log", delay=True))
    assert not writes_to_terminal(logging.StreamHandler(Odd()))
