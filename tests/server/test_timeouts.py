"""Clients that are slow, or silent: what they are told, and that no others are troubled."""

import re
import select
import socket
import time

import pytest

from tests.server.h2client import HEADERS, H2Client, frame
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

SHORT = 1.0
"""Seconds that the option under test gives."""

LEAST = 0.9 * SHORT
"""What is measured at least: the clock of a loop stands still within a turn."""

LONGEST = 10.0
"""Seconds in which the server has surely acted. By default it gives no less, but for the handshake,
whose log line tells how long it was."""

CANCEL = 8
ENHANCE_YOUR_CALM = 11
NO_ERROR = 0


def running(option: str) -> ServerProcess:
    """Start a server with a short time for one thing and the defaults for all others."""
    return ServerProcess(APP, option, str(SHORT))


def is_in_time(start: float) -> bool:
    """Whether the server has acted now, by a time that began at `start` or a little later."""
    return LEAST <= time.monotonic() - start < LONGEST


def is_silent(sock: socket.socket, seconds: float) -> bool:
    """Whether a server says nothing, and does not close, for some time."""
    return not select.select([sock], [], [], seconds)[0]


def until_closed(client: H2Client) -> None:
    """Receive until the server closes."""
    deadline = time.monotonic() + LONGEST
    while not client.is_closed:
        client.read(max(0.0, deadline - time.monotonic()))
        assert time.monotonic() < deadline


def test_idle_connections_of_http1_are_closed() -> None:
    with running("--timeout-keep-alive") as server, Http1Client(server.endpoint) as client:
        for _ in range(3):
            start = time.monotonic()
            assert client.get("/").body == b"hello"
            assert is_silent(client.socket, SHORT / 4)
        assert client.rest() == b""
        assert is_in_time(start)
        answered = [re.search(r'" (\d{3}) ', line) for line in server.log]
        assert {match[1] for match in answered if match} == {"200"}
        assert not [line for line in server.log if line.startswith("warning: ")]


def test_idle_connections_of_http2_are_closed() -> None:
    with running("--timeout-keep-alive") as server, H2Client(server.endpoint) as client:
        for _ in range(3):
            start = time.monotonic()
            client.get("/")
            assert is_silent(client.socket, SHORT / 4)
        until_closed(client)
        assert is_in_time(start)
        assert {code for _, code in client.goaways} == {NO_ERROR}


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
def test_slow_heads_of_http1_are_refused(*, first: bool) -> None:
    head = b"GET / HTTP/1.1\r\nHost: test\r\nX-Slow: " + b"a" * 10_000
    with running("--timeout-request-header") as server, Http1Client(server.endpoint) as client:
        if not first:
            client.get("/")
            assert is_silent(client.socket, 1.5 * SHORT)
        start = time.monotonic()
        client.send(head[:20])
        sent = 20
        while is_silent(client.socket, 0.05):
            client.send(head[sent : sent + 1])
            sent += 1
        assert is_in_time(start)
        answer = client.response()
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert client.rest() == b""
        server.wait_line("408, the request head was not whole in time$")


def test_slow_heads_of_http2_end_the_connection() -> None:
    with running("--timeout-request-header") as server, H2Client(server.endpoint) as client:
        client.get("/")
        assert is_silent(client.socket, 1.5 * SHORT)
        start = time.monotonic()
        # A field block without its end.
        client.socket.sendall(frame(HEADERS, 0, 3, b"\x82"))
        until_closed(client)
        assert is_in_time(start)
        assert [code for _, code in client.goaways] == [ENHANCE_YOUR_CALM]


def test_who_says_nothing_gets_no_answer() -> None:
    with running("--timeout-handshake") as server:
        start = time.monotonic()
        with Http1Client(server.endpoint) as client:
            assert client.rest() == b""
        assert is_in_time(start)
        server.wait_line("said nothing for 1 seconds$")


def test_bodies_of_http1_that_do_not_go_on_are_refused() -> None:
    with running("--timeout-request-body-idle") as server, Http1Client(server.endpoint) as client:
        start = time.monotonic()
        client.request("/count?name=it", "Content-Length: 10", method="POST", body=b"half ")
        assert client.response().status == 408
        assert is_in_time(start)
        assert client.rest() == b""
        with Http1Client(server.endpoint) as control:
            assert control.get("/outcome?name=it").body == b"disconnect"


def test_bodies_of_http2_that_do_not_go_on_are_refused() -> None:
    with running("--timeout-request-body-idle") as server, H2Client(server.endpoint) as client:
        start = time.monotonic()
        stream = client.request("/count?name=it", method="POST", end=False)
        client.send(stream, b"half ")
        assert client.response(stream).status == 408
        assert is_in_time(start)
        # One stream alone.
        assert client.get("/outcome?name=it").body == b"disconnect"


def test_bodies_may_rest_when_the_response_has_begun() -> None:
    with (
        running("--timeout-request-body-idle") as server,
        Http1Client(server.endpoint) as plain,
        H2Client(server.endpoint) as client,
    ):
        plain.request("/echo", "Transfer-Encoding: chunked", method="POST")
        plain.send(b"5\r\nhello\r\n")
        assert plain.head().status == 200
        assert plain.read(10) == b"5\r\nhello\r\n"
        stream = client.request("/echo", method="POST", end=False)
        client.send(stream, b"hello")
        answer = client.responses[stream]
        client.read_until(lambda: answer.size == 5)
        assert is_silent(plain.socket, 2 * SHORT)
        plain.send(b"0\r\n\r\n")
        assert plain.rest_of_chunks() == b""
        client.send(stream, b"", end=True)
        assert client.response(stream).body == b"hello"


def test_slow_applications_are_no_slow_clients() -> None:
    """Bodies that nobody takes do not go on, and that is not their senders' fault."""
    with (
        running("--timeout-request-body-idle") as server,
        Http1Client(server.endpoint) as plain,
        Http1Client(server.endpoint) as control,
    ):
        size = 1 << 22
        plain.request("/metered?name=it", f"Content-Length: {size}", method="POST")
        plain.socket.setblocking(False)
        sent = 0
        while select.select([], [plain.socket], [], 2 * SHORT)[1]:
            sent += plain.socket.send(bytes(min(1 << 16, size - sent)))
        assert sent < size
        plain.socket.settimeout(LONGEST)
        control.get(f"/allow?name=it&bytes={size}")
        plain.send(bytes(size - sent))
        assert plain.response().status == 200


def test_responses_that_stall() -> None:
    with (
        running("--h2-timeout-response-stall") as server,
        H2Client(server.endpoint, is_generous=False) as client,
    ):
        start = time.monotonic()
        answer = client.get("/download?name=it")
        assert is_in_time(start)
        assert (answer.size, answer.reset) == (65_535, CANCEL)
        with Http1Client(server.endpoint) as control:
            assert control.get("/outcome?name=it").body == b"OSError"
