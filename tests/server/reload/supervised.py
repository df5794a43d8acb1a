"""Owns a server with several workers that serves an application from a folder, and its reloads.

Does not put load on it.
"""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.server.process import ServerProcess

TEXT = (Path(__file__).parent / "application.py").read_text(encoding="utf-8")
VERSION_LINE = 'VERSION = "0"'
STARTED = re.compile(r"Started worker \[(\d+)\]")
ENDED = re.compile(r"(?:Stopped worker|worker) \[(\d+)\](?:$| ended| was killed)")
RELOADING = re.compile(r"Reloading\b")
WORKERS_TIMEOUT = 30.0


def write_version(folder: Path, version: str, fault: str = "") -> None:
    """Write the application of a version, and a line that is wrong behind it."""
    assert VERSION_LINE in TEXT
    text = TEXT.replace(VERSION_LINE, f'VERSION = "{version}"')
    new = folder / "application.new"
    new.write_text(f"{text}\n{fault}\n", encoding="utf-8")
    new.replace(folder / "application.py")


class SupervisedServer(ServerProcess):
    """A running `h2corn` command with workers.

    Args:
        folder: where the application lies; the server runs there.
        options: more options.
        workers: how many.
        bind: the address.
    """

    def __init__(
        self, folder: Path, *options: str, workers: int = 4, bind: str = "127.0.0.1:0"
    ) -> None:
        super().__init__(
            "application:app",
            *("--workers", str(workers), "--no-access-log", *options),
            bind=(bind,),
            # A version written within a second of the last one has the same time of change, and
            # may have the same length: its bytecode would be taken for the new one's.
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            cwd=folder,
        )
        self.folder = folder
        self.count = workers
        try:
            self.wait_workers(lambda found: len(found) == workers)
        except AssertionError:
            self.kill()
            raise

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers that have said that they are ready, oldest first."""
        return workers_in(self.log)

    def wait_workers(self, is_right: Callable[[list[int]], bool]) -> list[int]:
        """Wait until the workers are as wanted, and return them."""
        return self._wait(lambda lines: found if is_right(found := workers_in(lines)) else None)

    def reload(self) -> list[int]:
        """Replace all workers, and return the new ones when the old ones have ended."""
        start = len(self.log)
        self.signal(signal.SIGHUP)

        def replaced(lines: list[str]) -> list[int] | None:
            # Another reload may be under way, and this one begins when that has ended.
            for number, line in enumerate(lines):
                if number >= start and RELOADING.search(line):
                    old, found = workers_in(lines[:number]), workers_in(lines)
                    is_done = len(found) == self.count and not set(old) & set(found)
                    return found if is_done else None
            return None

        return self._wait(replaced)

    def _wait(self, find: Callable[[list[str]], list[int] | None]) -> list[int]:
        deadline = time.monotonic() + WORKERS_TIMEOUT
        with self._changed:
            while (found := find(self._lines)) is None:
                left = deadline - time.monotonic()
                if left < 0 or self._has_ended:
                    text = "\n".join(self._lines)
                    raise AssertionError(f"the workers are {workers_in(self._lines)}:\n{text}")
                self._changed.wait(left)
        return found

    def kill_all(self) -> None:
        """End the supervisor, and the workers, at once."""
        for pid in (self.pid, *self.workers):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.kill()


def workers_in(lines: list[str]) -> list[int]:
    """Return the workers that a log has seen start and not end, oldest first."""
    found: dict[int, None] = {}
    for line in lines:
        if match := STARTED.search(line):
            found[int(match[1])] = None
        elif match := ENDED.search(line):
            found.pop(int(match[1]), None)
    return list(found)
