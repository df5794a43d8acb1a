"""What serves: connections that it accepts, and those that it is given."""

import asyncio
import logging
import socket

import pytest

from h2corn._drain import StopRequest
from h2corn._serving import Serving
from h2corn.config import Config
from prefork import Listener, ListenError, TcpAddress
from tests.h2corn.conftest import Runner
from tests.h2corn.running import CLOSING_GET, GET, hello

logger = logging.getLogger("h2corn")
CONFIG = Config(access_log=False, timeout_graceful_shutdown=5)


def bound() -> Listener:
    """Return a listener at a free port."""
    return Listener(socket.create_server(("127.0.0.1", 0)), TcpAddress("127.0.0.1", 0))


async def get(listener: Listener) -> bytes:
    """Return what a request of its own is answered."""
    reader, writer = await asyncio.open_connection(*listener.socket.getsockname())
    writer.write(CLOSING_GET)
    data = await reader.read()
    writer.close()
    await writer.wait_closed()
    return data


def test_accepting_can_be_stopped_and_resumed(run: Runner) -> None:
    async def main() -> None:
        serving = Serving(hello, CONFIG, {}, logger)
        listener = bound()
        await serving.start_accepting([listener])
        assert (await get(listener)).endswith(b"hello")
        serving.stop_accepting()
        waiting = asyncio.create_task(get(listener))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done(), "it is in the listener's queue"
        await serving.start_accepting([listener])
        assert (await waiting).endswith(b"hello")
        serving.stop_accepting()
        await serving.drain(StopRequest(asyncio.get_running_loop()))
        listener.close()

    run(main())


def test_a_connection_that_somebody_else_accepted(run: Runner) -> None:
    async def main() -> None:
        changes: list[int] = []
        serving = Serving(hello, CONFIG, {}, logger, lambda: changes.append(1))
        listener = bound()
        reader, writer = await asyncio.open_connection(*listener.socket.getsockname())
        listener.socket.setblocking(True)
        sock, _ = listener.socket.accept()
        serving.take(sock)
        assert serving.connection_count == 1
        writer.write(GET)
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        assert (serving.connection_count, serving.application.done) == (1, 1)
        await serving.drain(StopRequest(asyncio.get_running_loop()))
        assert await reader.read() == b""
        assert serving.connection_count == 0
        assert changes
        writer.close()
        await writer.wait_closed()
        listener.close()

    run(main())


def test_one_that_is_taken_at_the_last_moment_is_drained(run: Runner) -> None:
    async def main() -> None:
        serving = Serving(hello, CONFIG, {}, logger)
        client, server = socket.socketpair()
        serving.take(server)
        await serving.drain(StopRequest(asyncio.get_running_loop()))
        assert client.recv(1) == b""
        client.close()

    run(main())


def test_a_socket_that_cannot_listen(run: Runner) -> None:
    async def main() -> None:
        serving = Serving(hello, CONFIG, {}, logger)
        with (
            socket.create_server(("127.0.0.1", 0)) as peer,
            socket.create_connection(peer.getsockname()) as connected,
            pytest.raises(ListenError, match="cannot listen on a:1"),
        ):
            await serving.start_accepting([Listener(connected, TcpAddress("a", 1))])

    run(main())
