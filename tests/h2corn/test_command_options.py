"""What the command takes beside the options of the server."""

from pathlib import Path

import pytest

from h2corn import _command_options
from h2corn._command_options import (
    COMMAND_OPTIONS,
    DEFAULT_EXCLUDE,
    CommandOptions,
    command_options,
    watch_rules,
)
from h2corn.config import OPTIONS


def test_none_is_an_option_of_the_server() -> None:
    assert {row.name for row in COMMAND_OPTIONS}.isdisjoint(row.name for row in OPTIONS)


def test_what_was_given(tmp_path: Path) -> None:
    given = {"reload": True, "reload_dir": [str(tmp_path)], "config": "x"}
    options, faults = command_options(given)
    assert options == CommandOptions(reload=True, reload_dir=(str(tmp_path),), config="x")
    assert faults == []
    assert command_options({}) == (CommandOptions(), [])


def test_flags_that_need_another() -> None:
    given = {"reload": False, "reload_dir": ["."], "reload_include": ["x"]}
    assert list(map(str, command_options(given)[1])) == [
        "--reload-dir: needs --reload",
        "--reload-include: needs --reload",
    ]


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    path = str(tmp_path / "none")
    (fault,) = command_options({"reload": True, "reload_dir": [str(tmp_path), path]})[1]
    assert str(fault) == f"--reload-dir: {path!r} is not a directory"


def test_without_worker_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_command_options, "SUPPORTED", False)
    (fault,) = command_options({"reload": True})[1]
    assert str(fault) == "--reload: needs worker processes, which this system has not"


def test_nothing_is_watched_without_being_asked() -> None:
    assert watch_rules(CommandOptions()) is None


def test_patterns_are_added_to_the_defaults() -> None:
    rules = watch_rules(
        CommandOptions(reload=True, reload_include=("*.html",), reload_exclude=("tests",))
    )
    assert rules is not None
    assert rules.directories == (str(Path.cwd()),)
    assert rules.include == ("*.py", "*.html")
    assert rules.exclude == (*DEFAULT_EXCLUDE, "tests")


def test_a_default_is_taken_back_by_the_opposite() -> None:
    rules = watch_rules(
        CommandOptions(reload=True, reload_include=(".*",), reload_exclude=("*.py",))
    )
    assert rules is not None
    assert rules.include == (".*",)
    assert rules.exclude == (*DEFAULT_EXCLUDE[1:], "*.py")
