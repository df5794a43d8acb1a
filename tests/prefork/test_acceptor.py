"""Who accepts, and what happens where descriptors run out."""

import os
import resource
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.prefork.service import Service, until


def test_one_worker_accepts_directly(tmp_path: Path) -> None:
    """The supervisor is stopped, and connections are served all the same."""
    with Service(tmp_path, options={"workers": 1}) as service:
        service.wait_started(1)
        service.ask()
        service.send(signal.SIGSTOP)
        assert [service.ask()["index"] for _ in range(5)] == [0] * 5
        service.send(signal.SIGCONT)
        assert service.stop() == 0


def test_with_reuse_port_workers_accept_directly(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 3}, reuse_port=True) as service:
        service.wait_started(3)
        service.ask()
        service.send(signal.SIGSTOP)
        found: Counter[int] = Counter()

        def has_met_all() -> bool:
            found[service.ask()["index"]] += 1
            return len(found) == 3

        until(has_met_all)
        service.send(signal.SIGCONT)
        # A slot that is given up loses nothing that waits at its listeners.
        service.send(signal.SIGTTOU)
        service.wait_for("Stopped worker")
        for _ in range(20):
            assert service.ask()["index"] < 2
        service.send(signal.SIGTTIN)
        service.wait_started(1)
        found.clear()
        until(has_met_all)
        assert service.stop() == 0


def test_with_reuse_port_a_reload_loses_nothing(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}, reuse_port=True) as service:
        service.wait_started(2)
        for _ in range(2):
            service.send(signal.SIGHUP)
            for _ in range(50):
                service.ask()
            service.wait_for("^Reloaded$")
        assert service.stop() == 0


def test_with_reuse_port_clients_of_a_slot_that_is_given_up_come_to_others(tmp_path: Path) -> None:
    """Its worker is stopped by a signal: it takes no connection, and does not end."""
    with Service(tmp_path, options={"workers": 2}, reuse_port=True) as service:
        _, last = service.wait_started(2)
        os.kill(last, signal.SIGSTOP)
        service.send(signal.SIGTTOU)
        service.wait_for("The number of workers is now 1")
        # The kernel chooses by a hash of the client's port: 2**-20 for the same one each time.
        assert {service.ask()["index"] for _ in range(20)} == {0}
        service.send(signal.SIGTTIN)
        (new,) = service.wait_started(1)
        until(lambda: service.ask()["pid"] == new)
        os.kill(last, signal.SIGCONT)
        service.wait_for(rf"Stopped worker \[{last}\]")
        assert service.stop() == 0


@pytest.mark.parametrize("slot", [0, 1])
def test_with_reuse_port_clients_of_a_crashed_worker_come_to_others(
    tmp_path: Path, slot: int
) -> None:
    with Service(tmp_path, options={"workers": 2}, reuse_port=True) as service:
        pids = service.wait_started(2)
        service.write("start", "wait")
        os.kill(pids[slot], signal.SIGKILL)
        service.wait_for("waits")
        assert {service.ask()["index"] for _ in range(20)} == {1 - slot}
        service.write("start", "")
        (new,) = service.wait_started(1)
        until(lambda: service.ask()["pid"] == new)
        assert service.stop() == 0


def test_unbalanced_workers_share_the_listener(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2, "balance": False}) as service:
        service.wait_started(2)
        service.ask()
        service.send(signal.SIGSTOP)
        assert service.ask()["index"] in {0, 1}
        service.send(signal.SIGCONT)


@pytest.mark.parametrize("room", [0, 1, 3])
def test_with_no_descriptor_free_connections_wait_and_all_are_served(
    tmp_path: Path, room: int
) -> None:
    """The supervisor may have only so many more than it has."""
    with Service(tmp_path, options={"workers": 2}) as service:
        service.wait_started(2)
        service.ask()
        pid = service.process.pid
        highest = max(service.descriptors())
        _limit(pid, highest + 1 + room)
        clients = [service.connect() for _ in range(30)]
        found = Counter(client.facts()["pid"] for client in clients)
        assert sum(found.values()) == 30
        assert max(found.values()) <= 16
        assert service.stop() == 0


def test_connections_wait_while_no_worker_serves(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        pids = service.wait_started(2)
        service.write("start", "wait")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for _ in pids:
            service.wait_for(r"was killed by SIGKILL")
        clients = [service.connect() for _ in range(8)]
        service.write("start", "")
        assert not {client.facts()["pid"] for client in clients} & set(pids)
        assert all(client.echoes() for client in clients)


def _limit(pid: int, count: int) -> None:
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (count, hard))
