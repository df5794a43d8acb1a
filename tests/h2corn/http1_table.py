"""Owns the table of requests that are malformed, ambiguous or at a border of what is allowed.

Does not run it. Each row has one rule, where it is written, the one right answer, and the fate of
the connection: what stands behind it is the next request, or is never read as one.
"""

from typing import NamedTuple

from h2corn._http1_limits import Http1Limits
from tests.h2corn.http1_rows import (
    CHUNK,
    CHUNKED,
    CHUNKED_ROWS,
    HEAD_ROWS,
    HOST,
    LAST,
    LINE,
    head_of,
)

GET = LINE + HOST + b"\r\n"
HANDSHAKE = (
    b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)
POST = b"POST / HTTP/1.1\r\n" + HOST
FIVE = b"Content-Length: 5\r\n\r\nhello"

EARLY = b"/early"
"""The target of requests that are answered without a look at their bodies."""


class Case(NamedTuple):
    rule: str
    section: str
    """Of RFC 9112, unless another one is named; `limit` where it is ours."""
    data: bytes
    statuses: tuple[int, ...]
    """Of the answers to `data`."""
    goes_on: bool
    """Whether what follows is the next request. If not, the connection is closed."""
    seen: tuple[bytes, ...] = ()
    """What the application was called with, as `METHOD TARGET HOST BODY`, of each; behind that in
    braces what else the head or the body says."""


def served(rule: str, section: str, data: bytes, seen: bytes = b"GET / a ") -> Case:
    return Case(rule, section, data, (200,), True, (seen,))


def line(rule: str, section: str, text: bytes, seen: bytes) -> Case:
    return served(rule, section, text + b"\r\n" + HOST + b"\r\n", seen)


def field(rule: str, section: str, text: bytes) -> Case:
    return served(rule, section, LINE + HOST + text + b"\r\n\r\n")


def host(rule: str, section: str, text: bytes) -> Case:
    return served(rule, section, LINE + b"Host:" + text + b"\r\n\r\n", b"GET / %b " % text.strip())


def body(rule: str, section: str, text: bytes, content: bytes = b"hello") -> Case:
    return served(rule, section, POST + text, b"POST / a " + content)


def chunks(rule: str, section: str, text: bytes, content: bytes = b"abc") -> Case:
    return served(rule, section, CHUNKED + text, b"POST / a " + content)


def last(case: Case) -> Case:
    """Make a row whose request is served, and is the last."""
    return case._replace(goes_on=False)


LINES_SERVED = [
    served("empty line before the request line", "2.2", b"\r\n" + GET),
    line("method nobody knows", "RFC 9110 9.1", b"BREW / HTTP/1.1", b"BREW / a "),
    line("method in lower case", "RFC 9110 9.1", b"get / HTTP/1.1", b"get / a "),
    line("every character of a token", "RFC 9110 5.6.2", b"!#$%&'*+-.^_`|~ / HTTP/1.1",
         b"!#$%&'*+-.^_`|~ / a "),
    line("path with two slashes", "3.2.1", b"GET //b/c HTTP/1.1", b"GET //b/c a "),
    line("path with dots", "3.2.1", b"GET /../b HTTP/1.1", b"GET /../b a "),
    line("path with an encoded slash and NUL", "3.2.1", b"GET /%2f%00 HTTP/1.1", b"GET /%2f%00 a "),
    line("query with a question mark", "3.2.1", b"GET /?a?b=c HTTP/1.1", b"GET /?a?b=c a "),
    line("query with a URI", "3.2.1", b"GET /?http://b/ HTTP/1.1", b"GET /?http://b/ a "),
    line("URI with another authority than Host", "3.2.2", b"GET http://b/c HTTP/1.1",
         b"GET /c b "),
    line("URI with a port", "3.2.2", b"GET http://b:80/ HTTP/1.1", b"GET / b:80 "),
    line("URI with an address", "3.2.2", b"GET http://[::1]/ HTTP/1.1", b"GET / [::1] "),
    line("URI without a path", "3.2.2", b"GET http://b HTTP/1.1", b"GET / b "),
    line("URI without a path and with a query", "3.2.2", b"GET http://b?c HTTP/1.1", b"GET /?c b "),
    line("URI in upper case", "RFC 9110 4.2.3", b"GET HTTP://b/ HTTP/1.1", b"GET / b "),
    line("asterisk for OPTIONS", "3.2.4", b"OPTIONS * HTTP/1.1", b"OPTIONS * a "),
    line("OPTIONS of a whole server by a URI", "3.2.4", b"OPTIONS http://b HTTP/1.1",
         b"OPTIONS * b "),
    line("OPTIONS of a path by a URI", "3.2.4", b"OPTIONS http://b/ HTTP/1.1", b"OPTIONS / b "),
    line("OPTIONS of a query by a URI", "3.2.4", b"OPTIONS http://b?c HTTP/1.1", b"OPTIONS /?c b "),
    line("request line at the limit", "3", b"GET /" + b"a" * 16_370 + b" HTTP/1.1",
         b"GET /" + b"a" * 16_370 + b" a "),
]  # fmt: skip

FIELDS_SERVED = [
    host("port", "3.2", b" a:80"),
    host("empty port", "3.2", b" a:"),
    host("address", "3.2", b" [::1]:80"),
    host("empty", "3.2", b""),
    host("no white space before it", "5.1", b"a"),
    host("white space around it", "5.1", b" \t a \t"),
    host("dot at its end", "RFC 3986 3.2.2", b" a."),
    field("empty value", "RFC 9110 5.5", b"A:"),
    field("white space for a value", "RFC 9110 5.5", b"A: \t "),
    field("tab in a value", "RFC 9110 5.5", b"A: b\tc"),
    field("value beyond ASCII", "RFC 9110 5.5", b"A: \xc3\xa9\xff"),
    field("value of bytes that are no letters", "RFC 9110 5.5", b"A: \x80\x9f\xa0\xad"),
    field("colons in a value", "5", b"A:: b:c"),
    field("name that looks like a framing field", "RFC 9110 5.1", b"Content_Length: 35"),
    field("field line at the limit", "limit", b"A: " + b"b" * 32_765),
    served("one hundred fields", "limit", LINE + HOST + b"A: b\r\n" * 99 + b"\r\n"),
    served("head at the limit", "limit", head_of(1_048_576) + b"\r\n"),
    field("unwanted upgrade", "RFC 9110 7.8", b"Connection: upgrade\r\nUpgrade: foo/2"),
    field("upgrade to h2c, which is off", "RFC 9110 7.8",
          b"Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"),
    field("upgrade to TLS", "RFC 2817 3.1", b"Connection: upgrade\r\nUpgrade: TLS/1.0"),
    field("upgrade without connection", "RFC 9110 7.8",
          b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA"),
    field("websocket without a key", "RFC 6455 4.2.1",
          b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
    body("upgrade with a body", "RFC 9110 7.8", b"Connection: upgrade\r\nUpgrade: foo\r\n" + FIVE),
    field("connection nominates Host", "RFC 9110 7.6.1", b"Connection: host"),
    field("connection nominates framing", "RFC 9110 7.6.1", b"Connection: content-length"),
    field("connection names close in quotes", "RFC 9110 7.6.1", b'Connection: "close"'),
    field("connection names a longer word", "RFC 9110 7.6.1", b"Connection: closed"),
    field("connection keeps alive in 1.1", "9.3", b"Connection: keep-alive"),
    field("empty connection", "RFC 9110 5.6.1", b"Connection: , ,"),
    field("expectation that nobody knows", "RFC 9110 10.1.1", b"Expect: the-unexpected"),
    field("expectation without a body", "RFC 9110 10.1.1", b"Expect: 100-continue"),
    body("expectation and a body that comes unasked", "RFC 9110 10.1.1",
         b"Expect: 100-Continue\r\n" + FIVE, b"hello {expects}"),
    body("expectation of something else and a body", "RFC 9110 10.1.1",
         b"Expect: 100-continue, b\r\n" + FIVE),
    served("one cookie", "RFC 6265 5.4", LINE + HOST + b"Cookie: b=c\r\n\r\n",
           b"GET / a  {cookie: b=c}"),
    served("two cookies", "RFC 9113 8.2.3",
           LINE + b"Cookie: b=c\r\n" + HOST + b"COOKIE: d=e\r\n\r\n",
           b"GET / a  {cookie: b=c; d=e}"),
    served("trailers are wanted", "RFC 9110 6.5.1",
           LINE + HOST + b"TE: deflate;q=0.5, Trailers\r\n\r\n", b"GET / a  {trailers}"),
    field("codings are wanted", "RFC 9110 10.1.4", b"TE: deflate"),
    served("handshake of a WebSocket", "RFC 6455 4.2.1", LINE + HOST + HANDSHAKE + b"\r\n",
           b"GET / a  {websocket}"),
    served("handshake of a WebSocket by another method", "RFC 6455 4.2.1",
           b"PUT / HTTP/1.1\r\n" + HOST + HANDSHAKE + b"\r\n", b"PUT / a "),
    body("handshake of a WebSocket with a body", "RFC 6455 4.2.1", HANDSHAKE + FIVE),
    served("handshake of a WebSocket by a GET with a body", "RFC 6455 4.2.1",
           LINE + HOST + HANDSHAKE + FIVE, b"GET / a hello"),
    field("handshake of a WebSocket with another connection", "RFC 6455 4.2.1",
          HANDSHAKE.replace(b", Upgrade", b", TE").removesuffix(b"\r\n")),
    field("handshake of a WebSocket with two keys", "RFC 6455 11.3.1",
          HANDSHAKE + b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="),
    field("handshake of a WebSocket without connection", "RFC 6455 4.2.1",
          HANDSHAKE.partition(b"\r\n")[2].removesuffix(b"\r\n")),
    field("handshake of something else", "RFC 6455 4.2.1",
          HANDSHAKE.replace(b": websocket", b": websockets").removesuffix(b"\r\n")),
    field("keep-alive header", "RFC 2068 19.7.1", b"Keep-Alive: timeout=1"),
    field("trailers announced", "RFC 9110 6.6.2", b"Trailer: A"),
]  # fmt: skip

BODIES_SERVED = [
    body("length", "6.2", FIVE),
    body("length with zeros before it", "6.2", b"Content-Length: 0005\r\n\r\nhello"),
    body("length with white space around it", "5.1", b"Content-Length:\t 5 \t\r\n\r\nhello"),
    body("length of zero", "6.2", b"Content-Length: 0\r\n\r\n", b""),
    body("neither length nor coding", "6.3", b"\r\n", b""),
    body("body that looks like a request", "6.2",
         b"Content-Length: %d\r\n\r\n%b" % (len(GET), GET), GET),
    served("body of a GET", "RFC 9110 9.3.1", LINE + HOST + FIVE, b"GET / a hello"),
    served("body of OPTIONS for a whole server", "RFC 9110 9.3.7",
           b"OPTIONS * HTTP/1.1\r\n" + HOST + FIVE, b"OPTIONS * a hello"),
    served("body of a method nobody knows", "6.3",
           b"BREW / HTTP/1.1\r\n" + HOST + FIVE, b"BREW / a hello"),
    served("chunked body of a GET", "6.3", CHUNKED.replace(b"POST", b"GET") + CHUNK + LAST,
           b"GET / a abc"),
    served("chunked body of a DELETE", "RFC 9110 9.3.5",
           CHUNKED.replace(b"POST", b"DELETE") + CHUNK + LAST, b"DELETE / a abc"),
    chunks("one chunk", "7.1", CHUNK + LAST),
    chunks("no chunk", "7.1", LAST, b""),
    chunks("last chunk of many zeros", "7.1", CHUNK + b"0000000000000000\r\n\r\n"),
    chunks("size with zeros before it", "7.1", b"0000000000000003\r\nabc\r\n" + LAST),
    chunks("size in upper case", "7.1", b"A\r\n0123456789\r\n" + LAST, b"0123456789"),
    chunks("size in lower case", "7.1", b"a\r\n0123456789\r\n" + LAST, b"0123456789"),
    chunks("size of two digits", "7.1", b"1a\r\n%b\r\n" % (b"b" * 26) + LAST, b"b" * 26),
    chunks("chunk that looks like the last one", "7.1", b"5\r\n0\r\n\r\n\r\n" + LAST,
           b"0\r\n\r\n"),
    chunks("extension", "7.1.1", b"3;a\r\nabc\r\n0;b\r\n\r\n"),
    chunks("extension in quotes", "7.1.1", b'3;a="b;c \\" d"\r\nabc\r\n' + LAST),
    chunks("extension in quotes beyond ASCII", "RFC 9110 5.6.4",
           b'3;a="\xc3\xa9\t\\\xff"\r\nabc\r\n' + LAST),
    chunks("three extensions", "7.1.1", b'3;a;b=c;d="e"\r\nabc\r\n' + LAST),
    chunks("extensions that are together at the limit", "limit",
           b"1;%b\r\na\r\n" % (b"b" * 200) * 80 + b"1;%b\r\na\r\n" % (b"b" * 60)
           + b"0000000000000001\r\na\r\n" + LAST, b"a" * 82),
    chunks("extensions that are together below the limit", "limit",
           b"1;%b\r\na\r\n" % (b"b" * 200) * 80 + LAST, b"a" * 80),
    chunks("extension at the limit", "limit", b"3;" + b"a" * 252 + b"\r\nabc\r\n" + LAST),
    chunks("trailer", "7.1.2", CHUNK + b"0\r\nA: b\r\n\r\n", b"abc {A: b}".lower()),
    chunks("length in a trailer", "RFC 9110 6.5.1", CHUNK + b"0\r\nContent-Length: 99\r\n\r\n"),
    chunks("coding in a trailer", "RFC 9110 6.5.1",
           CHUNK + b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    chunks("host in a trailer", "RFC 9110 6.5.1", CHUNK + b"0\r\nHost: b\r\n\r\n"),
    chunks("connection in a trailer", "RFC 9110 6.5.1", CHUNK + b"0\r\nConnection: close\r\n\r\n"),
    chunks("one hundred trailers", "limit", CHUNK + b"0\r\n" + b"A: b\r\n" * 100 + b"\r\n",
           b"abc" + b" {a: b}" * 100),
    chunks("trailers at the limit", "limit",
           CHUNK + b"0\r\nA: " + b"b" * 8_187 + b"\r\n\r\n", b"abc {a: %b}" % (b"b" * 8_187)),
    served("coding in another case", "RFC 9110 5.6.1", POST + b"TRANSFER-encoding: Chunked\r\n\r\n"
           + CHUNK + LAST, b"POST / a abc"),
    served("answer before the body", "9.3", POST.replace(b"/ ", EARLY + b" ") + FIVE,
           b"POST /early a "),
    served("answer before chunks", "9.3",
           CHUNKED.replace(b"/ ", EARLY + b" ") + CHUNK + LAST, b"POST /early a "),
]  # fmt: skip

LAST_ONES = [
    last(field("connection says close", "9.6", b"Connection: close")),
    last(field("connection says close in upper case", "9.6", b"Connection: CLOSE")),
    last(field("connection says close among others", "9.6", b"Connection: a, close ,b")),
    last(field("connection says close and keep-alive", "9.3", b"Connection: keep-alive, close")),
    last(field("connection says close in a second line", "9.6",
               b"Connection: keep-alive\r\nConnection: close")),
    last(served("1.0", "9.3", b"GET / HTTP/1.0\r\n" + HOST + b"\r\n")),
    last(served("1.0 without Host", "3.2", b"GET / HTTP/1.0\r\n\r\n", b"GET /  ")),
    last(served("1.0 says close and keep-alive", "9.3",
                b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n" + HOST + b"\r\n")),
    last(served("1.0 expects 100", "RFC 9110 10.1.1",
                b"POST / HTTP/1.0\r\nExpect: 100-continue\r\n" + HOST + FIVE, b"POST / a hello")),
    last(served("answer before a body that is too long to be dropped", "9.6",
                POST.replace(b"/ ", EARLY + b" ") + b"Content-Length: 300000\r\n\r\n",
                b"POST /early a ")),
    Case("CONNECT", "RFC 9110 9.3.6",
         b"CONNECT b:443 HTTP/1.1\r\n" + HOST + b"\r\n", (501,), False),
    Case("CONNECT with a body", "RFC 9110 9.3.6",
         b"CONNECT b:443 HTTP/1.1\r\n" + HOST + FIVE, (501,), False),
    Case("CONNECT in 1.0 that keeps alive", "RFC 9110 9.3.6",
         b"CONNECT b:443 HTTP/1.0\r\nConnection: keep-alive\r\n" + HOST + b"\r\n", (501,), False),
]  # fmt: skip

KEPT = [
    served("1.0 keeps alive", "9.3",
           b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n" + HOST + b"\r\n"),
    served("1.0 keeps alive with a body", "9.3",
           b"POST / HTTP/1.0\r\nConnection: Keep-Alive\r\n" + HOST + FIVE, b"POST / a hello"),
]  # fmt: skip


def second(rule: str, section: str, data: bytes, status: int = 400) -> Case:
    """Make a row of what follows a request that is served."""
    return Case(rule, section, GET + data, (200, status), False, (b"GET / a ",))


FOLLOWING = [
    second("preface of HTTP/2", "RFC 9113 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    second("TLS hello", "3", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n" * 2),
    second("NUL", "3", b"\x00\r\n\r\n"),
    second("bytes of a body that was not announced", "6.3", b"hello\r\n\r\n"),
    second("two empty lines", "2.2", b"\r\n\r\n" + GET),
    second("bare LF", "2.2", b"\n" + GET),
    second("version 0.9", "RFC 9110 15.6.6", b"GET / HTTP/0.9\r\n\r\n", 505),
    second("simple request", "3", b"GET /\r\n\r\n"),
    second("no Host the second time", "3.2", b"GET / HTTP/1.1\r\n\r\n"),
    Case("empty line between two requests", "2.2", GET + b"\r\n" + GET, (200, 200), True,
         (b"GET / a ",) * 2),
    Case("twenty requests", "9.3.2", GET * 20, (200,) * 20, True, (b"GET / a ",) * 20),
]  # fmt: skip

REFUSED = [
    *(Case(row.rule, row.section, row.data, (row.status,), False) for row in HEAD_ROWS),
    *(
        Case(f"chunks: {row.rule}", row.section, CHUNKED + row.data, (row.status,), False)
        for row in CHUNKED_ROWS
    ),
]

CASES = [
    *REFUSED,
    *LINES_SERVED,
    *FIELDS_SERVED,
    *BODIES_SERVED,
    *LAST_ONES,
    *KEPT,
    *FOLLOWING,
]

LIMITS = Http1Limits()
"""What the rows at limits were made for."""
