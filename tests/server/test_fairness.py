"""Whoever is busy does not hold up another connection.

The bound is 20 ms. An answer's time is the processor time that the server used between request and
answer: it never rests in these tests, so that on a machine of its own this is the time that passes,
and on a shared one it leaves out what others had. Each figure is the median over rounds of the
worst answer in the round: a server that is unfair is late in every round, by hundreds of ms.
"""

import json
import statistics
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess
from tests.server.programs import find

BOUND = 0.020
ROUNDS = 5
PROBES = 4
BUSY_STREAMS = 255


def worst(server: ServerProcess, probe: Callable[[], object]) -> float:
    """Return the longest of some requests in a row, in seconds of the server's processor time."""
    durations = []
    for _ in range(PROBES):
        start = server.processor_time()
        probe()
        durations.append(server.processor_time() - start)
    return max(durations)


@contextmanager
def burst(server: ServerProcess) -> Iterator[None]:
    """Put 255 streams that each take 1.5 ms of the processor before the server in one write."""
    with H2Client(server.endpoint, window=LARGEST_WINDOW, is_generous=False) as client:
        client.get("/")
        streams = [client.request("/busy?ms=1.5") for _ in range(BUSY_STREAMS)]
        client.flush()
        yield
        assert {client.response(stream).status for stream in streams} == {200}


@pytest.mark.slow
def test_255_busy_streams_and_an_http2_connection() -> None:
    with ServerProcess(APP) as server, H2Client(server.endpoint) as other:
        other.get("/")
        rounds = []
        for _ in range(ROUNDS):
            with burst(server):
                rounds.append(worst(server, lambda: other.get("/")))
    assert statistics.median(rounds) < BOUND, rounds


@pytest.mark.slow
def test_255_busy_streams_and_an_http1_connection() -> None:
    with ServerProcess(APP) as server, Http1Client(server.endpoint) as other:
        other.get("/")
        rounds = []
        for _ in range(ROUNDS):
            with burst(server):
                rounds.append(worst(server, lambda: other.get("/")))
    assert statistics.median(rounds) < BOUND, rounds


@pytest.mark.slow
def test_255_busy_streams_and_new_connections() -> None:
    def connect_and_get() -> None:
        with Http1Client(server.endpoint) as other:
            other.get("/")

    with ServerProcess(APP) as server:
        rounds = []
        for _ in range(ROUNDS):
            with burst(server):
                rounds.append(worst(server, connect_and_get))
    assert statistics.median(rounds) < BOUND, rounds


def test_20_000_pipelined_requests_and_another_connection() -> None:
    count = 20_000
    with ServerProcess(APP, "--no-access-log") as server, Http1Client(server.endpoint) as other:
        other.get("/")
        rounds = []
        for _ in range(3):
            with Http1Client(server.endpoint) as client:
                client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n" * (count - 1))
                client.request("/", "Connection: close")
                rounds.append(worst(server, lambda: other.get("/")))
                assert client.rest().count(b"hello") == count
    assert statistics.median(rounds) < BOUND, rounds


def test_a_body_in_chunks_of_one_byte_and_another_connection() -> None:
    count = 100_000
    with ServerProcess(APP, "--no-access-log") as server, Http1Client(server.endpoint) as other:
        other.get("/")
        rounds = []
        for _ in range(ROUNDS):
            with Http1Client(server.endpoint) as client:
                client.request("/count", "Transfer-Encoding: chunked", method="POST")
                client.send(b"1\r\nx\r\n" * count)
                rounds.append(worst(server, lambda: other.get("/")))
                client.send(b"0\r\n\r\n")
                assert json.loads(client.response().body)["bytes"] == count
    assert statistics.median(rounds) < BOUND, rounds


@pytest.mark.parametrize("flag", ["--http2-prior-knowledge", "--http1.1"])
@pytest.mark.parametrize("chunk", [1, 1_000, 65_536, 1 << 20])
def test_endless_stream_into_an_open_window(flag: str, chunk: int) -> None:
    with (
        ServerProcess(APP) as server,
        Http1Client(server.endpoint) as control,
        Http1Client(server.endpoint) as other,
    ):
        reader = subprocess.Popen(
            [
                *(find("curl"), "--silent", flag, "--output", "/dev/null"),
                f"{server.url}/download?name=it&chunk={chunk}",
            ]
        )
        try:
            while not control.get_json("/moved?name=it"):
                pass
            rounds = [worst(server, lambda: other.get("/")) for _ in range(ROUNDS)]
            before = control.get_json("/moved?name=it")
            while control.get_json("/moved?name=it") == before:
                pass
        finally:
            reader.kill()
            reader.wait()
        assert control.get("/outcome?name=it").body == b"OSError"
    assert statistics.median(rounds) < BOUND, rounds
