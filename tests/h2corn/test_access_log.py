"""A request is one line in the form that users know, whatever the client sends."""

import asyncio
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._access_log import (
    AccessLog,
    client_text,
    forwarded_client_text,
    request_line,
)
from h2corn._line_writer import LineWriter


def logged(
    request: str,
    status: int = 200,
    seconds: float = 0.00093,
    *,
    client: tuple[str, int] | None = ("127.0.0.1", 42952),
    sent: int = 0,
    received: int = 0,
    is_colored: bool = False,
) -> str:
    """Return the text that one request leaves in the log."""
    stream = io.StringIO()

    async def main() -> None:
        writer = LineWriter.for_stream(asyncio.get_running_loop(), stream)
        log = AccessLog(writer, is_colored=is_colored)
        log.add(client_text(client), request, status, seconds, sent=sent, received=received)
        assert stream.getvalue() == ""
        log.close()

    asyncio.run(main())
    return stream.getvalue()


def test_the_line() -> None:
    request = request_line(b"GET", b"/ws", "1.1")
    assert logged(request, sent=25, received=5) == (
        '127.0.0.1:42952     "GET /ws HTTP/1.1" 200  0.93ms tx=25b rx=5b\n'
    )


@pytest.mark.parametrize("is_colored", [False, True])
def test_the_line_of_a_websocket_that_is_over(*, is_colored: bool) -> None:
    request = request_line(b"WEBSOCKET", b"/ws", "1.1")
    assert logged(request, 1000, 0.202, received=5, is_colored=is_colored) == (
        '127.0.0.1:42952     "WEBSOCKET /ws HTTP/1.1" 1000  202ms rx=5b\n'
    )


def test_sizes_are_there_when_they_are_not_0() -> None:
    request = request_line(b"POST", b"/", "2")
    assert logged(request) == '127.0.0.1:42952     "POST / HTTP/2" 200  0.93ms\n'
    assert logged(request, sent=1).endswith("0.93ms tx=1b\n")
    assert logged(request, received=1).endswith("0.93ms rx=1b\n")


@pytest.mark.parametrize(
    ("client", "text"),
    [
        (("127.0.0.1", 42952), "127.0.0.1:42952    "),
        (("203.0.113.255", 65535), "203.0.113.255:65535"),
        (("255.255.255.255", 65535), "255.255.255.255:65535"),
        (("2001:db8::1", 80), "[2001:db8::1]:80   "),
        (("a\nb", 1), "a\\nb:1             "),
        (("203.0.113.9", 0), "203.0.113.9        "),
        (("2001:db8::1", 0), "2001:db8::1        "),
        (None, "unix               "),
    ],
)
def test_clients(client: tuple[str, int] | None, text: str) -> None:
    assert client_text(client) == text
    assert forwarded_client_text(client) == (text if client else "unknown            ")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00ms"),
        (0.000004, "0.00ms"),
        (0.00093, "0.93ms"),
        (0.009994, "9.99ms"),
        (0.009996, "10.0ms"),
        (0.0123, "12.3ms"),
        (0.09994, "99.9ms"),
        (0.09996, "100ms"),
        (0.202, "202ms"),
        (12.3456, "12346ms"),
    ],
)
def test_times(seconds: float, text: str) -> None:
    assert logged("GET / HTTP/2", seconds=seconds).endswith(f'" 200  {text}\n')


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "1b"),
        (1023, "1023b"),
        (1024, "1.0KiB"),
        (1536, "1.5KiB"),
        (1024**2 - 1, "1.0MiB"),
        (100_000_000, "95.4MiB"),
        (1024**3, "1.0GiB"),
        (5 * 1024**4, "5.0TiB"),
        (5000 * 1024**4, "5000.0TiB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert logged("GET / HTTP/2", sent=size).endswith(f" tx={text}\n")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "-"),
        (101, "\x1b[36m101\x1b[0m"),
        (204, "\x1b[32m204\x1b[0m"),
        (304, "\x1b[36m304\x1b[0m"),
        (404, "\x1b[33m404\x1b[0m"),
        (599, "\x1b[31m599\x1b[0m"),
        (999, "999"),
    ],
)
def test_statuses(status: int, text: str) -> None:
    assert f'HTTP/2" {text}  ' in logged("GET / HTTP/2", status, is_colored=True)
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert f'HTTP/2" {plain}  ' in logged("GET / HTTP/2", status)


def test_a_client_cannot_end_the_quotes_or_the_line() -> None:
    request = request_line(b"G\x1bT", b'/" 200  0.01ms\r\n127.0.0.1:1 "GET /', "1.1")
    assert request == (r"G\x1bT /\" 200  0.01ms\x0d\x0a127.0.0.1:1 \"GET / HTTP/1.1")
    assert len(logged(request).splitlines()) == 1


@given(st.binary(min_size=1), st.binary())
def test_any_request_is_one_line_of_printable_ascii(method: bytes, target: bytes) -> None:
    text = logged(request_line(method, target, "2"))
    assert text.endswith("\n")
    assert text[:-1].isascii()
    assert text[:-1].isprintable()
    quotes = text.replace("\\\\", "").replace('\\"', "").count('"')
    assert quotes == 2
