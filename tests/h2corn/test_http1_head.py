"""Request heads: what is refused and why, and what a head that is served looks like."""

from typing import NamedTuple

import pytest

from h2corn._http1_errors import BadRequestError
from h2corn._http1_head import RequestHead, check_request_line, find_end, read_head
from h2corn._http1_limits import Http1Limits
from tests.h2corn.http1_shell import DEFAULT_LIMITS, SMUGGLED, refusal_of

HOST = b"Host: a\r\n"
LINE = b"GET / HTTP/1.1\r\n"


class Row(NamedTuple):
    rule: str
    section: str
    """Of RFC 9112, unless another one is named; `limit` where it is ours."""
    data: bytes
    status: int = 400


def line(rule: str, section: str, text: bytes, status: int = 400) -> Row:
    return Row(rule, section, text + b"\r\n" + HOST + b"\r\n", status)


def field(rule: str, section: str, text: bytes, status: int = 400) -> Row:
    return Row(rule, section, LINE + HOST + text + b"\r\n\r\n", status)


def host(rule: str, text: bytes) -> Row:
    return Row(rule, "3.2", LINE + text + b"\r\n")


def body(rule: str, section: str, text: bytes, status: int = 400) -> Row:
    """A framing fault, with a request in what some would take for the body."""
    data = b"POST / HTTP/1.1\r\n" + HOST + text + b"\r\n\r\n" + SMUGGLED
    return Row(rule, section, data, status)


REQUEST_LINES = [
    line("no version", "3", b"GET /"),
    line("version in lower case", "2.3", b"GET / http/1.1"),
    line("version with two digits behind the point", "2.3", b"GET / HTTP/1.10"),
    line("version with two digits before the point", "2.3", b"GET / HTTP/11.1"),
    line("version without a point", "2.3", b"GET / HTTP/11"),
    line("version with a sign", "2.3", b"GET / HTTP/+1.1"),
    line("name of the protocol misspelt", "2.3", b"GET / HTPP/1.1"),
    line("version 0.9", "RFC 9110 15.6.6", b"GET / HTTP/0.9", 505),
    line("version 1.2", "RFC 9110 15.6.6", b"GET / HTTP/1.2", 505),
    line("version 2.0", "RFC 9110 15.6.6", b"PRI * HTTP/2.0", 505),
    line("version 3.0", "RFC 9110 15.6.6", b"GET / HTTP/3.0", 505),
    line("space before the method", "3", b" GET / HTTP/1.1"),
    line("two spaces before the target", "3", b"GET  / HTTP/1.1"),
    line("two spaces behind the target", "3", b"GET /  HTTP/1.1"),
    line("tab before the target", "3", b"GET\t/ HTTP/1.1"),
    line("tab behind the target", "3", b"GET /\tHTTP/1.1"),
    line("form feed before the target", "3", b"GET\x0c/ HTTP/1.1"),
    line("space behind the version", "3", b"GET / HTTP/1.1 "),
    line("tab behind the version", "3", b"GET / HTTP/1.1\t"),
    line("four words", "3", b"GET / / HTTP/1.1"),
    line("no target", "3", b"GET HTTP/1.1"),
    line("no method", "3", b"/ HTTP/1.1"),
    line("a response", "3", b"HTTP/1.1 200 OK"),
    line("method with a separator", "RFC 9110 5.6.2", b"GE(T / HTTP/1.1"),
    line("method with a colon", "RFC 9110 5.6.2", b"GET: / HTTP/1.1"),
    line("method with NUL", "RFC 9110 5.6.2", b"GE\x00T / HTTP/1.1"),
    line("method beyond ASCII", "RFC 9110 5.6.2", b"G\xc3\x89T / HTTP/1.1"),
    line("method above the limit", "limit", b"G" * 16_385 + b" / HTTP/1.1", 414),
    line("target above the limit", "3", b"GET /" + b"a" * 16_371 + b" HTTP/1.1", 414),
    line("target with NUL", "3.2", b"GET /\x00 HTTP/1.1"),
    line("target with DEL", "3.2", b"GET /\x7f HTTP/1.1"),
    line("target beyond ASCII", "3.2", b"GET /\xc3\xa9 HTTP/1.1"),
    line("target with a bare CR", "2.2", b"GET /\rHTTP/1.1"),
    line("bare CR behind the version", "2.2", b"GET / HTTP/1.1\r"),
    line("target with a fragment", "3.2", b"GET /#a HTTP/1.1"),
    Row("request line that ends with a bare LF", "2.2", b"GET / HTTP/1.1\n" + HOST + b"\r\n"),
    Row("request line that ends with a bare CR", "2.2", b"GET / HTTP/1.1\r" + HOST + b"\r\n"),
    Row("empty line of a bare LF before it", "2.2", b"\n" + LINE + HOST + b"\r\n"),
    Row("two empty lines before it", "2.2", b"\r\n\r\n" + LINE + HOST + b"\r\n"),
]

TARGETS = [
    line("relative path", "3.2", b"GET a HTTP/1.1"),
    line("query alone", "3.2", b"GET ?a HTTP/1.1"),
    line("asterisk for another method than OPTIONS", "3.2.4", b"GET * HTTP/1.1"),
    line("asterisk and more", "3.2.4", b"OPTIONS *a HTTP/1.1"),
    line("another scheme", "RFC 9110 7.4", b"GET ftp://a/ HTTP/1.1"),
    line("no host in the URI", "RFC 9110 4.2.1", b"GET http:///a HTTP/1.1"),
    line("port without a host in the URI", "RFC 9110 4.2.1", b"GET http://:80/ HTTP/1.1"),
    line("user information in the URI", "RFC 9110 4.2.4", b"GET http://b@a/ HTTP/1.1"),
    line("port in the URI that is no number", "RFC 3986 3.2.3", b"GET http://a:b/ HTTP/1.1"),
    line("address in the URI that does not end", "RFC 3986 3.2.2", b"GET http://[::1/ HTTP/1.1"),
    line("backslash for a slash", "RFC 3986 3.2.2", b"GET http://a\\b/ HTTP/1.1"),
    line("one slash in the URI", "3.2.2", b"GET http:/a/ HTTP/1.1"),
    line("authority for another method than CONNECT", "3.2.3", b"GET a:80 HTTP/1.1"),
    line("CONNECT to a path", "3.2.3", b"CONNECT / HTTP/1.1"),
    line("CONNECT to a URI", "3.2.3", b"CONNECT http://a:80/ HTTP/1.1"),
    line("CONNECT without a port", "RFC 9110 9.3.6", b"CONNECT a HTTP/1.1"),
    line("CONNECT to an empty port", "RFC 9110 9.3.6", b"CONNECT a: HTTP/1.1"),
    line("CONNECT to a port that is no number", "RFC 9110 9.3.6", b"CONNECT a:b HTTP/1.1"),
    line("CONNECT without a host", "RFC 9110 9.3.6", b"CONNECT :80 HTTP/1.1"),
]

HOSTS = [
    host("none in 1.1", b""),
    host("two that differ", b"Host: a\r\nHost: b\r\n"),
    host("two that agree", b"Host: a\r\nHost: a\r\n"),
    host("two of another case", b"Host: a\r\nhOST: b\r\n"),
    Row("two in 1.0", "3.2", b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    Row("none beside a URI", "3.2.2", b"GET http://a/ HTTP/1.1\r\n\r\n"),
    host("a list", b"Host: a, b\r\n"),
    host("two words", b"Host: a b\r\n"),
    host("user information", b"Host: b@a\r\n"),
    host("path", b"Host: a/b\r\n"),
    host("query", b"Host: a?b\r\n"),
    host("scheme", b"Host: http://a\r\n"),
    host("quotes", b'Host: "a"\r\n'),
    host("beyond ASCII", b"Host: \xc3\xa9\r\n"),
    host("port that is no number", b"Host: a:b\r\n"),
    host("port of six digits", b"Host: a:100000\r\n"),
    host("two ports", b"Host: a:80:80\r\n"),
    host("address that does not end", b"Host: [::1\r\n"),
    host("something behind an address", b"Host: [::1]a\r\n"),
    host("address without brackets", b"Host: ::1\r\n"),
]

FIELDS = [
    field("space before the colon", "5.1", b"A : b"),
    field("tab before the colon", "5.1", b"A\t: b"),
    field("space before the colon of a framing field", "5.1", b"Content-Length : 1"),
    field("no colon", "5", b"A"),
    field("empty name", "5", b": b"),
    field("space in a name", "5.1", b"A b: c"),
    field("separator in a name", "5.1", b"A(b): c"),
    field("NUL in a name", "5.1", b"A\x00: b"),
    field("name beyond ASCII", "5.1", b"\xc3\x89: b"),
    field("folded line with a space", "5.2", b"A: b\r\n c"),
    field("folded line with a tab", "5.2", b"A: b\r\n\tc"),
    Row("space before the first field", "2.2", LINE + b" A: b\r\n" + HOST + b"\r\n"),
    field("line of white space", "5.2", b"A: b\r\n "),
    field("NUL in a value", "RFC 9110 5.5", b"A: b\x00c"),
    field("bare CR in a value", "2.2", b"A: b\rc"),
    field("bare CR at the end of a value", "2.2", b"A: b\r"),
    field("bare LF in a value", "2.2", b"A: b\nc"),
    field("bare LF and a field behind it", "2.2", b"A: b\nContent-Length: 5"),
    field("DEL in a value", "RFC 9110 5.5", b"A: b\x7f"),
    field("control character in a value", "RFC 9110 5.5", b"A: b\x01c"),
    field("vertical tab for white space", "RFC 9110 5.6.3", b"A: \x0bb"),
    Row("empty line of a bare LF", "2.2", LINE + HOST + b"\n"),
    Row("last line with a bare LF", "2.2", LINE + b"Host: a\n\r\n"),
    Row("bare LF everywhere", "2.2", b"GET / HTTP/1.1\nHost: a\n\n"),
    field("name above the limit", "limit", b"a" * 32_766 + b": b", 431),
    field("value above the limit", "limit", b"A: " + b"b" * 32_766, 431),
    field("one field more than 100", "limit", b"\r\n".join([b"A: b"] * 100), 431),
    field("head above the limit", "limit", b"\r\n".join([b"A: " + b"b" * 32_000] * 33), 431),
]

FRAMING = [
    body("length beside a coding", "6.3", b"Content-Length: 4\r\nTransfer-Encoding: chunked"),
    body("coding before a length", "6.3", b"Transfer-Encoding: chunked\r\nContent-Length: 4"),
    body("length zero beside a coding", "6.3", b"Content-Length: 0\r\nTransfer-Encoding: chunked"),
    body("two lengths that differ", "6.3", b"Content-Length: 4\r\nContent-Length: 5"),
    body("two lengths that agree", "6.3", b"Content-Length: 4\r\nContent-Length: 4"),
    body("list of lengths", "6.3", b"Content-Length: 4, 4"),
    body("no length", "6.3", b"Content-Length:"),
    body("length below zero", "6.2", b"Content-Length: -1"),
    body("length with a sign", "6.2", b"Content-Length: +4"),
    body("length in hexadecimal", "6.2", b"Content-Length: 0x4"),
    body("length with a fraction", "6.2", b"Content-Length: 4.0"),
    body("length with an underscore", "6.2", b"Content-Length: 1_0"),
    body("length of two numbers", "6.2", b"Content-Length: 4 4"),
    body("length in quotes", "6.2", b'Content-Length: "4"'),
    body("length in other digits", "6.2", "Content-Length: \u0664".encode()),
    body("length of 19 digits", "6.2", b"Content-Length: 1000000000000000000"),
    Row(
        "coding in 1.0",
        "6.1",
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    ),
    body("unknown coding alone", "6.3", b"Transfer-Encoding: x"),
    body("unknown coding before chunked", "6.1", b"Transfer-Encoding: x, chunked", 501),
    body("known coding before chunked", "6.1", b"Transfer-Encoding: gzip, chunked", 501),
    body(
        "coding before chunked in two lines",
        "6.1",
        b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
        501,
    ),
    body("chunked before another coding", "6.3", b"Transfer-Encoding: chunked, gzip"),
    body("chunked twice", "6.1", b"Transfer-Encoding: chunked, chunked"),
    body("chunked twice and another", "6.1", b"Transfer-Encoding: chunked, x, chunked"),
    body(
        "chunked twice in two lines",
        "6.1",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ),
    body("chunked and nothing", "6.1", b"Transfer-Encoding: chunked,"),
    body("nothing and chunked", "6.1", b"Transfer-Encoding: , chunked"),
    body("no coding", "6.3", b"Transfer-Encoding:"),
    body("identity", "7", b"Transfer-Encoding: identity"),
    body("chunked with a parameter", "7", b"Transfer-Encoding: chunked;q=1"),
    body("chunked in quotes", "7", b'Transfer-Encoding: "chunked"'),
    body("chunked and a letter", "7", b"Transfer-Encoding: xchunked"),
    body("chunked and a control character", "RFC 9110 5.5", b"Transfer-Encoding: \x0bchunked"),
    body("chunked without a comma", "6.1", b"Transfer-Encoding: x chunked"),
]

ROWS = REQUEST_LINES + TARGETS + HOSTS + FIELDS + FRAMING


def read(data: bytes, limits: Http1Limits = DEFAULT_LIMITS) -> RequestHead:
    return read_head(data, limits)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule} ({row.section})")
def test_refusal(row: Row) -> None:
    status, shell = refusal_of(row.data)
    assert status == row.status
    assert shell.requests == []


def test_rules_differ() -> None:
    assert len({row.rule for row in ROWS}) == len({row.data for row in ROWS}) == len(ROWS)


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
