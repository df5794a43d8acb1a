"""Disk and descriptors run out, under constant load where there is one already."""

import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.server.chaos.processes import descriptors, free_descriptor, processor_time
from tests.server.chaos.siege import siege
from tests.server.process import COMMAND, COMPLAINT, run_to_end
from tests.server.reload.supervised import write_version

SHARE = 0.6
"""Of a core that a supervisor without descriptors uses at most: it waits, it does not ask again."""

SHORTAGE = 1.0
"""Seconds."""
ROOM = 2
"""Connections more than now that a worker has descriptors for."""
CONNECTIONS = 16
"""More than there is room for."""

SMALL = (
    "import os, resource, sys;"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""Runs a program that cannot write a byte to a file, as on a disk that is full."""


@contextmanager
def limited(pid: int, kind: int, limit: int) -> Iterator[None]:
    """Limit a process that runs."""
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (limit, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, before)


def test_no_room_for_the_pid_file(tmp_path: Path) -> None:
    """The server does not start, says why in its last line, and leaves no file and no process."""
    pid_file = tmp_path / "pid"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, _, errors = run_to_end(
        *("tests.server.apps:app", "--workers", "2", "--pid", str(pid_file)),
        *("--bind", f"127.0.0.1:{port}"),
        command=(sys.executable, "-B", "-c", SMALL, *COMMAND),
    )
    assert code not in {0, -signal.SIGXFSZ}, errors
    assert not COMPLAINT.search(errors), errors
    assert str(pid_file) in errors.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.slow
def test_the_disk_is_full_while_the_server_runs(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0")
    pid_file = tmp_path / "pid"
    with siege(tmp_path, "--pid", str(pid_file), workers=2, is_rolling=True) as found:
        assert pid_file.read_text().strip() == str(found.server.pid)
        write_version(tmp_path, "1.0")
        with limited(found.server.pid, resource.RLIMIT_FSIZE, 0):
            victims = found.server.workers
            found.server.reload()
            found.load.expect("1.0")
            found.load.wait_answers(50, "1.0")
            found.wait_workers(set(victims))
            assert pid_file.read_text().strip() == str(found.server.pid)
    assert not pid_file.exists()


@pytest.mark.slow
def test_no_descriptor_is_left_in_the_supervisor(tmp_path: Path) -> None:
    """It goes on with the one it has spared, and is not busy with asking for others."""
    write_version(tmp_path, "0.0")
    with siege(tmp_path) as found:
        server = found.server
        with limited(server.pid, resource.RLIMIT_NOFILE, free_descriptor(server.pid)):
            start, used = time.monotonic(), processor_time(server.pid)
            found.load.wait_answers(200)
            # A worker cannot be started now; that is tried again.
            victim = server.workers[0]
            found.kill(victim)
            found.load.wait_answers(200)
            share = (processor_time(server.pid) - used) / (time.monotonic() - start)
        found.wait_workers({victim})
        found.load.wait_answers(100)
    print(f"{share:.0%} of a core")  # noqa: T201
    assert share < SHARE


@pytest.mark.slow
def test_no_descriptor_is_left_in_a_worker(tmp_path: Path) -> None:
    """What it cannot take is given to another one."""
    write_version(tmp_path, "0.0")
    with siege(tmp_path) as found:
        pid = found.server.workers[0]
        with limited(pid, resource.RLIMIT_NOFILE, free_descriptor(pid)):
            found.load.wait_answers(300)
        found.load.wait_answers(100)


@pytest.mark.slow
def test_no_descriptor_is_left_in_any_worker(tmp_path: Path) -> None:
    """New connections wait until there is room, which nobody asks for without end."""
    write_version(tmp_path, "0.0")
    with siege(tmp_path) as found, ExitStack() as limits:
        server = found.server
        for pid in server.workers:
            limit = max(descriptors(pid)) + 1 + ROOM
            limits.enter_context(limited(pid, resource.RLIMIT_NOFILE, limit))
        start, used = time.monotonic(), processor_time(server.pid)
        with ExitStack() as waiting:
            for _ in range(CONNECTIONS):
                waiting.enter_context(socket.create_connection(server.endpoint))
            time.sleep(SHORTAGE)
        share = (processor_time(server.pid) - used) / (time.monotonic() - start)
        found.load.wait_answers(100)
        limits.close()
        found.load.wait_answers(100)
    print(f"{share:.0%} of a core")  # noqa: T201
    assert share < SHARE
