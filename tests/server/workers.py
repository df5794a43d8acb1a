"""Owns a server with worker processes: which there are, what they say, and when they are gone.

Does not load them.
"""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.server.http1client import Http1Client
from tests.server.process import ROOT, ServerProcess

APP = "tests.server.worker_apps:app"
STARTED = re.compile(r"Started worker \[(\d+)\]$")
ENDED = re.compile(r"(?:Stopped worker|worker) \[(\d+)\](?:$| ended| was killed)")
TIMEOUT = 15.0
PAUSE = 0.01


class Workers(ServerProcess):
    """A running `h2corn` command with worker processes, all of which are ready.

    Args:
        options: its options.
        count: how many workers; 0 leaves that to `options`.
        target: the application.
        bind: the addresses.
        env: variables added to the environment.
        cwd: the directory that it runs in.
    """

    def __init__(
        self,
        *options: str,
        count: int = 2,
        target: str = APP,
        bind: Sequence[str] = ("127.0.0.1:0",),
        env: dict[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self._is_killed = False
        counted = ("--workers", str(count)) if count else ()
        super().__init__(target, "--no-access-log", *counted, *options, bind=bind, env=env, cwd=cwd)
        try:
            self.wait_workers(lambda found: len(found) == (count or 1))
        except AssertionError:
            self.kill_all()
            raise

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        if kind is None and not self._is_killed:
            super().__exit__(kind, *details)
        else:
            self.kill_all()

    @property
    def workers(self) -> list[int]:
        """The workers that have said that they are ready and have not ended, oldest first."""
        return workers_in(self.log)

    def wait_workers(
        self, is_right: Callable[[list[int]], bool], timeout: float = TIMEOUT
    ) -> list[int]:
        """Wait until the workers are as wanted, by the log, and return them."""
        deadline = time.monotonic() + timeout
        while not is_right(found := self.workers):
            if time.monotonic() > deadline or self._has_ended:
                text = "\n".join(self.log)
                raise AssertionError(f"the workers are {found}:\n{text}")
            time.sleep(PAUSE)
        return found

    def wait_replaced(self, old: Sequence[int]) -> list[int]:
        """Wait until none of the old workers is left, and there are as many new ones."""
        return self.wait_workers(lambda found: len(found) == len(old) and not set(old) & set(found))

    def ask(self, path: str = "/") -> Any:
        """Return what the application answers on a connection of its own."""
        with Http1Client(self.endpoint) as client:
            answer = client.get(path)
        assert answer.status == 200
        return json.loads(answer.body)

    def stop_time(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; returns the seconds until it has ended."""
        begin = time.monotonic()
        self.signal(number)
        self.wait(30)
        return time.monotonic() - begin

    def kill_supervisor(self) -> None:
        """End the supervisor alone, at once."""
        self._is_killed = True
        self.process.kill()
        self.process.wait(TIMEOUT)

    def kill_all(self) -> None:
        """End the supervisor and the workers at once."""
        workers = self.workers
        self.kill()
        for pid in workers:
            # Only one of ours: a number may belong to somebody else by now.
            if is_alive(pid) and "h2corn" in _command(pid):
                os.kill(pid, signal.SIGKILL)


def workers_in(lines: Sequence[str]) -> list[int]:
    """Return the workers that a log has seen start and not end, oldest first."""
    found: dict[int, None] = {}
    for line in lines:
        if match := STARTED.search(line):
            found[int(match[1])] = None
        elif match := ENDED.search(line):
            found.pop(int(match[1]), None)
    return list(found)


def begin(client: Http1Client, path: str) -> int:
    """Begin a response without an end; returns the worker that gives it."""
    client.request(path)
    assert client.head().status == 200
    data = b""
    while data.count(b"\r\n") < 2:
        data += client.read(1)
    return int(data.split(b"\r\n")[1])


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def wait_gone(pid: int, timeout: float = TIMEOUT) -> None:
    """Wait until a process has ended."""
    deadline = time.monotonic() + timeout
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(PAUSE)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
