"""Field lines: their memos, and trailer sections; the rules of a line are rows of the head's."""

import pytest

from h2corn import _http1_fields
from h2corn._http1_errors import BadRequestError
from h2corn._http1_fields import (
    CLOSE,
    COOKIE,
    EXPECT,
    FRAMING,
    HOST,
    KEEP_ALIVE,
    KNOWN_LINES,
    KNOWN_SPECIAL_LINES,
    TRAILERS,
    is_token,
    list_members,
    read_field,
    read_trailers,
    split_lines,
)
from h2corn._http1_limits import Http1Limits
from tests.h2corn.http1_shell import DEFAULT_LIMITS


@pytest.fixture(autouse=True)
def _empty_memos() -> None:
    for memo in (KNOWN_LINES, KNOWN_SPECIAL_LINES, _http1_fields._known_names):
        memo.clear()


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (b"A: b", 0),
        (b"Host: a", HOST),
        (b"Cookie: a=b", COOKIE),
        (b"Content-Length: 1", FRAMING),
        (b"Transfer-Encoding: chunked", FRAMING),
        (b"Connection: close, keep-alive", CLOSE | KEEP_ALIVE),
        (b"Connection: x", 0),
        (b"TE: trailers", TRAILERS),
        (b"Expect: 100-continue", EXPECT),
        (b"Authorization: Basic YTpi", 0),
    ],
)
def test_meanings(line: bytes, meaning: int) -> None:
    assert read_field(line, DEFAULT_LIMITS)[1] == meaning


@pytest.mark.parametrize("value", [b"a\tb", b"\xe9\xff", b"\x80", b"\xa0", "\u00e9".encode()])
def test_text_that_is_not_printable_is_no_control_character(value: bytes) -> None:
    assert read_field(b"a: " + value, DEFAULT_LIMITS) == ((b"a", value), 0)


def test_lines_are_remembered() -> None:
    field, _ = read_field(b"A: b", DEFAULT_LIMITS)
    assert {b"A: b": field} == KNOWN_LINES
    read_field(b"Host: a", DEFAULT_LIMITS)
    assert KNOWN_SPECIAL_LINES == {b"Host: a": ((b"host", b"a"), HOST)}


@pytest.mark.parametrize(
    "line",
    [
        b"Authorization: Basic YTpi",
        b"Proxy-Authorization: Basic YTpi",
        b"Cookie: a=b",
        b"X-Request-Id: 1",
        b"Content-Length: 1",
        b"Transfer-Encoding: chunked",
        b"A: " + b"b" * 254,
        b"Host: " + b"b" * 251,
    ],
)
def test_lines_that_are_not_remembered(line: bytes) -> None:
    read_field(line, DEFAULT_LIMITS)
    assert not KNOWN_LINES
    assert not KNOWN_SPECIAL_LINES


@pytest.mark.parametrize("line", [b"A : b", b"A", b"A: \x00", b"Host: a b"])
def test_what_is_refused_is_not_remembered(line: bytes) -> None:
    for _ in range(2):
        with pytest.raises(BadRequestError):
            read_field(line, DEFAULT_LIMITS)
    assert not KNOWN_LINES
    assert not KNOWN_SPECIAL_LINES


def test_memos_are_bounded() -> None:
    for number in range(5000):
        read_field(b"A: %d" % number, DEFAULT_LIMITS)
        read_field(b"Host: a%d" % number, DEFAULT_LIMITS)
        read_field(b"B%d: a" % number, DEFAULT_LIMITS)
        assert len(KNOWN_LINES) <= 1024
        assert len(KNOWN_SPECIAL_LINES) <= 64
        assert len(_http1_fields._known_names) <= 512
    long_name = b"a" * 65
    read_field(long_name + b": b", DEFAULT_LIMITS)
    assert long_name not in _http1_fields._known_names


def test_list_members() -> None:
    assert list_members(b"A, b\t,,c") == [b"a", b"b", b"", b"c"]


def test_token() -> None:
    assert is_token(b"!#$%&'*+-.^_`|~09AZaz")
    for octet in b'()<>@,;:\\"/[]?={} \t\x00\x7f\x80':
        assert not is_token(b"a" + bytes([octet]))
    assert not is_token(b"")


def test_split_lines() -> None:
    assert split_lines(b"a\r\n\r\nb\r\n") == [b"a", b"", b"b"]
    for block in (b"a", b"a\n", b"a\r\nb\n"):
        with pytest.raises(BadRequestError):
            split_lines(block)


def test_trailers_without_what_may_not_be_there() -> None:
    block = (
        b"A: b\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\nHost: a\r\nCookie: a\r\n"
        b"Authorization: a\r\nConnection: close\r\nTrailer: a\r\nTraceParent: 00-1\r\n"
    )
    assert read_trailers(block, DEFAULT_LIMITS) == [(b"a", b"b"), (b"traceparent", b"00-1")]


def test_trailers_are_counted() -> None:
    limits = Http1Limits(max_fields=2)
    assert len(read_trailers(b"A: b\r\n" * 2, limits)) == 2
    with pytest.raises(BadRequestError) as error:
        read_trailers(b"A: b\r\n" * 3, limits)
    assert error.value.status == 431
