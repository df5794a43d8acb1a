"""The command serves what it is told to, or says in one line why not, with its exit code."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import h2corn
import h2corn.server
from asgi_bridge import ASGIApp
from h2c_core import COMPILED
from h2corn._address import TcpAddress
from h2corn._listeners import ListenError
from h2corn.cli import main
from h2corn.config import Config

Served = list[tuple[ASGIApp, Config]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """Put a list of what was served in the place of serving."""
    calls: Served = []
    monkeypatch.setattr(h2corn.server, "serve", lambda app, config: calls.append((app, config)))
    return calls


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make a current directory with an application."""
    tmp_path.joinpath("cli_site.py").write_text(
        "async def app(scope, receive, send): ...\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("cli_site", None)


def exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code


def failing(error: Exception) -> Callable[[ASGIApp, Config], None]:
    def serve(_app: ASGIApp, _config: Config) -> None:
        raise error

    return serve


def test_it_serves_the_target_with_the_flags(served: Served) -> None:
    assert exit_code("cli_site:app", "--port", "0", "--no-access-log", "-r", "/api") == 0
    [(app, config)] = served
    assert app is sys.modules["cli_site"].app
    assert config == Config(port=0, access_log=False, root_path="/api")


def test_binds_add_up(served: Served) -> None:
    assert exit_code("cli_site:app", "-b", "a:1", "--bind", "unix:x") == 0
    assert served[0][1].bind == ("a:1", "unix:x")


def test_wrong_options_are_all_told_before_anything_is_loaded(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    code = exit_code("nope_four:app", "--backlog", "0", "--loop", "x", "-b", "y", "-p", "1")
    assert code == 2
    assert served == []
    assert capsys.readouterr().err == (
        "error: --loop: must be auto, asyncio or uvloop, not 'x'\n"
        "error: --bind: cannot be combined with --host or --port\n"
        "error: --bind: 'y' is not an address; "
        "expected HOST:PORT, [IPV6]:PORT, unix:PATH or fd://N\n"
        "error: --backlog: must be from 1 to 2147483647, not 0\n"
    )


def test_a_wrong_target(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("nope_four:app") == 1
    assert served == []
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: no module named 'nope_four'")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            ListenError(TcpAddress("a", 1), "address already in use"),
            1,
            "error: cannot listen on a:1: address already in use\n",
        ),
    ],
)
def test_a_server_that_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    line: str,
) -> None:
    monkeypatch.setattr(h2corn.server, "serve", failing(error))
    assert exit_code("cli_site:app") == code
    assert capsys.readouterr().err == line


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--version") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"h2corn {h2corn.__version__}"
    assert lines[1].startswith("h2c-core ")
    assert lines[1].endswith("(compiled)" if COMPILED else "(plain Python)")
    assert len(lines) == 3


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--help") == 0
    assert "Serve an ASGI application over HTTP/2 cleartext." in capsys.readouterr().out


def test_no_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code() == 2
    assert "Missing argument TARGET" in capsys.readouterr().err
