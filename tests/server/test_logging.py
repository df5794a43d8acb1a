"""What a running server logs: in which form, where to, and who else is told."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import APP, COMMAND, ROOT, ServerProcess, environment, run_to_end
from tests.server.programs import curl

pwd = pytest.importorskip("pwd")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
LOGGING_APP = "tests.server.logging_app:app"
SAID = {"application started", "application stopped"}
"""What the application itself prints."""
RECORD = "seen h2corn.access GET /?a=b 200"


def wait_text(path: Path, text: str, count: int = 1) -> str:
    """Return what is in a file as soon as a text is in it so often."""
    deadline = time.monotonic() + 10
    while (found := path.read_text() if path.exists() else "").count(text) < count:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


class JsonServer(ServerProcess):
    """A server whose lines are JSON; its address and its readiness are events."""

    def __init__(self, *options: str, target: str = APP) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, target, "--bind", "127.0.0.1:0", "--log-format", "json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=ROOT,
            text=True,
        )
        self.events: list[dict[str, Any]] = []
        self.wait_event("worker_started")
        (listening,) = [it for it in self.events if it["event"] == "listening"]
        self.addresses = [listening["url"]]

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=10)

    def wait_event(self, name: str) -> dict[str, Any]:
        """Return the next event of a name; each line until there must be an event."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.rstrip() in SAID:
                continue
            event: dict[str, Any] = json.loads(line)
            assert {"level", "event", "pid", "time"} <= event.keys()
            self.events.append(event)
            if event["event"] == name:
                return event
        raise AssertionError(self.events)

    def end(self) -> None:
        """Stop it and read all that is left."""
        self.process.send_signal(signal.SIGTERM)
        _, rest = self.process.communicate(timeout=15)
        self.events += [json.loads(line) for line in rest.splitlines() if line not in SAID]
        assert self.process.returncode == 0


def test_json() -> None:
    """What `--log-format json` makes of all that a server says."""
    with JsonServer() as server:
        with Http1Client(server.endpoint) as client:
            headers = {"x-request-id": "r-1", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
            fields = [argument for pair in headers.items() for argument in ("-H", ": ".join(pair))]
            curl("--http1.1", *fields, "--data", "abc", f"{server.url}/count?a=%22")
            assert client.get("/").status == 200
        found = server.wait_event("request")
        assert server.wait_event("request").keys().isdisjoint({"request_id", "trace_id"})
        assert found["client"].startswith("127.0.0.1:")
        assert {key: found[key] for key in ("method", "target", "protocol", "status")} == {
            "method": "POST",
            "target": "/count?a=%22",
            "protocol": "HTTP/1.1",
            "status": 200,
        }
        assert found["rx_bytes"] == 3
        assert found["tx_bytes"] > 0
        assert found["duration_ms"] > 0
        assert (found["request_id"], found["trace_id"]) == ("r-1", TRACE)
        server.end()
        kinds = [event["event"] for event in server.events]
        assert kinds[:3] == ["starting", "listening", "worker_started"]
        assert kinds[-1] == "worker_stopped"
        started, stopped = server.events[2], server.events[-1]
        assert started["worker_pid"] == stopped["worker_pid"] == found["pid"] != started["pid"]


def test_a_traceback_is_a_field_in_json() -> None:
    with JsonServer() as server:
        curl("--http1.1", f"{server.url}/raise-before")
        failed = server.wait_event("failed")
        assert failed["subject"] == "h2corn"
        assert failed["level"] == "error"
        assert failed["traceback"].splitlines()[0].startswith("Traceback")
        server.end()


def test_a_format() -> None:
    form = "%(h)s|%(r)s|%(s)s|%({X-A}i)s|%({content-type}o)s|%({H2CORN_TEST}e)s|100%%"
    extra = {"TEST_OF_LOGS": "here"}
    form = form.replace("H2CORN_TEST", "TEST_OF_LOGS")
    with ServerProcess(APP, "--access-log-format", form, env=extra) as server:
        for flag, version in (("--http1.1", "1.1"), ("--http2-prior-knowledge", "2")):
            curl(flag, "-H", 'X-A: "b', f"{server.url}/?c")
            line = server.wait_line(rf"GET /\?c HTTP/{version}").string
            assert line.startswith(f'127.0.0.1|GET /?c HTTP/{version}|200|\\"b|')
            assert line.endswith("|here|100%")
            assert "|-|" not in line


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_that_is_moved_away(tmp_path: Path, workers: str) -> None:
    path = tmp_path / "access.log"
    path.write_text("before\n")
    with ServerProcess(APP, "--access-log-file", str(path), "--workers", workers) as server:
        curl("--http1.1", f"{server.url}/?one")
        wait_text(path, "/?one")
        moved = path.rename(tmp_path / "access.log.1")
        server.signal(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while not path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        count = 0
        while "/?two" not in path.read_text():
            # The worker that is asked may not have heard of it yet.
            assert time.monotonic() < deadline
            curl("--http1.1", f"{server.url}/?two")
            count += 1
            time.sleep(0.02)
        assert not [line for line in server.log if '"GET ' in line]
    written = moved.read_text() + path.read_text()
    assert written.startswith("before\n")
    assert (written.count("/?one"), written.count("/?two")) == (1, count)


def test_standard_output() -> None:
    with JsonServer("--access-log-file", "-") as server:
        curl("--http1.1", f"{server.url}/?a")
        assert server.process.stdout is not None
        assert json.loads(server.process.stdout.readline())["target"] == "/?a"
        server.end()
        assert "request" not in {event["event"] for event in server.events}


def test_all_files_that_cannot_be_opened_are_told_of_before_anything_is_bound(
    tmp_path: Path,
) -> None:
    config = tmp_path / "h2corn.toml"
    config.write_text(f'log_config = "{tmp_path}/none.toml"\n')
    path = tmp_path / "none" / "log"
    code, _, error = run_to_end(APP, "-c", str(config), "--access-log-file", str(path))
    assert code == 2
    missing = "no such file or directory"
    assert error.splitlines() == [
        f"error: --access-log-file: cannot open '{path}': {missing}",
        f"error: {config}: log_config: cannot read '{tmp_path}/none.toml': {missing}",
    ]


def test_a_reload_looks_at_files_before_it_starts_workers(tmp_path: Path) -> None:
    config = tmp_path / "h2corn.toml"
    config.write_text(f'access_log_file = "{tmp_path}/log"\n')
    with ServerProcess(APP, "-c", str(config)) as server:
        config.write_text(f'access_log_file = "{tmp_path}/none/log"\n')
        server.signal(signal.SIGHUP)
        server.wait_line(rf"Reload abandoned: .*access_log_file: cannot open '{tmp_path}/none/log'")
        curl("--http1.1", f"{server.url}/?still")
        wait_text(tmp_path / "log", "/?still")


TOML = """
[formatters.plain]
format = "seen %(name)s %(method)s %(target)s %(status)s"
[handlers.file]
class = "logging.FileHandler"
filename = "PATH"
formatter = "plain"
[loggers."h2corn.access"]
handlers = ["file"]
level = "INFO"
"""
TOML_OF_ALL = """
[handlers.file]
class = "logging.FileHandler"
filename = "PATH"
[handlers.console]
class = "logging.StreamHandler"
[root]
handlers = ["file", "console"]
level = "INFO"
"""
INI = """
[loggers]
keys = root,access
[handlers]
keys = file
[formatters]
keys = plain
[logger_root]
handlers =
[logger_access]
qualname = h2corn.access
handlers = file
level = INFO
[handler_file]
class = FileHandler
args = ("PATH",)
formatter = plain
[formatter_plain]
format = seen %(name)s %(method)s %(target)s %(status)s
"""
JSON = json.dumps(
    {
        "formatters": {"plain": {"format": "seen %(name)s %(method)s %(target)s %(status)s"}},
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": "PATH", "formatter": "plain"}
        },
        "loggers": {"h2corn.access": {"handlers": ["file"], "level": "INFO"}},
    }
)


@pytest.mark.parametrize(("suffix", "text"), [("toml", TOML), ("ini", INI), ("json", JSON)])
def test_a_configuration_of_logging(tmp_path: Path, suffix: str, text: str) -> None:
    path = tmp_path / "seen"
    config = tmp_path / f"log.{suffix}"
    config.write_text(text.replace("PATH", str(path)))
    with ServerProcess(APP, "--log-config", str(config)) as server:
        curl("--http1.1", f"{server.url}/?a=b")
        wait_text(path, RECORD)
        # A file is no terminal: our own line is still there.
        server.wait_line(r'"GET /\?a=b HTTP/1.1" 200')


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs workers as somebody else")
def test_files_of_workers_that_run_as_somebody_else() -> None:
    """All are theirs, before and after they were moved away, as is that of the supervisor."""
    # pytest's own directories are open to nobody else.
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o755)
        theirs = place / "theirs"
        theirs.mkdir()
        found = pwd.getpwnam("nobody")
        os.chown(theirs, found.pw_uid, found.pw_gid)
        # The access log is where only root may make files.
        access, seen = place / "access.log", theirs / "seen"
        config = place / "log.toml"
        config.write_text(TOML_OF_ALL.replace("PATH", str(seen)))
        options = ["--user", "nobody", "--loop", "asyncio", "--workers", "2"]
        options += ["--access-log-file", str(access), "--log-config", str(config)]
        with ServerProcess(APP, *options) as server:
            curl("--http1.1", f"{server.url}/?one")
            wait_text(access, "/?one")
            wait_text(seen, "Started worker", 2)
            for path in (access, seen):
                assert path.stat().st_uid == found.pw_uid
                path.rename(f"{path}.1")
            server.signal(signal.SIGUSR1)
            deadline = time.monotonic() + 10
            while "/?two" not in (access.read_text() if access.exists() else ""):
                assert time.monotonic() < deadline
                curl("--http1.1", f"{server.url}/?two")
                time.sleep(0.02)
            server.signal(signal.SIGTTOU)
            wait_text(seen, "The number of workers is now 1")
            assert {path.stat().st_uid for path in (access, seen)} == {found.pw_uid}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs workers as somebody else")
def test_a_file_that_workers_may_not_make_is_a_fault_before_anything_is_bound() -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o755)
        config = place / "log.toml"
        config.write_text(TOML.replace("PATH", str(place / "seen")))
        code, _, error = run_to_end(APP, "--log-config", str(config), "--user", "nobody")
        assert code == 2
        assert error.startswith("error: --log-config: cannot use")
        assert "Permission denied" in error
        assert not (place / "seen").exists()


def test_what_the_application_sets_up_is_seen(tmp_path: Path) -> None:
    with ServerProcess(LOGGING_APP) as server:
        curl("--http1.1", f"{server.url}/?a=b")
        server.wait_line(RECORD.replace("?", r"\?"))
        curl("--http1.1", f"{server.url}/raise-before")
        server.wait_line("seen h2corn - - -")
        server.allows_traceback = True
        assert not [line for line in server.log if '" 200 ' in line]
        assert not [line for line in server.log if line.startswith("error:")]


def test_masked_parameters() -> None:
    options = ("--log-mask-query", "token,key")
    with ServerProcess(APP, *options) as server:
        curl("--http1.1", f"{server.url}/?a=1&%74oken=geheim&Key=geheim&b=2")
        server.wait_line(r"/\?a=1&%74oken=\*\*\*&Key=\*\*\*&b=2 HTTP/1.1")
        assert not [line for line in server.log if "geheim" in line]


def test_a_pipe_that_nobody_reads_keeps_nobody_waiting() -> None:
    """Requests are answered while standard error takes nothing, and the dropped lines counted."""
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [*COMMAND, APP, "--bind", "127.0.0.1:0"],
        stderr=write_end,
        stdout=subprocess.DEVNULL,
        env=environment(),
        cwd=ROOT,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end, encoding="utf-8") as log:
            started = []
            for line in log:
                started.append(line)
                if line.startswith("Started worker"):
                    break
            (url,) = [line.split()[-1] for line in started if line.startswith("Listening")]
            host, _, port = url.removeprefix("http://").rpartition(":")
            long = "x" * 4000
            with Http1Client((host, int(port))) as client:
                for _ in range(200):
                    assert client.get(f"/?{long}").status == 200
            # What the application raises is told by the same way.
            with Http1Client((host, int(port))) as client:
                assert client.get("/raise-before").status == 500
            count = 0
            for line in log:
                count += long in line
                if "lines dropped" in line:
                    break
            dropped = int(line.split()[0])
            assert dropped > 0
            # The line and the traceback of the last request are among those.
            assert count + dropped >= 200
            process.send_signal(signal.SIGTERM)
            log.read()
        assert process.wait(15) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
