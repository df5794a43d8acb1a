"""Request heads: what is refused and why, and what a head that is served looks like."""

import pytest

from h2corn._http1_errors import BadRequestError
from h2corn._http1_head import RequestHead, check_request_line, find_end, read_head
from h2corn._http1_limits import Http1Limits
from tests.h2corn.http1_rows import HEAD_ROWS, Row
from tests.h2corn.http1_shell import DEFAULT_LIMITS, refusal_of

HOST = b"Host: a\r\n"
LINE = b"GET / HTTP/1.1\r\n"


def read(data: bytes, limits: Http1Limits = DEFAULT_LIMITS) -> RequestHead:
    return read_head(data, limits)


@pytest.mark.parametrize("row", HEAD_ROWS, ids=lambda row: f"{row.rule} ({row.section})")
def test_refusal(row: Row) -> None:
    status, shell = refusal_of(row.data)
    assert status == row.status
    assert shell.requests == []


def test_rules_differ() -> None:
    rows = HEAD_ROWS
    assert len({row.rule for row in rows}) == len({row.data for row in rows}) == len(rows)


# What is served.


def test_plain_head() -> None:
    head = read(b"GET /a%20b?c=d HTTP/1.1\r\nHOST: a.example:8000\r\nX-Y:\t z \t\r\n")
    assert head.method == b"GET"
    assert head.target == b"/a%20b?c=d"
    assert head.scheme == b"http"
    assert head.authority == b"a.example:8000"
    assert head.headers == [(b"host", b"a.example:8000"), (b"x-y", b"z")]
    assert head.http_version == "1.1"
    assert head.end_stream
    assert not head.expect_continue
    assert head.content_length == -1
    assert not head.is_chunked
    assert head.keep_alive
    assert not head.accepts_trailers


def test_head_is_the_same_when_its_lines_are_known() -> None:
    data = (
        b"POST / HTTP/1.1\r\nHost: a\r\nA-B: c\r\nTE: trailers\r\nConnection: close\r\n"
        b"Cookie: a=1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"
    )
    first, second = read(data), read(data)
    for name in RequestHead.__slots__:
        assert getattr(first, name) == getattr(second, name)
    assert first.headers is not second.headers
    assert first.expect_continue
    assert first.accepts_trailers
    assert not first.keep_alive


@pytest.mark.parametrize("method", [b"GET", b"get", b"PROPFIND", b"!#$%&'*+-.^_`|~1", b"M-SEARCH"])
def test_any_token_is_a_method(method: bytes) -> None:
    assert read(method + b" / HTTP/1.1\r\n" + HOST).method == method


@pytest.mark.parametrize("target", [b"/", b"//a", b"/?", b"/a:b@c", b"/%zz", b'/"<>\\^`{|}', b"/*"])
def test_origin_form_is_kept_as_sent(target: bytes) -> None:
    assert read(b"GET %b HTTP/1.1\r\n" % target + HOST).target == target


@pytest.mark.parametrize(
    ("method", "target", "authority", "path"),
    [
        (b"GET", b"http://b/c?d", b"b", b"/c?d"),
        (b"GET", b"HTTP://b:81", b"b:81", b"/"),
        (b"GET", b"https://b?c", b"b", b"/?c"),
        (b"GET", b"http://[::1]:80/", b"[::1]:80", b"/"),
        (b"OPTIONS", b"http://b", b"b", b"*"),
        (b"OPTIONS", b"http://b/", b"b", b"/"),
        (b"OPTIONS", b"*", b"a", b"*"),
        (b"CONNECT", b"b:443", b"b:443", b""),
        (b"CONNECT", b"[::1]:443", b"[::1]:443", b""),
    ],
)
def test_other_forms(method: bytes, target: bytes, authority: bytes, path: bytes) -> None:
    head = read(b"%b %b HTTP/1.1\r\nA: b\r\n" % (method, target) + HOST)
    assert head.target == path
    assert head.authority == authority
    host = b"a" if method == b"CONNECT" else authority
    assert head.headers == [(b"a", b"b"), (b"host", host)]
    assert head.keep_alive is (method != b"CONNECT")


def test_absolute_form_without_host_in_1_0() -> None:
    head = read(b"GET http://b/ HTTP/1.0\r\nA: b\r\n")
    assert head.headers == [(b"host", b"b"), (b"a", b"b")]
    assert head.authority == b"b"


@pytest.mark.parametrize(
    "value", [b"", b"a", b"a.b:", b"a_b-c~d:80", b"1.2.3.4:65535", b"[::1]", b"[fe80::1%25a]:1"]
)
def test_hosts(value: bytes) -> None:
    head = read(LINE + b"Host: " + value + b"\r\n")
    assert head.authority == value
    assert head.headers == [(b"host", value)]


def test_no_host_in_1_0() -> None:
    head = read(b"GET / HTTP/1.0\r\n")
    assert head.authority == b""
    assert head.http_version == "1.0"


def test_cookies_are_joined_where_the_first_was() -> None:
    head = read(LINE + b"Cookie: a=1\r\n" + HOST + b"Cookie: b=2\r\nA: b\r\ncookie: c=3\r\n")
    assert head.headers == [(b"cookie", b"a=1; b=2; c=3"), (b"host", b"a"), (b"a", b"b")]


def test_lengths() -> None:
    head = read(LINE + HOST + b"Content-Length: 018\r\n")
    assert (head.content_length, head.end_stream) == (18, False)
    head = read(LINE + HOST + b"Content-Length: 0\r\n")
    assert (head.content_length, head.end_stream) == (0, True)
    head = read(LINE + HOST + b"Content-Length: 999999999999999999\r\n")
    assert head.content_length == 10**18 - 1


@pytest.mark.parametrize("value", [b"chunked", b"CHUNKED", b"\t chunked "])
def test_chunked(value: bytes) -> None:
    head = read(LINE + HOST + b"Transfer-Encoding: " + value + b"\r\n")
    assert head.is_chunked
    assert not head.end_stream
    assert head.content_length == -1


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: Upgrade , CLOSE\r\n", False),
        (b"1.1", b"Connection: x\r\nConnection: close\r\n", False),
        (b"1.1", b"Connection: keep-alive, close\r\n", False),
        (b"1.1", b"Connection: closed\r\n", True),
        (b"1.1", b"Proxy-Connection: close\r\n", True),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
        (b"1.0", b"Connection: keep-alive\r\nConnection: close\r\n", False),
        (b"1.0", b"TE: trailers\r\n", False),
    ],
)
def test_persistence(version: bytes, connection: bytes, keeps: bool) -> None:
    head = read(b"GET / HTTP/%b\r\n" % version + HOST + connection)
    assert head.keep_alive is keeps


@pytest.mark.parametrize(
    ("version", "fields", "expects"),
    [
        (b"1.1", b"Content-Length: 1\r\nExpect: 100-Continue\r\n", True),
        (b"1.1", b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", True),
        (b"1.1", b"Content-Length: 0\r\nExpect: 100-continue\r\n", False),
        (b"1.1", b"Expect: 100-continue\r\n", False),
        (b"1.1", b"Content-Length: 1\r\nExpect: 200-ok\r\n", False),
        (b"1.0", b"Content-Length: 1\r\nExpect: 100-continue\r\n", False),
    ],
)
def test_expectations(version: bytes, fields: bytes, expects: bool) -> None:
    assert read(b"POST / HTTP/%b\r\n" % version + HOST + fields).expect_continue is expects


@pytest.mark.parametrize(
    ("version", "value", "accepts"),
    [
        (b"1.1", b"trailers", True),
        (b"1.1", b"gzip;q=0.5, Trailers", True),
        (b"1.1", b"gzip", False),
        (b"1.0", b"trailers", False),
    ],
)
def test_trailers_are_accepted(version: bytes, value: bytes, accepts: bool) -> None:
    head = read(b"GET / HTTP/%b\r\nTE: %b\r\n" % (version, value) + HOST)
    assert head.accepts_trailers is accepts


def test_upgrades_are_ignored() -> None:
    fields = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    head = read(LINE + HOST + fields)
    assert head.http_version == "1.1"
    assert head.keep_alive
    assert (b"upgrade", b"h2c") in head.headers


# The limits are reached, and not crossed.


def test_longest_request_line() -> None:
    assert len(read(b"GET /" + b"a" * 16_370 + b" HTTP/1.1\r\n" + HOST).target) == 16_371


def test_most_fields() -> None:
    assert len(read(LINE + HOST + b"A: b\r\n" * 99).headers) == 100


def test_largest_field() -> None:
    assert len(read(LINE + HOST + b"A: " + b"b" * 32_765 + b"\r\n").headers[1][1]) == 32_765


def test_largest_head() -> None:
    head = LINE + HOST + b"A: b\r\n"
    assert read(head, Http1Limits(max_head=len(head))).headers
    with pytest.raises(BadRequestError):
        read(head, Http1Limits(max_head=len(head) - 1))


# The parts that a head which comes in pieces needs alone.


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"", -1),
        (b"a\r\n", -1),
        (b"a\r\n\r", -1),
        (b"a\r\n\r\n", 3),
        (b"a\r\n\r\nb\r\n\r\n", 3),
        (b"a\n\r\n", 2),
        (b"a\n\n", 3),
        (b"a\n\n\r\n", 3),
        (b"a\r\n\n\r\n", 4),
        (b"a\nb\r\n\r\n", 5),
    ],
)
def test_find_end(data: bytes, end: int) -> None:
    assert find_end(data, 0) == end
    assert find_end(b"\n\n" + data, 2) == (end + 2 if end >= 0 else -1)


def test_request_line_is_too_long_before_it_ends() -> None:
    limits = Http1Limits(max_request_line=20)
    with pytest.raises(BadRequestError) as error:
        check_request_line(b"GET /" + b"a" * 17, limits)
    assert error.value.status == 414
    match = check_request_line(b"GET /aaaaaa HTTP/1.1\r\n", limits)
    assert match.groups() == (b"GET", b"/aaaaaa", b"1")
