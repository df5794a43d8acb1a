"""What a child of the supervisor begins with, and what it does not have."""

import os
import signal
from pathlib import Path

import pytest

from tests.prefork.service import Service


def test_the_environment_and_descriptors_of_workers(tmp_path: Path) -> None:
    """A worker has no descriptors of its siblings: each has as many as the first one."""
    with Service(tmp_path, options={"workers": 4}) as service:
        service.wait_started(4)
        clients = [service.connect() for _ in range(4)]
        counts = [client.facts()["descriptors"] for client in clients]
        assert max(counts) - min(counts) <= 1, counts


def test_the_words_of_the_service_manager_are_not_for_workers(tmp_path: Path) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "nobody"), "LISTEN_FDS": "1"}
    for preload in (False, True):
        with Service(tmp_path, environment=environment, preload=preload) as service:
            service.wait_started(1)
            assert service.ask()["manager"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change")
@pytest.mark.parametrize("preload", [False, True])
def test_workers_have_another_user_and_the_supervisor_keeps_its_own(
    tmp_path: Path, preload: bool
) -> None:
    tmp_path.chmod(0o755)
    options = {"workers": 2, "user": 65534, "group": 65534, "umask": 0o027}
    with Service(tmp_path, options=options, preload=preload) as service:
        for pid in service.wait_started(2):
            status = Path(f"/proc/{pid}/status").read_text()
            assert "\nUid:\t65534\t65534\t65534\t65534\n" in status
            assert "\nGid:\t65534\t65534\t65534\t65534\n" in status
            assert "\nUmask:\t0027\n" in status
        assert Path(f"/proc/{service.process.pid}").stat().st_uid == 0
        service.send(signal.SIGHUP)
        service.wait_for("^Reloaded$")
        assert service.stop() == 0
