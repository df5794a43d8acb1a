"""Owns the running of a program that is told what to do by signals, and tells it in its log.

Does not judge: tests do. What the program has started and left behind is killed at the end.
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Program"]

PATIENCE = 30.0
"""Seconds until a program is given up that says nothing more."""


class Program:
    """One run, as a context."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._lines: list[str] = []
        self._has_more = threading.Condition()
        self._is_over = False
        self._seen: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    @property
    def log(self) -> str:
        """All that it has said."""
        return "".join(self._lines)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait for a line and return the match. The next call waits for another such line."""
        with self._has_more:
            while True:
                for index in range(self._seen.get(pattern, 0), len(self._lines)):
                    self._seen[pattern] = index + 1
                    if found := re.search(pattern, self._lines[index]):
                        return found
                assert not self._is_over, f"ended without {pattern!r}\n{self.log}"
                assert self._has_more.wait(PATIENCE), f"no {pattern!r} came\n{self.log}"

    def send(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def stop(self) -> int:
        """Stop it gracefully; return the exit code."""
        self.send(signal.SIGTERM)
        code = self._process.wait(PATIENCE)
        # The pipe ends with the last process that has it.
        self._reader.join(PATIENCE)
        assert not self._reader.is_alive(), f"something is left\n{self.log}"
        return code

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with stream:
            for line in stream:
                with self._has_more:
                    self._lines.append(line)
                    self._has_more.notify_all()
        with self._has_more:
            self._is_over = True
            self._has_more.notify_all()
