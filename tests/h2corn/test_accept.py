"""Accepting: on every loop, and through what accept(2) can fail with."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from h2corn._accept import BATCH, PAUSE, SelectorAcceptor, start_accepting
from prefork import Listeners, parse_address
from tests.h2corn.conftest import Runner
from tests.h2corn.fakes import FakeLoop

logger = logging.getLogger("h2corn")


class Echo(asyncio.Protocol):
    """Sends back what comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


def listening(address: str) -> socket.socket:
    """Return a socket that is bound."""
    listeners = Listeners([parse_address(address)], backlog=10)
    listeners.open()
    (listener,) = listeners.of_slot(0)
    return listener.socket


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_accepts_and_stops(run: Runner, tmp_path: Path, kind: str) -> None:
    async def main() -> None:
        path = tmp_path / "socket"
        sock = listening("127.0.0.1:0" if kind == "tcp" else f"unix:{path}")
        loop = asyncio.get_running_loop()
        acceptor = await start_accepting(loop, sock, Echo, backlog=10, logger=logger)
        name = sock.getsockname()

        async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            if kind == "tcp":
                return await asyncio.open_connection(*name)
            return await asyncio.open_unix_connection(name)

        reader, writer = await connect()
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        acceptor.close()
        writer.write(b"two")
        assert await reader.readexactly(3) == b"two", "what was accepted lives on"
        writer.close()
        await writer.wait_closed()
        assert kind == "tcp" or path.is_socket(), "the file is the listener's"
        with pytest.raises(ConnectionRefusedError):
            await connect()

    run(main())


class FailingSocket:
    """A listening socket whose `accept` does what it is told."""

    def __init__(self, *outcomes: Exception | socket.socket) -> None:
        self.outcomes = list(outcomes)
        self.attempts = 0
        self.is_closed = False

    def accept(self) -> tuple[socket.socket, None]:
        self.attempts += 1
        outcome = self.outcomes.pop(0) if self.outcomes else BlockingIOError()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome, None

    def close(self) -> None:
        self.is_closed = True


class WatchingLoop(FakeLoop):
    """A loop that remembers what it watches, and what it was asked to connect."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: dict[object, Callable[[], object]] = {}
        self.connections = 0

    def add_reader(self, fd: object, callback: Callable[[], object]) -> None:
        self.readers[fd] = callback

    def remove_reader(self, fd: object) -> bool:
        return self.readers.pop(fd, None) is not None

    def create_task(self, coroutine: Any, **options: Any) -> Any:
        coroutine.close()
        self.connections += 1
        return asyncio.Future(loop=self.itself)

    def get_debug(self) -> bool:
        return False


def acceptor_of(loop: WatchingLoop, sock: FailingSocket) -> SelectorAcceptor:
    acceptor = SelectorAcceptor(loop.itself, cast("socket.socket", sock), Echo, logger)
    acceptor.resume()
    return acceptor


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EPERM])
def test_a_failure_is_one_line_and_a_pause(code: int, caplog: pytest.LogCaptureFixture) -> None:
    loop = WatchingLoop()
    sock = FailingSocket(OSError(code, "Reason"))
    acceptor_of(loop, sock)
    loop.readers[sock]()
    assert sock.attempts == 1
    assert loop.readers == {}
    assert [record.getMessage() for record in caplog.records] == [
        f"cannot accept connections for {PAUSE} seconds: reason"
    ]
    loop.pass_time(PAUSE)
    loop.readers[sock]()
    assert sock.attempts == 2


def test_one_that_has_left_is_passed_over() -> None:
    loop = WatchingLoop()
    with socket.socket() as accepted:
        sock = FailingSocket(ConnectionAbortedError(), accepted)
        acceptor_of(loop, sock)
        loop.readers[sock]()
        assert loop.connections == 1
        assert sock in loop.readers


def test_a_crowd_does_not_hold_the_loop() -> None:
    loop = WatchingLoop()
    with socket.socket() as accepted:
        sock = FailingSocket(*[accepted] * (BATCH + 1))
        acceptor_of(loop, sock)
        loop.readers[sock]()
        assert loop.connections == BATCH
        loop.readers[sock]()
        assert loop.connections == BATCH + 1


def test_closed_in_the_pause() -> None:
    loop = WatchingLoop()
    sock = FailingSocket(OSError(errno.EMFILE, "Reason"))
    acceptor = acceptor_of(loop, sock)
    loop.readers[sock]()
    acceptor.close()
    loop.pass_time(2 * PAUSE)
    assert loop.readers == {}
    assert sock.is_closed


def test_a_connection_lost_while_it_is_accepted_is_no_matter() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def refuse() -> asyncio.Protocol:
            made.set()
            raise OSError("gone")

        made = asyncio.Event()
        sock = listening("127.0.0.1:0")
        acceptor = await start_accepting(loop, sock, refuse, backlog=10, logger=logger)
        with socket.create_connection(sock.getsockname()):
            await made.wait()
            assert isinstance(acceptor, SelectorAcceptor)
            await asyncio.gather(*acceptor._connecting)
        acceptor.close()

    complaints: list[object] = []
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        runner.run(main())
    assert complaints == []
