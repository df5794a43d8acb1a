"""Files on both protocols and both loops: whole, in bounded memory, and cut off in time."""

import hashlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.process import MIB, ServerProcess
from tests.server.programs import curl

APP = "tests.server.extension_apps:app"
SIZE = 100 * MIB
FLAGS = ["--http2-prior-knowledge", "--http1.1"]
LOOPS = ["asyncio", "uvloop"]

over_both = pytest.mark.parametrize("flag", FLAGS)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "large"
    with path.open("wb") as out:
        for _ in range(SIZE // MIB):
            out.write(os.urandom(MIB))
    return path


@pytest.fixture(scope="module", params=LOOPS)
def server(request: pytest.FixtureRequest, file: Path) -> Iterator[ServerProcess]:
    with serving(file, "--loop", request.param) as server:
        yield server


def serving(file: Path, *options: str) -> ServerProcess:
    return ServerProcess(APP, *options, env={"TESTED_FILE": str(file)})


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def descriptors(server: ServerProcess) -> int:
    """Count the descriptors of the server that are regular files."""
    found = 0
    for entry in Path(f"/proc/{server.worker_pid}/fd").iterdir():
        try:
            found += entry.readlink().name == "large"
        except FileNotFoundError:
            continue
    return found


@over_both
def test_a_large_file_in_little_memory(
    server: ServerProcess, file: Path, tmp_path: Path, flag: str
) -> None:
    curl(flag, f"{server.url}/say?warm")
    out = tmp_path / "out"
    with server.memory_growth() as growth:
        head = curl(flag, "-D", "-", "-o", str(out), f"{server.url}/path")
    assert f"content-length: {SIZE}" in head
    assert digest(out) == digest(file)
    assert growth[0] < 8 * MIB
    assert descriptors(server) == 0


@over_both
def test_parts_of_a_file_among_others(
    server: ServerProcess, file: Path, tmp_path: Path, flag: str
) -> None:
    out = tmp_path / "out"
    curl(flag, "-o", str(out), f"{server.url}/parts")
    data = file.read_bytes()
    assert out.read_bytes() == data[:1000] + b"between" + data[1000:]


@over_both
def test_file_that_is_missing(server: ServerProcess, flag: str) -> None:
    assert curl(flag, f"{server.url}/missing") == "instead"


@over_both
def test_head_of_a_file(server: ServerProcess, flag: str) -> None:
    head = curl(flag, "--head", f"{server.url}/path")
    assert f"content-length: {SIZE}" in head


def test_request_behind_a_file_is_answered_behind_it(server: ServerProcess, file: Path) -> None:
    with Http1Client(server.endpoint) as client:
        client.request("/path")
        client.request("/say?behind")
        client.request("/path")
        client.request("/say?again")
        for word in (b"behind", b"again"):
            assert hashlib.sha256(client.response().body).hexdigest() == digest(file)
            assert client.response().body == word


def test_others_are_served_meanwhile(server: ServerProcess) -> None:
    with Http1Client(server.endpoint, receive_buffer=4096) as slow:
        slow.request("/path")
        assert slow.head().status == 200
        for _ in range(3):
            with Http1Client(server.endpoint) as other:
                assert other.get("/say?hello").body == b"hello"


@pytest.mark.parametrize("version", ["1", "2"])
def test_client_leaves_in_the_middle(server: ServerProcess, version: str) -> None:
    name = f"leaves-{version}-{time.monotonic_ns()}"
    if version == "1":
        with Http1Client(server.endpoint, receive_buffer=4096) as plain:
            plain.request(f"/path?name={name}")
            assert plain.head().status == 200
    else:
        with H2Client(server.endpoint, is_generous=False) as client:
            stream = client.request(f"/path?name={name}")
            client.flush()
            client.read_until(lambda: client.responses[stream].size > 0)
    with Http1Client(server.endpoint) as other:
        assert other.get(f"/ended?name={name}").body == b"ClientDisconnected"
        assert other.get("/say?on").body == b"on"
    assert descriptors(server) == 0


@pytest.mark.parametrize("loop", LOOPS)
def test_client_that_stalls_is_cut_off(file: Path, loop: str) -> None:
    with (
        serving(file, "--loop", loop, "--timeout-write", "1") as server,
        Http1Client(server.endpoint, receive_buffer=4096) as slow,
    ):
        slow.request("/path?name=slow")
        assert slow.head().status == 200
        with Http1Client(server.endpoint) as other:
            assert other.get("/ended?name=slow").body == b"ClientDisconnected"
        server.wait_line("the client does not read")
        assert descriptors(server) == 0


@pytest.mark.slow
@pytest.mark.parametrize("loop", LOOPS)
def test_client_that_reads_slowly_is_not_cut_off(file: Path, loop: str) -> None:
    with (
        serving(file, "--loop", loop, "--timeout-write", "1") as server,
        Http1Client(server.endpoint, receive_buffer=65536) as slow,
    ):
        slow.request("/path")
        assert slow.head().status == 200
        start = time.monotonic()
        size = 0
        while time.monotonic() - start < 3:
            size += len(slow.read(65536))
            time.sleep(0.01)
        while size < SIZE and (data := slow.read(1 << 20)):
            size += len(data)
        assert size == SIZE


@over_both
@pytest.mark.parametrize("loop", LOOPS)
def test_file_under_way_is_finished_at_a_stop(
    file: Path, loop: str, flag: str, tmp_path: Path
) -> None:
    with serving(file, "--loop", loop) as server, Http1Client(server.endpoint) as client:
        if flag == "--http1.1":
            client.request("/path")
            answer = client.head()
            server.signal(signal.SIGTERM)
            assert hashlib.sha256(client.rest_of(answer)).hexdigest() == digest(file)
            assert client.rest() == b""
        else:
            with H2Client(server.endpoint, window=1 << 20) as other:
                stream = other.request("/path")
                other.flush()
                other.read_until(lambda: other.responses[stream].size > 0)
                server.signal(signal.SIGTERM)
                assert other.response(stream).size == SIZE
        assert server.wait() == 0


@pytest.mark.parametrize("loop", LOOPS)
def test_file_that_does_not_end_is_cancelled_at_a_stop(file: Path, loop: str) -> None:
    with (
        serving(file, "--loop", loop, "--timeout-graceful-shutdown", "1") as server,
        Http1Client(server.endpoint, receive_buffer=4096) as slow,
        H2Client(server.endpoint, window=LARGEST_WINDOW, receive_buffer=4096) as other,
    ):
        slow.request("/path?name=one")
        assert slow.head().status == 200
        other.request("/path?name=two")
        other.flush()
        other.socket.recv(1, socket.MSG_PEEK)
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert time.monotonic() - start < 8
