"""The processes themselves: number, user, mask, listeners, imports, and how they end."""

import grp
import os
import pwd
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess, run_to_end
from tests.server.workers import APP, Workers, begin, wait_gone

BIND = ("--bind", "127.0.0.1:0")


class TestPidFile:
    def test_it_holds_the_supervisor_and_goes_with_it(self, tmp_path: Path) -> None:
        path = tmp_path / "h2corn.pid"
        with Workers("--pid", str(path)) as server:
            assert path.read_text(encoding="ascii").strip() == str(server.pid)
        assert not path.exists()

    def test_that_of_a_dead_process_is_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "h2corn.pid"
        with Workers("--pid", str(path), count=1) as server:
            (worker,) = server.workers
            server.kill_supervisor()
            wait_gone(worker)
        assert path.exists()
        with Workers("--pid", str(path), count=1) as server:
            assert path.read_text(encoding="ascii").strip() == str(server.pid)

    def test_that_of_a_living_process_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "h2corn.pid"
        with Workers("--pid", str(path), count=1) as server:
            code, _, errors = run_to_end(APP, *BIND, "--pid", str(path))
            assert code != 0
            assert str(path) in errors
            assert "Traceback" not in errors
            assert path.read_text(encoding="ascii").strip() == str(server.pid)


@pytest.mark.parametrize("options", [[], ["--preload"]], ids=["", "preload"])
def test_a_worker_collects_garbage_but_not_what_was_loaded_before_it(options: list[str]) -> None:
    with Workers(*options) as server:
        process = server.ask("/process")
    assert process["collects"]
    assert process["left_alone"] > 1000


@pytest.fixture
def readable() -> Iterator[Path]:
    """Return a folder with an application that everybody can read, and that imports nothing new.

    The interpreter itself may be where only root can read.
    """
    with tempfile.TemporaryDirectory(prefix="h2corn-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "whoami.py").write_text(WHO_AM_I, encoding="utf-8")
        yield folder


WHO_AM_I = """
import os

async def app(scope, receive, send):
    assert scope["type"] == "http"
    body = "%d %d %s" % (os.getuid(), os.getgid(), os.getgroups())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
class TestPrivileges:
    @pytest.mark.parametrize("group", [None, "daemon"])
    @pytest.mark.parametrize("kind", [[], ["--preload"]], ids=["", "preload"])
    def test_workers_are_somebody_else(
        self, group: str | None, kind: list[str], readable: Path
    ) -> None:
        nobody = pwd.getpwnam("nobody")
        wanted = nobody.pw_gid if group is None else grp.getgrnam(group).gr_gid
        options = ["--loop", "asyncio", "--user", "nobody", *kind]
        options += ["--group", group] if group else []
        with Workers(*options, target="whoami:app", cwd=readable) as server:
            with Http1Client(server.endpoint) as client:
                user, main_group, groups = client.get("/").body.decode().split(" ", 2)
            assert (int(user), int(main_group)) == (nobody.pw_uid, wanted)
            assert "0" not in groups.strip("[]").split(", ")
            assert Path(f"/proc/{server.pid}").stat().st_uid == 0
            old = server.workers
            server.signal(signal.SIGHUP)
            server.wait_replaced(old)

    def test_a_reload_names_what_does_not_change(self, readable: Path) -> None:
        # The user that workers run as need not be able to read it.
        path = readable / "options.toml"
        path.touch(mode=0o600)
        path.write_text('user = "nobody"\nbind = ["127.0.0.1:0"]\n', encoding="utf-8")
        options = ["--loop", "asyncio", "--config", str(path)]
        with ServerProcess("whoami:app", *options, bind=(), cwd=readable) as server:
            text = 'user = "daemon"\nworkers = 2\nbind = ["127.0.0.1:1"]\n'
            path.write_text(text, encoding="utf-8")
            server.signal(signal.SIGHUP)
            for name in ("user", "group", "bind"):
                server.wait_line(rf"warning: .*\b{name}\b.* does not change")
            server.wait_line("^Reloaded$")
            # The old one, and two new ones.
            server.wait_line(r"^Started worker", skip=2)
            with Http1Client(server.endpoint) as client:
                nobody = str(pwd.getpwnam("nobody").pw_uid)
                assert client.get("/").body.decode().split(" ", 1)[0] == nobody

    def test_only_the_group(self) -> None:
        with Workers("--group", "daemon", count=1) as server:
            process = server.ask("/process")
            assert (process["user"], process["group"]) == (0, grp.getgrnam("daemon").gr_gid)

    def test_a_unix_socket_belongs_to_them(self, readable: Path) -> None:
        path = readable / "socket"
        options = ("--loop", "asyncio", "--user", "nobody", "--uds-permissions", "600")
        with Workers(*options, bind=(f"unix:{path}",), target="whoami:app", cwd=readable):
            status = path.stat()
            assert status.st_uid == pwd.getpwnam("nobody").pw_uid
            assert stat.S_IMODE(status.st_mode) == 0o600
        assert not path.exists()


class TestIdentity:
    @pytest.mark.parametrize("option", ["--user", "--group"])
    def test_nobody_of_that_name(self, option: str) -> None:
        code, _, errors = run_to_end(APP, *BIND, option, "no-such-name")
        assert code not in {0, 1}
        assert "no-such-name" in errors
        assert "Traceback" not in errors

    def test_the_mask_of_new_files(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        with Workers("--umask", "027") as server:
            assert server.ask("/process")["umask"] == 0o027
            server.ask(f"/touch?path={path}")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_listener_for_each() -> None:
    with Workers("--reuse-port", count=3) as server:
        table = Path("/proc/net/tcp").read_text(encoding="ascii")
        port = f":{server.endpoint[1]:04X}"
        listening = [
            line
            for line in table.splitlines()
            if line.split()[1].endswith(port) and line.split()[3] == "0A"
        ]
        assert len(listening) >= 3
        seen: set[int] = set()
        deadline = time.monotonic() + 10
        while seen != set(server.workers) and time.monotonic() < deadline:
            seen.add(server.ask())
        assert seen == set(server.workers)
        old = server.workers
        server.signal(signal.SIGHUP)
        server.wait_replaced(old)
        assert server.ask() in server.workers


class TestPreload:
    def test_the_application_is_imported_once(self) -> None:
        with Workers("--preload", count=2) as server, Http1Client(server.endpoint) as client:
            busy = begin(client, "/wait")
            processes = [server.ask("/process") for _ in range(4)]
            (imported_by,) = {process["imported_by"] for process in processes}
            assert imported_by not in {server.pid, *server.workers}
            assert busy in server.workers
            # Once the process between is gone, which may end after its worker has begun to serve.
            deadline = time.monotonic() + 10
            while server.ask("/process")["parent"] != server.pid:
                assert time.monotonic() < deadline

    def test_a_reload_imports_it_anew(self) -> None:
        with Workers("--preload") as server:
            before = server.ask("/process")["imported_by"]
            old = server.workers
            server.signal(signal.SIGHUP)
            server.wait_replaced(old)
            after = server.ask("/process")["imported_by"]
            assert after not in {before, server.pid, *server.workers}
            wait_gone(before)

    def test_a_killed_worker_comes_from_the_same_import(self) -> None:
        with Workers("--preload") as server:
            before = server.ask("/process")["imported_by"]
            old = server.workers
            os.kill(old[0], signal.SIGKILL)
            server.wait_workers(lambda found: old[0] not in found and len(found) == 2)
            with Http1Client(server.endpoint) as one, Http1Client(server.endpoint) as other:
                assert {begin(one, "/wait"), begin(other, "/wait")} == set(server.workers)
            assert server.ask("/process")["imported_by"] == before


@pytest.mark.parametrize("options", [[], ["--preload"]], ids=["", "preload"])
class TestFailingStarts:
    @pytest.mark.parametrize(
        ("target", "part", "tracebacks"),
        [
            ("tests.server.nowhere:app", "nowhere", 0),
            ("tests.server.broken:app", "no such database", 1),
        ],
    )
    def test_of_an_import(
        self, target: str, part: str, tracebacks: int, options: list[str]
    ) -> None:
        code, _, errors = run_to_end(target, *BIND, "--workers", "2", *options)
        assert code == 1
        assert errors.count("error: ") == 1, errors
        assert errors.count("Traceback") == tracebacks, errors
        assert part in errors.splitlines()[-1]

    def test_of_a_lifespan(self, options: list[str]) -> None:
        target = "tests.server.worker_apps:fails_to_start"
        code, _, errors = run_to_end(target, *BIND, "--workers", "2", *options)
        assert code == 3
        assert errors.count("the database is away") == 1, errors
        assert "Traceback" not in errors


def test_workers_that_crash_again_and_again_are_the_end() -> None:
    server = Workers(count=1)
    try:
        (pid,) = server.workers
        for _ in range(4):
            os.kill(pid, signal.SIGKILL)
            (pid,) = server.wait_replaced([pid])
        os.kill(pid, signal.SIGKILL)
        assert server.wait() == 4
    finally:
        server.kill_all()
    assert server.log[-1].startswith("error: ")


def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, errors = run_to_end(APP, "--bind", address, "--workers", "2")
    assert code == 1
    assert len(errors.splitlines()) == 1, errors
    assert address in errors


def test_workers_that_die_again_and_again_are_given_up() -> None:
    target = "tests.server.worker_apps:dies_young"
    code, _, errors = run_to_end(target, *BIND, "--workers", "2")
    assert code == 4
    assert errors.count("ended with code 7") >= 7
    assert "Traceback" not in errors
    assert "worker" in errors.splitlines()[-1], errors
