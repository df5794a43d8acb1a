"""Owns the tests of which requests of HTTP/1.1 ask for HTTP/2. Does not test the change."""

import pytest

from h2corn._h2c_request import asked_settings
from h2corn._http1_head import read_head
from h2corn._http1_limits import Http1Limits

RIGHT = [
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABk",
]


def block(*fields: str, line: str = "GET / HTTP/1.1") -> bytes:
    return "".join(f"{it}\r\n" for it in [line, "Host: a", *fields]).encode()


def asked(*fields: str, line: str = "GET / HTTP/1.1") -> bytes | None:
    return asked_settings(read_head(block(*fields, line=line), Http1Limits()))


@pytest.mark.parametrize(
    "fields",
    [
        RIGHT,
        ["CONNECTION: keep-alive,http2-settings ,UPGRADE", *RIGHT[1:]],
        ["Connection: Upgrade", "Connection: HTTP2-Settings", *RIGHT[1:]],
        [RIGHT[0], "Upgrade: websocket, H2C", RIGHT[2]],
        [*RIGHT, "Content-Length: 0"],
    ],
    ids=["plain", "other case", "two lines", "one of several", "empty body"],
)
def test_asks(fields: list[str]) -> None:
    assert asked(*fields) == b"AAMAAABk"


@pytest.mark.parametrize(
    "fields",
    [
        [],
        RIGHT[:2],
        RIGHT[1:],
        [RIGHT[0], RIGHT[2]],
        [*RIGHT, RIGHT[2]],
        ["Connection: Upgrade", *RIGHT[1:]],
        ["Connection: HTTP2-Settings", *RIGHT[1:]],
        [RIGHT[0], "Upgrade: h2", RIGHT[2]],
        [*RIGHT, "Content-Length: 1"],
        [*RIGHT, "Transfer-Encoding: chunked"],
    ],
    ids=[
        "nothing",
        "no settings",
        "no connection",
        "no upgrade",
        "settings twice",
        "settings not listed",
        "upgrade not listed",
        "h2",
        "a body",
        "chunks",
    ],
)
def test_does_not_ask(fields: list[str]) -> None:
    assert asked(*fields) is None


@pytest.mark.parametrize("line", ["GET / HTTP/1.0", "CONNECT a:1 HTTP/1.1"])
def test_requests_that_cannot_change(line: str) -> None:
    assert asked(*RIGHT, line=line) is None
