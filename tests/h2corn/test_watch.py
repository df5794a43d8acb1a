"""Which files are watched, and how changes are seen."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from h2corn._command_options import DEFAULT_EXCLUDE, DEFAULT_INCLUDE
from h2corn._watch import INTERVAL, WatchRules, describe, polled_changes, snapshot, watch


@pytest.fixture
def rules(tmp_path: Path) -> WatchRules:
    return WatchRules((str(tmp_path),), (*DEFAULT_INCLUDE, "pages/*.html"), DEFAULT_EXCLUDE)


@pytest.mark.parametrize(
    ("name", "is_watched"),
    [
        ("main.py", True),
        ("package/deep/main.py", True),
        ("main.pyc", False),
        ("main.txt", False),
        (".main.py", False),
        (".venv/lib/main.py", False),
        ("package/.git/main.py", False),
        ("~main.py", False),
        ("pages/index.html", True),
        ("index.html", False),
    ],
)
def test_rules(rules: WatchRules, name: str, is_watched: bool) -> None:
    assert rules.is_watched(f"{rules.directories[0]}/{name}") is is_watched


def test_a_hidden_directory_that_is_named_is_watched(tmp_path: Path) -> None:
    hidden = str(tmp_path / ".hidden")
    rules = WatchRules((hidden,), DEFAULT_INCLUDE, DEFAULT_EXCLUDE)
    assert rules.is_watched(f"{hidden}/main.py")


def test_polling(rules: WatchRules, tmp_path: Path) -> None:
    def sleep(seconds: float) -> None:
        assert seconds == INTERVAL
        next(steps)

    def change() -> Iterator[None]:
        yield
        (tmp_path / "package" / "new.py").write_text("1", encoding="utf-8")
        yield
        os.utime(tmp_path / "main.py", ns=(1, 1))
        (tmp_path / ".hidden" / "main.py").write_text("1", encoding="utf-8")
        (tmp_path / "other.txt").write_text("1", encoding="utf-8")
        yield
        yield
        (tmp_path / "main.py").unlink()
        yield

    for name in ("package", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "main.py").touch()
    steps = change()
    seen = polled_changes(rules, sleep)
    assert next(seen) == {str(tmp_path / "package" / "new.py")}
    assert next(seen) == {str(tmp_path / "main.py")}
    assert next(seen) == {str(tmp_path / "main.py")}
    assert next(steps, "end") == "end"


def test_changes_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [str(tmp_path / f"{name}.py") for name in "dbcae"]
    assert describe(paths[:1]) == "d.py"
    assert describe(paths) == "a.py, b.py, c.py and 2 more"


class Told:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def changed(self, text: str) -> None:
        self.texts.append(text)


def test_watchfiles_is_used_where_it_is_installed(
    rules: WatchRules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def changes(*directories: str, watch_filter: Any, raise_interrupt: bool) -> Iterator[Any]:
        assert directories == rules.directories
        assert not raise_interrupt
        found = [(1, str(tmp_path / name)) for name in ("main.py", "main.txt")]
        yield {change for change in found if watch_filter(*change)}

    module = ModuleType("watchfiles")
    module.watch = changes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "watchfiles", module)
    monkeypatch.setattr("h2corn._watch.find_spec", lambda _name: True)
    monkeypatch.chdir(tmp_path)
    told = Told()
    watch(rules, snapshot(rules), told)
    assert told.texts == ["main.py"]


def test_times_are_looked_at_where_it_is_not(
    rules: WatchRules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def sleep(_seconds: float) -> None:
        if told.texts:
            raise LookupError("enough")
        (tmp_path / "main.py").touch()

    monkeypatch.setattr("h2corn._watch.find_spec", lambda _name: None)
    monkeypatch.setattr("h2corn._watch.time.sleep", sleep)
    monkeypatch.chdir(tmp_path)
    told = Told()
    with pytest.raises(LookupError):
        watch(rules, snapshot(rules), told)
    assert told.texts == ["main.py"]


def test_a_change_before_the_watching_is_told(
    rules: WatchRules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def end(_rules: WatchRules) -> Iterator[set[str]]:
        return iter(())

    before = snapshot(rules)
    (tmp_path / "main.py").touch()
    monkeypatch.setattr("h2corn._watch.find_spec", lambda _name: None)
    monkeypatch.setattr("h2corn._watch.polled_changes", end)
    monkeypatch.chdir(tmp_path)
    told = Told()
    watch(rules, before, told)
    assert told.texts == ["main.py"]


def test_caches_and_virtual_environments_are_not_looked_into(
    rules: WatchRules, tmp_path: Path
) -> None:
    for name in ("__pycache__", "venv/lib", "ours"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "module.py").write_text("1", encoding="utf-8")
    (tmp_path / "venv" / "pyvenv.cfg").write_text("", encoding="utf-8")
    assert set(snapshot(rules)) == {str(tmp_path / "ours" / "module.py")}
