"""The PROXY header: in any pieces the same, and each that is not taken one line in the log."""

import ast
import asyncio
import contextlib
import logging
from typing import Any, cast

import pytest

from h2c_core import PREFACE, Connection
from h2corn._application import Application
from h2corn._proxies import proxies_of
from h2corn._proxy_start import ProxyStartProtocol, begin
from h2corn._sniff import Acceptance, StartProtocol
from h2corn.config import Config
from proxyproto import Command, encode_v1, encode_v2
from tests.h2corn.conftest import Runner
from tests.h2corn.fakes import Bench
from tests.h2corn.running import CLOSING_GET, Receive, Send, answer, connected, serving

HEADERS = {
    "v1": encode_v1(("203.0.113.9", 4711), ("192.0.2.1", 443)),
    "v2": encode_v2(("203.0.113.9", 4711), ("192.0.2.1", 443)),
}


async def ends(scope: Any, receive: Receive, send: Send) -> None:
    """Answer with the ends of the connection."""
    assert scope["type"] == "http"
    await answer(send, repr([scope["client"], scope["server"]]).encode())


async def never(scope: Any, receive: Receive, send: Send) -> None:
    raise AssertionError("no application is called")


async def hears_nothing(reader: asyncio.StreamReader) -> None:
    """Wait for the end of a connection on which the server says nothing."""
    # What was not read makes the end a reset.
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, without the addresses of clients."""
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    return [record.getMessage().partition(" ")[2] for record in caplog.records]


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("mode", ["auto", "own"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_header_in_pieces(run: Runner, version: str, mode: str, size: int) -> None:
    async def main() -> bytes:
        options: Any = {"proxy_protocol": version if mode == "own" else mode}
        async with serving(ends, **options) as server, connected(server) as (reader, writer):
            data = HEADERS[version] + CLOSING_GET
            for start in range(0, len(data), size):
                writer.write(data[start : start + size])
                await writer.drain()
                await asyncio.sleep(0)
            return await reader.read()

    body = run(main()).partition(b"\r\n\r\n")[2].decode()
    assert ast.literal_eval(body) == [("203.0.113.9", 4711), ("192.0.2.1", 443)]


def test_http2_behind_it(run: Runner) -> None:
    async def main() -> None:
        async with (
            serving(ends, proxy_protocol="v2") as server,
            connected(server) as (reader, writer),
        ):
            writer.write(HEADERS["v2"] + PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
            frame = await reader.readexactly(9)
            assert frame[3] == 4, "SETTINGS"

    run(main())


@pytest.mark.parametrize(
    ("mode", "data", "reason"),
    [
        ("auto", CLOSING_GET, "the first bytes are not those of a header"),
        ("auto", PREFACE, "the first bytes are not those of a header"),
        ("auto", b"\x16\x03\x01", "the first bytes are not those of a header"),
        ("v1", HEADERS["v2"], "the first bytes are not those of a header"),
        ("v2", HEADERS["v1"], "the first bytes are not those of a version 2 header"),
        ("auto", b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 443 \r\n", ""),
        ("auto", b"PROXY " + b"a" * 102, "no CRLF is in the first 107 bytes"),
        ("auto", HEADERS["v2"][:12] + b"\x11", ""),
        ("auto", HEADERS["v2"][:14] + b"\xff\xff", ""),
    ],
)
def test_what_is_no_header_that_is_taken(
    run: Runner, caplog: pytest.LogCaptureFixture, mode: str, data: bytes, reason: str
) -> None:
    async def main() -> None:
        async with (
            serving(never, proxy_protocol=mode) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(data)
            await hears_nothing(reader)

    run(main())
    (line,) = reasons(caplog)
    assert line.startswith("sent no PROXY header that is taken: ")
    assert reason in line


def test_a_peer_that_is_not_trusted(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        options: Any = {"proxy_protocol": "auto", "forwarded_allow_ips": ("192.0.2.1",)}
        async with serving(never, **options) as server, connected(server) as (reader, _writer):
            await hears_nothing(reader)

    run(main())
    assert reasons(caplog) == ["is not trusted with a PROXY header"]


@pytest.mark.parametrize("sent", [b"", b"PROXY TCP4"])
def test_a_header_that_comes_too_late(
    run: Runner, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    async def main() -> None:
        options: Any = {"proxy_protocol": "auto", "timeout_handshake": 0.05}
        async with serving(never, **options) as server, connected(server) as (reader, writer):
            writer.write(sent)
            await hears_nothing(reader)

    run(main())
    assert reasons(caplog) == ["sent no whole PROXY header in 0.05 seconds"]


def test_that_what_follows_has_no_more_time(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        options: Any = {"proxy_protocol": "auto", "timeout_handshake": 0.05}
        async with serving(never, **options) as server, connected(server) as (reader, writer):
            writer.write(HEADERS["v1"])
            await hears_nothing(reader)

    run(main())
    assert reasons(caplog) == ["said nothing for 0.05 seconds"]
    assert caplog.records[0].getMessage().startswith("203.0.113.9:4711 ")


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_client_that_leaves_in_the_middle(
    run: Runner, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    async def main() -> None:
        async with (
            serving(never, proxy_protocol="auto") as server,
            connected(server) as (reader, writer),
        ):
            writer.write(HEADERS["v2"][:cut])
            writer.write_eof()
            await hears_nothing(reader)

    run(main())
    assert reasons(caplog) == ["left in the middle of its PROXY header"]


def test_a_server_that_stops_in_the_middle(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    """It is not the client who has left."""

    async def main() -> None:
        options: Any = {"proxy_protocol": "auto", "timeout_graceful_shutdown": 0.05}
        async with serving(never, **options) as server, connected(server) as (reader, writer):
            writer.write(HEADERS["v2"][:5])
            await writer.drain()
            async with connected(server) as (other, another):
                # What comes behind it has been read, and so has this.
                another.write(b"x")
                await hears_nothing(other)
            server.shutdown()
            await hears_nothing(reader)

    run(main())
    assert [reason for reason in reasons(caplog) if "left" in reason] == []


@pytest.mark.parametrize("data", [b"", encode_v2(command=Command.LOCAL)])
def test_a_look_whether_the_server_is_there(
    run: Runner, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    async def main() -> None:
        async with (
            serving(never, proxy_protocol="auto") as server,
            connected(server) as (reader, writer),
        ):
            writer.write(data)
            writer.write_eof()
            await hears_nothing(reader)

    run(main())
    assert reasons(caplog) == []


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("off", StartProtocol), ("v1", ProxyStartProtocol), ("auto", ProxyStartProtocol)],
)
def test_the_first_protocol(mode: str, kind: type[StartProtocol]) -> None:
    proxies = proxies_of(Config.from_mapping({"proxy_protocol": mode}))
    acceptance = Acceptance(
        Bench().protocol._shell,
        cast("Application", None),
        Connection,
        None,
        timeout=1.0,
        proxies=proxies,
    )
    assert type(begin(acceptance)) is kind
