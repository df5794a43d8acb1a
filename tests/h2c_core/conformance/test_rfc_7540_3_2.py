"""Owns the rules of RFC 7540 section 3.2: stream 1 of a request that began in HTTP/1.1.

Does not test the reading of the settings (`test_upgrade`), nor who offers the upgrade.
"""

from base64 import urlsafe_b64encode

import pytest
from h2.errors import ErrorCodes

from h2c_core import Field, Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, INITIAL_WINDOW_SIZE, MAX_WINDOW, PREFACE, Kind

HOST: list[Field] = [(b"host", b"front.example")]


def upgraded(
    make_peer: MakePeer,
    *settings: tuple[int, int],
    limits: Limits | None = None,
    headers: list[Field] = HOST,
) -> Peer:
    """A connection of which the first request came in HTTP/1.1."""
    peer = make_peer(limits, greet=False)
    payload = urlsafe_b64encode(wire.settings(*settings)[9:]).rstrip(b"=")
    with peer.watch.during("receive_data"):
        peer.connection.upgrade(b"GET", b"/", b"http", headers, payload)
    peer.books.open(1)
    return peer


def greeted(make_peer: MakePeer, *settings: tuple[int, int]) -> Peer:
    peer = upgraded(make_peer, *settings)
    peer.send(PREFACE, wire.settings(), wire.settings_ack())
    return peer


@pytest.mark.parametrize("size", range(0, 24, 5))
def test_3_2_client_sends_its_preface_too(make_peer: MakePeer, size: int) -> None:
    peer = upgraded(make_peer)
    peer.flush()
    wrong = PREFACE[:size] + b"\0"
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wrong)
    assert peer.request.reset_code == ErrorCodes.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "first",
    [wire.headers(3, GET, end=True), wire.rst_stream(1), wire.settings_ack()],
    ids=["headers", "rst-stream", "ack"],
)
def test_3_2_settings_come_first_all_the_same(make_peer: MakePeer, first: bytes) -> None:
    peer = upgraded(make_peer)
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, PREFACE, first)


def test_3_2_settings_of_the_upgrade_are_not_acknowledged(make_peer: MakePeer) -> None:
    peer = upgraded(make_peer, (INITIAL_WINDOW_SIZE, 1000))
    frames = peer.send(PREFACE, wire.settings(), wire.settings())
    assert len([it for it in frames if it.kind == Kind.SETTINGS and it.is_ack]) == 2


def test_3_2_settings_of_the_preface_move_the_window_of_stream_1(make_peer: MakePeer) -> None:
    peer = upgraded(make_peer, (INITIAL_WINDOW_SIZE, 10))
    peer.books.send_window[1] = 10
    peer.request.start(200)
    assert not peer.request.data(bytes(100), end=True)
    peer.flush()
    assert len(peer.answer(1).body) == 10
    peer.books.initial_send_window = 10
    peer.send(PREFACE, wire.settings((INITIAL_WINDOW_SIZE, 5)), wire.window_update(1, 5))
    assert len(peer.answer(1).body) == 10
    peer.send(wire.window_update(1, 1))
    assert len(peer.answer(1).body) == 11
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 1000)))
    assert len(peer.answer(1).body) == 100
    assert peer.connection.is_idle


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (wire.data(1, b"x"), ErrorCodes.STREAM_CLOSED),
        (wire.data(1, end=True), ErrorCodes.STREAM_CLOSED),
        (wire.headers(1, [(b"x", b"y")], end=True), ErrorCodes.STREAM_CLOSED),
        (wire.window_update(1, 0), ErrorCodes.PROTOCOL_ERROR),
        (wire.window_update(1, MAX_WINDOW), ErrorCodes.FLOW_CONTROL_ERROR),
        (wire.priority(1, wire.Priority(1)), ErrorCodes.PROTOCOL_ERROR),
    ],
    ids=["data", "end", "headers", "zero", "overflow", "priority"],
)
def test_3_2_stream_1_is_half_closed(make_peer: MakePeer, sent: bytes, code: ErrorCodes) -> None:
    greeted(make_peer).expect_stream_error(1, code, sent)


def test_3_2_stream_1_may_be_reset(make_peer: MakePeer) -> None:
    peer = greeted(make_peer)
    assert peer.send(wire.rst_stream(1)) == []
    assert peer.request.reset_code == ErrorCodes.CANCEL
    assert peer.connection.is_idle
    peer.request.start(200, end=True)
    assert peer.flush() == []
    peer.send(wire.headers(3, GET, end=True))
    assert peer.request.stream_id == 3


@pytest.mark.parametrize(
    "sent", [wire.data(1, b"x"), wire.headers(1, GET, end=True)], ids=["data", "headers"]
)
def test_3_2_stream_1_is_closed_after_its_response(make_peer: MakePeer, sent: bytes) -> None:
    peer = greeted(make_peer)
    peer.request.start(204, end=True)
    peer.flush()
    peer.expect_connection_error(ErrorCodes.STREAM_CLOSED, sent)


def test_3_2_stream_1_counts_as_one_of_the_streams(make_peer: MakePeer) -> None:
    peer = upgraded(make_peer, limits=Limits(max_concurrent_streams=1))
    peer.send(PREFACE, wire.settings(), wire.settings_ack())
    peer.expect_stream_error(3, ErrorCodes.REFUSED_STREAM, wire.headers(3, GET, end=True))


def test_3_2_stream_1_may_be_given_a_priority(make_peer: MakePeer) -> None:
    peer = greeted(make_peer)
    peer.send(wire.priority(1, wire.Priority(0, 9)), wire.priority_update(1, b"u=1"))
    assert peer.request.stream.weight == 10
    assert peer.request.stream.urgency == 1


def test_3_2_stream_1_is_the_last_stream(make_peer: MakePeer) -> None:
    peer = greeted(make_peer)
    last = peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    assert last.number == 1


def test_3_2_drain_names_stream_1(make_peer: MakePeer) -> None:
    peer = upgraded(make_peer)
    assert not any(it.kind == Kind.GOAWAY for it in peer.start_drain())
    peer.request.start(204, end=True)
    frames = peer.flush()
    assert [it.number for it in frames if it.kind == Kind.GOAWAY] == [MAX_WINDOW]
    [ping] = [it for it in frames if it.kind == Kind.PING]
    frames = peer.send(PREFACE, wire.settings(), wire.ping(ping.payload, ack=True))
    assert [it.number for it in frames if it.kind == Kind.GOAWAY] == [1]
    assert peer.connection.is_closed


@pytest.mark.parametrize(
    "headers",
    [[(b"host", b"a b")], [*HOST, (b"content-length", b"5")], [*HOST, (b":path", b"/other")]],
    ids=["host", "content-length", "pseudo-field"],
)
def test_3_2_request_that_is_malformed_in_http_2(make_peer: MakePeer, headers: list[Field]) -> None:
    peer = upgraded(make_peer, headers=headers)
    assert peer.resets(peer.flush()) == [(1, ErrorCodes.PROTOCOL_ERROR)]
    assert peer.requests == []
    peer.send(PREFACE, wire.settings(), wire.headers(3, GET, end=True))
    assert peer.request.stream_id == 3


@pytest.mark.parametrize("is_above", [False, True], ids=["at-the-limit", "above"])
def test_3_2_fields_of_the_upgrade_are_held_like_others(
    make_peer: MakePeer, *, is_above: bool
) -> None:
    limits = Limits(max_held_headers=10000)
    # :method, :scheme, :path, host and this one cost 132 bytes each beside their text.
    text = sum(map(len, (b":methodGET", b":schemehttp", b":path/", b"hostfront.example", b"x")))
    value = b"v" * (10000 - 5 * 132 - text + is_above)
    peer = upgraded(make_peer, limits=limits, headers=[*HOST, (b"x", value)])
    expected = [(1, ErrorCodes.REFUSED_STREAM)] if is_above else []
    assert peer.resets(peer.flush()) == expected
    assert len(peer.requests) == (0 if is_above else 1)


def test_3_2_hpack_starts_with_the_table_of_the_upgrade(make_peer: MakePeer) -> None:
    peer = upgraded(make_peer, (wire.HEADER_TABLE_SIZE, 0))
    peer.request.start(200, [(b"x-name", b"value")], end=True)
    [head] = [it for it in peer.flush() if it.kind == Kind.HEADERS]
    assert head.payload[:2] == b"\x20\x88"
