"""Owns the fixtures of the ASGI suite: one server for many tests, and a client of each protocol."""

import logging
from collections.abc import Iterator

import pytest

from h2corn import Config
from tests.server.asgi.http1peer import HTTP1Peer
from tests.server.asgi.http2peer import HTTP2Peer
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Receive, Scope, Send, Served
from tests.server.wsclient import PROTOCOLS, Connect

PEERS: dict[str, type[Peer]] = {"http1": HTTP1Peer, "http2": HTTP2Peer}


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Put something into the state."""
    await receive()
    scope["state"].update(answer=42, shared=[])
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture(scope="session", params=["uvloop", "asyncio"])
def running(request: pytest.FixtureRequest) -> Iterator[Served]:
    """Run a server for all tests that need no options."""
    config = Config(bind=("127.0.0.1:0",), access_log=False)
    with Served(config, request.param, lifespan) as served:
        yield served


class Complaints(logging.Handler):
    """Keeps what is logged as a warning or worse, by the server or by asyncio."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@pytest.fixture
def expected_log(running: Served) -> Iterator[list[str]]:
    """Let a test say what the server will complain of: nothing, and in the end nothing else."""
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    expected: list[str] = []
    yield expected
    running.settle()
    logging.getLogger().removeHandler(complaints)
    assert complaints.lines == expected


@pytest.fixture
def served(running: Served, expected_log: list[str]) -> Served:
    """Give the server to a test, whose application has ended when the test has."""
    return running


@pytest.fixture(params=list(PEERS))
def protocol(request: pytest.FixtureRequest) -> type[Peer]:
    """Run the test once over each protocol."""
    return PEERS[request.param]


@pytest.fixture
def peer(served: Served, protocol: type[Peer]) -> Iterator[Peer]:
    """Give a connection of its own to the test."""
    with protocol(served.endpoint()) as peer:
        yield peer


@pytest.fixture(params=list(PROTOCOLS))
def open_session(request: pytest.FixtureRequest) -> Connect:
    """Give a WebSocket client of each protocol."""
    return PROTOCOLS[request.param]
