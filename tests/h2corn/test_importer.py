"""A target becomes an application, or one line that says why not."""

import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, cast

import pytest

from h2corn._importer import (
    TargetError,
    load_application,
    made_application,
    write_target_error,
)
from h2corn._target import Target


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make an empty current directory, and forget afterwards what was imported from it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def write(project: Path, name: str, text: str) -> Path:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def error_of(target: str) -> str:
    with pytest.raises(TargetError) as caught:
        load_application(Target(target))
    text = str(caught.value)
    assert text.isprintable()
    return text


APP = "async def app(scope, receive, send): ...\n"


def test_a_module_in_the_current_directory(project: Path) -> None:
    write(project, "site_one.py", APP)
    found: object = load_application(Target("site_one:app"))
    assert found is sys.modules["site_one"].app
    assert sys.path[0] == str(project)
    path = list(sys.path)
    load_application(Target("site_one:app"))
    assert sys.path == path


def test_a_path_of_attributes_in_a_package(project: Path) -> None:
    write(project, "pack_one/__init__.py", "")
    write(project, "pack_one/web.py", f"class Site:\n  class inner:\n    {APP}")
    found: object = load_application(Target("pack_one.web:Site.inner.app"))
    assert found is sys.modules["pack_one.web"].Site.inner.app


def test_the_current_directory_comes_first(project: Path) -> None:
    other = project / "other"
    write(project, "site_two.py", f"here = True\n{APP}")
    write(project, "other/site_two.py", APP)
    sys.path[:0] = [str(other), str(project)]
    load_application(Target("site_two:app"))
    assert sys.modules["site_two"].here


@pytest.mark.parametrize("target", ["", "app", "app:", ":app", "a..b:app", ".a:app", "a:b..c"])
def test_malformed(target: str) -> None:
    assert error_of(target) == f"{target!r} is not MODULE:ATTRIBUTE, such as main:app"


@pytest.mark.parametrize("target", ["main.py:app", "src/main:app", "src\\main:app"])
def test_a_file_is_no_module(target: str) -> None:
    assert error_of(target) == f"{target!r} names a file; a module is written package.module"


def test_missing_module(project: Path) -> None:
    assert error_of("nope_one:app") == (
        f"no module named 'nope_one', neither in {project} nor installed"
    )


def test_missing_submodule(project: Path) -> None:
    write(project, "pack_two/__init__.py", "")
    assert error_of("pack_two.nope:app").startswith("no module named 'pack_two.nope', neither")
    assert error_of("nope_two.web.site:app").startswith("no module named 'nope_two', neither")


def test_a_module_that_misses_another(project: Path) -> None:
    path = write(project, "needy.py", "\nimport absent_one.part\n")
    assert error_of("needy:app") == (
        "importing 'needy' raised ModuleNotFoundError: No module named 'absent_one' "
        f"({path}, line 2)"
    )


def test_missing_attribute(project: Path) -> None:
    write(project, "site_three.py", APP)
    assert error_of("site_three:nope") == "'site_three' has no attribute 'nope'"
    assert error_of("site_three:app.nope") == "'site_three.app' has no attribute 'nope'"


def test_an_attribute_that_raises(project: Path) -> None:
    path = write(project, "lazy.py", "def __getattr__(name):\n    raise OSError('no disk')\n")
    assert error_of("lazy:app") == (
        f"reading 'app' of 'lazy' raised OSError: no disk ({path}, line 2)"
    )


def test_not_callable(project: Path) -> None:
    write(project, "site_four.py", "app = {}\n")
    assert error_of("site_four:app") == ("'site_four:app' is no application: dict is not callable")


def test_a_module_that_raises(project: Path) -> None:
    deep = write(project, "deep.py", "def fail():\n    1 / 0\n")
    write(project, "shallow.py", "import deep\ndeep.fail()\n")
    with pytest.raises(TargetError) as caught:
        load_application(Target("shallow:app"))
    assert str(caught.value) == (
        f"importing 'shallow' raised ZeroDivisionError: division by zero ({deep}, line 2)"
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_the_place_is_in_the_own_code_rather_than_in_a_library(project: Path) -> None:
    path = write(project, "reader.py", "import json\n\njson.loads('{')\n")
    text = error_of("reader:app")
    assert "JSONDecodeError" in text
    assert text.endswith(f"({path}, line 3)")


def test_the_place_is_in_a_library_where_there_is_no_own_code(project: Path) -> None:
    assert error_of("json:loads.nope").startswith("'json.loads' has no attribute")
    text = error_of("idlelib.idle_test.nope:app")
    assert text.startswith("no module named 'idlelib")


def test_a_syntax_error(project: Path) -> None:
    path = write(project, "broken.py", "x = 1\nx = = 2\n")
    assert error_of("broken:app") == (
        f"importing 'broken' raised SyntaxError: invalid syntax ({path}, line 2)"
    )


def test_a_module_without_code_of_python(project: Path) -> None:
    write(project, f"garbage{EXTENSION_SUFFIXES[0]}", "garbage")
    text = error_of("garbage:app")
    assert text.startswith("importing 'garbage' raised ImportError: ")
    assert not text.endswith(")")


def test_a_module_that_exits(project: Path) -> None:
    path = write(project, "leaver.py", "import sys\nsys.exit(4)\n")
    assert error_of("leaver:app") == f"importing 'leaver' raised SystemExit: 4 ({path}, line 2)"


def test_a_message_of_many_lines_is_one_line_of_bounded_length(project: Path) -> None:
    write(project, "wordy.py", "raise ValueError('a\\n b\\x1b' * 10_000)\n")
    text = error_of("wordy:app")
    assert text.startswith(r"importing 'wordy' raised ValueError: a b\x1ba b\x1ba")
    assert len(text) < 700


def test_notes_stay_out(project: Path) -> None:
    write(project, "noted.py", "e = ValueError('why')\ne.add_note('note')\nraise e\n")
    assert "raised ValueError: why (" in error_of("noted:app")


def test_an_interrupt_is_no_fault_of_the_target(project: Path) -> None:
    write(project, "patience.py", "raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load_application(Target("patience:app"))


class TestFactories:
    @pytest.mark.parametrize(
        "text",
        [
            f"def make():\n    {APP}    return app\n",
            "class make:\n    def __call__(self, scope): ...\n",
        ],
    )
    def test_what_it_makes(self, project: Path, text: str) -> None:
        write(project, "maker.py", text)
        first = load_application(Target("maker:make", is_factory=True))
        assert callable(first)
        assert first is not sys.modules["maker"].make
        del sys.modules["maker"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("make = 1", "'bad:make' is no factory: int is not callable"),
            ("make = dict", "'bad:make' made no application: dict is not callable"),
            (
                "async def make(): ...",
                "'bad:make' is no factory: it is async, and makes nothing when it is called",
            ),
            ("def make(): 1 / 0", "calling 'bad:make' raised ZeroDivisionError: division by zero"),
            ("def make(): raise SystemExit(3)", "calling 'bad:make' raised SystemExit: 3"),
            ("def make(a): ...", "calling 'bad:make' raised TypeError: make() missing 1 required"),
        ],
    )
    def test_what_is_none(self, project: Path, text: str, message: str) -> None:
        write(project, "bad.py", text)
        with pytest.raises(TargetError) as caught:
            load_application(Target("bad:make", is_factory=True))
        assert str(caught.value).startswith(message)
        del sys.modules["bad"]

    def test_one_that_is_no_name(self) -> None:
        assert made_application(application, is_factory=False) is application
        assert made_application(lambda: application, is_factory=True) is application
        with pytest.raises(TargetError, match="dict made no application: dict is not callable"):
            made_application(cast("Any", dict), is_factory=True)


def test_another_directory(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "src/site_five.py", APP)
    load_application(Target("site_five:app", directory="src"))
    assert sys.path[0] == str(project / "src")


class TestTracebacks:
    def told(self, target: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
        with pytest.raises(TargetError) as caught:
            load_application(Target(target, is_factory=True))
        write_target_error(sys.stderr, caught.value, {})
        return capsys.readouterr().err.splitlines()

    def test_that_of_the_application_without_ours(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write(project, "raiser.py", "import failing\n")
        other = write(project, "failing.py", "raise OSError('no\\ndisk \\x1b')\n")
        lines = self.told("raiser:app", capsys)
        assert lines[0] == "Traceback (most recent call last):"
        assert [line for line in lines if "File" in line] == [
            f'  File "{path}", line 1, in <module>',
            f'  File "{other}", line 1, in <module>',
        ]
        assert lines[-2] == "disk \\x1b"
        place = f"({other}, line 1)"
        assert lines[-1] == f"error: importing 'raiser' raised OSError: no disk \\x1b {place}"

    def test_of_a_factory(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = write(project, "failer.py", "def app():\n    1 / 0\n")
        lines = self.told("failer:app", capsys)
        assert [line for line in lines if "File" in line] == [f'  File "{path}", line 2, in app']

    def test_a_syntax_error(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = write(project, "wrong.py", "x = = 2\n")
        lines = self.told("wrong:app", capsys)
        assert f'  File "{path}", line 1' in lines
        assert "SyntaxError: invalid syntax" in lines

    @pytest.mark.parametrize("target", ["nope_six:app", "json:nope", "x"])
    def test_where_the_application_never_ran(
        self, target: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (line,) = self.told(target, capsys)
        assert line.startswith("error: ")


async def application(scope: object, receive: object, send: object) -> None:
    raise AssertionError


@pytest.mark.skipif(sys.platform == "win32", reason="a current directory cannot be removed")
def test_a_current_directory_that_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = project / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert error_of("nope_three:app").startswith("the current directory is not there: ")
    monkeypatch.chdir(project)
