"""What the service manager hears, by a socket of our own in its place."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefork._notify import Notifier


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "notify")


@pytest.fixture
def manager(path: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        sock.settimeout(10)
        yield sock


def test_each_word(manager: socket.socket, path: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path})
    notifier.ready()
    notifier.stopping()
    notifier.alive()
    words = [manager.recv(1000) for _ in range(3)]
    assert words == [b"READY=1", b"STOPPING=1", b"WATCHDOG=1"]
    notifier.close()
    notifier.close()
    notifier.ready()


def test_a_reload_has_its_time(manager: socket.socket, path: str) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier = Notifier({"NOTIFY_SOCKET": path})
    notifier.reloading()
    notifier.close()
    first, second = manager.recv(1000).decode().split("\n")
    assert first == "RELOADING=1"
    name, microseconds = second.split("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(microseconds) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets")
def test_an_abstract_socket() -> None:
    name = f"prefork-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name}")
        sock.settimeout(10)
        notifier = Notifier({"NOTIFY_SOCKET": f"@{name}"})
        notifier.ready()
        notifier.close()
        assert sock.recv(1000) == b"READY=1"


@pytest.mark.parametrize("address", ["", "vsock:2:9999", "relative/path"])
def test_without_a_manager_nothing_happens(address: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    assert notifier.watchdog_interval is None
    notifier.ready()
    notifier.close()


def test_a_manager_that_is_gone_is_no_error(path: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path})
    notifier.ready()
    notifier.close()


def test_a_manager_that_does_not_read_never_blocks(manager: socket.socket, path: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path})
    for _ in range(10_000):
        notifier.alive()
    notifier.close()
    assert manager.recv(1000) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("pid", "microseconds", "interval"),
    [
        (str(os.getpid()), "3000000", 1.5),
        ("", "3000000", 1.5),
        ("1", "3000000", None),
        ("", "", None),
        ("", "0", None),
        ("", "soon", None),
    ],
    ids=["ours", "anybody's", "another's", "none", "zero", "nonsense"],
)
def test_the_interval_of_the_watchdog(
    path: str, pid: str, microseconds: str, interval: float | None
) -> None:
    environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": microseconds, "WATCHDOG_PID": pid}
    notifier = Notifier(environment)
    notifier.close()
    assert notifier.watchdog_interval == interval
