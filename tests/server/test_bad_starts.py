"""Connections that start with something else end at once, with one line in the log."""

import socket
import ssl
import struct
from collections.abc import Iterator

import pytest

from tests.server.h2client import GOAWAY, PING, PREFACE, SETTINGS, H2Client, frame
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

PROTOCOL_ERROR = 1


def tls_hello() -> bytes:
    """Return what a TLS client says first."""
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


STARTS = {
    "garbage": b"\x00\xff\x80garbage\r\n\r\n" * 5,
    "text": b"hello, is this the server?\r\n\r\n",
    "tls": tls_hello(),
    "almost a preface": PREFACE.replace(b"SM", b"MS"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with ServerProcess(APP, "--no-access-log") as process:
        yield process


@pytest.fixture(scope="module")
def http2_only() -> Iterator[ServerProcess]:
    with ServerProcess(APP, "--no-access-log", "--no-http1") as process:
        yield process


@pytest.fixture(scope="module", params=["--http1", "--no-http1"])
def hasty(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """Run a server that gives so little time only to tests that wait for its end."""
    options = ("--no-access-log", "--timeout-handshake", "0.3", request.param)
    with ServerProcess(APP, *options) as process:
        yield process


def one_line_after(server: ServerProcess, lines: int) -> str:
    """Return the only line that the log has got, once the server has answered once more."""
    server.wait_line("", lines)
    with H2Client(server.endpoint) as client:
        assert client.get("/").body == b"hello"
    added = server.log[lines:]
    assert len(added) == 1, added
    return added[0]


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_http2_only_closes(http2_only: ServerProcess, start: bytes) -> None:
    lines = len(http2_only.log)
    with Http1Client(http2_only.endpoint) as client:
        client.send(start)
        client.rest()
    assert "127.0.0.1" in one_line_after(http2_only, lines)


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_both_protocols_close(server: ServerProcess, start: bytes) -> None:
    lines = len(server.log)
    with Http1Client(server.endpoint) as client:
        client.send(start)
        client.rest()
    assert "127.0.0.1" in one_line_after(server, lines)


@pytest.mark.parametrize(
    "request_line", ["GET / HTTP/1.1", "POST /a?b=c HTTP/1.0", "OPTIONS * HTTP/1.1"]
)
def test_http2_only_answers_http1_with_505(http2_only: ServerProcess, request_line: str) -> None:
    lines = len(http2_only.log)
    with Http1Client(http2_only.endpoint) as client:
        client.send(f"{request_line}\r\nHost: test\r\nContent-Length: 0\r\n\r\n".encode())
        answer = client.response()
        assert answer.status == 505
        assert client.rest() == b""
    one_line_after(http2_only, lines)


def test_http2_only_answers_http1_in_pieces_with_505(http2_only: ServerProcess) -> None:
    lines = len(http2_only.log)
    with Http1Client(http2_only.endpoint) as client:
        for byte in b"PUT / HTTP/1.1\r\n":
            client.send(bytes([byte]))
        assert client.response().status == 505
    one_line_after(http2_only, lines)


@pytest.mark.parametrize("size", [1, 3, 14, len(PREFACE) - 1])
def test_half_a_preface_is_closed_at_the_timeout(hasty: ServerProcess, size: int) -> None:
    lines = len(hasty.log)
    with Http1Client(hasty.endpoint) as client:
        client.send(PREFACE[:size])
        assert client.rest() == b""
    assert "said only a part of its first line" in one_line_after(hasty, lines)


def test_preface_in_pieces(server: ServerProcess) -> None:
    with H2Client(server.endpoint) as whole, Http1Client(server.endpoint) as client:
        whole.get("/")
        for byte in PREFACE + frame(SETTINGS, 0, 0):
            client.send(bytes([byte]))
        answer = client.read(1 << 16)
    assert answer[3] == SETTINGS


def test_first_frame_is_not_settings(server: ServerProcess) -> None:
    lines = len(server.log)
    with Http1Client(server.endpoint) as client:
        client.send(PREFACE + frame(PING, 0, 0, b"12345678"))
        answer = client.rest()
    goaway = struct.pack(">BBIII", GOAWAY, 0, 0, 0, PROTOCOL_ERROR)
    assert goaway in answer
    one_line_after(server, lines)


def test_connections_that_say_nothing_leave_no_line(server: ServerProcess) -> None:
    lines = len(server.log)
    for _ in range(10):
        with Http1Client(server.endpoint):
            pass
    with Http1Client(server.endpoint) as client:
        # A reset, as a health check may end its connection.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with Http1Client(server.endpoint) as client:
        assert client.get("/").body == b"hello"
    assert server.log[lines:] == []


def test_the_servers_live(server: ServerProcess, http2_only: ServerProcess) -> None:
    for process in (server, http2_only):
        with H2Client(process.endpoint) as client:
            assert client.get("/").body == b"hello"
