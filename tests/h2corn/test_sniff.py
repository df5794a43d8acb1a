"""The first bytes: in any pieces the same, and each bad start one line in the log."""

import asyncio
import logging
import socket
import ssl
import struct
from pathlib import Path
from typing import cast

import pytest

from h2c_core import PREFACE, Connection
from h2corn._adapters import Peers
from h2corn._application import Application
from h2corn._sniff import DRAIN_PATIENCE, Acceptance, StartProtocol, peers_of
from tests.h2corn.conftest import Runner
from tests.h2corn.fakes import Bench, FakeTransport
from tests.h2corn.running import CLOSING_GET, GET, ask, connected, hello, serving, stops

SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


def tls_hello() -> bytes:
    """Return what a TLS client says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="test")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, without the addresses of clients."""
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    messages = [record.getMessage() for record in caplog.records]
    assert all(message.startswith("127.0.0.1:") for message in messages)
    return [message.partition(" ")[2] for message in messages]


@pytest.mark.parametrize("size", [1, 2, 23, 24, 25, 33])
def test_a_preface_in_pieces(run: Runner, size: int) -> None:
    async def main() -> None:
        data = PREFACE + SETTINGS
        async with serving(hello) as server, connected(server) as (reader, writer):
            for start in range(0, len(data), size):
                writer.write(data[start : start + size])
                await writer.drain()
                await asyncio.sleep(0)
            frame = await reader.readexactly(9)
            assert frame[3] == 4, "SETTINGS"

    run(main())


@pytest.mark.parametrize("size", [1, 5, 100])
def test_http1_in_pieces(run: Runner, size: int) -> None:
    async def main() -> None:
        async with serving(hello) as server, connected(server) as (reader, writer):
            for start in range(0, len(CLOSING_GET), size):
                writer.write(CLOSING_GET[start : start + size])
                await asyncio.sleep(0)
            assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")

    run(main())


def test_without_http1_a_request_gets_505(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(hello, http1=False) as server:
            assert (await ask(server)).startswith(b"HTTP/1.1 505 ")
            async with connected(server) as (reader, writer):
                for byte in b"POST /a HTTP/1.0\r\n":
                    writer.write(bytes((byte,)))
                    await asyncio.sleep(0)
                assert (await reader.read()).startswith(b"HTTP/1.1 505 ")

    run(main())
    assert reasons(caplog) == ["speaks HTTP/1, which is switched off"] * 2


@pytest.mark.parametrize("http1", [True, False])
def test_tls(run: Runner, caplog: pytest.LogCaptureFixture, http1: bool) -> None:
    async def main() -> None:
        async with serving(hello, http1=http1) as server:
            assert await ask(server, tls_hello()) == b""

    run(main())
    assert reasons(caplog) == ["speaks TLS to a port without it"]


GARBAGE = {
    "binary": b"\x00\xff\x80garbage\r\n\r\n",
    "text": b"hello there\r\n\r\n",
    "almost a preface": PREFACE.replace(b"SM", b"MS"),
    "a preface that becomes HTTP/1": PREFACE[:18] + GET,
    "HTTP/3": b"GET / HTTP/3.0\r\n\r\n",
    "endless line": b"GET /" + b"a" * 20_000,
}


@pytest.mark.parametrize("start", GARBAGE.values(), ids=GARBAGE)
def test_without_http1_garbage_is_closed(
    run: Runner, caplog: pytest.LogCaptureFixture, start: bytes
) -> None:
    async def main() -> None:
        async with serving(hello, http1=False) as server:
            assert await ask(server, start) == b""

    run(main())
    assert reasons(caplog) == ["speaks neither HTTP/2 nor HTTP/1"]


@pytest.mark.parametrize("start", GARBAGE.values(), ids=GARBAGE)
def test_with_http1_garbage_is_answered_by_its_engine(
    run: Runner, caplog: pytest.LogCaptureFixture, start: bytes
) -> None:
    async def main() -> None:
        async with serving(hello) as server:
            assert (await ask(server, start)).startswith((b"HTTP/1.1 4", b"HTTP/1.1 505"))

    run(main())
    assert len(reasons(caplog)) == 1


@pytest.mark.parametrize("http1", [True, False])
@pytest.mark.parametrize("start", [b"", PREFACE[:1], PREFACE[:-1]])
def test_no_whole_start_in_time(
    run: Runner, caplog: pytest.LogCaptureFixture, start: bytes, http1: bool
) -> None:
    async def main() -> None:
        async with serving(hello, http1=http1, timeout_handshake=0.25) as server:
            assert await ask(server, start) == b""

    run(main())
    what = "only a part of its first line" if start else "nothing"
    assert reasons(caplog) == [f"said {what} for 0.25 seconds"]


def test_one_that_is_reset_before_it_is_accepted(
    run: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            for _ in range(5):
                with socket.create_connection(listener.getsockname()) as client:
                    client.sendall(b"garbage\r\n")
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            async with serving(hello, bind=(f"fd://{listener.fileno()}",), http1=False):
                reader, writer = await asyncio.open_connection(*listener.getsockname())
                writer.write(PREFACE + SETTINGS)
                assert await reader.readexactly(9)
                writer.close()
                await writer.wait_closed()

    run(main())
    assert caplog.records == []


def test_without_http1_half_a_request_line(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(hello, http1=False, timeout_handshake=0.25) as server:
            assert await ask(server, b"GET / HT") == b""

    run(main())
    assert reasons(caplog) == ["said only a part of its first line for 0.25 seconds"]


@pytest.mark.parametrize("start", [b"", PREFACE[:5]])
def test_one_that_leaves_is_no_matter(
    run: Runner, caplog: pytest.LogCaptureFixture, start: bytes
) -> None:
    async def main() -> None:
        async with serving(hello) as server:
            for _ in range(3):
                async with connected(server) as (reader, writer):
                    writer.write(start)
                    writer.write_eof()
                    assert await reader.read() == b""
            assert (await ask(server)).endswith(b"hello")

    run(main())
    assert caplog.records == []


class TestDrain:
    def test_a_silent_connection_is_given_a_second(self, run: Runner) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            async with serving(hello) as server, connected(server) as (reader, _writer):
                while not await ask(server):
                    pass
                begin = loop.time()
                server.shutdown()
                assert await reader.read() == b""
                took = loop.time() - begin
                assert DRAIN_PATIENCE - 0.1 < took < DRAIN_PATIENCE + 3

        run(main())

    @pytest.mark.slow
    @pytest.mark.parametrize("start", [CLOSING_GET, GET, PREFACE + SETTINGS])
    def test_what_starts_in_it_is_served_to_its_end(self, run: Runner, start: bytes) -> None:
        async def main() -> None:
            async with serving(hello) as server, connected(server) as (reader, writer):
                await ask(server)
                await stops(server)
                writer.write(start)
                assert await reader.readexactly(9)
                await reader.read()

        run(main())

    def test_one_that_is_accepted_in_it(self) -> None:
        bench = Bench()
        acceptance = Acceptance(
            bench.protocol._shell,
            cast("Application", None),
            Connection,
            None,
            timeout=10.0,
        )
        bench.connections.start_drain(bench.loop.now)
        protocol = StartProtocol(acceptance)
        with socket.create_server(("127.0.0.1", 0)) as sock:
            name = sock.getsockname()
            extra = {"socket": sock, "peername": name, "sockname": name}
        transport = FakeTransport(extra=extra)
        protocol.connection_made(transport)
        bench.loop.pass_time(DRAIN_PATIENCE)
        assert transport.log == ["close"]
        protocol.abort()
        assert transport.log == ["close", "abort"]
        protocol.close_if_idle()

    def test_a_short_handshake_time_stays_short(self, run: Runner) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            async with (
                serving(hello, timeout_handshake=0.05) as server,
                connected(server) as (reader, _writer),
            ):
                await ask(server)
                begin = loop.time()
                server.shutdown()
                assert await reader.read() == b""
                assert loop.time() - begin < DRAIN_PATIENCE / 2

        run(main())


class TestPeers:
    def find(self, sock: socket.socket, peer: object) -> Peers | None:
        extra = {"socket": sock, "peername": peer, "sockname": sock.getsockname()}
        return peers_of(FakeTransport(extra=extra))

    def make(self, sock: socket.socket, peer: object) -> Peers:
        peers = self.find(sock, peer)
        assert peers is not None
        return peers

    def test_ipv4(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            peers = self.make(sock, ("192.0.2.1", 5))
            assert peers == Peers(("192.0.2.1", 5), sock.getsockname())
            assert peers.client_name == "192.0.2.1:5"

    def test_ipv6(self) -> None:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as sock:
            peers = self.make(sock, ("2001:db8::1", 5, 0, 0))
            assert peers == Peers(("2001:db8::1", 5), ("::1", sock.getsockname()[1]))
            assert peers.client_name == "[2001:db8::1]:5"

    def test_a_client_that_has_left_already(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            assert self.find(sock, None) is None

    def test_unix(self, tmp_path: Path) -> None:
        path = str(tmp_path / "socket")
        with socket.socket(socket.AF_UNIX) as sock:
            assert self.make(sock, "").server is None
            sock.bind(path)
            peers = self.make(sock, "")
            assert peers == Peers(None, (path, None))
            assert peers.client_name == "unix"

    def test_an_abstract_unix_socket(self) -> None:
        name = b"\0h2corn-test-\xff"
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(name)
            assert self.make(sock, "").server == (name.decode("utf-8", "surrogateescape"), None)
