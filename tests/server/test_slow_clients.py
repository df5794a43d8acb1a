"""Real clients that are slow on purpose, over both protocols, with short options."""

import time

import pytest

from tests.server.h2client import H2Client, frame
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

SHORT = 1.0
"""Seconds of the option under test."""

FAIR = 3.0
"""The same where a client must not be too late on a busy machine."""

LEAST = 0.9 * SHORT
LONGEST = 12.0
PAUSE = 0.05

HEADERS = 1
CONTINUATION = 9
ENHANCE_YOUR_CALM = 11
CANCEL = 8
WINDOW = 1 << 30


def running(option: str, seconds: float = SHORT) -> ServerProcess:
    """Start a server with a short time for one thing and the defaults for all others."""
    return ServerProcess(APP, option, str(seconds))


def drip(client: Http1Client, data: bytes) -> float:
    """Send one byte after the other for as long as they are taken; returns how long it took."""
    begin = time.monotonic()
    client.socket.setblocking(False)
    for octet in data:
        try:
            client.send(bytes((octet,)))
            if client.socket.recv(1, 2):  # MSG_PEEK
                break
        except BlockingIOError:
            pass
        except OSError:
            break
        time.sleep(PAUSE)
    client.socket.settimeout(LONGEST)
    return time.monotonic() - begin


def test_first_bytes() -> None:
    with running("--timeout-handshake") as server:
        for data in (b"", b"PRI * HTTP/2.0\r\n\r\nS"):
            with Http1Client(server.endpoint) as client:
                begin = time.monotonic()
                client.send(data)
                assert client.rest() == b""
                assert LEAST <= time.monotonic() - begin < LONGEST
        server.wait_line("said nothing for 1 seconds")
        server.wait_line("said only a part of its first line for 1 seconds")


def test_head_of_http1_that_trickles() -> None:
    with running("--timeout-request-header") as server, Http1Client(server.endpoint) as client:
        seconds = drip(client, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"a" * 1000)
        assert LEAST <= seconds < LONGEST
        assert client.response().status == 408


def test_head_of_http2_that_trickles() -> None:
    with running("--timeout-request-header") as server, H2Client(server.endpoint) as client:
        assert client.get("/").body == b"hello"
        begin = time.monotonic()
        client.socket.sendall(frame(HEADERS, 0, 3, b"\x82"))
        while not client.is_closed:
            assert time.monotonic() - begin < LONGEST
            try:
                client.socket.sendall(frame(CONTINUATION, 0, 3, b"\x84"))
            except OSError:
                break
            client.read(PAUSE)
        assert time.monotonic() - begin >= LEAST
        assert ENHANCE_YOUR_CALM in {code for _, code in client.goaways}


@pytest.mark.slow
def test_body_of_http1_that_trickles_goes_on_and_one_that_stops_does_not() -> None:
    with (
        running("--timeout-request-body-idle", FAIR) as server,
        Http1Client(server.endpoint) as client,
    ):
        client.request("/count?name=it", "Content-Length: 100", method="POST")
        begin = time.monotonic()
        for _ in range(9):
            time.sleep(FAIR / 6)
            client.send(b"a")
        assert time.monotonic() - begin > FAIR
        begin = time.monotonic()
        assert client.response().status == 408
        assert 0.9 * FAIR <= time.monotonic() - begin < LONGEST


@pytest.mark.slow
def test_body_of_http2_that_trickles_goes_on_and_one_that_stops_does_not() -> None:
    with (
        running("--timeout-request-body-idle", FAIR) as server,
        H2Client(server.endpoint) as client,
    ):
        stream = client.request("/count?name=it", method="POST", end=False)
        for _ in range(9):
            time.sleep(FAIR / 6)
            client.send(stream, b"a")
        begin = time.monotonic()
        assert client.response(stream).status == 408
        assert 0.9 * FAIR <= time.monotonic() - begin < LONGEST
        assert client.get("/").body == b"hello"


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["http1", "http2"])
def test_reader_that_stops(protocol: str) -> None:
    """The windows of HTTP/2 are wide open: it is the transport that takes nothing."""
    with running("--timeout-write") as server, Http1Client(server.endpoint) as control:
        begin = time.monotonic()
        if protocol == "http1":
            reader = Http1Client(server.endpoint, receive_buffer=8192)
            reader.request("/download?name=it")
        else:
            reader2 = H2Client(server.endpoint, window=WINDOW, receive_buffer=8192)
            reader2.request("/download?name=it")
            reader2.flush()
        assert control.get("/outcome?name=it").body == b"OSError"
        assert LEAST <= time.monotonic() - begin < LONGEST
        server.wait_line("the client does not read|the peer reads nothing")
        (reader if protocol == "http1" else reader2).__exit__()


@pytest.mark.slow
def test_reader_that_is_slow_and_does_not_stop() -> None:
    with running("--timeout-write", FAIR) as server, Http1Client(server.endpoint) as client:
        size = 1 << 23
        client.request(f"/download?name=it&bytes={size}")
        answer = client.head()
        assert answer.status == 200
        begin = time.monotonic()
        received = 0
        while received < size:
            received += len(client.read(1 << 16))
            if time.monotonic() - begin < 1.5 * FAIR:
                time.sleep(FAIR / 50)
        with Http1Client(server.endpoint) as control:
            assert control.get("/outcome?name=it").body == b"sent"
