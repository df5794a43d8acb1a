"""The supervisor with real processes: starts, signals, stops, and what it gives back."""

import socket
import sys
from pathlib import Path

import pytest

from tests.prefork.service import Client, Service, is_alive, until

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker outlives it")


def is_free(port: int) -> bool:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_serve_and_stop(tmp_path: Path, workers: int) -> None:
    with Service(tmp_path, options={"workers": workers}) as service:
        pids = service.wait_started(workers)
        assert service.ask()["pid"] in pids
        assert service.stop() == 0
        log = service.log()
        for pid in pids:
            assert f"Stopped worker [{pid}]" in log
            assert not is_alive(pid)
        with pytest.raises(ConnectionRefusedError):
            service.connect()


def test_the_first_start_that_fails_ends_it_with_the_worker_s_code(tmp_path: Path) -> None:
    (tmp_path / "start").write_text("exit 7")
    with Service(tmp_path, options={"workers": 3}) as service:
        assert service.wait() == 7
        assert service.log().count("ended with code 7") >= 1
        assert service.log().strip().splitlines()[-1]


def test_an_exception_in_a_worker_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "start").write_text("raise no-database")
    with Service(tmp_path, options={"workers": 3}) as service:
        assert service.wait() == 1
        assert service.log().count("ValueError: no-database") == 1


def test_a_crash_loop_ends_it_with_code_4_and_a_clear_last_line(tmp_path: Path) -> None:
    (tmp_path / "start").write_text("crash-later 9")
    with Service(tmp_path, options={"workers": 1}) as service:
        assert service.wait() == 4
        last = service.log().strip().splitlines()[-1]
        assert "again" in last or "crash" in last.lower() or "row" in last


@pytest.mark.parametrize("preload", [False, True])
def test_orphans_finish_and_free_the_port(tmp_path: Path, preload: bool) -> None:
    with Service(tmp_path, options={"workers": 2}, preload=preload, linger=60) as service:
        pids = service.wait_started(2)
        client = service.connect()
        client.facts()
        port = service.port
        service.process.kill()
        service.process.wait()
        assert client.echoes()
        client.close()
        until(lambda: not any(map(is_alive, pids)), "the end of the workers")
        # A process may be a zombie a moment before its last thread has let go of its files.
        until(lambda: is_free(port), "the freeing of the port")


@linux_only
@pytest.mark.parametrize("preload", [False, True])
def test_an_orphan_that_is_not_ready_ends_at_once(tmp_path: Path, preload: bool) -> None:
    (tmp_path / "start").write_text("wait")
    with Service(tmp_path, options={"workers": 1}, preload=preload) as service:
        service.wait_for("^waits$")
        service.process.kill()
        service.process.wait()
        until(lambda: not service.left(), "the end of the worker")


@pytest.mark.slow
def test_a_blocked_orphan_frees_the_port_too(tmp_path: Path) -> None:
    options = {"workers": 2, "heartbeat_timeout": 0.5, "stop_timeout": 0.5}
    with Service(tmp_path, options=options) as service:
        pids = service.wait_started(2)
        service.connect("block")
        service.wait_for("^blocked$")
        service.process.kill()
        service.process.wait()
        until(lambda: not any(map(is_alive, pids)), "the end of the workers")


def test_the_pid_file(tmp_path: Path) -> None:
    path = tmp_path / "service.pid"
    path.write_text("4194305\n")
    with Service(tmp_path, pid_file=str(path)) as service:
        service.wait_started(1)
        assert path.read_text() == f"{service.process.pid}\n"
        (tmp_path / "second").mkdir()
        with Service(tmp_path / "second", pid_file=str(path)) as second:
            assert second.wait() == 1
            assert f"belongs to process {service.process.pid}" in second.log()
        assert path.read_text() == f"{service.process.pid}\n"
        assert service.stop() == 0
        assert not path.exists()


def test_unix_sockets_are_served_and_unlinked(tmp_path: Path) -> None:
    path = tmp_path / "echo.sock"
    with Service(tmp_path, options={"workers": 2}, unix=str(path)) as service:
        service.wait_started(2)
        client = Client(str(path))
        client.facts()
        assert client.echoes()
        client.close()
        assert service.stop() == 0
        assert not path.exists()
