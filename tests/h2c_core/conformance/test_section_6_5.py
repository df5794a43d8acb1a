"""Owns the rules of RFC 9113 sections 6.5, 6.8 and 6.9: SETTINGS, GOAWAY and WINDOW_UPDATE.

Does not test how bodies are scheduled over the windows.
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_WINDOW, POST, Kind


def _download(peer: Peer, stream_id: int = 1) -> None:
    """A response is open on a stream, with nothing sent of its body."""
    peer.send(wire.headers(stream_id, GET, end=True))
    peer.request.start(200)
    peer.flush()


def test_6_5_settings_are_acknowledged_one_by_one(peer: Peer) -> None:
    frames = peer.send(wire.settings(), wire.settings((MAX_FRAME_SIZE, 16384)), wire.settings())
    assert [(it.kind, it.flags, it.payload) for it in frames] == [
        (Kind.SETTINGS, wire.ACK, b"")
    ] * 3


def test_6_5_acknowledgement_is_not_acknowledged(peer: Peer) -> None:
    assert peer.send(wire.settings_ack()) == []


@pytest.mark.parametrize("payload", [b"\0", bytes(6)])
def test_6_5_acknowledgement_with_a_payload(peer: Peer, payload: bytes) -> None:
    sent = wire.frame(Kind.SETTINGS, wire.ACK, 0, payload)
    peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, sent)


@pytest.mark.parametrize("size", [1, 5, 7, 13])
def test_6_5_size_that_is_no_multiple_of_six(peer: Peer, size: int) -> None:
    sent = wire.frame(Kind.SETTINGS, 0, 0, bytes(size))
    peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, sent)


@pytest.mark.parametrize("flags", [0, wire.ACK])
@pytest.mark.parametrize("stream_id", [1, 3])
def test_6_5_settings_on_a_stream(open_peer: Peer, stream_id: int, flags: int) -> None:
    sent = wire.frame(Kind.SETTINGS, flags, stream_id)
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ((wire.ENABLE_PUSH, 2), ErrorCodes.PROTOCOL_ERROR),
        ((wire.ENABLE_PUSH, 2**32 - 1), ErrorCodes.PROTOCOL_ERROR),
        ((INITIAL_WINDOW_SIZE, 2**31), ErrorCodes.FLOW_CONTROL_ERROR),
        ((INITIAL_WINDOW_SIZE, 2**32 - 1), ErrorCodes.FLOW_CONTROL_ERROR),
        ((MAX_FRAME_SIZE, 0), ErrorCodes.PROTOCOL_ERROR),
        ((MAX_FRAME_SIZE, 16383), ErrorCodes.PROTOCOL_ERROR),
        ((MAX_FRAME_SIZE, 2**24), ErrorCodes.PROTOCOL_ERROR),
    ],
)
def test_6_5_2_values_that_are_not_allowed(
    peer: Peer, setting: tuple[int, int], code: ErrorCodes
) -> None:
    peer.expect_connection_error(code, wire.settings((wire.MAX_CONCURRENT_STREAMS, 1), setting))


@pytest.mark.parametrize(
    "setting",
    [
        (wire.HEADER_TABLE_SIZE, 0),
        (wire.HEADER_TABLE_SIZE, 2**32 - 1),
        (wire.ENABLE_PUSH, 0),
        (wire.ENABLE_PUSH, 1),
        (wire.MAX_CONCURRENT_STREAMS, 0),
        (wire.MAX_CONCURRENT_STREAMS, 2**32 - 1),
        (INITIAL_WINDOW_SIZE, 0),
        (INITIAL_WINDOW_SIZE, MAX_WINDOW),
        (MAX_FRAME_SIZE, 16384),
        (MAX_FRAME_SIZE, 2**24 - 1),
        (wire.MAX_HEADER_LIST_SIZE, 0),
        (wire.MAX_HEADER_LIST_SIZE, 2**32 - 1),
    ],
)
def test_6_5_2_values_at_their_ends_are_allowed(peer: Peer, setting: tuple[int, int]) -> None:
    [ack] = peer.send(wire.settings(setting))
    assert ack.is_ack
    _download(peer)
    peer.request.data(b"", end=True)
    assert peer.flush()[-1].ends_stream


def test_6_5_3_values_apply_in_order_of_appearance(peer: Peer) -> None:
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 0), (INITIAL_WINDOW_SIZE, 5)))
    _download(peer)
    peer.request.data(b"0123456789", end=True)
    assert b"".join(it.payload for it in peer.flush()) == b"01234"


def test_6_5_3_values_apply_before_what_follows(peer: Peer) -> None:
    """The acknowledgement leaves before any frame made under the new values."""
    _download(peer)
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 0)))
    peer.request.data(bytes(10), end=True)
    frames = peer.send(wire.settings((INITIAL_WINDOW_SIZE, 100)))
    assert [it.kind for it in frames] == [Kind.SETTINGS, Kind.DATA]


@pytest.mark.parametrize("table", [0, 100, 4096, 65536])
def test_6_5_2_header_table_of_the_client_is_kept_to(make_peer: MakePeer, table: int) -> None:
    """The decoder of the books refuses a field block that does not honour the setting."""
    peer = make_peer(settings=[(wire.HEADER_TABLE_SIZE, table)])
    fields = [(b"x-first", b"value"), (b"x-second", b"value")]
    for stream_id in range(1, 9, 2):
        peer.send(wire.headers(stream_id, GET, end=True))
        peer.request.start(200, fields, end=True)
        peer.flush()
        assert peer.answer(stream_id).heads == [[(b":status", b"200"), *fields]]


def test_6_5_2_header_table_of_the_client_may_change_at_any_time(peer: Peer) -> None:
    for number, table in enumerate([4096, 0, 4096, 50, 200, 0, 65536, 4096]):
        stream_id = 2 * number + 1
        peer.send(wire.settings((wire.HEADER_TABLE_SIZE, table)))
        peer.send(wire.headers(stream_id, GET, end=True))
        fields = [(b"x-first", b"value"), (b"x-%d" % number, b"other")]
        peer.request.start(200, fields, end=True)
        peer.flush()
        assert peer.answer(stream_id).heads == [[(b":status", b"200"), *fields]]


def test_6_8_goaway_on_a_stream(open_peer: Peer) -> None:
    sent = wire.frame(Kind.GOAWAY, 0, 1, bytes(8))
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


@pytest.mark.parametrize("size", [0, 7])
def test_6_8_goaway_that_is_too_small(peer: Peer, size: int) -> None:
    sent = wire.frame(Kind.GOAWAY, 0, 0, bytes(size))
    peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, sent)


@pytest.mark.parametrize("code", [0, 1, 0xB, 0xFFFFFFFF])
def test_6_8_streams_go_on_after_goaway_of_the_client(open_peer: Peer, code: int) -> None:
    open_peer.send(wire.goaway(0, code, b"debug data"))
    open_peer.send(wire.data(1, b"body", end=True))
    assert open_peer.request.body == b"body"
    open_peer.request.start(200)
    open_peer.request.data(b"answer", end=True)
    open_peer.flush()
    assert open_peer.answer(1).body == b"answer"
    assert open_peer.answer(1).is_ended


def test_6_9_window_update_of_the_connection_lets_bodies_go_on(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, 2**20)])
    _download(peer)
    assert not peer.request.data(bytes(100000), end=True)
    peer.flush()
    assert len(peer.answer(1).body) == 65535
    peer.send(wire.window_update(0, 1))
    assert len(peer.answer(1).body) == 65536
    peer.send(wire.window_update(0, 2**30))
    assert len(peer.answer(1).body) == 100000
    assert peer.answer(1).is_ended


def test_6_9_window_update_of_the_stream_lets_its_body_go_on(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, 10)])
    _download(peer)
    _download(peer, 3)
    for request in peer.requests:
        assert not request.data(bytes(100), end=True)
    peer.flush()
    peer.send(wire.window_update(3, 30))
    assert len(peer.answer(1).body) == 10
    assert len(peer.answer(3).body) == 40


@pytest.mark.parametrize("increment", [0, 1 << 31])
def test_6_9_zero_increment_of_a_stream(open_peer: Peer, increment: int) -> None:
    """Only 31 bits count, so that the reserved bit alone is zero as well."""
    sent = wire.window_update(1, increment)
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)


@pytest.mark.parametrize("increment", [0, 1 << 31])
def test_6_9_zero_increment_of_the_connection(open_peer: Peer, increment: int) -> None:
    sent = wire.window_update(0, increment)
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


def test_6_9_reserved_bit_of_the_increment_is_ignored(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, 0)])
    _download(peer)
    peer.request.data(bytes(100))
    peer.send(wire.window_update(1, 7 | 1 << 31))
    assert len(peer.answer(1).body) == 7


@pytest.mark.parametrize("size", [0, 3, 5])
@pytest.mark.parametrize("stream_id", [0, 1])
def test_6_9_window_update_of_another_size(open_peer: Peer, size: int, stream_id: int) -> None:
    sent = wire.frame(Kind.WINDOW_UPDATE, 0, stream_id, bytes(size))
    open_peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, sent)


def test_6_9_1_connection_window_above_its_maximum(peer: Peer) -> None:
    peer.send(wire.window_update(0, MAX_WINDOW - wire.DEFAULT_WINDOW))
    peer.assert_alive()
    peer.expect_connection_error(ErrorCodes.FLOW_CONTROL_ERROR, wire.window_update(0, 1))


def test_6_9_1_stream_window_above_its_maximum(open_peer: Peer) -> None:
    open_peer.send(wire.window_update(1, MAX_WINDOW - wire.DEFAULT_WINDOW))
    assert open_peer.request.reset_code is None
    sent = wire.window_update(1, 1)
    open_peer.expect_stream_error(1, ErrorCodes.FLOW_CONTROL_ERROR, sent)


def test_6_9_2_change_of_the_initial_window_moves_open_streams(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, 10)])
    _download(peer)
    _download(peer, 3)
    for request in peer.requests:
        request.data(bytes(100))
    peer.flush()
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 25)))
    assert len(peer.answer(1).body) == 25
    assert len(peer.answer(3).body) == 25


def test_6_9_2_change_of_the_initial_window_leaves_the_connection(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, 2**20)])
    _download(peer)
    peer.request.data(bytes(200000))
    peer.flush()
    assert len(peer.answer(1).body) == 65535
    assert [it.kind for it in peer.send(wire.settings((INITIAL_WINDOW_SIZE, 2**21)))] == [
        Kind.SETTINGS
    ]


def test_6_9_2_window_may_become_negative(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, 100)])
    _download(peer)
    peer.request.data(bytes(300))
    peer.flush()
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 20)))
    assert peer.books.send_window[1] == -80
    assert peer.send(wire.window_update(1, 80)) == []
    peer.send(wire.window_update(1, 1))
    assert len(peer.answer(1).body) == 101
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 1000)))
    assert len(peer.answer(1).body) == 300
    assert peer.request.writable == 1


def test_6_9_2_empty_end_needs_no_window_even_when_negative(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, 100)])
    _download(peer)
    peer.request.data(bytes(100))
    peer.flush()
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 0)))
    peer.request.data(b"", end=True)
    [end] = peer.flush()
    assert end.ends_stream


def test_6_9_2_change_that_overflows_a_stream_ends_the_connection(open_peer: Peer) -> None:
    open_peer.send(wire.window_update(1, MAX_WINDOW - wire.DEFAULT_WINDOW))
    sent = wire.settings((INITIAL_WINDOW_SIZE, wire.DEFAULT_WINDOW + 1))
    open_peer.expect_connection_error(ErrorCodes.FLOW_CONTROL_ERROR, sent)


def test_6_9_2_new_streams_start_with_the_newest_value(peer: Peer) -> None:
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 3)))
    _download(peer)
    peer.request.data(b"0123456789")
    assert b"".join(it.payload for it in peer.flush()) == b"012"


def test_6_9_window_of_a_reset_stream_is_forgotten(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(), settings=[(INITIAL_WINDOW_SIZE, 10)])
    _download(peer)
    peer.request.data(bytes(100))
    peer.send(wire.rst_stream(1))
    assert peer.send(wire.window_update(1, 1000)) == []
    peer.send(wire.headers(3, POST))
    peer.assert_alive()
