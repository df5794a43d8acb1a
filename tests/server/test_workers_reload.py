"""A server that watches its files: a new version is served, a broken one is outlived."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import ServerProcess

TEXT = """
VERSION = {version!r}

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({{"type": "lifespan.startup.complete"}})
        await receive()
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    body = VERSION.encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({{"type": "http.response.start", "status": 200, "headers": headers}})
    await send({{"type": "http.response.body", "body": body}})
"""
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1"}
TIMEOUT = 10.0


def write(folder: Path, version: str, fault: str = "") -> None:
    """Write a version of the application, all at once, as editors do."""
    new = folder / "new"
    new.write_text(TEXT.format(version=version) + fault, encoding="utf-8")
    new.replace(folder / "watched.py")


def served(server: ServerProcess) -> str:
    """Return the version that is served."""
    with Http1Client(server.endpoint) as client:
        return client.get("/").body.decode()


def wait_served(server: ServerProcess, version: str) -> None:
    """Wait until a version is served."""
    deadline = time.monotonic() + TIMEOUT
    while (found := served(server)) != version:
        if time.monotonic() > deadline:
            raise AssertionError(f"{found} is served:\n" + "\n".join(server.log))
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the application lies."""
    folder = tmp_path / "project"
    folder.mkdir()
    write(folder, "1")
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[ServerProcess]:
    """Run a server that watches its folder."""
    options = ("--reload", "--no-access-log")
    with ServerProcess("watched:app", *options, env=ENVIRONMENT, cwd=folder) as process:
        process.allows_traceback = True
        assert served(process) == "1"
        yield process


def test_a_good_one_then_a_broken_one_then_a_good_one(server: ServerProcess, folder: Path) -> None:
    write(folder, "2")
    wait_served(server, "2")
    mark = len(server.log)
    write(folder, "3", "raise RuntimeError('it is broken')")
    server.wait_line("it is broken", start=mark)
    assert served(server) == "2"
    write(folder, "4")
    wait_served(server, "4")


def test_other_files_are_none_of_its_business(server: ServerProcess, folder: Path) -> None:
    mark = len(server.log)
    (folder / "notes.txt").write_text("a", encoding="utf-8")
    (folder / ".hidden.py").write_text("a", encoding="utf-8")
    write(folder, "2")
    wait_served(server, "2")
    assert not any("notes.txt" in line for line in server.log[mark:])


def test_a_start_that_fails_is_outlived(folder: Path) -> None:
    write(folder, "1", "open('tried', 'w').close()\nraise RuntimeError('it is broken')")

    def mend() -> None:
        """Write a version that works; where it listens is said when there is one."""
        deadline = time.monotonic() + TIMEOUT
        while not (folder / "tried").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        write(folder, "2")

    mending = threading.Thread(target=mend)
    mending.start()
    try:
        with ServerProcess(
            "watched:app", "--reload", "--no-access-log", env=ENVIRONMENT, cwd=folder
        ) as server:
            server.allows_traceback = True
            wait_served(server, "2")
            assert any("it is broken" in line for line in server.log)
    finally:
        mending.join()


def test_folders_and_patterns(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "skipped").mkdir(parents=True)
    options = (
        *("--reload", "--no-access-log", "--reload-dir", str(other)),
        *("--reload-include", "*.toml", "--reload-exclude", "skipped/*"),
    )
    with ServerProcess("watched:app", *options, env=ENVIRONMENT, cwd=folder) as server:
        server.allows_traceback = True
        write(folder, "2")
        (other / "skipped" / "a.toml").write_text("a", encoding="utf-8")
        time.sleep(1)
        assert served(server) == "1"
        (other / "a.toml").write_text("a", encoding="utf-8")
        wait_served(server, "2")
