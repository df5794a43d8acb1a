"""Owns the tests that reach each limit of a connection, and of the ranges that they may have.

Does not test the windows, which are flow control (conformance, section 5.2).
"""

import dataclasses

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Fields, Kind


def test_defaults() -> None:
    limits = Limits()
    assert limits.max_concurrent_streams == 256
    assert limits.max_header_list_size == 2**20
    assert limits.max_header_block_size == 2**20
    assert limits.max_inbound_frame_size == 2**16
    assert limits.initial_stream_window == 2**18
    assert limits.initial_connection_window == 2**22
    assert limits.header_table_size == 4096
    assert limits.max_header_fields > 100


def test_frozen() -> None:
    limits = Limits()
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.max_concurrent_streams = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_inbound_frame_size", 16383),
        ("max_inbound_frame_size", 2**24),
        ("initial_stream_window", -1),
        ("initial_stream_window", 2**31),
        ("initial_connection_window", 65534),
        ("initial_connection_window", 2**31),
        ("max_concurrent_streams", 0),
        ("max_header_list_size", 0),
        ("max_header_fields", 0),
        ("max_header_block_size", 0),
        ("max_continuation_frames", 0),
        ("max_buffered_body", 0),
        ("max_queued_control", 0),
        ("header_table_size", -1),
    ],
)
def test_values_outside_their_range_are_refused(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        dataclasses.replace(Limits(), **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_inbound_frame_size", 16384),
        ("max_inbound_frame_size", 2**24 - 1),
        ("initial_stream_window", 2**31 - 1),
        ("initial_connection_window", 65535),
        ("initial_connection_window", 2**31 - 1),
        ("max_concurrent_streams", 2**31),
        ("header_table_size", 65536),
    ],
)
def test_values_at_their_ends_serve_a_request(name: str, value: int) -> None:
    peer = Peer(dataclasses.replace(Limits(), **{name: value}))
    peer.send(wire.headers(1, POST), wire.data(1, b"body", end=True))
    assert peer.request.body == b"body"
    peer.request.start(200, end=True)
    peer.flush()
    assert peer.answer(1).is_ended


def sized(total: int) -> Fields:
    """A GET whose field section has `total` bytes as section 6.5.2 of RFC 9113 counts them."""
    used = sum(len(name) + len(value) + 32 for name, value in GET)
    return [*GET, (b"x", b"v" * (total - used - 33))]


def test_header_list_at_the_limit_is_served() -> None:
    peer = Peer(Limits(max_header_list_size=1000))
    peer.send(wire.headers(1, sized(1000), end=True))
    assert len(peer.requests) == 1


@pytest.mark.parametrize("size", [1001, 5000])
def test_header_list_above_the_limit_is_answered_with_431(size: int) -> None:
    peer = Peer(Limits(max_header_list_size=1000))
    frames = peer.send(wire.headers(1, sized(size), end=True))
    assert [it.kind for it in frames] == [Kind.HEADERS]
    assert peer.answer(1).status == 431
    assert peer.answer(1).is_ended
    assert peer.requests == []
    assert peer.connection.is_idle
    peer.assert_alive()


def test_431_to_a_request_that_goes_on_refuses_the_rest() -> None:
    peer = Peer(Limits(max_header_list_size=1000, initial_connection_window=65535))
    for number in range(20):
        stream_id = 2 * number + 1
        frames = peer.send(wire.headers(stream_id, sized(2000)))
        assert [it.kind for it in frames] == [Kind.HEADERS, Kind.RST_STREAM]
        assert peer.resets(frames) == [(stream_id, ErrorCodes.NO_ERROR)]
        # What was under way is dropped, and credited to the connection.
        rest = peer.send(wire.data(stream_id, bytes(10000)), wire.data(stream_id, b"", end=True))
        assert [it for it in rest if it.kind != Kind.WINDOW_UPDATE] == []
        assert peer.books.credit[0] > 20000
    assert peer.requests == []
    assert peer.connection.is_idle


def test_table_stays_true_after_a_list_above_the_limit() -> None:
    peer = Peer(Limits(max_header_list_size=1000))
    indexed = wire.field_block([(b"x-kept", b"table")], indexed=True)
    block = wire.field_block(sized(3000)) + indexed
    peer.send(wire.headers(1, block, end=True))
    assert peer.answer(1).status == 431
    peer.send(wire.headers(3, wire.field_block(GET) + b"\xbe", end=True))
    assert peer.request.head.headers[-1] == (b"x-kept", b"table")


def test_bomb_of_indexed_fields_is_answered_with_431() -> None:
    """4,000 bytes in the table, referred to by a thousand blocks of one byte each."""
    peer = Peer(Limits(max_header_list_size=100000))
    fill = wire.field_block([(b"x", b"v" * 3000)], indexed=True)
    peer.send(wire.headers(1, wire.field_block(GET) + fill, end=True))
    assert len(peer.requests) == 1
    peer.send(wire.headers(3, wire.field_block(GET) + b"\xbe" * 16000, end=True))
    assert peer.answer(3).status == 431
    assert len(peer.requests) == 1


def test_number_of_fields_at_the_limit_is_served() -> None:
    peer = Peer(Limits(max_header_fields=20))
    peer.send(wire.headers(1, [*GET, *[(b"x", b"")] * 16], end=True))
    assert len(peer.requests) == 1


def test_number_of_fields_above_the_limit_is_answered_with_431() -> None:
    peer = Peer(Limits(max_header_fields=20))
    peer.send(wire.headers(1, [*GET, *[(b"x", b"")] * 17], end=True))
    assert peer.answer(1).status == 431
    assert peer.requests == []
    peer.assert_alive()


@pytest.mark.parametrize("limit", [{"max_header_list_size": 1000}, {"max_header_fields": 20}])
def test_trailers_above_the_limit_reset_the_stream(limit: dict[str, int]) -> None:
    peer = Peer(dataclasses.replace(Limits(), **limit))
    peer.send(wire.headers(1, POST))
    trailers = [(b"x-%d" % number, b"v" * 50) for number in range(30)]
    frames = peer.send(wire.headers(1, trailers, end=True))
    [(stream_id, _)] = peer.resets(frames)
    assert stream_id == 1
    assert peer.request.trailers is None
    assert peer.request.reset_code is not None
    peer.assert_alive()


def test_header_block_at_the_limit_is_served() -> None:
    block = wire.field_block([*GET, (b"x", b"v" * 900)])
    peer = Peer(Limits(max_header_block_size=len(block)))
    peer.send(wire.headers(1, block, end=True))
    peer.send(wire.headers(3, block[:9], end=True, end_headers=False))
    peer.send(wire.continuation(3, block[9:]))
    assert len(peer.requests) == 2


def test_header_block_above_the_limit_in_one_frame() -> None:
    block = wire.field_block([*GET, (b"x", b"v" * 900)])
    peer = Peer(Limits(max_header_block_size=len(block) - 1))
    sent = wire.headers(1, block, end=True)
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, sent)
    assert peer.requests == []


def test_header_block_above_the_limit_in_continuations() -> None:
    peer = Peer(Limits(max_header_block_size=50000))
    peer.send(wire.headers(1, wire.field_block(GET), end_headers=False))
    with_room = [wire.continuation(1, bytes(16000), end_headers=False)] * 3
    assert peer.send(*with_room) == []
    peer.expect_connection_error(
        ErrorCodes.ENHANCE_YOUR_CALM, wire.continuation(1, bytes(16000), end_headers=False)
    )


@pytest.mark.parametrize("size", [0, 1])
def test_continuations_without_end(size: int) -> None:
    peer = Peer(Limits(max_continuation_frames=10))
    peer.send(wire.headers(1, wire.field_block(GET), end_headers=False))
    more = wire.continuation(1, bytes(size), end_headers=False)
    assert peer.send(*[more] * 10) == []
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, more)


def test_continuations_are_counted_for_each_block() -> None:
    peer = Peer(Limits(max_continuation_frames=3))
    block = wire.field_block(GET)
    for number in range(10):
        stream_id = 2 * number + 1
        peer.send(
            wire.headers(stream_id, block[:5], end=True, end_headers=False),
            wire.continuation(stream_id, b"", end_headers=False),
            wire.continuation(stream_id, block[5:9], end_headers=False),
            wire.continuation(stream_id, block[9:]),
        )
    assert len(peer.requests) == 10


def test_largest_block_passes_with_frames_of_the_default_size() -> None:
    """The limits agree: one does not make another out of reach."""
    limits = Limits()
    assert limits.max_continuation_frames * wire.DEFAULT_FRAME_SIZE >= limits.max_header_block_size


def test_header_table_of_the_announced_size_is_used() -> None:
    peer = Peer(Limits(header_table_size=200))
    fields = wire.field_block([(b"x-one", b"v" * 60), (b"x-two", b"v" * 60)], indexed=True)
    # Size update to 200 first, since the table shrank with the acknowledgement.
    peer.send(wire.headers(1, b"\x3f\xa9\x01" + wire.field_block(GET) + fields, end=True))
    peer.send(wire.headers(3, wire.field_block(GET) + b"\xbe", end=True))
    assert peer.request.head.headers[-1][0] == b"x-two"
    # The first of the two was evicted: 97 + 97 bytes are below 200, three fields are not.
    third = wire.field_block([(b"x-three", b"v" * 60)], indexed=True)
    peer.send(wire.headers(5, wire.field_block(GET) + third, end=True))
    peer.expect_connection_error(
        ErrorCodes.COMPRESSION_ERROR, wire.headers(7, wire.field_block(GET) + b"\xc0", end=True)
    )


def test_header_table_of_no_size() -> None:
    peer = Peer(Limits(header_table_size=0))
    for stream_id in (1, 3, 5):
        # RFC 7541 section 4.2: the client's encoder says that it follows.
        update = b"\x20" if stream_id == 1 else b""
        block = update + wire.field_block(GET, indexed=True)
        peer.send(wire.headers(stream_id, block, end=True))
        assert peer.request.head.target == b"/"
    peer.expect_connection_error(
        ErrorCodes.COMPRESSION_ERROR, wire.headers(7, wire.field_block(GET) + b"\xbe", end=True)
    )


def test_header_table_above_the_announced_size_is_an_error() -> None:
    peer = Peer(Limits(header_table_size=200))
    update = b"\x3f\xaa\x01"
    peer.expect_connection_error(
        ErrorCodes.COMPRESSION_ERROR, wire.headers(1, update + wire.field_block(GET), end=True)
    )


def test_header_table_of_the_default_size_holds_until_the_acknowledgement() -> None:
    """Section 4.3.1: the client's encoder may use 4,096 bytes until it has read our setting."""
    peer = Peer(Limits(header_table_size=0), acknowledge=False)
    field = wire.field_block([(b"x-one", b"v" * 60)], indexed=True)
    peer.send(wire.headers(1, wire.field_block(GET) + field, end=True))
    peer.send(wire.headers(3, wire.field_block(GET) + b"\xbe", end=True))
    assert peer.request.head.headers[-1] == (b"x-one", b"v" * 60)


def test_resets_that_are_remembered_are_bounded() -> None:
    """The grace of section 5.1 is given for as long as the memory lasts, and then to all older."""
    peer = Peer()
    for number in range(2000):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, POST))
        peer.request.abort()
        peer.flush()
    for stream_id in (1, 2001, 3999):
        frames = peer.send(wire.data(stream_id, b"late"))
        assert [it for it in frames if it.kind != Kind.WINDOW_UPDATE] == []
    assert peer.connection.is_idle
