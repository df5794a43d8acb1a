"""The end of a connection: what is written arrives, and nothing waits for ever."""

import asyncio
import errno
import socket
from typing import cast

import pytest

from h2corn._connections import Connections
from h2corn._linger import DISCARD_LIMIT, PATIENCE, WRITE_TIMEOUT, LingerProtocol
from tests.h2corn.conftest import Runner
from tests.h2corn.fakes import FakeLoop, FakeTransport


class Bench:
    """A `LingerProtocol` among fakes."""

    def __init__(
        self,
        *,
        waiting: int = 0,
        has_eof: bool = False,
        transport: FakeTransport | None = None,
        timeout_write: float = WRITE_TIMEOUT,
    ) -> None:
        self.loop = FakeLoop()
        self.connections = Connections()
        self.transport = transport or FakeTransport()
        self.transport.waiting = waiting
        self.transport.reads = False
        self.linger = LingerProtocol(
            self.transport,
            self.connections,
            self.loop.itself,
            has_eof=has_eof,
            timeout_write=timeout_write,
        )
        self.transport.protocol = self.linger
        self.linger.start()


def test_shuts_down_writing_and_reads() -> None:
    bench = Bench()
    assert bench.transport.has_eof
    assert bench.transport.reads
    assert bench.transport.log == []
    assert len(bench.connections) == 1
    bench.linger.data_received(b"dropped")


def test_what_is_dropped_is_bounded() -> None:
    bench = Bench()
    for _ in range(DISCARD_LIMIT // (1 << 18)):
        assert bench.transport.reads
        bench.linger.data_received(bytes(1 << 18))
    assert not bench.transport.reads
    bench.linger.data_received(b"one that was under way")
    assert bench.transport.log == []
    bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == ["close"]


def test_closes_with_the_client() -> None:
    bench = Bench()
    assert bench.linger.eof_received() is False
    bench.linger.connection_lost(None)
    assert len(bench.connections) == 0
    assert bench.loop.live_timers() == []


def test_closes_after_a_second() -> None:
    bench = Bench()
    bench.loop.pass_time(PATIENCE - 0.01)
    assert bench.transport.log == []
    bench.loop.pass_time(0.01)
    assert bench.transport.log == ["close"]
    assert bench.loop.live_timers() == []


def test_gives_a_second_after_the_last_byte_was_taken() -> None:
    bench = Bench(waiting=10)
    bench.loop.pass_time(PATIENCE)
    bench.transport.waiting = 0
    bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == []
    bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == ["close"]


def test_waits_for_a_client_as_long_as_it_reads() -> None:
    bench = Bench(waiting=1000)
    for _ in range(10):
        bench.loop.pass_time(WRITE_TIMEOUT - PATIENCE)
        bench.transport.waiting -= 100
        bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == []


def test_gives_up_a_client_that_does_not_read() -> None:
    bench = Bench(waiting=1000)
    bench.loop.pass_time(WRITE_TIMEOUT - PATIENCE)
    assert bench.transport.log == []
    bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == ["abort"]
    assert bench.loop.live_timers() == []


def test_gives_up_when_an_option_says_so() -> None:
    bench = Bench(waiting=1000, timeout_write=2.5)
    bench.loop.pass_time(2 * PATIENCE)
    assert bench.transport.log == []
    bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == ["abort"]
    bench = Bench(waiting=1000, timeout_write=0)
    bench.loop.pass_time(10 * WRITE_TIMEOUT)
    assert bench.transport.log == []


def test_closes_at_once_when_the_client_has() -> None:
    bench = Bench(has_eof=True)
    assert bench.transport.log == ["close"]
    assert not bench.transport.reads


def test_writes_what_is_left_for_a_client_that_has_closed_its_half() -> None:
    bench = Bench(has_eof=True, waiting=10)
    assert not bench.transport.reads, "reading on after EOF is undefined"
    bench.loop.pass_time(PATIENCE)
    bench.transport.waiting = 0
    bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == ["close"]


def test_eof_while_something_is_left() -> None:
    bench = Bench(waiting=10)
    assert bench.linger.eof_received() is True
    bench.transport.waiting = 0
    bench.loop.pass_time(PATIENCE)
    assert bench.transport.log == ["close"]


def test_a_client_that_has_reset_the_connection() -> None:
    class Reset(FakeTransport):
        def write_eof(self) -> None:
            raise OSError(errno.ENOTCONN, "not connected")

    bench = Bench(transport=Reset())
    assert bench.transport.log == ["abort"]
    assert len(bench.connections) == 1
    bench.linger.connection_lost(None)
    assert len(bench.connections) == 0


def test_a_drain_changes_nothing() -> None:
    bench = Bench()
    assert bench.linger.start_drain(bench.loop.now) is False
    bench.linger.close_if_idle()
    assert bench.transport.log == []
    bench.linger.abort()
    assert bench.transport.log == ["abort"]


@pytest.mark.parametrize("unread", [0, 5_000_000])
def test_unread_bytes_do_not_destroy_the_last_response(run: Runner, unread: int) -> None:
    """A reset would: closing with bytes unread in the kernel sends one."""
    response = b"x" * 1_000_000
    connections = Connections()

    class Answer(asyncio.Protocol):
        def connection_made(self, base: asyncio.BaseTransport) -> None:
            transport = cast("asyncio.Transport", base)
            loop = asyncio.get_running_loop()
            linger = LingerProtocol(transport, connections, loop, has_eof=False)
            transport.pause_reading()
            transport.write(response)
            transport.set_protocol(linger)
            linger.start()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        received = await asyncio.to_thread(talk, port)
        assert received == len(response)
        server.close()
        await connections.wait_idle()

    def talk(port: int) -> int:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"y" * unread)
            received = 0
            while data := client.recv(1 << 16):
                received += len(data)
            return received

    run(main())
