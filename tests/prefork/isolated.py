"""Owns programs that fork: each runs in an interpreter and a process group of its own.

Does not fork in the process of the tests, whose threads and open files would be copied.
"""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass

TIMEOUT = 30.0

PRELUDE = """
import os, select, signal, socket, sys, threading, time
from prefork._process import Children

def wait(children, *pids, seconds=20.0):
    ended = {}
    limit = time.monotonic() + seconds
    while not set(pids) <= set(ended):
        ended.update(children.reap())
        assert time.monotonic() < limit, f"not ended: {set(pids) - set(ended)}"
        time.sleep(0.002)
    return [ended[pid] for pid in pids]

def readable(thing, seconds=20.0):
    poll = select.poll()
    poll.register(thing, select.POLLIN)
    assert poll.poll(seconds * 1000), f"nothing came on {thing}"

def read_all(descriptor):
    with open(descriptor, "rb") as file:
        return file.read()
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def run_isolated(script: str, *, timeout: float = TIMEOUT) -> Outcome:
    """Run a program until it and all that it has started have ended.

    Raises:
        AssertionError: something is still there after `timeout` seconds; it is killed.
    """
    program = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(script)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Unbuffered output would hide what is written twice.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    try:
        # The pipes end when the last process that has them ends.
        out, err = program.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        out, err = program.communicate()
        raise AssertionError(f"still running after {timeout} s\n{out}\n{err}") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
    return Outcome(program.returncode, out, err)


def check_isolated(script: str, *, timeout: float = TIMEOUT) -> Outcome:
    """Run a program that must end with code 0."""
    outcome = run_isolated(script, timeout=timeout)
    assert outcome.code == 0, outcome.err
    return outcome
