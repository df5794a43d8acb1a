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

_APPLICATION = "bench.echo.application:app"
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
        """Return the CPU time of its threads so far; exact while it waits."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / _NANOSECONDS

    def memory(self) -> int:
        """Return the bytes that it has resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

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


def pin_client() -> None:
    """Leave the first CPU to the servers, where there is another one."""
    if len(_CPUS) > 1:
        os.sched_setaffinity(0, _CPUS - {min(_CPUS)})


@contextmanager
def start(interpreter: str, arguments: tuple[str, ...]) -> Iterator[ServerProcess]:
    """Run a server with the application that echoes, on the first CPU."""
    port = _free_port()
    filled = [argument.format(port=port) for argument in arguments]
    command = [interpreter, *filled, _APPLICATION]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        os.sched_setaffinity(process.pid, {min(_CPUS)})
        server = ServerProcess(process, port)
        try:
            server.wait_listening()
            yield server
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
