"""Owns the tests that reach each limit of a connection, and of the ranges that they may have.

Does not test the windows, which are flow control (conformance, section 5.2).
"""

import dataclasses
import math
import tracemalloc
from dataclasses import replace
from typing import Any, cast

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from h2c_core._hpack_decoder import WALKED_FIELDS
from tests.h2c_core import wire
from tests.h2c_core.peer import UNMETERED, Peer
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
        ("max_concurrent_streams", 2**32),
        ("max_header_list_size", 0),
        ("max_header_list_size", 2**32),
        ("max_header_fields", 0),
        ("max_header_block_size", 0),
        ("max_continuation_frames", 0),
        ("max_buffered_body", 0),
        ("max_queued_control", 0),
        ("header_table_size", -1),
        ("header_table_size", 2**32),
        ("max_queued_heads", 0),
        ("max_held_headers", 0),
        ("max_peer_resets", 0),
        ("max_provoked_resets", 0),
        ("max_pings", 0),
        ("max_settings", 0),
        ("max_priority_frames", 0),
        ("max_window_updates", 0),
        ("max_empty_data", 0),
        ("max_stray_frames", 0),
        ("max_discarded_body", -1),
        ("max_discarded_body", 2**31),
        ("flood_interval", 0),
        ("flood_interval", math.nan),
        ("timeout_preface", -1),
        ("timeout_header_block", -1),
        ("timeout_idle", -1),
        ("timeout_body", math.nan),
        ("timeout_response_stall", -1),
        ("timeout_write", -1),
        ("timeout_discard", -1),
        ("ping_interval", -1),
        ("ping_timeout", -1),
        ("ping_timeout", 0),
    ],
)
def test_values_outside_their_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        replace(Limits(), **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_inbound_frame_size", 16384),
        ("max_inbound_frame_size", 2**24 - 1),
        ("initial_stream_window", 2**31 - 1),
        ("initial_connection_window", 65535),
        ("initial_connection_window", 2**31 - 1),
        ("max_concurrent_streams", 2**31),
        ("max_concurrent_streams", 2**32 - 1),
        ("max_header_list_size", 2**32 - 1),
        ("header_table_size", 65536),
        ("header_table_size", 2**32 - 1),
    ],
)
def test_values_at_their_ends_serve_a_request(name: str, value: int) -> None:
    peer = Peer(dataclasses.replace(Limits(), **cast("dict[str, Any]", {name: value})))
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


def test_431_to_a_request_that_goes_on_lets_the_rest_pass() -> None:
    """A reset in the same write would make clients lose the answer."""
    peer = Peer(Limits(max_header_list_size=1000, initial_connection_window=65535))
    for number in range(20):
        stream_id = 2 * number + 1
        frames = peer.send(wire.headers(stream_id, sized(2000)))
        assert [it.kind for it in frames] == [Kind.HEADERS, Kind.WINDOW_UPDATE]
        assert peer.answer(stream_id).status == 431
        assert peer.answer(stream_id).is_ended
        assert not peer.connection.is_idle
        # What follows is dropped, and credited to the connection.
        rest = peer.send(wire.data(stream_id, bytes(10000)), wire.data(stream_id, b"", end=True))
        assert [it for it in rest if it.kind != Kind.WINDOW_UPDATE] == []
        assert peer.books.credit[0] > 20000
        assert peer.connection.is_idle
    assert peer.requests == []


def test_431_to_a_request_without_end_is_a_reset_in_the_end() -> None:
    peer = Peer(Limits(max_header_list_size=1000, max_discarded_body=20000))
    peer.send(wire.headers(1, sized(2000)))
    assert peer.resets(peer.send(wire.data(1, bytes(16384)))) == []
    assert peer.resets(peer.send(wire.data(1, bytes(16384)))) == [(1, ErrorCodes.NO_ERROR)]
    assert peer.connection.is_idle
    peer.assert_alive()


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
def test_trailers_above_the_limit_reset_the_stream(limit: dict[str, Any]) -> None:
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


def test_list_is_followed_to_its_end_within_a_budget_of_fields() -> None:
    """A megabyte of fields of one octet is a million of them."""
    peer = Peer(Limits(max_header_fields=20))
    walked = wire.field_block(GET) + b"\x82" * (WALKED_FIELDS * 20)
    peer.send(wire.headers(1, walked, end=True))
    assert peer.answer(1).status == 431
    far_too_many = wire.headers(3, walked + b"\x82" * 17, end=True)
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, far_too_many)
    assert peer.requests == []


def cost(fields: Fields) -> int:
    """What the objects of decoded fields take as they are counted."""
    return sum(len(name) + len(value) + 132 for name, value in fields)


LARGE: Fields = [*POST, (b"x", b"v" * 1000)]


def test_held_headers_at_the_limit_are_served() -> None:
    peer = Peer(Limits(max_held_headers=4 * cost(LARGE)))
    peer.send(*[wire.headers(it, LARGE) for it in (1, 3, 5, 7)])
    assert len(peer.requests) == 4


def test_held_headers_above_the_limit_are_refused() -> None:
    peer = Peer(Limits(max_held_headers=4 * cost(LARGE) - 1))
    peer.send(*[wire.headers(it, LARGE) for it in (1, 3, 5)])
    again = wire.headers(7, LARGE)
    frames = peer.send(again)
    assert peer.resets(frames) == [(7, ErrorCodes.REFUSED_STREAM)]
    assert len(peer.requests) == 3
    peer.assert_alive()


@pytest.mark.parametrize("ending", ["served", "reset", "abort", "malformed"])
def test_held_headers_are_given_back(ending: str) -> None:
    peer = Peer(
        replace(
            UNMETERED, max_held_headers=cost(LARGE) + cost([(b"x", b"y" * 100)]), max_peer_resets=2
        )
    )
    for stream_id in range(1, 101, 2):
        peer.send(wire.headers(stream_id, LARGE))
        assert peer.request.stream_id == stream_id
        if ending == "served":
            peer.request.start(200, end=True)
            peer.send(wire.headers(stream_id, [(b"x", b"y" * 100)], end=True))
        elif ending == "reset":
            peer.now += 10
            peer.send(wire.rst_stream(stream_id))
        elif ending == "abort":
            peer.request.abort()
        else:
            peer.send(wire.headers(stream_id, [(b":bad", b"")], end=True))
        assert peer.connection.is_idle


def test_trailers_are_held_too() -> None:
    trailers = [(b"x", b"y" * 100)]
    peer = Peer(Limits(max_held_headers=cost(POST) + cost(trailers)))
    peer.send(wire.headers(1, POST), wire.headers(1, trailers, end=True))
    assert peer.request.trailers == trailers
    # The stream is open until it is answered.
    frames = peer.send(wire.headers(3, POST))
    assert peer.resets(frames) == [(3, ErrorCodes.REFUSED_STREAM)]


def test_trailers_above_what_may_be_held_reset_their_stream() -> None:
    trailers = [(b"x", b"y" * 100)]
    peer = Peer(Limits(max_held_headers=cost(POST) + cost(trailers) - 1))
    peer.send(wire.headers(1, POST))
    peer.expect_stream_error(1, ErrorCodes.ENHANCE_YOUR_CALM, wire.headers(1, trailers, end=True))
    peer.send(wire.headers(3, POST))
    assert peer.request.stream_id == 3


def test_held_fields_cost_no_more_than_what_is_counted() -> None:
    peer = Peer(Limits())
    fields = [(b"name-%d" % number, b"value-%d" % number) for number in range(900)]
    blocks = [wire.headers(it, [*POST, *fields]) for it in range(1, 31, 2)]
    tracemalloc.start()
    with peer.watch.during("receive_data"):
        for block in blocks:
            peer.connection.receive_data(block, peer.now)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(peer.requests) == 15
    # The streams themselves, and the list that the application is given, are the rest.
    assert held < 15 * (cost([*POST, *fields]) + 16384)


def test_joined_cookies_are_counted_whole() -> None:
    """A thousand references of one octet to one entry of the table are four megabytes."""
    peer = Peer(Limits(max_held_headers=2**20, max_header_list_size=2**23))
    crumb = wire.field_block([(b"cookie", b"c" * 3000)], indexed=True)
    frames = peer.send(wire.headers(1, wire.field_block(GET) + crumb + b"\xbe" * 900, end=True))
    assert peer.resets(frames) == [(1, ErrorCodes.REFUSED_STREAM)]
    assert peer.requests == []


@pytest.mark.parametrize("announced", [4096, 2**16, 2**32 - 1])
def test_table_of_our_encoder_is_bounded_whatever_the_peer_offers(announced: int) -> None:
    peer = Peer(settings=[(wire.HEADER_TABLE_SIZE, announced)])
    for _ in range(2):
        for number in range(300):
            stream_id = 2 * len(peer.requests) + 1
            peer.send(wire.headers(stream_id, GET, end=True))
            peer.request.start(200, [(b"x-%d" % number, b"v" * 60)], end=True)
            peer.flush()
    # The client's table has the size that our encoder told it.
    assert peer.books.table_size == 4096
