"""What the supervisor is told of the options, and what a reload makes of new ones."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from h2corn._supervised import Reloading, _read_anew, can_supervise, plan_of, supervise
from h2corn._target import Target
from h2corn._watch import WatchRules
from h2corn._worker import Assignment
from h2corn.config import Config
from prefork import SUPPORTED, Identity, PreforkError


def test_the_options_of_workers() -> None:
    config = Config(
        workers=3,
        max_requests=100,
        max_requests_jitter=10,
        max_worker_memory=1000,
        timeout_worker_healthcheck=5,
        umask=0o27,
    )
    made = plan_of(Assignment(Target("a:b"), config), Identity(1, 2), outlives_failures=True)
    options = made.options
    assert (options.workers, options.max_tasks, options.max_tasks_jitter) == (3, 100, 10)
    assert (options.max_memory, options.heartbeat_timeout, options.umask) == (1000, 5, 0o27)
    assert (options.user, options.group, options.outlives_failures) == (1, 2, True)
    assert made.settings == Assignment(Target("a:b"), config)


@pytest.mark.parametrize(("shutdown", "limit"), [(5.0, 7.0), (0.0, None)])
def test_a_stop_is_bounded_by_both_timeouts(shutdown: float, limit: float | None) -> None:
    config = Config(timeout_graceful_shutdown=2, timeout_lifespan_shutdown=shutdown)
    made = plan_of(Assignment(Target("a:b"), config), Identity(), outlives_failures=False)
    assert made.options.stop_timeout == limit


def test_what_does_not_change_is_named(caplog: pytest.LogCaptureFixture) -> None:
    before = Assignment(Target("a:b"), Config())
    after = Config(bind=("a:1",), pid="x", workers=4)
    rules = WatchRules((".",), (), ())
    with caplog.at_level(logging.WARNING, "h2corn"):
        made = _read_anew(before, lambda: (after, {}), Reloading(None, rules))
    assert [record.getMessage() for record in caplog.records] == [
        "bind does not change by a reload",
        "pid does not change by a reload",
    ]
    assert made.options.workers == 4
    assert made.options.outlives_failures
    assert made.settings == Assignment(Target("a:b"), after)


def test_only_the_main_thread_supervises() -> None:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(can_supervise()))
    thread.start()
    thread.join()
    assert found == [False]
    assert can_supervise() is SUPPORTED


def test_nobody_of_that_name() -> None:
    config = Config(user="no-such-name", bind=("127.0.0.1:0",))
    with pytest.raises(PreforkError, match="no-such-name"):
        supervise(Assignment(Target("a:b"), config))


WINDOWS = """
# What stands on the standard library is not ours to try.
import asyncio, httptools, logging, os, signal, socket, ssl, sys, sysconfig, typer
sysconfig.get_paths()
import typer.core, typer.main
for name in ("fcntl", "pwd", "grp", "resource", "uvloop"):
    sys.modules[name] = None
sys.platform = "win32"
del socket.AF_UNIX, os.fork
for name in ("SIGHUP", "SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGUSR2", "SIGCHLD"):
    delattr(signal, name)
import h2corn.server, prefork
from h2corn.cli import main
h2corn.server.run_in_foreground = lambda server: print("serves", server.config.workers)
sys.path.insert(0, sys.argv.pop(1))
main()
"""


def on_windows(folder: Path, *arguments: str) -> tuple[int, str, list[str]]:
    (folder / "site_of_windows.py").write_text("async def app(s, r, t): ...", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WINDOWS, str(folder), "site_of_windows:app", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )
    return done.returncode, done.stdout, done.stderr.splitlines()


class TestWindows:
    """Its standard library, as far as that can be had elsewhere."""

    def test_one_worker_is_this_process(self, tmp_path: Path) -> None:
        assert on_windows(tmp_path, "--port", "0") == (0, "serves 1\n", [])

    def test_what_needs_worker_processes_is_refused(self, tmp_path: Path) -> None:
        arguments = ["--workers", "2", "--preload", "--reload", "--user", "x"]
        code, output, errors = on_windows(tmp_path, *arguments)
        assert (code, output) == (2, "")
        assert errors == [
            "error: --workers: must be 1: this system has no worker processes",
            "error: --preload: needs Linux",
            "error: --user: needs worker processes, which this system has not",
            "error: --reload: needs worker processes, which this system has not",
        ]
