"""The command serves what it is told to, or says in one line why not, with its exit code."""

import json
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
from h2corn._target import Target
from h2corn._worker import Assignment
from h2corn.cli import main
from h2corn.config import Config
from prefork import ListenError, PreforkError, TcpAddress

Served = list[tuple[object, Config, Reloading]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """Put a list of what was served in the place of serving."""
    calls: Served = []

    def supervise(assignment: Assignment, reloading: Reloading) -> int:
        calls.append((assignment.target, assignment.config, reloading))
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
    for name in os.environ:
        if name.startswith(("LISTEN_", "H2CORN_")):
            monkeypatch.delenv(name)
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
    assert target == Target("cli_site:app")
    assert "cli_site" not in sys.modules, "the workers import it"
    assert config == Config(port=0, access_log=False, root_path="/api")
    assert reloading.rules is None
    assert reloading.read is not None
    assert reloading.read() == (config, {})


def test_a_file_of_options_is_read_anew(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "options.toml"
    path.write_text('workers = 3\nport = 0\nroot_path = "/api"\n', encoding="utf-8")
    assert exit_code("cli_site:app", "-c", str(path), "-w", "2") == 0
    [(_, config, reloading)] = served
    assert config == Config(workers=2, port=0, root_path="/api")
    path.write_text("workers = 3\nbacklog = 7\n", encoding="utf-8")
    assert reloading.read is not None
    assert reloading.read() == (Config(workers=2, backlog=7), {})


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


def test_no_target_and_none_to_be_found(
    served: Served, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert exit_code() == 2
    assert exit_code("--factory") == 2
    assert served == []
    factories = "main:create_app, app:create_app, asgi:create_app"
    beginning = f"error: no target is given, and {tmp_path} has none of"
    assert capsys.readouterr().err == (
        f"{beginning} main:app, app:app, asgi:application, {factories}\n{beginning} {factories}\n"
    )


def test_a_target_that_is_found(
    served: Served, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tmp_path.joinpath("main.py").write_text("def create_app(): ...\n", encoding="utf-8")
    assert exit_code() == 0
    tmp_path.joinpath("app.py").write_text("app = 1\n", encoding="utf-8")
    assert exit_code() == 0
    assert [target for target, _, _ in served] == [
        Target("main:create_app", is_factory=True),
        Target("app:app"),
    ]
    assert capsys.readouterr().err == (
        "Serving main:create_app(), as no target is given\nServing app:app, as no target is given\n"
    )


def test_a_factory_in_another_directory(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "src"
    assert exit_code("a:make", "--factory", "--app-dir", str(directory)) == 2
    assert capsys.readouterr().err == f"error: --app-dir: {str(directory)!r} is not a directory\n"
    directory.mkdir()
    assert exit_code("a:make", "--factory", "--app-dir", str(directory)) == 0
    assert served[0][0] == Target("a:make", is_factory=True, directory=str(directory))


class TestEnvironment:
    def test_it_is_between_the_flags_and_the_file(
        self, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "options.toml"
        path.write_text("workers = 3\nbacklog = 7\nmax_requests = 9\n", encoding="utf-8")
        monkeypatch.setenv("H2CORN_CONFIG", str(path))
        monkeypatch.setenv("H2CORN_BACKLOG", "8")
        monkeypatch.setenv("H2CORN_WORKERS", "4")
        assert exit_code("cli_site:app", "-w", "5") == 0
        assert served[0][1] == Config(workers=5, backlog=8, max_requests=9)

    def test_a_file_of_variables(
        self, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / ".env"
        path.write_text("H2CORN_WORKERS=3\nH2CORN_BACKLOG=7\nCOLOR=red\n", encoding="utf-8")
        monkeypatch.setenv("H2CORN_BACKLOG", "8")
        assert exit_code("cli_site:app", "--env-file", str(path)) == 0
        [(_, config, reloading)] = served
        assert config == Config(workers=3, backlog=8)
        assert "COLOR" not in os.environ
        path.write_text("H2CORN_WORKERS=4\nCOLOR=blue\n", encoding="utf-8")
        assert reloading.read is not None
        config = Config(workers=4, backlog=8)
        assert reloading.read() == (config, {"H2CORN_WORKERS": "4", "COLOR": "blue"})

    def test_the_project_file_of_the_current_directory(
        self, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = tmp_path / "pyproject.toml"
        project.write_text("[tool.h2corn]\nworkers = 3\n", encoding="utf-8")
        other = tmp_path / "other.toml"
        other.write_text("backlog = 7\n", encoding="utf-8")
        assert exit_code("cli_site:app") == 0
        assert exit_code("cli_site:app", "--config", "other.toml") == 0
        monkeypatch.setenv("H2CORN_CONFIG", "other.toml")
        assert exit_code("cli_site:app") == 0
        assert [config for _, config, _ in served] == [Config(workers=3), *[Config(backlog=7)] * 2]

    def test_all_that_is_wrong_anywhere(
        self,
        served: Served,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        tmp_path.joinpath("pyproject.toml").write_text(
            "[tool.h2corn]\nbacklok = 1\n[tool.h2corn.limits]\nmax_request_body_size = -1\n"
            "backlog = 1\n",
            encoding="utf-8",
        )
        tmp_path.joinpath(".env").write_text("H2CORN_ROOT_PATH=x\nH2CORN_WORKER=1\n")
        monkeypatch.setenv("H2CORN_HTTP1", "perhaps")
        monkeypatch.setenv("H2CORN_RELOAD", "1")
        assert exit_code("cli_site:app", "--env-file", ".env", "--workers", "0") == 2
        assert served == []
        start = "error: pyproject.toml: tool.h2corn."
        wanted = "must be empty, or start with a slash and not end with one"
        assert capsys.readouterr().err.splitlines() == [
            f"{start}backlok: there is no such option; do you mean backlog?",
            "error: H2CORN_RELOAD: there is no such option; --reload is a flag only",
            "error: .env: H2CORN_WORKER: there is no such option; do you mean H2CORN_WORKERS?",
            f"error: .env: H2CORN_ROOT_PATH: {wanted}, not 'x'",
            f"{start}limits.backlog: belongs to [listeners]",
            "error: --workers: must be from 1 to 1024, not 0",
            "error: H2CORN_HTTP1: must be true or false, not 'perhaps'",
            f"{start}limits.max_request_body_size: must be from 0 to 9223372036854775807, not -1",
        ]


class TestWithoutServing:
    def test_printed_options_are_the_options(
        self, served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = [
            "--workers",
            "3",
            "-b",
            'unix:a "b"\\',
            "--header",
            "a: \xe9",
            "--umask",
            "027",
        ]
        assert exit_code("--print-config", *arguments) == 0
        text = capsys.readouterr().out
        assert "\nworkers = 3  # --workers\n" in text
        path = tmp_path / "printed.toml"
        path.write_text(text, encoding="utf-8")
        wanted = Config(
            workers=3, bind=('unix:a "b"\\',), response_headers=("a: \xe9",), umask=0o27
        )
        assert Config.from_toml(path) == wanted
        assert served == []

    def test_the_schema(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert exit_code("--print-schema") == 0
        assert json.loads(capsys.readouterr().out)["definitions"]["backlog"]["default"] == 1024

    def test_right_options(self, served: Served, capsys: pytest.CaptureFixture[str]) -> None:
        assert exit_code("--check-config") == 0
        assert exit_code("--check-config", "cli_site:app") == 0
        assert served == []
        assert capsys.readouterr().out == "The options are right.\ncli_site:app is right.\n"

    def test_wrong_ones(self, served: Served, capsys: pytest.CaptureFixture[str]) -> None:
        assert exit_code("--check-config", "-w", "0") == 2
        assert exit_code("--check-config", "cli_site:nope") == 1
        assert served == []
        assert capsys.readouterr().err == (
            "error: --workers: must be from 1 to 1024, not 0\n"
            "error: 'cli_site' has no attribute 'nope'\n"
        )

    def test_what_the_system_has_not(
        self, served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        options = tmp_path / "h2corn.toml"
        options.write_text('log_config = "none.ini"\naccess_log_file = "none/access.log"\n')
        assert exit_code("--check-config", "--config", str(options), "cli_site:app") == 2
        assert exit_code("--check-config", "--user", "nobody-of-that-name") == 2
        assert served == []
        printed = capsys.readouterr()
        assert printed.out == ""
        reason = "no such file or directory"
        assert printed.err.splitlines() == [
            f"error: {options}: access_log_file: cannot open 'none/access.log': {reason}",
            f"error: {options}: log_config: cannot read 'none.ini': {reason}",
            "error: there is no user 'nobody-of-that-name'",
        ]
