"""Owns the rules of RFC 9113 section 8: requests and responses in HTTP/2, and CONNECT.

Does not test what the engine makes of a well-formed head beyond these rules.
"""

import pytest
from h2.errors import ErrorCodes

from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, HEAD, POST, Fields, Kind, request

CONNECT: Fields = [(b":method", b"CONNECT"), (b":authority", b"db.example:5432")]

MALFORMED: dict[str, Fields] = {
    "8.2.1 upper case in a name": request((b"X-Name", b"v")),
    "8.2.1 upper case in the last letter": request((b"x-namE", b"v")),
    "8.2.1 empty name": request((b"", b"v")),
    "8.2.1 NUL in a name": request((b"x\0name", b"v")),
    "8.2.1 space in a name": request((b"x name", b"v")),
    "8.2.1 tab in a name": request((b"x\tname", b"v")),
    "8.2.1 LF in a name": request((b"x\nname", b"v")),
    "8.2.1 CR in a name": request((b"x\rname", b"v")),
    "8.2.1 DEL in a name": request((b"x\x7fname", b"v")),
    "8.2.1 high byte in a name": request((b"x\x80name", b"v")),
    "8.2.1 0xff in a name": request((b"x\xffname", b"v")),
    "8.2.1 colon in a name": request((b"x:name", b"v")),
    "8.2.1 colon at the end of a name": request((b"name:", b"v")),
    "8.2.1 NUL in a value": request((b"x-name", b"a\0b")),
    "8.2.1 LF in a value": request((b"x-name", b"a\nb")),
    "8.2.1 CR in a value": request((b"x-name", b"a\rb")),
    "8.2.1 LF at the end of a value": request((b"x-name", b"a\n")),
    "8.2.1 space before a value": request((b"x-name", b" a")),
    "8.2.1 space after a value": request((b"x-name", b"a ")),
    "8.2.1 tab before a value": request((b"x-name", b"\ta")),
    "8.2.1 tab after a value": request((b"x-name", b"a\t")),
    "8.2.1 value that is one space": request((b"x-name", b" ")),
    "8.2.1 CRLF in :path": request((b":path", b"/a\r\nx: y")),
    "8.2.1 space after :path": request((b":path", b"/ ")),
    "8.2.1 LF in :authority": request((b":authority", b"a\nb")),
    "8.2.1 CR in :method": request((b":method", b"GET\r")),
    "8.2.1 NUL in a cookie": request((b"cookie", b"a=\0")),
    "8.2.2 connection": request((b"connection", b"close")),
    "8.2.2 proxy-connection": request((b"proxy-connection", b"close")),
    "8.2.2 keep-alive": request((b"keep-alive", b"timeout=5")),
    "8.2.2 transfer-encoding": request((b"transfer-encoding", b"chunked")),
    "8.2.2 upgrade": request((b"upgrade", b"websocket")),
    "8.2.2 te: gzip": request((b"te", b"gzip")),
    "8.2.2 te: trailers, gzip": request((b"te", b"trailers, gzip")),
    "8.2.2 empty te": request((b"te", b"")),
    "8.3 pseudo-field after a regular one": [*GET[:3], (b"x-name", b"v"), GET[3]],
    "8.3 unknown pseudo-field": request((b":unknown", b"v")),
    "8.3 name that is a colon": request((b":", b"v")),
    "8.3 upper case pseudo-field": [(b":Method", b"GET"), *GET[1:]],
    "8.3 response pseudo-field": request((b":status", b"200")),
    "8.3 :method twice": [GET[0], *GET],
    "8.3 :scheme twice": [GET[1], *GET],
    "8.3 :authority twice": [GET[2], *GET],
    "8.3 :path twice": [GET[3], *GET],
    "8.3 same pseudo-field twice, differently": [*GET, (b":path", b"/other")],
    "8.3.1 no :method": GET[1:],
    "8.3.1 no :scheme": [GET[0], *GET[2:]],
    "8.3.1 no :path": GET[:3],
    "8.3.1 no pseudo-field": [(b"host", b"front.example")],
    "8.3.1 empty :method": request((b":method", b"")),
    "8.3.1 :method with a space": request((b":method", b"GET /")),
    "8.3.1 :method with a slash": request((b":method", b"GET/")),
    "8.3.1 empty :scheme": request((b":scheme", b"")),
    "8.3.1 :scheme with a space": request((b":scheme", b"ht tp")),
    "8.3.1 :scheme with a colon": request((b":scheme", b"http:")),
    "8.3.1 :scheme that starts with a digit": request((b":scheme", b"1http")),
    "8.3.1 empty :path": request((b":path", b"")),
    "8.3.1 :path without a slash": request((b":path", b"index.html")),
    "8.3.1 :path that is a URI": request((b":path", b"http://front.example/")),
    "8.3.1 asterisk for GET": request((b":path", b"*")),
    "8.3.1 OPTIONS with more than an asterisk": request(
        (b":method", b"OPTIONS"), (b":path", b"*a")
    ),
    "8.3.1 :path with a space": request((b":path", b"/a b")),
    "8.3.1 userinfo in :authority": request((b":authority", b"user@front.example")),
    "8.3.1 :authority with a path": request((b":authority", b"front.example/a")),
    "8.3.1 host other than :authority": request((b"host", b"other.example")),
    "8.3.1 host twice": [GET[0], GET[1], GET[3], (b"host", b"a.example"), (b"host", b"b.example")],
    "8.1.1 content-length that is no number": request((b"content-length", b"five"), base=POST),
    "8.1.1 negative content-length": request((b"content-length", b"-5"), base=POST),
    "8.1.1 signed content-length": request((b"content-length", b"+5"), base=POST),
    "8.1.1 empty content-length": request((b"content-length", b""), base=POST),
    "8.1.1 content-length with an underscore": request((b"content-length", b"1_0"), base=POST),
    "8.1.1 hexadecimal content-length": request((b"content-length", b"0x5"), base=POST),
    "8.1.1 content-length of 400 digits": request((b"content-length", b"9" * 400), base=POST),
    "8.1.1 content-length twice, differently": request(
        (b"content-length", b"5"), (b"content-length", b"6"), base=POST
    ),
    "8.5 CONNECT with :scheme": [*CONNECT, (b":scheme", b"http")],
    "8.5 CONNECT with :path": [*CONNECT, (b":path", b"/")],
    "8.5 CONNECT without :authority": CONNECT[:1],
    "8.5 CONNECT with an empty :authority": [CONNECT[0], (b":authority", b"")],
    "RFC 8441 :protocol was not offered": [
        *request((b":method", b"CONNECT")),
        (b":protocol", b"websocket"),
    ],
    "RFC 8441 :protocol without CONNECT": request((b":protocol", b"websocket")),
}


@pytest.mark.parametrize("end", [True, False], ids=["ends", "goes-on"])
@pytest.mark.parametrize("fields", MALFORMED.values(), ids=MALFORMED.keys())
def test_8_1_1_malformed_request_is_a_stream_error(peer: Peer, fields: Fields, end: bool) -> None:
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, fields, end=end))
    assert peer.requests == []
    assert peer.connection.is_idle
    peer.send(wire.headers(3, GET, end=True))
    assert len(peer.requests) == 1


def test_8_1_1_what_follows_a_malformed_head_is_ignored(peer: Peer) -> None:
    frames = peer.send(
        wire.headers(1, MALFORMED["8.2.2 connection"]),
        wire.data(1, b"body"),
        wire.window_update(1, 10),
        wire.headers(1, [(b"x-sum", b"1")], end=True),
    )
    assert peer.resets(frames) == [(1, ErrorCodes.PROTOCOL_ERROR)]
    assert peer.requests == []
    peer.assert_alive()


WELL_FORMED: dict[str, Fields] = {
    "any order of pseudo-fields": [GET[3], GET[2], GET[1], GET[0]],
    "no :authority, but host": [GET[0], GET[1], GET[3], (b"host", b"front.example")],
    "neither :authority nor host": [GET[0], GET[1], GET[3]],
    "host that agrees": request((b"host", b"front.example")),
    "https over cleartext": request((b":scheme", b"https")),
    "another method": request((b":method", b"PROPFIND")),
    "method of all token characters": request((b":method", b"!#$%&'*+-.^_`|~09az")),
    "asterisk of OPTIONS": request((b":method", b"OPTIONS"), (b":path", b"*")),
    "query": request((b":path", b"/?a=/../%00&b=%C3%A9")),
    "te: trailers": request((b"te", b"trailers")),
    "empty value": request((b"x-name", b"")),
    "spaces and tabs inside a value": request((b"x-name", b"a \t b")),
    "high bytes in a value": request((b"x-name", b"\x80\xc3\xa9\xff")),
    "name of all token characters": request((b"!#$%&'*+-.^_`|~09az", b"v")),
    "content-length of nothing": request((b"content-length", b"0")),
    "content-length twice, the same": request((b"content-length", b"0"), (b"content-length", b"0")),
    "IPv6 authority": request((b":authority", b"[::1]:8000")),
    "empty :authority": request((b":authority", b"")),
    "priority field": request((b"priority", b"u=1, i")),
    "CONNECT": CONNECT,
}


@pytest.mark.parametrize("fields", WELL_FORMED.values(), ids=WELL_FORMED.keys())
def test_8_3_1_well_formed_request_is_served(peer: Peer, fields: Fields) -> None:
    assert peer.send(wire.headers(1, fields, end=True)) == []
    head = peer.request.head
    pseudo = dict(fields)
    assert head.method == pseudo[b":method"]
    assert head.target == pseudo.get(b":path", b"")
    assert head.scheme == pseudo.get(b":scheme", b"")
    assert head.authority == pseudo.get(b":authority", b"")
    peer.request.start(200, end=True)
    assert peer.flush()[-1].ends_stream


def test_8_1_body_and_trailers(open_peer: Peer) -> None:
    open_peer.send(wire.data(1, b"body"), wire.headers(1, [(b"x-sum", b"1")], end=True))
    assert open_peer.request.body == b"body"
    assert open_peer.request.trailers == [(b"x-sum", b"1")]


def test_8_1_trailers_without_a_body(open_peer: Peer) -> None:
    open_peer.send(wire.headers(1, [(b"x-sum", b"1"), (b"x-sum", b"2")], end=True))
    assert open_peer.request.trailers == [(b"x-sum", b"1"), (b"x-sum", b"2")]


def test_8_1_trailers_with_no_field(open_peer: Peer) -> None:
    open_peer.send(wire.headers(1, [], end=True))
    assert open_peer.request.trailers == []


def test_8_1_trailers_without_end_stream(open_peer: Peer) -> None:
    sent = wire.headers(1, [(b"x-sum", b"1")])
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)
    assert open_peer.request.trailers is None


@pytest.mark.parametrize(
    "fields",
    [
        [(b":path", b"/")],
        [(b":status", b"200")],
        [(b"x-sum", b"1"), (b":method", b"GET")],
        [(b":unknown", b"1")],
        [(b"X-Sum", b"1")],
        [(b"", b"1")],
        [(b"x-sum", b"a\r\nb")],
        [(b"x-sum", b" a")],
        [(b"x:sum", b"a")],
        [(b"connection", b"close")],
        [(b"transfer-encoding", b"chunked")],
    ],
)
def test_8_1_malformed_trailers_are_a_stream_error(open_peer: Peer, fields: Fields) -> None:
    sent = wire.headers(1, fields, end=True)
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)
    assert open_peer.request.trailers is None
    assert open_peer.request.reset_code == ErrorCodes.PROTOCOL_ERROR


LENGTH_5 = request((b"content-length", b"5"), base=POST)


@pytest.mark.parametrize(
    "chunks",
    [
        [wire.data(1, b"12345", end=True)],
        [wire.data(1, b"123"), wire.data(1, b"45"), wire.data(1, b"", end=True)],
        [wire.data(1, b"12345", padding=40, end=True)],
        [wire.data(1, b"12345"), wire.headers(1, [(b"x", b"y")], end=True)],
    ],
    ids=["one", "three", "padded", "trailers"],
)
def test_8_1_1_body_of_the_announced_length(peer: Peer, chunks: list[bytes]) -> None:
    peer.send(wire.headers(1, LENGTH_5), *chunks)
    assert peer.request.head.content_length == 5
    assert peer.request.body == b"12345"
    assert peer.request.trailers is not None


@pytest.mark.parametrize(
    "chunks",
    [
        [wire.data(1, b"1234", end=True)],
        [wire.data(1, b"", end=True)],
        [wire.data(1, b"1234"), wire.headers(1, [(b"x", b"y")], end=True)],
        [wire.data(1, b"1234", padding=1, end=True)],
        [wire.data(1, b"123456", end=True)],
        [wire.data(1, b"123456")],
        [wire.data(1, b"12345"), wire.data(1, b"6")],
        [wire.data(1, bytes(300), padding=3)],
    ],
    ids=["short", "none", "short-trailers", "padded", "long", "long-open", "late", "much"],
)
def test_8_1_1_body_of_another_length(peer: Peer, chunks: list[bytes]) -> None:
    peer.send(wire.headers(1, LENGTH_5))
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, *chunks)
    assert peer.request.trailers is None
    assert len(peer.request.body) <= 5


@pytest.mark.parametrize("base", [GET, POST, HEAD], ids=["get", "post", "head"])
def test_8_1_1_content_length_without_a_body(peer: Peer, base: Fields) -> None:
    fields = request((b"content-length", b"5"), base=base)
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, fields, end=True))
    assert peer.requests == []


def test_8_1_1_requests_of_any_method_may_have_a_body(peer: Peer) -> None:
    for number, method in enumerate([b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"QUERY"]):
        stream_id = 2 * number + 1
        head = request((b":method", method), (b"content-length", b"4"))
        peer.send(wire.headers(stream_id, head), wire.data(stream_id, b"body", end=True))
        assert peer.request.body == b"body"


def test_8_1_response_before_the_request_is_complete(open_peer: Peer) -> None:
    open_peer.request.start(200)
    open_peer.request.data(b"early", end=True)
    open_peer.request.finish()
    head, body, credit = open_peer.flush()
    assert [head.kind, body.kind, credit.kind] == [Kind.HEADERS, Kind.DATA, Kind.WINDOW_UPDATE]
    assert body.ends_stream
    # The reset that section 8.1 allows comes late, if at all: clients lose the response by it.
    assert open_peer.credit_in(open_peer.send(wire.data(1, b"rest", end=True))) == 4
    assert open_peer.connection.is_idle


def test_8_1_reset_of_a_request_that_goes_on_without_end(open_peer: Peer) -> None:
    open_peer.request.start(200, end=True)
    open_peer.request.finish()
    open_peer.flush()
    assert open_peer.resets(open_peer.send(*[wire.data(1, bytes(16384))] * 63)) == []
    frames = open_peer.send(wire.data(1, bytes(16384)))
    assert open_peer.resets(frames) == [(1, ErrorCodes.NO_ERROR)]
    assert open_peer.connection.is_idle


def test_8_1_request_may_go_on_after_the_response(open_peer: Peer) -> None:
    open_peer.request.start(200, end=True)
    open_peer.send(wire.data(1, b"rest", end=True))
    assert open_peer.request.body == b"rest"
    open_peer.request.finish()
    assert open_peer.flush() == []


def test_8_1_interim_responses(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.request.informational(100)
    peer.request.informational(103, [(b"link", b"</a>")])
    peer.request.start(200)
    peer.request.data(b"", end=True)
    frames = peer.flush()
    assert [it.kind for it in frames] == [Kind.HEADERS] * 3 + [Kind.DATA]
    assert [it.ends_stream for it in frames] == [False, False, False, True]
    assert [head[0][1] for head in peer.answer(1).heads] == [b"100", b"103", b"200"]
    assert peer.answer(1).heads[1][1:] == [(b"link", b"</a>")]


def test_8_2_2_connection_specific_fields_are_never_sent(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    fields = [
        (b"Connection", b"close"),
        (b"keep-alive", b"timeout=5"),
        (b"Proxy-Connection", b"close"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"X-Name", b"Value"),
    ]
    peer.request.start(200, fields)
    peer.request.send_trailers(fields)
    peer.flush()
    assert peer.answer(1).heads == [[(b":status", b"200"), (b"x-name", b"Value")]]
    assert peer.answer(1).trailers == [(b"x-name", b"Value")]


def test_8_2_3_cookies_are_joined(peer: Peer) -> None:
    fields = request((b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2"), (b"cookie", b"c=3"))
    peer.send(wire.headers(1, fields, end=True))
    headers = peer.request.head.headers
    assert [value for name, value in headers if name == b"cookie"] == [b"a=1; b=2; c=3"]
    assert (b"x", b"y") in headers


def test_8_3_1_authority_becomes_the_first_host(peer: Peer) -> None:
    fields = request((b"x", b"y"), (b"host", b"front.example"))
    peer.send(wire.headers(1, fields, end=True))
    assert peer.request.head.headers == [(b"host", b"front.example"), (b"x", b"y")]


def test_8_3_1_host_alone_is_kept_where_it_was(peer: Peer) -> None:
    fields = [GET[0], GET[1], GET[3], (b"x", b"y"), (b"host", b"a.example")]
    peer.send(wire.headers(1, fields, end=True))
    assert peer.request.head.headers == [(b"x", b"y"), (b"host", b"a.example")]
    assert peer.request.head.authority == b""


def test_8_3_1_neither_authority_nor_host(peer: Peer) -> None:
    """As an HTTP/1.0 client through HAProxy, or a health check, has it."""
    peer.send(wire.headers(1, [GET[0], GET[1], GET[3], (b"x", b"y")], end=True))
    assert peer.request.head.headers == [(b"x", b"y")]
    assert peer.request.head.authority == b""


@pytest.mark.parametrize(
    ("scheme", "authority", "host"),
    [
        (b"http", b"a.example", b"A.Example"),
        (b"http", b"a.example", b"a.example:80"),
        (b"http", b"a.example:80", b"a.example"),
        (b"https", b"a.example:443", b"a.example"),
        (b"http", b"[::1]:80", b"[::1]"),
        (b"http", b"a.example:8000", b"a.example:8000"),
    ],
)
def test_8_3_1_host_that_is_the_authority_is_dropped(
    peer: Peer, scheme: bytes, authority: bytes, host: bytes
) -> None:
    fields = request((b":scheme", scheme), (b":authority", authority), (b"host", host))
    peer.send(wire.headers(1, fields, end=True))
    assert peer.request.head.headers == [(b"host", authority)]


@pytest.mark.parametrize(
    ("scheme", "host"),
    [
        (b"http", b"a.example:443"),
        (b"https", b"a.example:80"),
        (b"http", b"a.example:8080"),
        (b"http", b"a.example."),
        (b"http", b""),
        (b"http", b"a.example, a.example"),
    ],
)
def test_8_3_1_host_that_is_another_is_malformed(peer: Peer, scheme: bytes, host: bytes) -> None:
    fields = request((b":scheme", scheme), (b":authority", b"a.example"), (b"host", host))
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, fields, end=True))


def test_8_3_2_status_comes_first_and_alone(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(404, [(b"a", b"b")], end=True)
    peer.flush()
    assert peer.answer(1).heads == [[(b":status", b"404"), (b"a", b"b")]]


def test_8_5_connect_carries_bytes_both_ways(peer: Peer) -> None:
    peer.send(wire.headers(1, CONNECT))
    peer.request.start(200)
    peer.request.data(b"down")
    peer.send(wire.data(1, b"up"))
    assert peer.request.body == b"up"
    assert peer.answer(1).body == b"down"
    peer.send(wire.data(1, b"", end=True))
    peer.request.data(b"", end=True)
    peer.flush()
    assert peer.connection.is_idle
