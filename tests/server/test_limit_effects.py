"""What options that limit connections and heads do to a running server."""

import os
import select
import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.h2client import DATA, END_STREAM, H2Client, frame
from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

NO_ERROR, FRAME_SIZE_ERROR, REFUSED_STREAM, ENHANCE_YOUR_CALM = 0, 6, 7, 11
LONGEST = 10.0
"""Seconds in which the server has surely acted."""


def until_told_to_leave(client: H2Client) -> None:
    """Receive until there was a GOAWAY."""
    client.read_until(lambda: bool(client.goaways))


def status_of(server: ServerProcess, path: str = "/", *fields: str) -> int:
    """Return what a new connection of HTTP/1 gets."""
    with Http1Client(server.endpoint) as client:
        client.request(path, *fields)
        return client.response().status


def until_stopped(pid: int) -> None:
    """Wait until a process runs no more."""
    deadline = time.monotonic() + LONGEST
    stat = Path(f"/proc/{pid}/stat")
    while stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_backlog() -> None:
    with ServerProcess(APP, "--backlog", "3") as server, ExitStack() as stack:
        for pid in (server.process.pid, server.worker_pid):
            os.kill(pid, signal.SIGSTOP)
            stack.callback(os.kill, pid, signal.SIGCONT)
            until_stopped(pid)
        sockets = []
        for _ in range(20):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(server.endpoint)
            sockets.append(sock)
        established = select.select([], sockets, [], 1)[1]
        # Linux takes one more.
        assert 3 <= len(established) <= 4


def test_max_concurrent_streams() -> None:
    with (
        ServerProcess(APP, "--max-concurrent-streams", "2") as server,
        H2Client(server.endpoint) as client,
    ):
        open_streams = [client.request("/watch") for _ in range(2)]
        third = client.request("/")
        client.flush()
        assert client.response(third).reset == REFUSED_STREAM
        client.reset(open_streams[0])
        assert client.get("/").status == 200


def test_h2_max_header_list_size() -> None:
    with (
        ServerProcess(APP, "--h2-max-header-list-size", "1000") as server,
        H2Client(server.endpoint) as client,
    ):
        assert client.get("/", (("a", "b" * 500),)).status == 200
        assert client.get("/", (("a", "b" * 1000),)).status == 431
        assert client.get("/").status == 200


def test_h2_max_header_block_size() -> None:
    with (
        ServerProcess(APP, "--h2-max-header-block-size", "1000") as server,
        H2Client(server.endpoint) as client,
    ):
        assert client.get("/", (("a", "|" * 100),)).status == 200
        client.request("/", headers=(("a", "|" * 1000),))
        client.flush()
        until_told_to_leave(client)
        assert client.goaways[0][1] == ENHANCE_YOUR_CALM


@pytest.mark.parametrize(("size", "is_taken"), [(20_000, True), (20_001, False)])
def test_h2_max_inbound_frame_size(size: int, *, is_taken: bool) -> None:
    with (
        ServerProcess(APP, "--h2-max-inbound-frame-size", "20000") as server,
        H2Client(server.endpoint) as client,
    ):
        stream = client.request("/count", method="POST", end=False)
        client.flush()
        client.socket.sendall(frame(DATA, END_STREAM, stream, bytes(size)))
        if is_taken:
            assert client.response(stream).status == 200
        else:
            until_told_to_leave(client)
            assert client.goaways[0][1] == FRAME_SIZE_ERROR


def test_limit_request_line() -> None:
    with ServerProcess(APP, "--limit-request-line", "100") as server:
        most = 100 - len("GET  HTTP/1.1")
        assert status_of(server, "/?".ljust(most, "a")) == 200
        assert status_of(server, "/?".ljust(most + 1, "a")) == 414


def test_limit_request_head_size() -> None:
    with ServerProcess(APP, "--limit-request-head-size", "500") as server:
        fields = [f"A{number}: {'b' * 50}" for number in range(10)]
        assert status_of(server, "/", *fields[:5]) == 200
        assert status_of(server, "/", *fields) == 431


def test_limit_request_fields() -> None:
    with ServerProcess(APP, "--limit-request-fields", "5") as server:
        assert status_of(server, "/", *["A: b"] * 4) == 200, "Host is one"
        assert status_of(server, "/", *["A: b"] * 5) == 431


def test_limit_request_field_size() -> None:
    with ServerProcess(APP, "--limit-request-field-size", "100") as server:
        assert status_of(server, "/", "A: ".ljust(100, "b")) == 200
        assert status_of(server, "/", "A: ".ljust(101, "b")) == 431


def test_max_request_body_size() -> None:
    with ServerProcess(APP, "--max-request-body-size", "10") as server:
        for size, status in ((10, 200), (11, 413)):
            with Http1Client(server.endpoint) as plain, H2Client(server.endpoint) as client:
                fields = (f"Content-Length: {size}",)
                plain.request("/count", *fields, method="POST", body=bytes(size))
                assert plain.response().status == status
                stream = client.request("/count", method="POST", end=False)
                client.send(stream, bytes(size), end=True)
                assert client.response(stream).status == status


def test_max_connection_requests() -> None:
    with (
        ServerProcess(APP, "--max-connection-requests", "2") as server,
        Http1Client(server.endpoint) as plain,
        H2Client(server.endpoint) as client,
    ):
        assert "connection" not in plain.get("/").headers
        assert plain.get("/").headers["connection"] == "close"
        assert plain.rest() == b""
        assert client.get("/").status == 200
        assert client.goaways == []
        assert client.get("/").status == 200
        until_told_to_leave(client)
        assert client.goaways[0][1] == NO_ERROR


def test_max_connection_age() -> None:
    with (
        ServerProcess(APP, "--max-connection-age", "1") as server,
        Http1Client(server.endpoint) as plain,
        H2Client(server.endpoint) as client,
    ):
        start = time.monotonic()
        assert client.get("/").status == 200
        assert client.goaways == []
        until_told_to_leave(client)
        assert 0.8 <= time.monotonic() - start < LONGEST
        assert client.goaways[0][1] == NO_ERROR
        while plain.get("/").headers.get("connection") != "close":
            assert time.monotonic() - start < LONGEST
