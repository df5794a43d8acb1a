"""Startups that fail end the process with code 3 and the application's words, in every mode."""

import subprocess
import sys
import time

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import COMMAND, ROOT, ServerProcess, environment

APPS = "tests.server.lifespan_apps"
LONGEST = 20.0

PROGRAM = f"""
from h2corn import Config, serve
from {APPS} import fails
serve(fails, Config(port=0))
"""


def run(*command: str) -> tuple[int, str]:
    """Run something to its end; returns the exit code and what it said."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def h2corn(app: str, *options: str) -> tuple[int, str]:
    """Run the command, which is not expected to listen."""
    return run(*COMMAND, f"{APPS}:{app}", "--bind", "127.0.0.1:0", *options)


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_startup_that_fails(mode: str) -> None:
    code, text = h2corn("fails", "--lifespan", mode)
    assert (code, text) == (3, "error: no database\n  at db.example\n")


def test_startup_that_fails_in_a_program() -> None:
    code, text = run(sys.executable, "-c", PROGRAM)
    assert (code, text) == (3, "error: no database\n  at db.example\n")


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_startup_that_takes_too_long(mode: str) -> None:
    begin = time.monotonic()
    options = ("--timeout-lifespan-startup", "0.5", "--lifespan", mode)
    code, text = h2corn("never_starts", *options)
    assert (code, text) == (3, "error: the application did not start within 0.5 seconds\n")
    assert time.monotonic() - begin < LONGEST


def test_no_lifespan_is_no_failure_unless_it_must_be_there() -> None:
    with (
        ServerProcess(f"{APPS}:none") as server,
        Http1Client(server.endpoint) as client,
    ):
        assert client.get("/").body == b"hello"
    code, text = h2corn("none", "--lifespan", "on")
    assert code == 3
    lines = text.splitlines()
    assert lines[0] == "error: Exception in ASGI lifespan"
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1].startswith("error: the application raised AssertionError('only http")


def test_off_does_not_ask() -> None:
    with (
        ServerProcess(f"{APPS}:asked", "--lifespan", "off") as server,
        Http1Client(server.endpoint) as client,
    ):
        assert client.get("/").body == b"hello"


def test_shutdown_that_takes_too_long_ends_all_the_same() -> None:
    options = ("--timeout-lifespan-shutdown", "0.5")
    with ServerProcess(f"{APPS}:never_stops", *options) as server:
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < LONGEST
        server.wait_line("did not shut down within 0.5 seconds")
