"""The command serves what it is told to, or says in one line why not, with its exit code."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import h2corn
import h2corn._supervised
import h2corn.server
from asgi_bridge import ASGIApp
from h2c_core import COMPILED
from h2corn._supervised import Reloading
from h2corn.cli import main
from h2corn.config import Config
from prefork import ListenError, PreforkError, TcpAddress

Served = list[tuple[str | ASGIApp, Config, Reloading]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """Put a list of what was served in the place of serving."""
    calls: Served = []

    def supervise(target: str, config: Config, reloading: Reloading) -> int:
        calls.append((target, config, reloading))
        return 0

    monkeypatch.setattr(h2corn._supervised, "supervise", supervise)
    return calls


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make a current directory with an application."""
    tmp_path.joinpath("cli_site.py").write_text(
        "async def app(scope, receive, send): ...\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("LISTEN_FDS", "LISTEN_PID"):
        monkeypatch.delenv(name, raising=False)
    yield
    sys.modules.pop("cli_site", None)


def exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_it_serves_the_target_with_the_flags(served: Served) -> None:
    assert exit_code("cli_site:app", "--port", "0", "--no-access-log", "-r", "/api") == 0
    [(target, config, reloading)] = served
    assert target == "cli_site:app"
    assert "cli_site" not in sys.modules, "the workers import it"
    assert config == Config(port=0, access_log=False, root_path="/api")
    assert reloading.rules is None
    assert reloading.read is not None
    assert reloading.read() == config


def test_a_file_of_options_is_read_anew(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "options.toml"
    path.write_text('workers = 3\nport = 0\nroot_path = "/api"\n', encoding="utf-8")
    assert exit_code("cli_site:app", "-c", str(path), "-w", "2") == 0
    [(_, config, reloading)] = served
    assert config == Config(workers=2, port=0, root_path="/api")
    path.write_text("workers = 3\nbacklog = 7\n", encoding="utf-8")
    assert reloading.read is not None
    assert reloading.read() == Config(workers=2, backlog=7)


def test_a_file_that_is_wrong(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("cli_site:app", "--config", "nope.toml", "--backlog", "0") == 2
    assert served == []
    assert capsys.readouterr().err == (
        "error: --config: cannot read 'nope.toml': no such file or directory\n"
        "error: --backlog: must be from 1 to 2147483647, not 0\n"
    )


def test_reload_watches_the_current_directory(served: Served, tmp_path: Path) -> None:
    assert exit_code("cli_site:app", "--reload", "--reload-include", "*.html") == 0
    rules = served[0][2].rules
    assert rules is not None
    assert rules.directories == (str(tmp_path),)
    assert rules.include == ("*.py", "*.html")


def test_its_flags_need_it(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    code = exit_code("cli_site:app", "--reload-dir", "nope", "--reload-exclude", "x", "-w", "0")
    assert (code, served) == (2, [])
    assert capsys.readouterr().err == (
        "error: --workers: must be from 1 to 1024, not 0\n"
        "error: --reload-dir: needs --reload\n"
        "error: --reload-exclude: needs --reload\n"
        "error: --reload-dir: 'nope' is not a directory\n"
    )


def test_sockets_of_a_service_manager(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "2")
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    exit_code("cli_site:app")
    exit_code("cli_site:app", "--port", "1")
    exit_code("cli_site:app", "--bind", "a:1")
    assert [config.bind for _, config, _ in served] == [
        ("fd://3", "fd://4"),
        ("127.0.0.1:1",),
        ("a:1",),
    ]


def test_nobody_to_run_as(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("cli_site:app", "--user", "no-such-name") == 2
    assert served == []
    assert capsys.readouterr().err == "error: there is no user 'no-such-name'\n"


@pytest.mark.parametrize("code", [1, 3, 4])
def test_the_exit_code_is_that_of_the_supervisor(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(h2corn._supervised, "supervise", lambda *_: code)
    assert exit_code("cli_site:app") == code


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


ERRORS = [
    (
        ListenError(TcpAddress("a", 1), "address already in use"),
        "error: cannot listen on a:1: address already in use\n",
    ),
    (PreforkError("no file"), "error: no file\n"),
]


@pytest.mark.parametrize(("error", "line"), ERRORS)
def test_a_server_that_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    line: str,
) -> None:
    def supervise(*_: object) -> int:
        raise error

    monkeypatch.setattr(h2corn._supervised, "supervise", supervise)
    assert exit_code("cli_site:app") == 1
    assert capsys.readouterr().err == line


class TestWithoutWorkers:
    """Where there are none, it serves in its own process."""

    @pytest.fixture(autouse=True)
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[ASGIApp, Config]]:
        calls: list[tuple[ASGIApp, Config]] = []
        monkeypatch.setattr(h2corn._supervised, "can_supervise", lambda: False)
        monkeypatch.setattr(h2corn.server, "serve", lambda app, config: calls.append((app, config)))
        return calls

    def test_it_serves(self, calls: list[tuple[ASGIApp, Config]]) -> None:
        assert exit_code("cli_site:app", "--port", "0") == 0
        [(app, config)] = calls
        assert app is sys.modules["cli_site"].app
        assert config == Config(port=0)

    def test_a_wrong_target(
        self, calls: list[tuple[ASGIApp, Config]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert exit_code("nope_four:app") == 1
        assert calls == []
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("error: no module named 'nope_four'")

    def test_a_busy_address(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        error, line = ERRORS[0]

        def serve(*_: object) -> None:
            raise error

        monkeypatch.setattr(h2corn.server, "serve", serve)
        assert exit_code("cli_site:app") == 1
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
