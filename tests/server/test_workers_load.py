"""Load spreads evenly over workers, also when it comes over few and long connections."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.server.h2client import H2Client
from tests.server.workers import Workers

WORKERS = 4
LOAD_SECONDS = 10.0
SPREAD = 1.25


@pytest.fixture
def server() -> Iterator[Workers]:
    """Run four workers, none of which has any connection."""
    with Workers(count=WORKERS) as server:
        yield server


def test_connections_that_come_one_after_the_other(server: Workers) -> None:
    held: Counter[int] = Counter()
    with ExitStack() as stack:
        for count in (4, 8, 64):
            while held.total() < count:
                client = stack.enter_context(H2Client(server.endpoint))
                held[int(client.get("/").body)] += 1
            assert max(held.values()) <= count / WORKERS + 1, held
    assert set(held) == set(server.workers)


def test_connections_that_come_all_at_once(server: Workers) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(H2Client(server.endpoint)) for _ in range(64)]
        streams = [client.request("/") for client in clients]
        for client in clients:
            client.flush()
        held = Counter(
            int(client.response(stream).body)
            for client, stream in zip(clients, streams, strict=True)
        )
    assert max(held.values()) <= 64 / WORKERS + 1, held


def test_room_that_was_made_is_taken(server: Workers) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(H2Client(server.endpoint)) for _ in range(16)]
        held = {client: int(client.get("/").body) for client in clients}
        emptied = held[clients[0]]
        for client, worker in held.items():
            if worker == emptied:
                client.socket.close()
        # As soon as it has told that they are gone.
        wait_served(server, 3, lambda workers: workers == {emptied})


def wait_served(server: Workers, count: int, is_right: Callable[[set[int]], bool]) -> None:
    """Wait until new connections, open at the same time, are served by the right workers."""
    deadline = time.monotonic() + 10
    while True:
        with ExitStack() as stack:
            clients = [stack.enter_context(H2Client(server.endpoint)) for _ in range(count)]
            if is_right({int(client.get("/").body) for client in clients}):
                return
        assert time.monotonic() < deadline


def test_a_busy_worker_gets_none_that_another_can_take(server: Workers) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(H2Client(server.endpoint)) for _ in range(WORKERS)]
        busy = clients[0]
        worker = int(busy.get("/").body)
        for _ in range(20):
            busy.request("/wait")
        busy.flush()
        busy.get("/")
        for client in clients:
            client.get("/")
        # A worker tells of its tasks at least once a second, and nothing shows when it has.
        time.sleep(1.5)
        again = [stack.enter_context(H2Client(server.endpoint)) for _ in range(WORKERS - 1)]
        assert worker not in {int(client.get("/").body) for client in again}


@pytest.mark.slow
@pytest.mark.parametrize("count", [4, 8, 64])
def test_processor_time(server: Workers, count: int) -> None:
    """Equal load on each connection makes equal work for each worker: median of three rounds."""
    assert statistics.median(spread(server, count) for _ in range(3)) <= SPREAD


def spread(server: Workers, count: int) -> float:
    """Return how much more the busiest worker has run than the idlest."""
    with ExitStack() as stack:
        clients = [stack.enter_context(H2Client(server.endpoint)) for _ in range(count)]
        for client in clients:
            client.get("/")
        before = {worker: processor_time(worker) for worker in server.workers}
        end = time.monotonic() + LOAD_SECONDS
        while time.monotonic() < end:
            streams = [client.request("/burn?seconds=0.001") for client in clients]
            for client in clients:
                client.flush()
            for client, stream in zip(clients, streams, strict=True):
                client.response(stream)
        used = [processor_time(worker) - before[worker] for worker in server.workers]
    return max(used) / min(used)


def processor_time(pid: int) -> float:
    """Return the seconds that a process ran on a processor so far."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[0]) / 1e9
