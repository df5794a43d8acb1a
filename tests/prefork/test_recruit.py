"""Starts of workers that fail for want of something, with real processes."""

import os
import resource
import signal
from pathlib import Path

import pytest

from tests.prefork.service import Service


@pytest.mark.parametrize("preload", [False, True])
def test_without_descriptors_for_a_channel_it_is_tried_again(tmp_path: Path, preload: bool) -> None:
    with Service(tmp_path, options={"workers": 2}, preload=preload) as service:
        pids = service.wait_started(2)
        pid = service.process.pid
        # Taken, so that those of the dead worker do not suffice for a new one.
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        os.kill(pids[0], signal.SIGKILL)
        service.wait_for("a worker could not be started: too many open files$")
        assert service.process.poll() is None
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        service.wait_started(1)
        assert service.stop() == 0


def test_a_slot_without_descriptors_for_its_listeners_is_given_up(tmp_path: Path) -> None:
    with Service(tmp_path, options={"workers": 1}, reuse_port=True) as service:
        service.wait_started(1)
        pid = service.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        service.send(signal.SIGTTIN)
        service.wait_for("a worker could not be started: cannot listen on .*: too many open files$")
        service.send(signal.SIGTTOU)
        service.wait_for("The number of workers is now 1")
        service.send(signal.SIGTTIN)
        service.wait_for("a worker could not be started: cannot listen on .*: too many open files$")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        service.wait_started(1)
        assert service.stop() == 0
