"""A process has a title where setproctitle is installed."""

import sys
from types import ModuleType

import pytest

from h2corn._titles import set_title


def test_it_is_set_where_that_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    module = ModuleType("setproctitle")
    module.__dict__["setproctitle"] = titles.append
    monkeypatch.setitem(sys.modules, "setproctitle", module)
    set_title("h2corn: worker 1")
    assert titles == ["h2corn: worker 1"]


def test_nothing_happens_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "setproctitle", None)
    set_title("h2corn: worker 1")
