"""Owns the rules of RFC 9113 section 6.8: GOAWAY of the client, and the two of the server.

Does not test when a drain goes on (`test_drain`).
"""

from collections.abc import Callable

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, MAX_WINDOW, POST, Frame, Kind


def goaways(frames: list[Frame]) -> list[tuple[int, int]]:
    return [(it.number, it.error_code) for it in frames if it.kind == Kind.GOAWAY]


def drained(peer: Peer) -> list[Frame]:
    """Drain, with the PING acknowledged."""
    frames = peer.start_drain() + peer.advance(1)
    assert goaways(frames) == [(MAX_WINDOW, ErrorCodes.NO_ERROR)]
    [ping] = [it for it in frames if it.kind == Kind.PING]
    return peer.send(wire.ping(ping.payload, ack=True))


@pytest.mark.parametrize("last", [0, 1, MAX_WINDOW])
def test_6_8_requests_after_goaway_of_the_client_are_served(peer: Peer, last: int) -> None:
    """GOAWAY says which streams of ours it takes; its own it may go on to open."""
    peer.send(wire.headers(1, GET, end=True), wire.goaway(last))
    peer.send(wire.headers(3, POST), wire.data(3, b"body", end=True))
    assert peer.request.body == b"body"
    for request in peer.requests:
        request.start(200)
        request.data(b"answer", end=True)
    peer.flush()
    assert [peer.answer(it).body for it in (1, 3)] == [b"answer"] * 2
    assert peer.connection.is_idle


def test_6_8_client_may_send_several_goaways(peer: Peer) -> None:
    first = wire.goaway(MAX_WINDOW)
    assert peer.send(first, wire.goaway(0), wire.goaway(0, ErrorCodes.CANCEL, b"bye")) == []
    peer.assert_alive()


def test_6_8_unknown_flags_and_reserved_bit_of_goaway_are_ignored(peer: Peer) -> None:
    assert peer.send(wire.frame(Kind.GOAWAY, 0xFF, 0, b"\xff" * 8, reserved=True)) == []
    peer.assert_alive()


@pytest.mark.parametrize("ids", [[1], [1, 3, 5], [7], [1, 101]], ids=str)
def test_6_8_last_goaway_names_the_last_stream_that_is_served(peer: Peer, ids: list[int]) -> None:
    for stream_id in ids:
        peer.send(wire.headers(stream_id, POST))
    assert goaways(drained(peer)) == [(ids[-1], ErrorCodes.NO_ERROR)]


def test_6_8_requests_before_the_acknowledgement_are_served_and_named(peer: Peer) -> None:
    peer.send(wire.headers(1, POST))
    frames = peer.start_drain() + peer.advance(1)
    [ping] = [it for it in frames if it.kind == Kind.PING]
    frames = peer.send(wire.headers(3, GET, end=True), wire.ping(ping.payload, ack=True))
    assert goaways(frames) == [(3, ErrorCodes.NO_ERROR)]
    assert [it.stream_id for it in peer.requests] == [1, 3]


def test_6_8_refused_stream_is_below_the_last(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_concurrent_streams=1))
    peer.send(wire.headers(1, POST))
    peer.expect_stream_error(3, ErrorCodes.REFUSED_STREAM, wire.headers(3, GET, end=True))
    assert goaways(drained(peer)) == [(3, ErrorCodes.NO_ERROR)]


@pytest.mark.parametrize("cut", [False, True], ids=["headers", "continuation"])
def test_6_8_head_above_the_last_stream_still_changes_the_hpack_table(
    peer: Peer, *, cut: bool
) -> None:
    peer.send(wire.headers(1, POST))
    drained(peer)
    block = wire.field_block(GET) + wire.field_block([(b"x-late", b"table")], indexed=True)
    if cut:
        peer.send(
            wire.headers(3, block[:9], end=True, end_headers=False), wire.continuation(3, block[9:])
        )
    else:
        peer.send(wire.headers(3, block, end=True))
    peer.send(wire.headers(1, b"\xbe", end=True))
    assert peer.request.stream_id == 1
    assert peer.request.trailers == [(b"x-late", b"table")]


def test_6_8_body_above_the_last_stream_is_credited(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(initial_connection_window=65535))
    peer.send(wire.headers(1, POST))
    drained(peer)
    for _ in range(40):
        assert peer.resets(peer.send(wire.data(3, bytes(4000)))) == []
    assert peer.books.credit[0] > 65535 // 2 - 4000
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "sent",
    [
        wire.headers(3, GET, end=True),
        wire.headers(3, [(b"not", b"a request")], end=True),
        wire.headers(4, GET, end=True),
        wire.rst_stream(3),
        wire.window_update(3, 1),
        wire.window_update(3, 0),
        wire.priority(3, wire.Priority()),
    ],
    ids=["headers", "malformed", "even", "rst-stream", "window-update", "zero", "priority"],
)
def test_6_8_frames_above_the_last_stream_are_ignored(peer: Peer, sent: bytes) -> None:
    peer.send(wire.headers(1, POST))
    drained(peer)
    assert peer.send(sent) == []
    peer.send(wire.data(1, b"body", end=True))
    assert peer.request.body == b"body"
    peer.assert_alive()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (wire.headers(3, b"\x80", end=True), ErrorCodes.COMPRESSION_ERROR),
        (wire.data(0, b"x"), ErrorCodes.PROTOCOL_ERROR),
        (wire.window_update(0, 0), ErrorCodes.PROTOCOL_ERROR),
        (wire.frame(Kind.RST_STREAM, 0, 3, b""), ErrorCodes.FRAME_SIZE_ERROR),
    ],
    ids=["compression", "data", "zero", "size"],
)
def test_6_8_error_after_the_last_goaway_does_not_raise_the_last_stream(
    peer: Peer, sent: bytes, code: ErrorCodes
) -> None:
    peer.send(wire.headers(1, POST))
    drained(peer)
    peer.send(wire.headers(3, GET, end=True))
    assert peer.expect_connection_error(code, sent).number == 1


def _end(peer: Peer) -> None:
    peer.send(wire.data(1, end=True))
    peer.request.start(204, end=True)


def _reset(peer: Peer) -> None:
    peer.send(wire.rst_stream(1))


def _abort(peer: Peer) -> None:
    peer.request.abort()


@pytest.mark.parametrize("ending", [_end, _reset, _abort])
def test_6_8_connection_ends_with_its_last_stream(
    peer: Peer, ending: Callable[[Peer], None]
) -> None:
    peer.send(wire.headers(1, POST))
    drained(peer)
    assert not peer.connection.is_closed
    ending(peer)
    frames = peer.flush()
    assert goaways(frames) == []
    assert peer.connection.is_closed
