"""What a service manager is told and hands over: systemd's protocols on sockets of ours."""

import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.process import COMMAND, ServerProcess
from tests.server.workers import APP, Workers, workers_in

TIMEOUT = 10.0


class Manager:
    """The socket that services talk to.

    Args:
        path: where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(TIMEOUT)
        self.heard: list[str] = []

    def wait(self, line: str) -> None:
        """Wait for a line that has not been waited for yet."""
        while line not in self.heard:
            self.heard += self.socket.recv(4096).decode().splitlines()
        del self.heard[: self.heard.index(line) + 1]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """Return a manager that listens."""
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.socket.close()


def test_start_reload_and_stop(manager: Manager) -> None:
    with Workers(env={"NOTIFY_SOCKET": str(manager.path)}) as server:
        manager.wait("READY=1")
        assert len(server.workers) == 2
        server.signal(signal.SIGHUP)
        manager.wait("RELOADING=1")
        assert any(re.fullmatch(r"MONOTONIC_USEC=\d+", line) for line in manager.heard)
        manager.wait("READY=1")
        server.signal(signal.SIGTERM)
        manager.wait("STOPPING=1")


def test_signs_of_life(manager: Manager) -> None:
    env = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "400000"}
    with Workers(env=env, count=1):
        for _ in range(3):
            manager.wait("WATCHDOG=1")


def test_a_manager_that_has_gone_is_no_matter(tmp_path: Path) -> None:
    with Workers(env={"NOTIFY_SOCKET": str(tmp_path / "nobody")}, count=1) as server:
        assert server.ask() in server.workers


def test_sockets_that_are_handed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        port = listener.getsockname()[1]
        # The number of the process is known only in it.
        program = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
            "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
            "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
        )
        command = (sys.executable, "-c", program, str(listener.fileno()), *COMMAND[1:])
        with ServerProcess(
            APP,
            *("--no-access-log", "--workers", "2"),
            bind=(),
            command=command,
            pass_fds=(listener.fileno(),),
        ) as server:
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                answer = client.makefile("rb").read()
            assert int(answer.rpartition(b"\r\n")[2]) in workers_in(server.log)
