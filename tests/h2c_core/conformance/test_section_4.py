"""Owns the rules of RFC 9113 section 4: HTTP frames. Does not test what single frames mean."""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Kind


@pytest.mark.parametrize("kind", [0x0A, 0x42, 0xFF])
@pytest.mark.parametrize("stream_id", [0, 1, 2, 7, wire.MAX_WINDOW])
def test_4_1_unknown_frame_types_are_ignored(open_peer: Peer, kind: int, stream_id: int) -> None:
    assert open_peer.send(wire.frame(kind, 0xFF, stream_id, b"whatever")) == []
    open_peer.send(wire.data(1, b"body", end=True))
    assert open_peer.request.body == b"body"
    open_peer.assert_alive()


def test_4_1_unknown_flags_are_ignored(peer: Peer) -> None:
    flags = 0xFF & ~(wire.PADDED | wire.PRIORITY)
    peer.send(wire.frame(Kind.HEADERS, flags, 1, wire.field_block(GET)))
    assert peer.request.head.end_stream
    peer.send(wire.headers(3, POST))
    peer.send(wire.frame(Kind.DATA, 0xFF & ~wire.PADDED, 3, b"x"))
    assert peer.request.body == b"x"
    assert peer.request.trailers == []
    [pong] = peer.send(wire.frame(Kind.PING, 0xFE, 0, b"12345678"))
    assert (pong.kind, pong.flags, pong.payload) == (Kind.PING, wire.ACK, b"12345678")
    [ack] = peer.send(wire.frame(Kind.SETTINGS, 0xFE, 0, b""))
    assert (ack.kind, ack.flags) == (Kind.SETTINGS, wire.ACK)


def test_4_1_reserved_bit_of_the_stream_identifier_is_ignored(peer: Peer) -> None:
    flags = wire.END_HEADERS
    peer.send(wire.frame(Kind.HEADERS, flags, 1, wire.field_block(POST), reserved=True))
    peer.send(wire.frame(Kind.DATA, wire.END_STREAM, 1, b"body", reserved=True))
    assert peer.request.stream_id == 1
    assert peer.request.body == b"body"
    [pong] = peer.send(wire.frame(Kind.PING, 0, 0, b"12345678", reserved=True))
    assert pong.is_ack


def test_4_1_reserved_bit_is_never_sent(peer: Peer) -> None:
    peer.send(wire.headers(wire.MAX_WINDOW, GET, end=True))
    peer.request.start(200)
    peer.request.data(b"x", end=True)
    data = peer.connection.data_to_send()
    assert data[5] == 0x7F
    assert data.count(b"\xff\xff\xff\xff") == 0


def test_4_2_frame_of_the_announced_size_is_taken(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_inbound_frame_size=20000))
    peer.send(wire.headers(1, POST), wire.data(1, bytes(20000), end=True))
    assert len(peer.request.body) == 20000
    peer.send(wire.frame(0x42, 0, 0, bytes(20000)))
    peer.assert_alive()


@pytest.mark.parametrize("kind", [*Kind, 0x42])
def test_4_2_larger_frame_is_a_frame_size_error_before_its_payload(
    make_peer: MakePeer, kind: int
) -> None:
    peer = make_peer(Limits(max_inbound_frame_size=20000))
    peer.send(wire.headers(1, POST))
    stream_id = 0 if kind in {Kind.SETTINGS, Kind.PING, Kind.GOAWAY} else 1
    header = (20001).to_bytes(3, "big") + bytes([kind, 0]) + stream_id.to_bytes(4, "big")
    if kind == Kind.CONTINUATION:
        header = wire.headers(3, GET, end_headers=False) + header[:8] + b"\x03"
    peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, header)


@pytest.mark.parametrize(
    "short",
    [
        wire.frame(Kind.DATA, wire.PADDED, 1),
        wire.frame(Kind.HEADERS, wire.PADDED | wire.END_HEADERS, 3),
        wire.frame(Kind.HEADERS, wire.PRIORITY | wire.END_HEADERS, 3, b"\0\0\0\0"),
        wire.frame(Kind.HEADERS, wire.PADDED | wire.PRIORITY | wire.END_HEADERS, 3, bytes(5)),
    ],
    ids=["data", "headers-padded", "headers-priority", "headers-both"],
)
def test_4_2_frame_too_small_for_its_mandatory_fields(open_peer: Peer, short: bytes) -> None:
    open_peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, short)


def test_4_2_server_keeps_to_the_frame_size_of_the_client(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(wire.INITIAL_WINDOW_SIZE, 2**20)])
    peer.send(wire.window_update(0, 2**20), wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(bytes(50000))
    sizes = [len(it.payload) for it in peer.flush() if it.kind == Kind.DATA]
    assert max(sizes) == 16384
    assert sum(sizes) == 50000
    peer.send(wire.settings((wire.MAX_FRAME_SIZE, 20000)))
    peer.request.data(bytes(50000), end=True)
    sizes = [len(it.payload) for it in peer.flush() if it.kind == Kind.DATA]
    assert max(sizes) <= 20000
    assert sum(sizes) == 50000


def test_4_2_large_response_head_is_cut_into_continuations(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    fields = [(b"x-%d" % number, b"v" * 1000) for number in range(50)]
    peer.request.start(200, fields, end=True)
    frames = peer.flush()
    assert [it.kind for it in frames] == [Kind.HEADERS, *[Kind.CONTINUATION] * (len(frames) - 1)]
    assert len(frames) > 2
    assert [bool(it.flags & wire.END_HEADERS) for it in frames] == [
        *[False] * (len(frames) - 1),
        True,
    ]
    assert frames[0].ends_stream
    assert peer.answer(1).heads[0][1:] == fields


@pytest.mark.parametrize(
    "inside",
    [
        wire.data(1, b"x"),
        wire.headers(5, GET, end=True),
        wire.headers(3, GET, end=True),
        wire.priority(3, wire.Priority()),
        wire.rst_stream(3),
        wire.settings(),
        wire.settings_ack(),
        wire.ping(),
        wire.goaway(),
        wire.window_update(0, 1),
        wire.window_update(3, 1),
        wire.frame(0x42, 0, 0, b"x"),
        wire.frame(0x42, 0, 3, b"x"),
        wire.continuation(1, b""),
        wire.continuation(5, b""),
        wire.continuation(0, b""),
    ],
)
def test_4_3_field_block_is_contiguous(open_peer: Peer, inside: bytes) -> None:
    start = wire.headers(3, GET, end_headers=False)
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, start, inside)
    assert len(open_peer.requests) == 1


@pytest.mark.parametrize(
    "block",
    [
        b"\x80",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xbe",
        b"\x00\x05ab",
        b"\x00",
        b"\x3f\xff\xff\xff\x0f",
        b"\x82\x20",
        b"\x00\x81\xff\x01a",
    ],
    ids=[
        "index-0",
        "endless-integer",
        "index-out-of-range",
        "string-past-the-end",
        "cut-literal",
        "table-above-the-setting",
        "table-size-after-a-field",
        "huffman-padding",
    ],
)
def test_4_3_undecodable_field_block_is_a_compression_error(peer: Peer, block: bytes) -> None:
    peer.expect_connection_error(ErrorCodes.COMPRESSION_ERROR, wire.headers(1, block, end=True))
    assert peer.requests == []


def test_4_3_undecodable_trailers_are_a_compression_error(open_peer: Peer) -> None:
    open_peer.expect_connection_error(
        ErrorCodes.COMPRESSION_ERROR, wire.headers(1, b"\x80", end=True)
    )


def test_4_3_field_block_may_be_cut_anywhere(peer: Peer) -> None:
    block = wire.field_block([*GET, (b"x-name", b"value")])
    expected = None
    for number, at in enumerate(range(len(block) + 1)):
        stream_id = 2 * number + 1
        peer.send(
            wire.headers(stream_id, block[:at], end=True, end_headers=False),
            wire.continuation(stream_id, block[at:]),
        )
        head = peer.request.head
        expected = expected or head.headers
        assert head.headers == expected
        peer.request.start(204, end=True)
    assert len(peer.requests) == len(block) + 1


def test_4_3_empty_field_block_is_malformed_not_undecodable(peer: Peer) -> None:
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.headers(1, b"", end=True))
    assert peer.requests == []
