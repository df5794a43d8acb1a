"""Workers that crash, hang, or are told to end, as real processes."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.prefork.service import Service, is_alive, until


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_worker_comes_back(tmp_path: Path, workers: int) -> None:
    with Service(tmp_path, options={"workers": workers}) as service:
        pids = service.wait_started(workers)
        os.kill(pids[0], signal.SIGKILL)
        service.wait_for(rf"worker \[{pids[0]}\] was killed by SIGKILL")
        (new,) = service.wait_started(1)
        until(lambda: service.ask()["pid"] == new or workers > 1)
        assert service.stop() == 0


def test_a_worker_that_ends_by_itself_comes_back(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        service.wait_started(2)
        service.connect("exit 5")
        service.wait_for(r"worker \[\d+\] ended with code 5")
        service.wait_started(1)
        assert service.stop() == 0


def test_a_hung_worker_dumps_its_stacks_and_is_replaced(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2, "heartbeat_timeout": 0.6}) as service:
        service.wait_started(2)
        service.connect("block")
        service.wait_for("^blocked$")
        # The dump names the function that blocks.
        service.wait_for(r'echo_program.py", line \d+ in answer')
        service.wait_for("was killed by SIGKILL")
        until(lambda: len(service.pids()) == 2)
        assert service.stop() == 0


def test_workers_are_not_taken_for_hung_when_the_supervisor_was_held_up(tmp_path: Path) -> None:
    options = {"workers": 2, "heartbeat_timeout": 2}
    with Service(tmp_path, options=options, hold_up=3) as service:
        service.wait_started(2)
        assert service.stop() == 0
        assert "has not reported" not in service.log()


def test_workers_that_were_stopped_with_the_supervisor_live_on(tmp_path: Path) -> None:
    """As by the job control of a shell, or where a container is paused."""
    with Service(tmp_path, options={"workers": 2, "heartbeat_timeout": 2}) as service:
        pids = service.wait_started(2)
        for pid in (service.process.pid, *pids):
            os.kill(pid, signal.SIGSTOP)
        # Longer than the timeout.
        time.sleep(3.5)
        service.send(signal.SIGCONT)
        service.send(signal.SIGUSR1)
        service.send(signal.SIGTTIN)
        service.wait_for("The number of workers is now 3")
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        assert {int(service.wait_for(r"reopened (\d+)")[1]) for _ in pids} == {*pids}
        assert service.stop() == 0
        assert "has not reported" not in service.log()


def test_a_stopped_worker_is_replaced(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2, "heartbeat_timeout": 0.6}) as service:
        pids = service.wait_started(2)
        os.kill(pids[0], signal.SIGSTOP)
        service.wait_for(rf"worker \[{pids[0]}\] was killed by SIGKILL")
        assert service.ask()["pid"] != pids[0]


def test_a_worker_that_got_sigterm_is_replaced_gracefully(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}, linger=60) as service:
        (old,) = service.wait_started(1)
        client = service.connect()
        assert client.facts()["pid"] == old
        os.kill(old, signal.SIGTERM)
        (new,) = service.wait_started(1)
        until(lambda: service.ask()["pid"] == new)
        assert client.echoes()
        client.close()
        service.wait_for(rf"Stopped worker \[{old}\]")


def test_max_tasks_replaces_workers(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1, "max_tasks": 3}) as service:
        (old,) = service.wait_started(1)
        for _ in range(3):
            service.ask()
        service.wait_for(rf"Stopped worker \[{old}\]")
        assert service.ask()["pid"] != old


def test_no_zombies(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 3}) as service:
        pids = service.wait_started(3)
        for pid in pids[:2]:
            os.kill(pid, signal.SIGKILL)
        service.wait_started(2)
        children = f"/proc/{service.process.pid}/task/{service.process.pid}/children"
        assert all(map(is_alive, map(int, Path(children).read_text().split())))


def test_a_worker_that_talks_nonsense_is_killed_and_replaced(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        service.wait_started(2)
        service.connect("babble")
        pid = service.wait_for(r"worker \[(\d+)\] said what no worker says")[1]
        service.wait_for(rf"worker \[{pid}\] was killed by SIGKILL")
        service.wait_started(1)
        assert service.stop() == 0
