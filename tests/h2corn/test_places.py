"""There is a number of places for connections; who finds none is told, and a crowd is not."""

import asyncio
import contextlib
import contextvars
import logging
from typing import cast

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, RemoteSettingsChanged

from h2corn._connections import Connections, ServedConnection
from h2corn._places import (
    HTTP1_OVERLOAD,
    HTTP2_OVERLOAD,
    MAX_TURNED_AWAY,
    WARNING_PAUSE,
    Places,
)
from h2corn._shell import Shell
from tests.h2corn.conftest import Runner
from tests.h2corn.fakes import FakeLoop
from tests.h2corn.running import CLOSING_GET, GET, ask, connected, hello, serving


class Listed:
    """A connection that notes that it was aborted."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        connections.add(self)

    def start_drain(self, now: float) -> bool:
        return False

    def close_if_idle(self) -> None:
        raise AssertionError

    def abort(self) -> None:
        self.connections.discard(self)


def make(limit: int) -> tuple[Places, Connections, FakeLoop]:
    loop = FakeLoop()
    connections = Connections()
    logger = logging.getLogger("h2corn")
    shell = Shell(loop.itself, connections, contextvars.copy_context(), logger)
    return Places(shell, limit), connections, loop


def test_places_are_given_back() -> None:
    places, connections, _ = make(2)
    for _ in range(3):
        assert places.choose() is connections
        first = Listed(connections)
        assert places.choose() is connections
        second = Listed(connections)
        assert places.choose() is places.turned_away
        connections.discard(cast("ServedConnection", first))
        connections.discard(cast("ServedConnection", second))


def test_those_that_are_told_take_no_place() -> None:
    places, connections, _ = make(1)
    first = Listed(connections)
    for _ in range(MAX_TURNED_AWAY):
        chosen = places.choose()
        assert chosen is places.turned_away
        Listed(chosen)
    assert places.choose() is None, "the next one is told nothing"
    connections.discard(first)
    assert places.choose() is connections


def test_it_is_logged_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    places, connections, loop = make(1)
    Listed(connections)
    for _ in range(100):
        places.choose()
    loop.now += WARNING_PAUSE
    places.choose()
    message = "limit of 1 connections reached"
    assert [record.getMessage() for record in caplog.records] == [message] * 2


def test_close() -> None:
    places, _, _ = make(1)
    for _ in range(3):
        Listed(places.turned_away)
    asyncio.run(asyncio.wait_for(places.close(), 10))
    assert len(places.turned_away) == 0


def test_what_http1_is_told() -> None:
    head, _, body = HTTP1_OVERLOAD.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 503 Service Unavailable"
    assert b"connection: close" in lines
    assert b"content-length: %d" % len(body) in lines


def test_what_http2_is_told() -> None:
    client = H2Connection(H2Configuration(client_side=True))
    client.initiate_connection()
    first, *_, last = client.receive_data(HTTP2_OVERLOAD)
    assert isinstance(first, RemoteSettingsChanged)
    assert isinstance(last, ConnectionTerminated)
    assert last.error_code == ErrorCodes.ENHANCE_YOUR_CALM
    assert last.last_stream_id == 0


def test_nothing_of_it_is_left_when_the_server_stops(run: Runner) -> None:
    async def main() -> None:
        async with (
            serving(hello, limit_connections=1, timeout_graceful_shutdown=0) as server,
            connected(server) as (reader, writer),
            connected(server) as (silent, _),
        ):
            writer.write(GET)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            assert (await ask(server, CLOSING_GET)).startswith(b"HTTP/1.1 503 ")
            server.shutdown()
            with contextlib.suppress(ConnectionResetError):
                assert await silent.read() == b""

    run(main())
