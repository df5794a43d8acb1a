"""The passing of connections to real workers: even load, and none lost with a worker."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.prefork.service import Service, is_alive, until


@pytest.mark.parametrize("preload", [False, True])
@pytest.mark.parametrize("count", [4, 8, 64])
def test_load_is_even_over_four_workers(tmp_path: Path, count: int, preload: bool) -> None:
    with Service(tmp_path, options={"workers": 4}, preload=preload) as service:
        service.wait_started(4)
        clients = [service.connect() for _ in range(count)]
        found = Counter(client.facts()["pid"] for client in clients)
        assert len(found) == 4
        assert max(found.values()) <= count / 4 + 1, found
        # Where some end, the next ones come there.
        for client in clients[::2]:
            client.close()
        assert all(client.echoes() for client in clients[1::2])


def test_connections_in_the_channel_of_a_killed_worker_go_to_another(tmp_path: Path) -> None:
    options = {"workers": 2, "heartbeat_timeout": 60}
    with Service(tmp_path, options=options) as service:
        pids = service.wait_started(2)
        before = len(service.descriptors())
        os.kill(pids[0], signal.SIGSTOP)
        clients = [service.connect() for _ in range(40)]
        # Some wait in the channel of the one that is stopped: each of them is a copy here.
        until(lambda: len(service.descriptors()) > before)
        os.kill(pids[0], signal.SIGKILL)
        service.wait_for(rf"worker \[{pids[0]}\] was killed by SIGKILL")
        found = Counter(client.facts()["pid"] for client in clients)
        assert pids[0] not in found
        assert sum(found.values()) == 40
        assert all(client.echoes() for client in clients)


def test_with_one_worker_none_is_lost_either(tmp_path: Path) -> None:
    """They wait in the kernel, since the worker accepts for itself."""
    with Service(tmp_path, options={"workers": 1, "heartbeat_timeout": 60}) as service:
        (pid,) = service.wait_started(1)
        port = service.port
        os.kill(pid, signal.SIGSTOP)
        until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        clients = [service.connect() for _ in range(10)]
        os.kill(pid, signal.SIGKILL)
        assert port
        assert {client.facts()["pid"] for client in clients} != {pid}


def test_a_worker_that_is_stuck_is_passed_over(tmp_path: Path) -> None:
    options = {"workers": 2, "heartbeat_timeout": 60}
    with Service(tmp_path, options=options) as service:
        pids = service.wait_started(2)
        os.kill(pids[0], signal.SIGSTOP)
        # One connection may be given to it before it is known to be slow.
        first = [service.connect() for _ in range(2)]
        clients = []

        def is_passed_over() -> bool:
            # By more than one: the first may well be the other one's turn.
            return all(is_with_the_other() for _ in range(4))

        def is_with_the_other() -> bool:
            client = service.connect()
            clients.append(client)
            client.socket.settimeout(0.5)
            try:
                return bool(client.facts()["pid"] == pids[1])
            except TimeoutError:
                return False

        until(is_passed_over)
        assert [service.ask()["pid"] for _ in range(10)] == [pids[1]] * 10
        os.kill(pids[0], signal.SIGCONT)
        assert {client.facts()["pid"] for client in first} <= set(pids)


def test_a_worker_without_descriptors_gives_connections_back(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        service.wait_started(2)
        poor = service.connect("limit 20").facts()["pid"]
        clients = [service.connect() for _ in range(60)]
        found = Counter(client.facts()["pid"] for client in clients)
        assert sum(found.values()) == 60
        assert found[poor] < 20
        assert is_alive(poor)
        assert all(client.echoes() for client in clients)


def test_a_connection_ends_when_its_worker_ends_it(tmp_path: Path) -> None:
    """The copy that the supervisor keeps is closed as soon as the worker has its own."""
    with Service(tmp_path, options={"workers": 2}) as service:
        service.wait_started(2)
        for _ in range(5):
            client = service.connect()
            client.facts()
            client.socket.shutdown(1)
            client.socket.settimeout(2)
            assert client.socket.recv(1) == b""
        before = len(service.descriptors())
        kept = [service.connect() for _ in range(20)]
        for client in kept:
            client.facts()
        until(lambda: len(service.descriptors()) <= before)
