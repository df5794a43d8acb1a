"""Reloads with real processes: new code and settings, under connections, and those that fail."""

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from tests.prefork.service import Client, Service, until


@pytest.mark.parametrize("preload", [False, True])
@pytest.mark.parametrize("workers", [1, 3])
def test_all_workers_are_replaced_and_no_connection_is_lost(
    tmp_path: Path, workers: int, preload: bool
) -> None:
    """Clients come all the time; each is answered, and old connections live on."""
    options = {"workers": workers}
    with Service(tmp_path, options=options, preload=preload, linger=60) as service:
        old = service.wait_started(workers)
        kept = [service.connect() for _ in range(workers)]
        assert {client.facts()["pid"] for client in kept} <= set(old)
        failures: list[str] = []
        answered: list[int] = []
        is_over = threading.Event()
        port = service.port

        def knock() -> None:
            while not is_over.is_set():
                try:
                    client = Client(("127.0.0.1", port))
                    answered.append(client.facts()["generation"])
                    client.close()
                except (OSError, AssertionError) as error:
                    failures.append(repr(error))

        threads = [threading.Thread(target=knock) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for generation in (2, 3):
                service.send(signal.SIGHUP)
                service.wait_for("^Reloaded$")
                reached = len(answered)
                until(lambda: len(answered) > reached + 20)  # noqa: B023
                until(lambda: set(answered[-5:]) == {generation})  # noqa: B023
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert answered[0] == 1
        assert all(client.echoes() for client in kept)
        for client in kept:
            client.close()
        until(lambda: not set(service.pids()) & set(old))
        assert service.stop() == 0


def test_new_settings_and_numbers_of_workers_come_with_the_new_generation(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}) as service:
        service.wait_started(1)
        assert service.ask()["settings"] is None
        plan = {"options": {"workers": 2, "max_tasks": 100}, "settings": {"name": "new"}}
        service.write("plan", json.dumps(plan))
        service.send(signal.SIGHUP)
        service.wait_for("^Reloaded$")
        clients = [service.connect() for _ in range(4)]
        facts = [client.facts() for client in clients]
        assert {fact["settings"]["name"] for fact in facts} == {"new"}
        assert {fact["max_tasks"] for fact in facts} == {100}
        assert len({fact["pid"] for fact in facts}) == 2


def test_a_plan_that_cannot_be_read_leaves_the_old_ones_serving(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        pids = service.wait_started(2)
        service.write("plan", "fail: no such option")
        service.send(signal.SIGHUP)
        service.wait_for("fail: no such option")
        assert sorted(service.pids()) == sorted(pids) or set(pids) <= set(service.pids())
        assert service.ask()["pid"] in pids
        service.write("plan", "{}")
        service.send(signal.SIGHUP)
        service.wait_for("^Reloaded$")
        assert service.ask()["pid"] not in pids


def test_a_version_that_does_not_start_leaves_the_old_ones_serving(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        pids = service.wait_started(2)
        service.write("start", "raise new-version-is-broken")
        service.send(signal.SIGHUP)
        service.wait_for("ValueError: new-version-is-broken")
        service.wait_for("bandon")
        assert service.ask()["pid"] in pids
        service.write("start", "")
        service.send(signal.SIGHUP)
        service.wait_for("^Reloaded$")
        assert service.ask()["pid"] not in pids
        assert service.stop() == 0


def test_a_reload_that_hangs_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}) as service:
        service.wait_started(1)
        service.write("plan", "hang")
        service.send(signal.SIGHUP)
        service.wait_for("Reloading")
        assert service.ask()["generation"] == 1
        assert service.stop() == 0


def test_reloads_that_come_together_are_two_at_most(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 2}) as service:
        service.wait_started(2)
        for _ in range(20):
            service.send(signal.SIGHUP)
        service.wait_for("^Reloaded$")
        until(lambda: service.ask()["generation"] in {2, 3})
        assert service.stop() == 0
        assert service.log().count("Reloaded\n") <= 2


def test_a_version_that_is_ready_after_it_was_given_up(tmp_path: Path) -> None:
    """It is not taken for the one that serves, of which workers are started still."""
    with Service(tmp_path, options={"workers": 1, "outlives_failures": True}) as service:
        (pid,) = service.wait_started(1)
        service.write("start", "wait")
        service.send(signal.SIGHUP)
        service.wait_for("waits")
        service.write("plan", "fail")
        service.send(signal.SIGHUP)
        service.wait_for("Reload abandoned: there is a newer version")
        service.write("start", "")
        until(lambda: "Stopped worker" in service.log())
        service.send(signal.SIGHUP)
        service.wait_for("Reload abandoned: fail", 2)
        os.kill(pid, signal.SIGKILL)
        service.wait_started(1)
        assert service.ask()["generation"] == 1
        assert service.stop() == 0
