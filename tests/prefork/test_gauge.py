"""What is looked at once in a while, of real processes."""

import socket
import time
from pathlib import Path

from tests.prefork.service import Service


def test_max_memory_replaces_workers(tmp_path: Path) -> None:
    limit = 200 << 20
    with Service(tmp_path, options={"workers": 1, "max_memory": limit}) as service:
        (old,) = service.wait_started(1)
        service.connect(f"grow {limit}").facts()
        service.wait_for(rf"Stopped worker \[{old}\]")
        assert service.ask()["pid"] != old


def test_a_watchdog_has_its_sign_of_life_twice_in_its_time(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(30)
        environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "300000"}
        with Service(tmp_path, environment=environment) as service:
            service.wait_started(1)
            begin, signs = time.monotonic(), 0
            while signs < 10:
                signs += manager.recv(1000) == b"WATCHDOG=1"
            assert time.monotonic() - begin < 10
            assert service.stop() == 0
