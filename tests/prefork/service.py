"""Owns the running of the echo service as a program of its own: its log, its clients, its end.

Does not judge: tests do.
"""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Client", "Service", "is_alive", "until"]

PROGRAM = Path(__file__).with_name("echo_program.py")
PATIENCE = 30.0
"""Seconds until a test is given up; nothing takes so long unless it is broken."""


def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait for a condition to become true; return its value."""
    limit = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < limit, f"{what} did not come true"
        time.sleep(0.01)
    return value


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def session_of(pid: int) -> int:
    """Return the session of a process; 0 where there is no such process any more."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


class Client:
    """A connection that was greeted by a worker."""

    def __init__(self, address: tuple[str, int] | str, word: str = "hello") -> None:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.socket.sendall(word.encode() + b"\n")

    def facts(self) -> dict[str, Any]:
        """Return what the worker says of itself."""
        data = b""
        while not data.endswith(b"\n"):
            byte = self.socket.recv(1)
            assert byte, "the connection ended before it was answered"
            data += byte
        return dict(json.loads(data))

    def echoes(self) -> bool:
        """Whether a byte comes back."""
        self.socket.sendall(b"x")
        return self.socket.recv(1) == b"x"

    def close(self) -> None:
        self.socket.close()


class Service:
    """One run of the program."""

    def __init__(self, folder: Path, **parameters: Any) -> None:
        self.folder = folder
        self._environment = dict(parameters.pop("environment", {}))
        self._parameters = parameters
        self._clients: list[Client] = []
        self._text = ""
        self._read = 0

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), json.dumps(self._parameters)],
            cwd=self.folder,
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for client in self._clients:
            client.close()
        text = self.log()
        # The session is ours alone, and holds whatever the program has left.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        if error is not None:
            sys.stdout.write(text)

    def left(self) -> list[int]:
        """Return the processes of the session that run."""
        found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [pid for pid in found if session_of(pid) == self.process.pid and is_alive(pid)]

    # ------------------------------------------------------------------------------- log

    def log(self) -> str:
        """Return all that was said until now."""
        self._receive(0)
        return self._text

    def wait_for(self, pattern: str, count: int = 1) -> re.Match[str]:
        """Wait for a line, from where the last wait ended; return the match."""
        limit = time.monotonic() + PATIENCE
        while True:
            for match in re.compile(pattern, re.MULTILINE).finditer(self._text, self._read):
                count -= 1
                self._read = match.end()
                if not count:
                    return match
            is_open = self._receive(0.1)
            assert is_open, f"ended without {pattern!r}:\n{self._text}"
            assert time.monotonic() < limit, f"no {pattern!r} in:\n{self._text}"

    def _receive(self, seconds: float) -> bool:
        assert self.process.stdout is not None
        number = self.process.stdout.fileno()
        while select.select([number], [], [], seconds)[0]:
            data = os.read(number, 65536)
            if not data:
                return False
            self._text += data.decode()
            seconds = 0
        return True

    # --------------------------------------------------------------------------- clients

    def wait_started(self, workers: int) -> list[int]:
        """Wait for all workers of the start; return their process ids."""
        pattern = r"Started worker \[(\d+)\]"
        return [int(self.wait_for(pattern)[1]) for _ in range(workers)]

    @property
    def port(self) -> int:
        return int(until(lambda: re.search(r"^port (\d+)$", self.log(), re.MULTILINE))[1])

    def connect(self, word: str = "hello") -> Client:
        """Connect and say a word."""
        client = Client(("127.0.0.1", self.port), word)
        self._clients.append(client)
        return client

    def ask(self) -> dict[str, Any]:
        """Return the facts of the worker that a connection comes to."""
        client = self.connect()
        facts = client.facts()
        client.close()
        return facts

    def pids(self) -> list[int]:
        """Return the children of the supervisor that live."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [pid for pid in map(int, text.split()) if is_alive(pid)]

    def descriptors(self) -> set[int]:
        """Return the open descriptors of the supervisor."""
        return {int(entry.name) for entry in Path(f"/proc/{self.process.pid}/fd").iterdir()}

    # ----------------------------------------------------------------------------- steer

    def write(self, name: str, text: str) -> None:
        """Write a file that steers the program; it is never seen half-written."""
        temporary = self.folder / f".{name}"
        temporary.write_text(text)
        temporary.replace(self.folder / name)

    def send(self, number: int) -> None:
        """Send the supervisor a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end of the supervisor; return its exit code."""
        while self._receive(0.05):
            if self.process.poll() is not None and not self._receive(0):
                break
        return self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Stop it gracefully."""
        self.send(signal.SIGTERM)
        return self.wait()
