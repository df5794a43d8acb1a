"""Owns the servers' processes: their start and end, and what they have used.

Does not make their environments. It reads the CPU time and the memory of a process where Linux
tells them, in /proc.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.environments import ROOT

__all__ = ["OURS", "RIVALS", "ServerProcess", "pin_client", "start"]

OURS = ("-m", "h2corn", "--no-access-log", "--bind", "127.0.0.1:{port}")

_UVICORN = "-m uvicorn --http httptools --loop uvloop --no-access-log --no-proxy-headers"

RIVALS = {
    f"uvicorn {name}": (*_UVICORN.split(), "--log-level=warning", "--ws", name, "--port={port}")
    for name in ("websockets", "websockets-sansio", "wsproto")
}
"""What uvicorn has WebSockets from. The fastest is the rival."""

_ECHO = "bench.echo.application:app"
_PATIENCE = 20.0
_CPUS = frozenset(os.sched_getaffinity(0))
_NANOSECONDS = 1e9


class ServerProcess:
    """One server that runs.

    Attributes:
        port: where it listens.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self._process = process

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads so far; exact while it waits."""
        tasks = (task for pid in self.processes() for task in _tasks(pid, "schedstat"))
        return sum(int(task.read_text().split()[0]) for task in tasks) / _NANOSECONDS

    def memory(self) -> int:
        """Return the bytes that its processes have resident."""
        return sum(map(_resident, self.processes()))

    def processes(self) -> list[int]:
        """Return the process that was started, and all that it has."""
        found = [self._process.pid]
        for pid in found:
            for task in _tasks(pid, "children"):
                found += map(int, task.read_text().split())
        return found

    def wait_listening(self) -> None:
        """Wait until it can be connected to.

        Raises:
            TimeoutError: it cannot.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise TimeoutError(f"not listening: {self._process.args!r}") from None
                time.sleep(0.05)
            else:
                return

    def wait_answered(self) -> None:
        """Ask for something and wait for the first byte of the answer."""
        self.wait_listening()
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert sock.recv(1)


def pin_client() -> None:
    """Leave the first CPU to the servers, where there is another one."""
    if len(_CPUS) > 1:
        os.sched_setaffinity(0, _CPUS - {min(_CPUS)})


@contextmanager
def start(
    interpreter: str, arguments: tuple[str, ...], application: str = _ECHO
) -> Iterator[ServerProcess]:
    """Run a server on the first CPU, by default with the application that echoes."""
    port = _free_port()
    filled = [argument.format(port=port) for argument in arguments]
    command = [interpreter, *filled, application]
    # Options are those of the command alone, and no start compiles what one before it has.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("H2CORN_")}
    environment["PYTHONDONTWRITEBYTECODE"] = ""
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        os.sched_setaffinity(process.pid, {min(_CPUS)})
        server = ServerProcess(process, port)
        try:
            server.wait_listening()
            yield server
        finally:
            process.terminate()


def _tasks(pid: int, name: str) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").glob(f"*/{name}"))


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
