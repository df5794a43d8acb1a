"""Owns the tables of malformed requests: one rule a row, where it is written, and the answer.

Does not say what becomes of the connection: every row ends it.
"""

from typing import NamedTuple

from tests.h2corn.http1_shell import SMUGGLED

HOST = b"Host: a\r\n"
LINE = b"GET / HTTP/1.1\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"3\r\nabc\r\n"
LAST = b"0\r\n\r\n"


class Row(NamedTuple):
    rule: str
    section: str
    """Of RFC 9112, unless another one is named; `limit` where it is ours."""
    data: bytes
    """A whole request; in a row about chunks its body."""
    status: int = 400


def line(rule: str, section: str, text: bytes, status: int = 400) -> Row:
    return Row(rule, section, text + b"\r\n" + HOST + b"\r\n", status)


def field(rule: str, section: str, text: bytes, status: int = 400) -> Row:
    return Row(rule, section, LINE + HOST + text + b"\r\n\r\n", status)


def head_of(size: int) -> bytes:
    """Return a head of some size without its empty line."""
    fields = [b"A: " + b"b" * 32_000] * 32
    rest = size - len(LINE + HOST + b"\r\n".join(fields) + b"\r\n" + b"B: \r\n")
    return LINE + HOST + b"\r\n".join([*fields, b"B: " + b"b" * rest]) + b"\r\n"


def host(rule: str, text: bytes) -> Row:
    return Row(rule, "3.2", LINE + text + b"\r\n")


def body(rule: str, section: str, text: bytes, status: int = 400) -> Row:
    """A framing fault, with a request in what some would take for the body.

    Who takes it for chunked finds the end of that before the request.
    """
    ended = LAST if b"chunked" in text else b""
    data = b"POST / HTTP/1.1\r\n" + HOST + text + b"\r\n\r\n" + ended + SMUGGLED
    return Row(rule, section, data, status)


REQUEST_LINES = [
    line("no version", "3", b"GET /"),
    line("version in lower case", "2.3", b"GET / http/1.1"),
    line("version with two digits behind the point", "2.3", b"GET / HTTP/1.10"),
    line("version with two digits before the point", "2.3", b"GET / HTTP/11.1"),
    line("version without a point", "2.3", b"GET / HTTP/11"),
    line("version with a sign", "2.3", b"GET / HTTP/+1.1"),
    line("name of the protocol misspelt", "2.3", b"GET / HTPP/1.1"),
    line("name of the protocol with a letter more", "2.3", b"GET / HTTTP/1.1"),
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
    line("target with a fragment alone", "3.2", b"GET # HTTP/1.1"),
    line("URI with a fragment", "RFC 9110 4.2.5", b"GET http://a/#b HTTP/1.1"),
    line("target with ESC", "3.2", b"GET /\x1b HTTP/1.1"),
    line("method in quotes", "RFC 9110 5.6.2", b'"GET" / HTTP/1.1'),
    line("method with a control character", "RFC 9110 5.6.2", b"G\x01T / HTTP/1.1"),
    line("method with a slash", "RFC 9110 5.6.2", b"GET/x / HTTP/1.1"),
    line("version of three parts", "2.3", b"GET / HTTP/1.1.1"),
    line("version with a space", "2.3", b"GET / HTTP/ 1.1"),
    line("version in other digits", "2.3", "GET / HTTP/1.\u0661".encode()),
    line("version with a comma", "2.3", b"GET / HTTP/1,1"),
    line("version alone", "3", b"HTTP/1.1"),
    line("nothing but white space", "2.2", b" "),
    Row(
        "request line that ends with a bare LF",
        "2.2",
        b"GET / HTTP/1.1\nA: b\r\n" + HOST + b"\r\n",
    ),
    Row("request line that ends with a bare CR", "2.2", b"GET / HTTP/1.1\r" + HOST + b"\r\n"),
    Row("malformed request line of a head that does not end", "3", b"GET  / HTTP/1.1\r\n"),
    Row("request line that does not end", "limit", b"G" * 16_386, 414),
    Row("request line of which only the CR is missing", "limit", b"G" * 16_385 + b"\r", 414),
    Row("empty line of a bare LF before it", "2.2", b"\n" + LINE + HOST + b"\r\n"),
    Row("bare CR before it", "2.2", b"\r" + LINE + HOST + b"\r\n"),
    Row("bare CR and a letter before it", "2.2", b"\rX" + LINE + HOST + b"\r\n"),
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
    line("CONNECT with user information", "RFC 9110 9.3.6", b"CONNECT b@a:80 HTTP/1.1"),
    line("CONNECT to a port of six digits", "RFC 9110 9.3.6", b"CONNECT a:100000 HTTP/1.1"),
    line("CONNECT to an asterisk", "3.2.3", b"CONNECT * HTTP/1.1"),
    line("asterisk for OPTIONS in lower case", "RFC 9110 9.1", b"options * HTTP/1.1"),
    line("two addresses in the URI", "RFC 9110 4.2.1", b"GET http://a@b:c@d/ HTTP/1.1"),
    line("port of six digits in the URI", "RFC 3986 3.2.3", b"GET http://a:100000/ HTTP/1.1"),
    line("network path of a URI that is none", "3.2.2", b"GET http:a HTTP/1.1"),
    line("relative path with dots", "3.2.1", b"GET ../a HTTP/1.1"),
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
    host("empty address", b"Host: []\r\n"),
    host("bracket that does not end", b"Host: [a\r\n"),
    host("bracket that does not begin", b"Host: a]\r\n"),
    host("something before an address", b"Host: a[::1]\r\n"),
    host("port alone and a sign", b"Host: :+80\r\n"),
    host("NUL in it", b"Host: a\x00\r\n"),
    host("tab in it", b"Host: a\tb\r\n"),
    host("bare CR in it", b"Host: a\rb\r\n"),
    host("fragment in it", b"Host: a#b\r\n"),
    host("backslash in it", b"Host: a\\b\r\n"),
    host("an empty one and another", b"Host:\r\nHost: a\r\n"),
    host("space before its colon", b"Host : a\r\n"),
    host("folded", b"Host:\r\n a\r\n"),
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
    field("bare LF and an empty line behind it", "2.2", b"A: b\n\r\nC: d"),
    field("bare CR and a field behind it", "2.2", b"A: b\rContent-Length: 5"),
    field("bare LF before the colon", "5.1", b"A\n: b"),
    field("bare CR before the colon", "5.1", b"A\r: b"),
    field("ESC in a value", "RFC 9110 5.5", b"A: \x1b[31m"),
    field("backspace in a value", "RFC 9110 5.5", b"A: b\x08"),
    field("quotes around a name", "5.1", b'"A": b'),
    field("slash in a name", "5.1", b"A/B: c"),
    field("brackets in a name", "5.1", b"A[0]: b"),
    field("colon before a name", "5", b":A: b"),
    field("folded framing field", "5.2", b"Content-Length:\r\n 5"),
    field("folded line behind an empty value", "5.2", b"A:\r\n b"),
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
    Row("head above the limit by a byte", "limit", head_of(1_048_577) + b"\r\n", 431),
    Row("head that does not end", "limit", head_of(1_048_577)[:-2] + b"bbbb", 431),
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
    body("length beyond 64 bits", "6.3", b"Content-Length: 18446744073709551620"),
    body("length with an exponent", "6.2", b"Content-Length: 1e1"),
    body("length and a semicolon", "6.2", b"Content-Length: 4;"),
    body("length behind a vertical tab", "RFC 9110 5.6.3", b"Content-Length: \x0b4"),
    body("empty length beside another", "6.3", b"Content-Length:\r\nContent-Length: 4"),
    body("length of words", "6.2", b"Content-Length: four"),
    body("two lengths, one malformed", "6.3", b"Content-Length: 4\r\nContent-Length: x"),
    Row(
        "length beside a coding in 1.0",
        "6.3",
        b"POST / HTTP/1.0\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    ),
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
    body("chunked and a semicolon", "7", b"Transfer-Encoding: chunked;"),
    body("chunked with a NUL", "RFC 9110 5.5", b"Transfer-Encoding: chunked\x00"),
    body("folded coding", "5.2", b"Transfer-Encoding:\r\n chunked"),
    body("space before the colon of a coding", "5.1", b"Transfer-Encoding : chunked"),
    body("identity before chunked", "6.1", b"Transfer-Encoding: identity, chunked", 501),
    body("chunked before identity", "6.3", b"Transfer-Encoding: chunked, identity"),
    body("coding that is no token before chunked", "7", b"Transfer-Encoding: a b, chunked"),
    body(
        "chunked and another in two lines",
        "6.3",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
    ),
]

HEAD_ROWS = REQUEST_LINES + TARGETS + HOSTS + FIELDS + FRAMING


def chunk(rule: str, section: str, text: bytes) -> Row:
    return Row(rule, section, CHUNK + text + b"\r\nabc\r\n" + LAST)


def trailer(rule: str, section: str, text: bytes, status: int = 400) -> Row:
    return Row(rule, section, CHUNK + b"0\r\n" + text + b"\r\n\r\n", status)


CHUNKED_ROWS = [
    chunk("no size", "7.1", b""),
    chunk("size below zero", "7.1", b"-3"),
    chunk("size with a sign", "7.1", b"+3"),
    chunk("size with 0x", "7.1", b"0x3"),
    chunk("size with an underscore", "7.1", b"0_3"),
    chunk("size that is no number", "7.1", b"xyz"),
    chunk("size of 17 digits", "7.1", b"00000000000000003"),
    chunk("size beyond 64 bits", "7.1", b"10000000000000003"),
    chunk("space before the size", "7.1", b" 3"),
    chunk("space behind the size", "7.1", b"3 "),
    chunk("tab behind the size", "7.1", b"3\t"),
    chunk("NUL behind the size", "7.1", b"3\x00"),
    chunk("bare CR behind the size", "2.2", b"3\r"),
    chunk("extension without a semicolon", "7.1.1", b"3 a"),
    chunk("extension without a name", "7.1.1", b"3;"),
    chunk("extension without a name and with a value", "7.1.1", b"3;=a"),
    chunk("extension without a name behind another", "7.1.1", b"3;a;"),
    chunk("extension without a value behind its sign", "7.1.1", b"3;a="),
    chunk("extension of a sign alone", "7.1.1", b"3;="),
    chunk("extension behind two semicolons", "7.1.1", b"3;;a"),
    chunk("something behind the quotes of an extension", "7.1.1", b'3;a="b"c'),
    chunk("NUL in the quotes of an extension", "7.1.1", b'3;a="\x00"'),
    chunk("quotes before the name of an extension", "7.1.1", b'3;"a"=b'),
    chunk("space in an extension", "7.1.1", b"3;a b"),
    chunk("space before an extension", "7.1.1", b"3 ;a"),
    chunk("NUL in an extension", "7.1.1", b"3;a\x00"),
    chunk("bare CR in an extension", "7.1.1", b"3;a\rb"),
    chunk("bare CR at the end of an extension", "7.1.1", b"3;a\r"),
    chunk("extension beyond ASCII", "7.1.1", b"3;a=\xff"),
    chunk("quotes that do not end", "7.1.1", b'3;a="b'),
    chunk("extension above the limit", "limit", b"3;" + b"a" * 253),
    chunk("extension and no size", "7.1", b";a"),
    chunk("size and a comma", "7.1", b"3,"),
    chunk("size in other digits", "7.1", "\u0663".encode()),
    chunk("tab before the size", "7.1", b"\t3"),
    chunk("size with a fraction", "7.1", b"3.0"),
    chunk("size and an h", "7.1", b"3h"),
    chunk("LF in quotes", "7.1.1", b'3;a="\n"'),
    Row(
        "extensions that are many and short",
        "limit",
        b"1;%b\r\na\r\n" % (b"b" * 200) * 80 + b"1;%b\r\na\r\n" % (b"b" * 61) + LAST,
    ),
    Row("size line that ends with a bare LF", "2.2", b"3\nabc\r\n" + LAST),
    Row("size line that ends with a bare CR", "2.2", b"3\rabc\r\n" + LAST),
    Row("extension that ends with a bare LF", "7.1.1", b"3;a\nabc\r\n" + LAST),
    Row("size line without an end", "limit", b"0" * 256),
    Row("extension without an end", "limit", b"3;" + b"a" * 254),
    Row("nothing behind the data", "7.1", b"3\r\nabc" + LAST),
    Row("bare LF behind the data", "7.1", b"3\r\nabc\n" + LAST),
    Row("bare CR behind the data", "7.1", b"3\r\nabc\r" + LAST),
    Row("other bytes behind the data", "7.1", b"3\r\nabcde" + LAST),
    Row("one byte too many", "7.1", b"3\r\nabcd\r\n" + LAST),
    Row("bare LF for the last line", "7.1", CHUNK + b"0\r\n\n"),
    trailer("space before the colon of a trailer", "5.1", b"A : b"),
    trailer("trailer without a colon", "5", b"A"),
    trailer("folded trailer", "5.2", b"A: b\r\n c"),
    trailer("space before a trailer", "5.1", b" A: b"),
    trailer("NUL in a trailer", "5.5", b"A: \x00"),
    trailer("bare LF in a trailer", "2.2", b"A: b\nC: d"),
    trailer("bare CR in a trailer", "2.2", b"A: b\rC: d"),
    trailer("trailer without a name", "5", b": b"),
    trailer("trailer whose name is no token", "5.1", b"A(b): c"),
    trailer("DEL in a trailer", "RFC 9110 5.5", b"A: \x7f"),
    trailer("host in a trailer that is none", "3.2", b"Host: a b"),
    trailer("too many trailers", "limit", b"\r\n".join([b"A: b"] * 101), 431),
    trailer("trailers above the limit", "limit", b"A: " + b"b" * 8_188, 431),
    Row("trailers that end with a bare LF", "2.2", CHUNK + b"0\r\nA: b\n\r\n"),
    Row("trailers without an end", "limit", CHUNK + b"0\r\nA: " + b"b" * 8_192, 431),
]
