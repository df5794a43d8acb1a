"""What a server takes no more of, over both protocols: bodies, requests at a time, connections."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.server.h2client import H2Client
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess
from tests.server.wsclient import Http1WebSocket, Http2WebSocket

ENHANCE_YOUR_CALM = 11
ROOM = 10.0
"""Seconds in which what a client does has surely reached the server."""


@pytest.fixture(scope="module")
def small() -> Iterator[ServerProcess]:
    """Run a server that takes bodies of ten bytes, and adds all fields that it can."""
    options = ("--max-request-body-size", "10", "--server-header", "--header", "X-Added: yes")
    with ServerProcess(APP, *options, "--no-date-header") as process:
        process.allows_traceback = True
        yield process


# Bodies. The application of /raise-before would answer 500 if it were called.


def test_announced_bodies_of_http1(small: ServerProcess) -> None:
    with Http1Client(small.endpoint) as client:
        client.request("/raise-before", "Content-Length: 11", method="POST", body=b"hello world")
        assert client.response().status == 413
        assert client.get("/").body == b"hello", "the body was dropped, and the connection kept"
        client.request("/count", "Content-Length: 10", method="POST", body=b"helloworld")
        assert client.response().status == 200


def test_announced_bodies_of_http1_that_are_long(small: ServerProcess) -> None:
    with Http1Client(small.endpoint) as client:
        client.request("/raise-before", "Content-Length: 1000000000", method="POST")
        answer = client.response()
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert client.rest() == b""


def test_nobody_is_asked_for_a_body_that_is_too_long(small: ServerProcess) -> None:
    with Http1Client(small.endpoint) as client:
        fields = ("Content-Length: 11", "Expect: 100-continue")
        client.request("/raise-before", *fields, method="POST")
        answer = client.head()
        assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_announced_bodies_of_http2(small: ServerProcess) -> None:
    with H2Client(small.endpoint) as client:
        for expects in ((), (("expect", "100-continue"),)):
            headers = (("content-length", "11"), *expects)
            stream = client.request("/raise-before", method="POST", headers=headers, end=False)
            client.flush()
            assert client.response(stream).status == 413
        assert client.get("/").body == b"hello"


def test_bodies_of_http1_that_grow(small: ServerProcess) -> None:
    with Http1Client(small.endpoint) as client:
        client.request("/count", "Transfer-Encoding: chunked", method="POST")
        client.send(b"a\r\n0123456789\r\n")
        client.send(b"1\r\n0\r\n0\r\n\r\n")
        assert client.response().status == 413


def test_bodies_of_http2_that_grow(small: ServerProcess) -> None:
    with H2Client(small.endpoint) as client:
        stream = client.request("/count", method="POST", end=False)
        client.send(stream, b"0123456789")
        client.send(stream, b"0", end=True)
        assert client.response(stream).status == 413
        assert client.get("/").body == b"hello"


# Fields


def test_added_fields(small: ServerProcess) -> None:
    with Http1Client(small.endpoint) as plain, H2Client(small.endpoint) as client:
        plain.request("/", "Content-Length: 99", method="POST")
        plain_answers = [plain.response()]
        with Http1Client(small.endpoint) as other:
            plain_answers.append(other.get("/"))
        with Http1Client(small.endpoint) as malformed:
            malformed.send(b"GET / HTTP/1.1\r\n\r\n")
            plain_answers.append(malformed.response())
        heads = [answer.headers for answer in plain_answers]
        assert [answer.status for answer in plain_answers] == [413, 200, 400]
        for head in (*heads, client.get("/").headers):
            assert head["server"] == "h2corn"
            assert head["x-added"] == "yes"
            assert "date" not in head


def test_the_date_and_nothing_else_by_default(server: ServerProcess) -> None:
    with Http1Client(server.endpoint) as plain, H2Client(server.endpoint) as client:
        for head in (plain.get("/").headers, client.get("/").headers):
            assert head["date"].endswith(" GMT")
            assert "server" not in head


# Requests at a time. Those of /watch last until their clients leave.


@contextmanager
def watching(server: ServerProcess) -> Iterator[None]:
    """Have the application work on a request."""
    with Http1Client(server.endpoint) as client:
        client.request("/watch")
        assert client.head().status == 200
        yield


def until_free(server: ServerProcess) -> None:
    """Wait until a request is served again."""
    deadline = time.monotonic() + ROOM
    with Http1Client(server.endpoint) as client:
        while client.get("/").status != 200:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_requests_above_the_limit_are_refused() -> None:
    with (
        ServerProcess(APP, "--limit-concurrency", "1") as server,
        Http1Client(server.endpoint) as plain,
        H2Client(server.endpoint) as client,
    ):
        with watching(server):
            assert plain.get("/").status == 503
            assert client.get("/").status == 503
            assert plain.get("/").status == 503, "the connection is kept"
            for kind in (Http1WebSocket, Http2WebSocket):
                with kind(server.endpoint, "/") as websocket:
                    assert websocket.status == 503
        until_free(server)
        assert client.get("/").status == 200
        server.wait_line('" 503 ', 4)


def test_requests_wait_for_their_turn() -> None:
    options = ("--limit-concurrency", "1", "--limit-concurrency-queue", "2")
    with (
        ServerProcess(APP, *options) as server,
        Http1Client(server.endpoint) as plain,
        H2Client(server.endpoint) as client,
    ):
        with watching(server):
            gone = client.request("/")
            stream = client.request("/")
            client.flush()
            third = client.request("/")
            client.flush()
            assert client.response(third).status == 503, "two wait"
            client.reset(gone)
            # What a PING of the client's would tell: that the reset was read.
            late = client.request("/say?late")
            client.flush()
            refused = client.request("/")
            client.flush()
            assert client.response(refused).status == 503, "two wait again"
            assert not client.responses[late].has_ended
        assert client.response(stream).body == b"hello"
        assert client.response(late).body == b"late"
        assert client.responses[gone].status == 0
        assert plain.get("/").status == 200


@pytest.mark.parametrize("way", ["close", "shutdown"])
def test_clients_of_http1_that_leave_do_not_wait(way: str) -> None:
    options = ("--limit-concurrency", "1", "--limit-concurrency-queue", "1")
    with ServerProcess(APP, *options) as server, Http1Client(server.endpoint) as gone:
        assert gone.get("/").status == 200
        with watching(server):
            gone.request("/say?gone")
            with Http1Client(server.endpoint) as other:
                assert other.get("/").status == 503, "one waits"
            if way == "shutdown":
                gone.socket.shutdown(socket.SHUT_WR)
                assert gone.response().status == 503, "it may have left"
            else:
                gone.__exit__()
            # The line is written when its response is over.
            server.wait_line(r'"GET /say\?gone HTTP/1.1" 503 ')
            waiting = Http1Client(server.endpoint)
            waiting.request("/say?live")
        with waiting:
            assert waiting.response().body == b"live"


@pytest.mark.slow
def test_what_waits_ends_with_the_server() -> None:
    options = ("--limit-concurrency", "1", "--limit-concurrency-queue", "5")
    with (
        ServerProcess(APP, *options, "--timeout-graceful-shutdown", "20") as server,
        H2Client(server.endpoint) as client,
        Http1Client(server.endpoint) as first,
    ):
        # It is told at the beginning of the stop, ends, and the others have their turn.
        first.request("/watch")
        assert first.head().status == 200
        streams = [client.request("/") for _ in range(3)]
        client.flush()
        refused = [client.request("/") for _ in range(3)]
        client.flush()
        assert client.response(refused[-1]).status == 503
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < ROOM
        for stream in streams:
            assert client.response(stream).status == 200


# Connections


def test_connections_above_the_limit_are_told() -> None:
    with ServerProcess(APP, "--limit-connections", "2") as server:
        with Http1Client(server.endpoint) as plain, H2Client(server.endpoint) as client:
            assert plain.get("/").status == 200
            assert client.get("/").status == 200
            with Http1Client(server.endpoint) as third:
                answer = third.get("/")
                assert (answer.status, answer.headers["connection"]) == (503, "close")
                assert third.rest() == b""
            with H2Client(server.endpoint) as fourth:
                fourth.request("/")
                fourth.flush()
                fourth.read_until(lambda: fourth.is_closed)
                assert fourth.goaways == [(0, ENHANCE_YOUR_CALM)]
            assert plain.get("/").status == 200
            assert client.get("/").status == 200
        deadline = time.monotonic() + ROOM
        while True:
            with Http1Client(server.endpoint) as again:
                if again.get("/").status == 200:
                    break
            assert time.monotonic() < deadline
        assert [line for line in server.log if "limit of 2 connections reached" in line]


def test_connections_above_the_limit_have_a_deadline() -> None:
    options = ("--limit-connections", "1", "--timeout-handshake", "1")
    with (
        ServerProcess(APP, *options) as server,
        Http1Client(server.endpoint) as plain,
    ):
        assert plain.get("/").status == 200
        begin = time.monotonic()
        with Http1Client(server.endpoint) as silent:
            assert silent.rest() == b""
            assert 0.9 <= time.monotonic() - begin < ROOM
        # What is told nothing is closed, too.
        crowd = [Http1Client(server.endpoint) for _ in range(300)]
        closed = [client.rest() for client in crowd]
        assert closed == [b""] * 300
        for client in crowd:
            client.__exit__()
        assert plain.get("/").status == 200
