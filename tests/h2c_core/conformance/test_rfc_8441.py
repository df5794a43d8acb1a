"""Owns the rules of RFC 8441 (extended CONNECT), and of tunnels (RFC 9113 section 8.5).

Does not test WebSockets, which are bytes here.
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, LocalProtocolError
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import Fields, Kind

PLAIN: Fields = [(b":method", b"CONNECT"), (b":authority", b"db.example:5432")]
EXTENDED: Fields = [
    (b":method", b"CONNECT"),
    (b":protocol", b"websocket"),
    (b":scheme", b"https"),
    (b":path", b"/chat?room=1"),
    (b":authority", b"front.example"),
    (b"sec-websocket-version", b"13"),
]
ON = Limits(enable_connect_protocol=True)

both = pytest.mark.parametrize("fields", [PLAIN, EXTENDED], ids=["plain", "extended"])


def without(name: bytes) -> Fields:
    return [field for field in EXTENDED if field[0] != name]


def with_value(name: bytes, value: bytes) -> Fields:
    return [(name, value) if field[0] == name else field for field in EXTENDED]


@pytest.mark.parametrize("is_on", [False, True], ids=["off", "on"])
def test_3_setting_is_announced_when_it_is_on(make_peer: MakePeer, *, is_on: bool) -> None:
    peer = make_peer(Limits(enable_connect_protocol=is_on))
    [announced, *_] = [it for it in peer.frames if it.kind == Kind.SETTINGS]
    assert dict(announced.settings).get(8) == (1 if is_on else None)


@pytest.mark.parametrize("value", [0, 1])
def test_3_setting_of_a_client_changes_nothing(peer: Peer, value: int) -> None:
    peer.send(wire.settings((8, value)))
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, EXTENDED))


@pytest.mark.parametrize("value", [2, 2**32 - 1])
def test_3_setting_is_0_or_1(peer: Peer, value: int) -> None:
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.settings((8, value)))


def test_4_request_is_served_when_it_is_on(make_peer: MakePeer) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, EXTENDED))
    head = peer.request.head
    assert (head.method, head.protocol) == (b"CONNECT", b"websocket")
    assert (head.scheme, head.target) == (b"https", b"/chat?room=1")
    assert head.authority == b"front.example"
    assert head.headers == [(b"host", b"front.example"), (b"sec-websocket-version", b"13")]
    assert peer.request.stream.is_tunnel


def test_4_protocol_is_unknown_when_it_is_off(peer: Peer) -> None:
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, EXTENDED))
    assert peer.requests == []


MALFORMED: dict[str, Fields] = {
    "without CONNECT": with_value(b":method", b"GET"),
    "without :method": without(b":method"),
    "without :scheme": without(b":scheme"),
    "without :path": without(b":path"),
    "without :authority": without(b":authority"),
    "empty :protocol": with_value(b":protocol", b""),
    "empty :path": with_value(b":path", b""),
    "empty :authority": with_value(b":authority", b""),
    "relative :path": with_value(b":path", b"chat"),
    "space in :protocol": with_value(b":protocol", b"web socket"),
    "twice": [EXTENDED[0], EXTENDED[1], *EXTENDED[1:]],
    "after a regular field": [*without(b":protocol"), EXTENDED[1]],
}


@pytest.mark.parametrize("fields", MALFORMED.values(), ids=MALFORMED.keys())
def test_4_malformed_requests(make_peer: MakePeer, fields: Fields) -> None:
    peer = make_peer(ON)
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, fields))
    assert peer.requests == []


def test_4_plain_connect_has_no_protocol(make_peer: MakePeer) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, PLAIN))
    assert peer.request.head.protocol == b""
    assert peer.request.head.authority == b"db.example:5432"
    assert peer.request.stream.is_tunnel


@both
@pytest.mark.parametrize("first", ["client", "server"])
def test_5_halves_end_on_their_own(make_peer: MakePeer, fields: Fields, first: str) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields))
    request = peer.request
    request.start(200)
    if first == "client":
        peer.send(wire.data(1, b"last words", end=True))
        assert request.trailers == []
        for _ in range(3):
            assert request.data(b"down")
        request.data(b"", end=True)
        peer.flush()
        assert peer.answer(1).body == b"down" * 3
    else:
        request.data(b"last words", end=True)
        assert peer.flush()[-1].ends_stream
        for _ in range(3):
            peer.send(wire.data(1, b"up"))
            request.credit()
        assert not peer.connection.is_idle
        peer.send(wire.data(1, b"", end=True))
        assert request.trailers == []
        assert request.body == b"up" * 3
    assert peer.connection.is_idle
    assert request.reset_code is None


@both
def test_5_client_may_end_its_half_with_the_head(make_peer: MakePeer, fields: Fields) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields, end=True))
    peer.request.start(200)
    peer.request.data(b"down", end=True)
    peer.flush()
    assert peer.answer(1).body == b"down"
    assert peer.connection.is_idle


@both
def test_5_tunnel_is_credited_as_it_is_read(make_peer: MakePeer, fields: Fields) -> None:
    peer = make_peer(Limits(enable_connect_protocol=True, initial_stream_window=1000))
    peer.send(wire.headers(1, fields))
    peer.request.start(200)
    peer.request.data(b"", end=True)
    peer.flush()
    for _ in range(10):
        peer.send(wire.data(1, bytes(1000)))
        assert peer.books.credit[1] == 0
        peer.request.credit()
        peer.flush()
        assert peer.books.credit[1] == 1000


@both
@pytest.mark.parametrize("length", [b"0", b"3", b"1000"])
def test_8_5_content_length_counts_nothing(
    make_peer: MakePeer, fields: Fields, length: bytes
) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, [*fields, (b"content-length", length)]))
    assert peer.request.head.content_length == -1
    peer.request.start(200)
    peer.send(wire.data(1, b"bytes"), wire.data(1, b"", end=True))
    assert peer.request.body == b"bytes"
    assert peer.request.trailers == []
    peer.send(wire.headers(3, [*fields, (b"content-length", length)], end=True))
    assert peer.request.stream_id == 3


@both
@pytest.mark.parametrize("has_answer", [False, True], ids=["before the answer", "after it"])
def test_8_5_headers_in_a_tunnel(make_peer: MakePeer, fields: Fields, *, has_answer: bool) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields))
    if has_answer:
        peer.request.start(200)
        peer.flush()
    peer.expect_stream_error(
        1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, [(b"x", b"y")], end=True)
    )


@both
def test_8_5_no_trailers_are_sent_in_a_tunnel(make_peer: MakePeer, fields: Fields) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields))
    assert not peer.request.stream.can_trailers
    peer.request.start(200)
    peer.flush()
    with pytest.raises(LocalProtocolError):
        peer.request.send_trailers([(b"x", b"y")])
    assert peer.flush() == []
    peer.request.data(b"lives", end=True)
    peer.flush()
    assert peer.answer(1).body == b"lives"


@both
@pytest.mark.parametrize("status", [200, 201, 204])
def test_8_5_any_2xx_opens_the_tunnel(make_peer: MakePeer, fields: Fields, status: int) -> None:
    """It has no content-length then (RFC 9110 section 9.3.6)."""
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields))
    peer.request.start(status, [(b"Content-Length", b"5"), (b"x", b"y")])
    [head] = peer.flush()
    assert not head.ends_stream
    assert peer.answer(1).heads[0][1:] == [(b"x", b"y")]
    peer.request.data(b"down")
    peer.send(wire.data(1, b"up"))
    assert peer.answer(1).body == b"down"
    assert peer.request.body == b"up"


@both
@pytest.mark.parametrize("status", [304, 400, 501])
def test_8_5_refusal_is_a_response_like_others(
    make_peer: MakePeer, fields: Fields, status: int
) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields))
    peer.request.start(status, [(b"content-length", b"0")], end=True)
    peer.request.finish()
    head, credit = peer.flush()
    assert head.ends_stream
    assert credit.kind == Kind.WINDOW_UPDATE
    assert peer.answer(1).heads[0][1:] == [(b"content-length", b"0")]
    assert not peer.request.stream.is_tunnel
    peer.send(wire.headers(1, [(b"x", b"y")], end=True))
    assert peer.connection.is_idle


@both
def test_8_5_interim_responses_before_the_tunnel(make_peer: MakePeer, fields: Fields) -> None:
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields))
    peer.request.informational(103)
    peer.request.start(200)
    peer.request.data(b"down", end=True)
    peer.flush()
    assert [it[0][1] for it in peer.answer(1).heads] == [b"103", b"200"]


@both
def test_8_5_reset_of_a_tunnel(make_peer: MakePeer, fields: Fields) -> None:
    """A connection error of TCP is a reset with CONNECT_ERROR, and is passed on so."""
    peer = make_peer(ON)
    peer.send(wire.headers(1, fields))
    peer.request.start(200)
    peer.send(wire.data(1, b"up"), wire.rst_stream(1, ErrorCodes.CONNECT_ERROR))
    assert peer.request.reset_code == ErrorCodes.CONNECT_ERROR
    assert peer.connection.is_idle


def test_stream_of_an_ordinary_request_is_no_tunnel(open_peer: Peer) -> None:
    assert not open_peer.request.stream.is_tunnel
    assert open_peer.request.stream.can_trailers
