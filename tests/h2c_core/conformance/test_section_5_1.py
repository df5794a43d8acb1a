"""Owns the rules of RFC 9113 section 5.1: stream states, identifiers and concurrency.

Does not test flow control.
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Kind


@pytest.mark.parametrize(
    "sent",
    [
        wire.data(1, b"x"),
        wire.data(1, b"", end=True),
        wire.rst_stream(1),
        wire.window_update(1, 1),
        wire.continuation(1, wire.field_block(GET)),
    ],
    ids=["data", "empty-data", "rst-stream", "window-update", "continuation"],
)
def test_5_1_idle_takes_only_headers_and_priority(peer: Peer, sent: bytes) -> None:
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


@pytest.mark.parametrize("stream_id", [2, 8])
@pytest.mark.parametrize(
    "kind", [Kind.DATA, Kind.RST_STREAM, Kind.WINDOW_UPDATE], ids=lambda kind: kind.name
)
def test_5_1_even_streams_are_idle_for_ever(peer: Peer, kind: Kind, stream_id: int) -> None:
    """They are the server's to open, and it opens none."""
    peer.send(wire.headers(5, POST))
    sent = wire.frame(kind, 0, stream_id, b"\0\0\0\1")
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


def test_5_1_idle_priority_is_allowed(peer: Peer) -> None:
    assert peer.send(wire.priority(1, wire.Priority(dependency=3))) == []
    assert peer.send(wire.priority(9, wire.Priority(dependency=0, exclusive=True))) == []
    peer.send(wire.headers(1, GET, end=True))
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "sent",
    [wire.data(1, b"x"), wire.data(1, b"", end=True), wire.headers(1, [(b"x", b"y")], end=True)],
    ids=["data", "empty-data", "headers"],
)
def test_5_1_half_closed_remote_takes_no_data_and_no_headers(peer: Peer, sent: bytes) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.expect_stream_error(1, ErrorCodes.STREAM_CLOSED, sent)
    assert peer.request.body == b""
    assert peer.request.trailers is None


def test_5_1_half_closed_remote_headers_still_change_the_hpack_table(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    trailers = wire.field_block([(b"x-late", b"table")], indexed=True)
    peer.expect_stream_error(1, ErrorCodes.STREAM_CLOSED, wire.headers(1, trailers, end=True))
    peer.send(wire.headers(3, wire.field_block(GET) + b"\xbe", end=True))
    assert peer.request.head.headers[-1] == (b"x-late", b"table")


@pytest.mark.parametrize(
    "sent",
    [wire.window_update(1, 5), wire.priority(1, wire.Priority())],
    ids=["window-update", "priority"],
)
def test_5_1_half_closed_remote_takes_the_rest(peer: Peer, sent: bytes) -> None:
    peer.send(wire.headers(1, GET, end=True))
    assert peer.send(sent) == []
    assert peer.request.reset_code is None
    peer.request.start(200, end=True)
    assert peer.flush()[0].ends_stream


def test_5_1_half_closed_remote_can_be_reset(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True), wire.rst_stream(1, ErrorCodes.CANCEL))
    assert peer.request.reset_code == ErrorCodes.CANCEL
    peer.request.start(200)
    peer.request.data(b"late", end=True)
    assert peer.flush() == []
    peer.assert_alive()


def test_5_1_half_closed_local_takes_the_rest_of_the_request(open_peer: Peer) -> None:
    open_peer.request.start(200, end=True)
    open_peer.send(wire.data(1, b"rest"), wire.headers(1, [(b"x-sum", b"1")], end=True))
    assert open_peer.request.body == b"rest"
    assert open_peer.request.trailers == [(b"x-sum", b"1")]
    assert open_peer.request.reset_code is None
    assert open_peer.connection.is_idle


def _close(peer: Peer) -> None:
    """Stream 1 ends normally on both sides."""
    peer.send(wire.headers(1, POST), wire.data(1, b"x", end=True))
    peer.request.start(200, end=True)
    peer.flush()
    assert peer.connection.is_idle


@pytest.mark.parametrize(
    "sent",
    [wire.data(1, b"x"), wire.headers(1, GET, end=True), wire.headers(1, [(b"x", b"y")], end=True)],
    ids=["data", "headers", "trailers"],
)
def test_5_1_closed_by_end_stream_takes_no_data_and_no_headers(peer: Peer, sent: bytes) -> None:
    _close(peer)
    peer.expect_connection_error(ErrorCodes.STREAM_CLOSED, sent)
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "sent",
    [wire.window_update(1, 5), wire.rst_stream(1), wire.priority(1, wire.Priority())],
    ids=["window-update", "rst-stream", "priority"],
)
def test_5_1_closed_by_end_stream_takes_what_may_be_in_flight(peer: Peer, sent: bytes) -> None:
    _close(peer)
    assert peer.send(sent) == []
    assert peer.request.reset_code is None
    peer.assert_alive()


@pytest.mark.parametrize(
    "sent",
    [
        wire.data(1, b"x"),
        wire.data(1, b"", end=True),
        wire.headers(1, [(b"x", b"y")], end=True),
        wire.window_update(1, 5),
        wire.window_update(1, wire.MAX_WINDOW),
        wire.rst_stream(1),
        wire.priority(1, wire.Priority()),
    ],
    ids=["data", "end", "trailers", "window-update", "overflow", "rst-stream", "priority"],
)
def test_5_1_closed_by_our_reset_ignores_what_was_in_flight(open_peer: Peer, sent: bytes) -> None:
    open_peer.request.abort()
    assert open_peer.resets(open_peer.flush()) == [(1, ErrorCodes.INTERNAL_ERROR)]
    frames = open_peer.send(sent)
    assert [it for it in frames if it.kind != Kind.WINDOW_UPDATE] == []
    assert open_peer.request.body == b""
    open_peer.assert_alive()


def test_5_1_closed_by_our_reset_headers_still_change_the_hpack_table(open_peer: Peer) -> None:
    open_peer.request.abort()
    trailers = wire.field_block([(b"x-late", b"table")], indexed=True)
    open_peer.send(wire.headers(1, trailers, end=True))
    open_peer.send(wire.headers(3, wire.field_block(GET) + b"\xbe", end=True))
    assert open_peer.request.head.headers[-1] == (b"x-late", b"table")


def test_5_1_closed_by_our_reset_data_is_still_counted_for_the_connection(
    make_peer: MakePeer,
) -> None:
    peer = make_peer(Limits(initial_connection_window=65535))
    peer.send(wire.headers(1, POST))
    peer.request.abort()
    peer.flush()
    for _ in range(40):
        peer.send(wire.data(1, bytes(4000)))
    # 160,000 bytes went through a window of 65,535: all of it was credited.
    assert peer.books.credit[0] > 65535 // 2 - 4000
    peer.assert_alive()


@pytest.mark.parametrize(
    "sent",
    [wire.window_update(1, 5), wire.priority(1, wire.Priority())],
    ids=["window-update", "priority"],
)
def test_5_1_closed_by_reset_of_the_peer_takes_these(open_peer: Peer, sent: bytes) -> None:
    open_peer.send(wire.rst_stream(1))
    assert open_peer.send(sent) == []
    open_peer.assert_alive()


@pytest.mark.parametrize(
    "sent",
    [wire.data(1, b"x"), wire.headers(1, [(b"x", b"y")], end=True)],
    ids=["data", "headers"],
)
def test_5_1_closed_by_reset_of_the_peer_takes_no_data_and_no_headers(
    open_peer: Peer, sent: bytes
) -> None:
    """Section 5.1, closed: STREAM_CLOSED, of the stream or of the connection."""
    open_peer.send(wire.rst_stream(1))
    open_peer.expect_connection_error(ErrorCodes.STREAM_CLOSED, sent)
    assert open_peer.request.body == b""


@pytest.mark.parametrize("stream_id", [2, 4, 6, wire.MAX_WINDOW - 1])
def test_5_1_1_even_identifier_is_a_protocol_error(peer: Peer, stream_id: int) -> None:
    peer.send(wire.headers(5, GET, end=True))
    sent = wire.headers(stream_id, GET, end=True)
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)
    assert len(peer.requests) == 1


def test_5_1_1_stream_zero_takes_no_headers(peer: Peer) -> None:
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.headers(0, GET, end=True))


def test_5_1_1_identifier_below_the_highest_is_a_protocol_error(peer: Peer) -> None:
    peer.send(wire.headers(5, GET, end=True))
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.headers(3, GET, end=True))
    assert len(peer.requests) == 1


def test_5_1_1_refused_stream_uses_its_identifier_up(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_concurrent_streams=1))
    peer.send(wire.headers(1, POST))
    peer.expect_stream_error(5, ErrorCodes.REFUSED_STREAM, wire.headers(5, GET, end=True))
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.headers(3, GET, end=True))


@pytest.mark.parametrize(
    "sent", [wire.data(1, b"x"), wire.data(1, b"", end=True)], ids=["data", "end"]
)
def test_5_1_1_skipped_identifiers_are_closed(peer: Peer, sent: bytes) -> None:
    peer.send(wire.headers(5, GET, end=True))
    peer.expect_connection_error(ErrorCodes.STREAM_CLOSED, sent)


@pytest.mark.parametrize(
    "sent", [wire.window_update(1, 1), wire.rst_stream(1)], ids=["window-update", "rst-stream"]
)
def test_5_1_1_skipped_identifiers_take_what_closed_streams_take(peer: Peer, sent: bytes) -> None:
    peer.send(wire.headers(5, GET, end=True))
    assert peer.send(sent) == []
    peer.assert_alive()


def test_5_1_1_highest_identifier_is_served(peer: Peer) -> None:
    peer.send(wire.headers(wire.MAX_WINDOW, GET, end=True))
    peer.request.start(200, end=True)
    [head] = peer.flush()
    assert head.stream_id == wire.MAX_WINDOW


def test_5_1_2_streams_above_the_limit_are_refused(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_concurrent_streams=2))
    peer.send(wire.headers(1, POST), wire.headers(3, GET, end=True))
    peer.expect_stream_error(5, ErrorCodes.REFUSED_STREAM, wire.headers(5, GET, end=True))
    assert [it.stream_id for it in peer.requests] == [1, 3]


def test_5_1_2_refused_head_still_changes_the_hpack_table(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_concurrent_streams=1))
    peer.send(wire.headers(1, POST))
    block = wire.field_block(GET) + wire.field_block([(b"x-late", b"table")], indexed=True)
    peer.expect_stream_error(3, ErrorCodes.REFUSED_STREAM, wire.headers(3, block, end=True))
    peer.send(wire.rst_stream(1), wire.headers(5, wire.field_block(GET) + b"\xbe", end=True))
    assert peer.request.stream_id == 5
    assert peer.request.head.headers[-1] == (b"x-late", b"table")


@pytest.mark.parametrize("ending", ["answered", "reset", "aborted", "finished"])
def test_5_1_2_a_stream_that_ends_makes_room(make_peer: MakePeer, ending: str) -> None:
    peer = make_peer(Limits(max_concurrent_streams=1))
    for stream_id in range(1, 21, 2):
        peer.send(wire.headers(stream_id, POST))
        assert peer.request.stream_id == stream_id
        if ending == "answered":
            peer.send(wire.data(stream_id, b"x", end=True))
            peer.request.start(200, end=True)
        elif ending == "reset":
            peer.send(wire.rst_stream(stream_id))
        elif ending == "aborted":
            peer.request.abort()
        else:
            peer.request.start(200, end=True)
            peer.request.finish()
            peer.send(wire.data(stream_id, b"dropped", end=True))
        peer.flush()
        assert peer.connection.is_idle


def test_5_1_2_half_closed_streams_count(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_concurrent_streams=1))
    peer.send(wire.headers(1, GET, end=True))
    peer.expect_stream_error(3, ErrorCodes.REFUSED_STREAM, wire.headers(3, GET, end=True))


def test_5_1_2_body_of_a_refused_stream_is_credited_and_dropped(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_concurrent_streams=1, initial_connection_window=65535))
    peer.send(wire.headers(1, POST))
    for number in range(20):
        stream_id = 3 + 2 * number
        frames = peer.send(
            wire.headers(stream_id, POST), wire.data(stream_id, bytes(8000), end=True)
        )
        assert peer.resets(frames) == [(stream_id, ErrorCodes.REFUSED_STREAM)]
    assert peer.books.credit[0] > 65535 // 2 - 8000
    assert len(peer.requests) == 1
    peer.assert_alive()
