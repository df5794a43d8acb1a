"""Owns a run of Autobahn's cases against a server, and what came of each.

Does not know what is right: `kosoku` has the cases and judges them.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.programs import find

KOSOKU = Path(sys.executable).with_name("kosoku")
TIMEOUT = 1500.0

GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}
"""What Autobahn takes for right: as it is best, as it may be, and where nothing is said."""


def run(
    endpoint: tuple[str, int], folder: Path, *selection: str, parallel: int = 1
) -> dict[str, str]:
    """Run the selected cases and return what is wrong, by case; `""` where nothing is."""
    host, port = endpoint
    done = subprocess.run(
        [KOSOKU, *selection, "-p", str(parallel), "-o", folder, f"{host}:{port}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    index = folder / "index.json"
    assert index.exists(), done.stderr.decode(errors="replace")
    (cases,) = json.loads(index.read_text(encoding="utf-8")).values()
    return {number: fault(case, folder) for number, case in cases.items()}


def fault(case: dict[str, str], folder: Path) -> str:
    """Return what is wrong with the behaviour in one case."""
    if {case["behavior"], case["behaviorClose"]} <= GOOD:
        return ""
    report = json.loads((folder / case["reportfile"]).read_text(encoding="utf-8"))
    return f"{case['behavior']}, {case['behaviorClose']} at the end: {report.get('result')}"


@contextmanager
def behind_haproxy(server: tuple[str, int], folder: Path) -> Iterator[tuple[str, int]]:
    """Run an HAProxy that takes WebSockets in HTTP/1.1 and passes them on as RFC 8441 has it.

    Yields:
        Host and port of the proxy.
    """
    # Its own end is a socket that it inherits: no port is free for sure until it is bound.
    with socket.create_server(("127.0.0.1", 0)) as front:
        config = folder / "haproxy.cfg"
        config.write_text(
            f"""
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    timeout tunnel 600s
frontend front
    bind fd@{front.fileno()}
    default_backend back
backend back
    server app {server[0]}:{server[1]} proto h2
"""
        )
        with subprocess.Popen(
            [find("haproxy"), "-db", "-q", "-f", str(config)], pass_fds=[front.fileno()]
        ) as process:
            try:
                yield front.getsockname()
            finally:
                assert process.poll() is None, "HAProxy has ended"
                process.kill()


def wait_until_answers(endpoint: tuple[str, int], timeout: float = 20.0) -> None:
    """Wait until a request is answered there."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            with socket.create_connection(endpoint, timeout) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                if client.recv(1000).startswith(b"HTTP/1.1 200"):
                    return
        except ConnectionError:
            pass
        assert time.monotonic() < deadline, "no answer in time"
        time.sleep(0.05)
