"""Owns a real proxy in a process of its own, in front of a server, and clients that ask it.

Does not know what a proxy is expected to do. Its own end is a Unix socket, which needs no port.
"""

import http.client
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

from tests.server.programs import find

TIMEOUT = 20.0
PAUSE = 0.01


def haproxy(folder: Path, front: Path, server: tuple[str, int]) -> list[str]:
    """Return the command of HAProxy; Debian has it, and it speaks HTTP/2 with `proto h2`."""
    config = folder / "haproxy.cfg"
    config.write_text(
        f"""
defaults
    mode http
    option abortonclose
    timeout connect 10s
    timeout client 20s
    timeout server 20s
frontend front
    bind unix@{front}
    default_backend back
backend back
    server app {server[0]}:{server[1]} proto h2
"""
    )
    return [find("haproxy"), "-db", "-q", "-f", str(config)]


def nghttpx(folder: Path, front: Path, server: tuple[str, int]) -> list[str]:
    """Return the command of nghttpx, of the same makers as the engine that others are built on."""
    return [
        find("nghttpx"),
        "--conf=/dev/null",
        f"--frontend=unix:{front};no-tls",
        f"--backend={server[0]},{server[1]};;proto=h2",
        f"--pid-file={folder / 'pid'}",
        "--workers=1",
        "--errorlog-file=/dev/stderr",
        "--accesslog-file=/dev/null",
    ]


PROXIES: list[Callable[[Path, Path, tuple[str, int]], list[str]]] = [haproxy, nghttpx]


class Answer(NamedTuple):
    """A response that came through a proxy."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class ProxyProcess:
    """A running proxy.

    Args:
        command: returns what to run.
        folder: for its configuration and its socket.
        server: host and port of the server behind it.
    """

    def __init__(
        self,
        command: Callable[[Path, Path, tuple[str, int]], list[str]],
        folder: Path,
        server: tuple[str, int],
    ) -> None:
        self.front = folder / "front"
        """The path of its own socket."""
        self._log = (folder / "log").open("w+b")
        self._process = subprocess.Popen(
            command(folder, self.front, server),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                self.connect().close()
                return self
            except OSError:
                is_late = time.monotonic() > deadline
                if is_late or self._process.poll() is not None:
                    self.__exit__()
                    raise
                time.sleep(PAUSE)

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(TIMEOUT)
        self._log.seek(0)
        print(self._log.read().decode(errors="replace"))  # noqa: T201 - shown beside a failure
        self._log.close()

    def connect(self) -> socket.socket:
        """Return a connection to the proxy."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            client.settimeout(TIMEOUT)
            client.connect(str(self.front))
        except OSError:
            client.close()
            raise
        return client

    def ask(self, request: bytes, method: str = "GET") -> Answer:
        """Send a request that is whole and return the response."""
        with self.connect() as client:
            client.sendall(request)
            return answer(client, method)

    def ask_raw(self, request: bytes) -> bytes:
        """Send a request that closes its connection and return all that comes."""
        with self.connect() as client, client.makefile("rb") as file:
            client.sendall(request)
            return file.read()


def receive_until(client: socket.socket, text: bytes) -> bytes:
    """Receive until a text has come, and no byte more."""
    received = b""
    while not received.endswith(text):
        byte = client.recv(1)
        assert byte, f"closed after {received!r}"
        received += byte
    return received


def answer(client: socket.socket, method: str = "GET") -> Answer:
    """Receive a response, interim ones left out."""
    response = http.client.HTTPResponse(client, method=method)
    try:
        response.begin()
        return Answer(response.status, response.msg, response.read())
    finally:
        response.close()
