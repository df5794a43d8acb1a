"""What an idle WebSocket costs, of the memory of the whole server."""

import resource

import pytest

from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.process import ServerProcess
from tests.server.wsclient import Http1WebSocket, Http2WebSocket, WebSocketClient

pytestmark = pytest.mark.slow

APP = "tests.server.wsapps:app"
COUNT = 2_000
PER_CONNECTION = 100
BOUND = 24 * 1024
"""Bytes of an idle session."""


def test_http1() -> None:
    check("HTTP/1.1")


def test_http2() -> None:
    check("HTTP/2")


def check(protocol: str) -> None:
    """Open many sessions, use each once, and look at what the server has grown by."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * COUNT + 200), hard))
    sessions: list[WebSocketClient] = []
    connections: list[H2Client] = []
    with ServerProcess(APP, "--no-access-log") as server:
        try:
            # What is imported and filled once is not a session's.
            sessions += open_sessions(protocol, server, PER_CONNECTION, connections)
            before = server.memory()
            sessions += open_sessions(protocol, server, COUNT, connections)
            each = (server.memory() - before) / COUNT
            print(f"{protocol}: {each:.0f} bytes a session")  # noqa: T201 - shown when it is asked for
            assert 0 < each < BOUND
        finally:
            for session in sessions:
                session.leave()
            for connection in connections:
                connection.__exit__()


def open_sessions(
    protocol: str, server: ServerProcess, count: int, connections: list[H2Client]
) -> list[WebSocketClient]:
    """Open sessions that are idle from now on, after one message each."""
    found: list[WebSocketClient] = []
    for number in range(count):
        if protocol == "HTTP/2":
            if number % PER_CONNECTION == 0:
                connections.append(H2Client(server.endpoint, window=LARGEST_WINDOW))
            session: WebSocketClient = Http2WebSocket(connections[-1], "/")
        else:
            session = Http1WebSocket(server.endpoint, "/")
        session.text("hello")
        assert session.receive_text() == "hello"
        found.append(session)
    return found
