"""Owns the constant load of node's own HTTP/2 client, in a process of its own.

Does not make requests; `reconnect.mjs` does.
"""

import json
import re
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Self

from tests.server.programs import find

SCRIPT = Path(__file__).parent / "reconnect.mjs"
PROGRESS = re.compile(r"(\d+) by (\S+)$")
TIMEOUT = 30.0


class NodeLoad:
    """Constant load from `with` to its end.

    Args:
        url: of the server.
        sessions: connections at a time.
        tasks: requests at a time.
        pause: milliseconds between two requests of one task.

    Attributes:
        counts: what the program has counted, after its end.
    """

    def __init__(self, url: str, *, sessions: int = 4, tasks: int = 16, pause: int = 30) -> None:
        self._process = subprocess.Popen(
            [find("node"), str(SCRIPT), url, *map(str, (sessions, tasks, pause))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.counts: dict[str, Any] = {}
        self._hundreds: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        self.wait_hundreds(1)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._reader.join(TIMEOUT)
        self._process.kill()
        self._process.wait(TIMEOUT)
        self._process.stdout.close()
        print(f"node: {self.counts}")  # noqa: T201 - the count is wanted

    def wait_hundreds(self, count: int, version: str | None = None) -> None:
        """Wait for so many hundreds of answers, the last ones by a version where one is given."""
        deadline = time.monotonic() + TIMEOUT
        with self._changed:
            goal = self._done(version) + count
            while self._done(version) < goal:
                left = deadline - time.monotonic()
                assert left > 0, "answers do not come"
                assert self._process.poll() is None, "the load has ended"
                self._changed.wait(left)

    def _done(self, version: str | None) -> int:
        return self._hundreds.total() if version is None else self._hundreds[version]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if match := PROGRESS.match(line):
                with self._changed:
                    self._hundreds[match[2]] += 1
                    self._changed.notify_all()
            else:
                self.counts = json.loads(line)
