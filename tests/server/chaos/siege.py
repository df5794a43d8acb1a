"""Owns what the chaos tests share: a server under constant load, who was killed, and the sum.

Does not choose what happens to the server; the tests do.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.chaos.noise import H2load, Sessions
from tests.server.chaos.processes import (
    children,
    descriptors,
    memory,
    peer_ports,
    running_in,
    state,
    wait_until,
)
from tests.server.reload.careful import CarefulClient
from tests.server.reload.load import Failure, Load
from tests.server.reload.supervised import SupervisedServer

SETTLE_TIMEOUT = 15.0
GROWTH = 4 << 20
"""Bytes that a supervisor may grow by: what its allocator keeps, not what it never frees."""


class Siege:
    """A server, and the constant load on it.

    Args:
        server: with as many workers as it is to have in the end.
        load: of requests that count.
        h2load: more of them.
        sessions: WebSocket sessions.

    Attributes:
        killed: the processes that were killed.
        ports: at the client's end of the connections that they held then.
    """

    def __init__(
        self, server: SupervisedServer, load: Load, h2load: H2load, sessions: Sessions
    ) -> None:
        self.server, self.load, self.h2load, self.sessions = server, load, h2load, sessions
        self.killed: list[int] = []
        self.ports: set[int] = set()

    def halt(self, pid: int) -> None:
        """Stop a process as it is, and note which connections it holds; it takes no others."""
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: state(pid) in {"T", "Z", ""}, lambda: f"{pid} runs on", SETTLE_TIMEOUT)
        ports = peer_ports(pid)
        self.h2load.touch(ports)
        self.killed.append(pid)
        self.ports |= ports

    def kill(self, pid: int) -> None:
        """End a process with SIGKILL."""
        self.halt(pid)
        os.kill(pid, signal.SIGKILL)

    def wait_workers(self, gone: set[int]) -> list[int]:
        """Wait until there are as many workers as there should be, and none of those."""
        return self.server.wait_workers(
            lambda found: len(found) == self.server.count and not gone & set(found)
        )

    def be_patient(self, is_patient: bool) -> None:
        """Let there be no server: who finds none counts that, and does not fail."""
        self.load.be_patient(is_patient)
        self.h2load.is_patient = self.sessions.is_patient = is_patient

    def judge(self) -> None:
        """Let no request have failed but on a connection of a process that was killed."""
        failures = [*self.load.failures, *self.h2load.failures, *self.sessions.failures]
        lost = [failure for failure in failures if failure.port in self.ports]
        print(f"killed {len(self.killed)}, in flight on them {len(lost)}: {sum_up(lost)}")  # noqa: T201
        others = [failure for failure in failures if failure.port not in self.ports]
        assert others == [], "\n".join(map(str, others))


def sum_up(failures: list[Failure]) -> dict[str, int]:
    """Return how many requests failed, by what they were."""
    found: dict[str, int] = {}
    for failure in failures:
        name = failure.request.partition("?")[0]
        found[name] = found.get(name, 0) + 1
    return found


class Books:
    """What a supervisor holds before and after, when it and its workers have settled.

    Args:
        server: without load.
    """

    def __init__(self, server: SupervisedServer) -> None:
        self._server = server
        wait_until(lambda: not self._loose_ends(), self._loose_ends, SETTLE_TIMEOUT)
        self._held = self._holdings()
        self._memory = memory(server.pid)

    def check(self) -> None:
        """Let nothing be held that was not held before."""
        wait_until(lambda: not self._loose_ends(), self._loose_ends, SETTLE_TIMEOUT)
        # A child that has read the configuration may be a moment ago.
        wait_until(
            lambda: self._holdings() == self._held,
            lambda: f"holds {self._holdings()}, before {self._held}",
            SETTLE_TIMEOUT,
        )
        growth = memory(self._server.pid) - self._memory
        print(f"the supervisor grew by {growth >> 10} KiB")  # noqa: T201
        assert growth < GROWTH, growth

    def _loose_ends(self) -> str:
        """Say what is not as it should be when nothing happens."""
        server = self._server
        workers, found = set(server.workers), children(server.pid)
        if found != workers or len(workers) != server.count:
            return f"workers {workers}, children {[(pid, state(pid)) for pid in found]}"
        held = {pid: ports for pid in (server.pid, *workers) if (ports := peer_ports(pid))}
        return f"{held} are held by the supervisor {server.pid} and workers" if held else ""

    def _holdings(self) -> Counter[str]:
        return Counter(kind(link) for link in descriptors(self._server.pid).values())


def kind(link: str) -> str:
    """Return what a descriptor is, without the number that tells it apart."""
    return link.partition(":")[0]


@contextmanager
def siege(
    folder: Path, *options: str, workers: int = 4, is_rolling: bool = False
) -> Iterator[Siege]:
    """Run a server under load; at the end it is judged, and leaves nothing behind.

    Args:
        folder: where the application lies.
        options: of the server.
        workers: how many.
        is_rolling: whether workers are also replaced in order, which h2load cannot follow.
    """
    server = SupervisedServer(folder, *options, workers=workers)
    with server:
        try:
            books = Books(server)
            with (
                Load("requests", lambda: CarefulClient(server.endpoint, renewal=10)) as load,
                H2load(server.url) as h2load,
                Sessions(server.url) as sessions,
            ):
                h2load.is_patient = is_rolling
                found = Siege(server, load, h2load, sessions)
                sessions.wait_begun()
                yield found
                load.wait_answers(50)
            found.judge()
            books.check()
        except BaseException:
            print("\n".join(server.log[-100:]))  # noqa: T201 - shown beside a failure
            server.kill_all()
            raise
    assert_nothing_runs(folder)


def assert_nothing_runs(folder: Path) -> None:
    """Let no process of a server be left."""
    wait_until(
        lambda: not running_in(folder),
        lambda: f"still there: {[(pid, state(pid)) for pid in running_in(folder)]}",
        SETTLE_TIMEOUT,
    )
