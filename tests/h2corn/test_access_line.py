"""A request is one line in the form that users know, whatever the client sends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._access_line import (
    TextForm,
    client_text,
    forwarded_client_text,
    request_line,
)
from h2corn._log_entry import Entry
from h2corn._query_mask import QueryMask


def logged(
    request: tuple[bytes, bytes, str],
    status: int = 200,
    seconds: float = 0.00093,
    *,
    client: tuple[str, int] | None = ("127.0.0.1", 42952),
    sent: int = 0,
    received: int = 0,
    is_colored: bool = False,
) -> str:
    """Return the line of one request."""
    shown = client_text(client)
    entry = Entry(shown, *request, status, seconds, sent, received, [])
    return TextForm(is_colored=is_colored)(entry)


GET = (b"GET", b"/", "2")


def test_the_line() -> None:
    request = (b"GET", b"/ws", "1.1")
    assert logged(request, sent=25, received=5) == (
        '127.0.0.1:42952     "GET /ws HTTP/1.1" 200  0.93ms tx=25b rx=5b'
    )


@pytest.mark.parametrize("is_colored", [False, True])
def test_the_line_of_a_websocket_that_is_over(*, is_colored: bool) -> None:
    request = (b"WEBSOCKET", b"/ws", "1.1")
    assert logged(request, 1000, 0.202, received=5, is_colored=is_colored) == (
        '127.0.0.1:42952     "WEBSOCKET /ws HTTP/1.1" 1000  202ms rx=5b'
    )


def test_sizes_are_there_when_they_are_not_0() -> None:
    request = (b"POST", b"/", "2")
    assert logged(request) == '127.0.0.1:42952     "POST / HTTP/2" 200  0.93ms'
    assert logged(request, sent=1).endswith("0.93ms tx=1b")
    assert logged(request, received=1).endswith("0.93ms rx=1b")


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
    assert logged(GET, seconds=seconds).endswith(f'" 200  {text}')


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
    assert logged(GET, sent=size).endswith(f" tx={text}")


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
    assert f'HTTP/2" {text}  ' in logged(GET, status, is_colored=True)
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert f'HTTP/2" {plain}  ' in logged(GET, status)


def test_a_client_cannot_end_the_quotes_or_the_line() -> None:
    sent = (b"G\x1bT", b'/" 200  0.01ms\r\n127.0.0.1:1 "GET /', "1.1")
    request = request_line(*sent)
    assert request == (r"G\x1bT /\" 200  0.01ms\x0d\x0a127.0.0.1:1 \"GET / HTTP/1.1")
    assert request in logged(sent)


def test_what_is_masked() -> None:
    entry = Entry(client_text(None), b"GET", b"/a?b=1&token=x", "2", 200, 0.0, 0, 0, [])
    assert '"GET /a?b=1&token=*** HTTP/2"' in TextForm(QueryMask(["token"]))(entry)


@given(st.binary(min_size=1), st.binary())
def test_any_request_is_one_line_of_printable_ascii(method: bytes, target: bytes) -> None:
    text = logged((method, target, "2"))
    assert text.isascii()
    assert text.isprintable()
    assert text.replace("\\\\", "").replace('\\"', "").count('"') == 2
