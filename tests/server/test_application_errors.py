"""An application that fails: its own exchange ends, the log has the traceback, others live."""

from collections.abc import Iterator

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

INTERNAL_ERROR = 2


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    with ServerProcess(APP) as process:
        process.allows_traceback = True
        yield process


def test_http2_raises_before_the_response(server: ServerProcess) -> None:
    with H2Client(server.endpoint) as client:
        answer = client.get("/raise-before")
        assert (answer.status, answer.is_complete) == (500, True)
        assert answer.body == b"Internal Server Error"
        server.wait_line("^Traceback")
        server.wait_line("RuntimeError: failed before the response")
        server.wait_line(r'"GET /raise-before HTTP/2" 500')
        assert client.get("/").body == b"hello"


def test_http1_raises_before_the_response(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as client:
        answer = client.get("/raise-before")
        assert (answer.status, answer.body) == (500, b"Internal Server Error")
        server.wait_line("^Traceback")
        server.wait_line("RuntimeError: failed before the response")
        server.wait_line(r'"GET /raise-before HTTP/1.1" 500')
    with Http1Client(server.endpoint) as client:
        assert client.get("/").body == b"hello"


def test_http2_raises_after_the_start(server: ServerProcess) -> None:
    with H2Client(server.endpoint) as client:
        other = client.request("/echo", method="POST", end=False)
        client.send(other, b"one ")
        client.read_until(lambda: client.responses[other].body == b"one ")
        answer = client.get("/raise-after")
        assert (answer.status, answer.reset) == (200, INTERNAL_ERROR)
        server.wait_line("RuntimeError: failed after the start")
        client.send(other, b"two", end=True)
        assert client.response(other).body == b"one two"
        assert client.goaways == []


def test_http1_raises_after_the_start(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as other, Http1Client(server.endpoint) as client:
        answer = client.get("/raise-after")
        assert (answer.status, answer.body, answer.is_complete) == (200, b"half", False)
        assert client.rest() == b""
        server.wait_line("RuntimeError: failed after the start")
        assert other.get("/").body == b"hello"


@pytest.mark.parametrize("path", ["/silent", "/half"])
def test_returns_without_a_whole_response(server: ServerProcess, path: str) -> None:
    with H2Client(server.endpoint) as client:
        answer = client.get(path)
        if path == "/silent":
            assert (answer.status, answer.is_complete) == (500, True)
        else:
            assert (answer.status, answer.reset) == (200, INTERNAL_ERROR)
        assert client.get("/").body == b"hello"
    with Http1Client(server.endpoint) as http1:
        plain = http1.get(path)
        assert plain.status == (500 if path == "/silent" else 200)
        assert plain.is_complete == (path == "/silent")
    # Banner, address, hint, three access lines, and a word about each of the two failures.
    server.wait_line("", 7)


def test_256_failures_on_one_connection(server: ServerProcess) -> None:
    with H2Client(server.endpoint) as client:
        streams = [client.request("/raise-before") for _ in range(256)]
        client.flush()
        assert {client.response(stream).status for stream in streams} == {500}
        assert client.get("/").body == b"hello"


def test_startup_that_fails() -> None:
    with pytest.raises(AssertionError, match="the database is away"):
        ServerProcess("tests.server.apps:refuses_to_start")
