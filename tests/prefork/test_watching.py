"""The watcher with real processes: changes become reloads, and its end harms nobody."""

import os
import signal
from pathlib import Path

from tests.prefork.service import Service, is_alive, until


def test_a_change_is_named_and_reloads(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}, watch=True) as service:
        (old,) = service.wait_started(1)
        until(lambda: "watching" in service.log())
        service.write("watch", "views.py")
        service.wait_for("views.py")
        service.wait_for("^Reloaded$")
        assert service.ask()["pid"] != old
        children = service.pids()
        assert service.stop() == 0
        until(lambda: not any(map(is_alive, children)))


def test_a_failed_version_waits_for_the_next_change(tmp_path: Path) -> None:
    options = {"workers": 1, "outlives_failures": True}
    (tmp_path / "start").write_text("raise first-try")
    with Service(tmp_path, options=options, watch=True) as service:
        service.wait_for("ValueError: first-try")
        until(lambda: "watching" in service.log())
        service.write("start", "")
        service.write("watch", "fixed.py")
        service.wait_started(1)
        assert service.ask()["generation"] == 2
        assert service.stop() == 0


def test_a_watcher_that_ends_is_told_and_the_service_goes_on(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}, watch=True) as service:
        (pid,) = service.wait_started(1)
        until(lambda: "watching" in service.log())
        service.write("watch", "end")
        service.wait_for("changes will not be seen any more: the watcher ended with code 0$")
        assert service.ask()["pid"] == pid
        assert service.stop() == 0


def test_a_watcher_that_is_killed_is_told_and_the_service_goes_on(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}, watch=True) as service:
        (pid,) = service.wait_started(1)
        until(lambda: "watching" in service.log())
        (watcher,) = {*service.pids()} - {pid}
        os.kill(watcher, signal.SIGKILL)
        service.wait_for("changes will not be seen any more: the watcher was killed by SIGKILL$")
        assert service.ask()["pid"] == pid
        assert service.stop() == 0
