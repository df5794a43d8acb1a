"""A supervised stop takes a stated time, whatever clients and applications do.

It is the sum of the times for requests and lifespan, and a second.
"""

import signal
from contextlib import ExitStack

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.workers import Workers, begin, is_alive

GRACEFUL, LIFESPAN = 0.5, 0.5
BOUND = GRACEFUL + LIFESPAN + 1
OPTIONS = (
    *("--timeout-graceful-shutdown", str(GRACEFUL)),
    *("--timeout-lifespan-shutdown", str(LIFESPAN)),
)
PATHS = ["/endless", "/stubborn", "/block?seconds=60", "/thread", "/wait"]
# What an interpreter takes to end, and a busy machine.
SLACK = 0.7


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("count", [1, 2])
def test_applications(path: str, count: int) -> None:
    with Workers(*OPTIONS, count=count) as server, Http1Client(server.endpoint) as client:
        server.allows_traceback = True
        begin(client, path)
        workers = server.workers
        assert server.stop_time() < BOUND + SLACK
        assert not any(map(is_alive, workers))
        assert server.process.returncode == 0


def test_all_at_once() -> None:
    """Requests that ignore their cancellation, and behind them a lifespan without an end."""
    target = "tests.server.worker_apps:never_stops"
    with Workers(*OPTIONS, target=target) as server, ExitStack() as clients:
        server.allows_traceback = True
        for path in ("/endless", "/stubborn", "/thread"):
            begin(clients.enter_context(Http1Client(server.endpoint)), path)
        workers = server.workers
        assert server.stop_time() < BOUND + SLACK
        assert not any(map(is_alive, workers))


def test_a_lifespan_without_an_end() -> None:
    target = "tests.server.lifespan_apps:never_stops"
    with Workers(*OPTIONS, target=target) as server:
        server.allows_traceback = True
        assert server.stop_time() < BOUND + SLACK


def test_a_slow_loris() -> None:
    with Workers(*OPTIONS) as server:
        clients = [Http1Client(server.endpoint) for _ in range(6)]
        for client in clients[:3]:
            client.send(b"GET / HT")
        for client in clients[3:]:
            client.request("/upload", "Content-Length: 100", method="POST", body=b"a")
        server.ask()
        assert server.stop_time() < BOUND + SLACK
        for client in clients:
            client.__exit__()


def test_a_client_that_reads_nothing() -> None:
    with Workers(*OPTIONS) as server, H2Client(server.endpoint) as silent:
        silent.request("/endless")
        silent.flush()
        server.ask()
        assert server.stop_time() < BOUND + SLACK


def test_no_time_at_all() -> None:
    options = ("--timeout-graceful-shutdown", "0", "--timeout-lifespan-shutdown", "0.1")
    with Workers(*options) as server, Http1Client(server.endpoint) as client:
        server.allows_traceback = True
        begin(client, "/block?seconds=60")
        assert server.stop_time(signal.SIGINT) < 1.1 + SLACK
