"""What signals do to a service of real processes."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.prefork.service import Service, is_alive, until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_waits_for_connections_and_a_second_one_does_not(
    tmp_path: Path, number: signal.Signals
) -> None:
    with Service(tmp_path, options={"workers": 2}, linger=60) as service:
        service.wait_started(2)
        client = service.connect()
        client.facts()
        service.send(number)
        service.wait_for("Stopping")
        assert client.echoes()
        service.send(number)
        assert service.wait() == 0


def test_what_does_not_stop_is_killed_in_time(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1, "stop_timeout": 0.5}) as service:
        (pid,) = service.wait_started(1)
        service.connect("block")
        service.wait_for("^blocked$")
        service.send(signal.SIGTERM)
        assert service.wait() == 0
        assert not is_alive(pid)
        assert f"worker [{pid}] " in service.log()


def test_a_worker_that_is_ready_after_it_was_told_to_stop_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "start").write_text("wait")
    with Service(tmp_path, options={"workers": 1}) as service:
        service.wait_for("waits")
        service.send(signal.SIGTERM)
        service.wait_for("Stopping")
        service.write("start", "")
        assert service.wait() == 0
        assert "on_started" not in service.log()
        assert "Started worker" not in service.log()


@pytest.mark.parametrize("child", ["worker", "watcher"])
def test_a_signal_to_all_processes_at_once_is_one_stop(tmp_path: Path, child: str) -> None:
    """Service managers send it to the whole group, and children may be faster."""
    (tmp_path / "start").write_text("wait")
    with Service(tmp_path, options={"workers": 1}, watch=True) as service:
        until(lambda: {"waits", "watching"} <= set(service.log().split()))
        watcher = max(service.pids())
        (worker,) = {*service.pids()} - {watcher}
        service.send(signal.SIGSTOP)
        pid = worker if child == "worker" else watcher
        os.kill(pid, signal.SIGTERM)
        until(lambda: not is_alive(pid))
        service.send(signal.SIGTERM)
        service.send(signal.SIGCONT)
        assert service.wait() == 0
        assert "was killed" not in service.log()
        assert "will not be seen" not in service.log()


def test_live_scaling(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}) as service:
        service.wait_started(1)
        service.send(signal.SIGTTIN)
        service.wait_started(1)
        until(lambda: len({service.ask()["pid"] for _ in range(1)}) and len(service.pids()) == 2)
        kept = [service.connect() for _ in range(4)]
        assert len({client.facts()["pid"] for client in kept}) == 2
        service.send(signal.SIGTTOU)
        service.wait_for("Stopped worker")
        until(lambda: len(service.pids()) == 1)
        # The one that is left accepts for itself again.
        (last,) = service.pids()
        assert {service.ask()["pid"] for _ in range(5)} == {last}
        service.send(signal.SIGTTOU)
        service.wait_for("stays 1")
        assert service.stop() == 0


def test_logs_are_reopened_by_every_worker(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        pids = service.wait_started(2)
        service.send(signal.SIGUSR1)
        told = {int(service.wait_for(r"reopened (\d+)")[1]) for _ in range(2)}
        assert told == set(pids)


def test_what_the_service_manager_hears(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(30)

        def hear() -> str:
            while (text := manager.recv(1000).decode()) == "WATCHDOG=1":
                pass
            return text

        with Service(tmp_path, options={"workers": 2}, environment=environment) as service:
            assert hear() == "READY=1"
            service.wait_started(2)
            assert service.ask()["manager"] == []
            service.send(signal.SIGHUP)
            assert hear().startswith("RELOADING=1\nMONOTONIC_USEC=")
            assert hear() == "READY=1"
            while manager.recv(1000) != b"WATCHDOG=1":
                pass
            assert service.stop() == 0
            assert hear() == "STOPPING=1"


@pytest.mark.parametrize("fails", [False, True])
def test_the_supervisor_opens_its_logs_anew_before_its_workers(tmp_path: Path, fails: bool) -> None:
    with Service(tmp_path, options={"workers": 1}, fails_to_reopen=fails) as service:
        (pid,) = service.wait_started(1)
        service.send(signal.SIGUSR1)
        service.wait_for(rf"reopened {pid}")
        assert service.stop() == 0
        log = service.log()
        assert log.index("reopens") < log.index(f"reopened {pid}")
        assert ("the on_reopen_logs hook failed" in log) is fails
