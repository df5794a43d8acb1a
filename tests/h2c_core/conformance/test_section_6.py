"""Owns the rules of RFC 9113 section 6 for all frames but SETTINGS, GOAWAY and WINDOW_UPDATE.

Does not test stream states (section 5.1).
"""

import pytest
from h2.errors import ErrorCodes

from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Kind, Priority


def test_6_1_data_on_stream_zero(open_peer: Peer) -> None:
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.data(0, b"x"))


def test_6_1_data_carries_the_body(open_peer: Peer) -> None:
    open_peer.send(wire.data(1, b"one"), wire.data(1, b""), wire.data(1, b"two", end=True))
    assert open_peer.request.body == b"onetwo"
    assert open_peer.request.trailers == []


def test_6_1_empty_data_ends_the_stream(open_peer: Peer) -> None:
    open_peer.send(wire.data(1, b"", end=True))
    assert open_peer.request.body == b""
    assert open_peer.request.trailers == []


@pytest.mark.parametrize("padding", [0, 1, 255])
@pytest.mark.parametrize("body", [b"", b"body"])
def test_6_1_padding_is_no_part_of_the_body(open_peer: Peer, padding: int, body: bytes) -> None:
    open_peer.send(
        wire.data(1, body, padding=padding), wire.data(1, body, padding=padding, end=True)
    )
    assert open_peer.request.body == body * 2
    assert open_peer.request.trailers == []


def test_6_1_padding_of_any_content_is_taken(open_peer: Peer) -> None:
    """Section 6.1: a receiver need not verify that padding is zero, and we do not."""
    open_peer.send(wire.frame(Kind.DATA, wire.PADDED | wire.END_STREAM, 1, b"\x03abc\xff\xff\xff"))
    assert open_peer.request.body == b"abc"


@pytest.mark.parametrize("payload", [b"\x01", b"\x04abc", b"\xffab"])
def test_6_1_padding_as_long_as_the_payload(open_peer: Peer, payload: bytes) -> None:
    sent = wire.frame(Kind.DATA, wire.PADDED, 1, payload)
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)
    assert open_peer.request.body == b""


def test_6_2_headers_open_a_stream(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    assert peer.request.head.end_stream
    peer.send(wire.headers(3, POST))
    assert not peer.request.head.end_stream


@pytest.mark.parametrize("padding", [0, 1, 255])
@pytest.mark.parametrize("priority", [None, Priority(0, 255, exclusive=True), Priority(77, 0)])
def test_6_2_padding_and_priority_are_no_part_of_the_block(
    peer: Peer, padding: int, priority: Priority | None
) -> None:
    peer.send(wire.headers(1, GET, end=True, padding=padding, priority=priority))
    assert peer.request.head.target == b"/"
    assert peer.request.head.end_stream


def test_6_2_padding_and_priority_with_continuations(peer: Peer) -> None:
    block = wire.field_block(GET)
    peer.send(
        wire.headers(
            1, block[:10], end=True, end_headers=False, padding=20, priority=Priority(3, 4)
        ),
        wire.continuation(1, block[10:20], end_headers=False),
        wire.continuation(1, b"", end_headers=False),
        wire.continuation(1, block[20:]),
    )
    assert peer.request.head.target == b"/"
    assert peer.request.head.end_stream


@pytest.mark.parametrize(
    ("flags", "payload"),
    [
        (wire.PADDED, b"\x01"),
        (wire.PADDED, b"\x06abcde"),
        (wire.PADDED | wire.PRIORITY, b"\x01" + bytes(5)),
        (wire.PADDED | wire.PRIORITY, b"\x05" + bytes(5) + b"abc"),
    ],
)
def test_6_2_padding_longer_than_the_block(peer: Peer, flags: int, payload: bytes) -> None:
    sent = wire.frame(Kind.HEADERS, flags | wire.END_HEADERS, 1, payload)
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


def test_6_2_padding_may_leave_an_empty_fragment(peer: Peer) -> None:
    peer.send(
        wire.headers(1, b"", end=True, end_headers=False, padding=3),
        wire.continuation(1, wire.field_block(GET)),
    )
    assert len(peer.requests) == 1


def test_5_3_1_headers_that_depend_on_themselves(peer: Peer) -> None:
    """RFC 7540 section 5.3.1: a stream error of type PROTOCOL_ERROR."""
    sent = wire.headers(1, GET, end=True, priority=Priority(dependency=1))
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)
    assert peer.requests == []


def test_5_3_1_priority_that_depends_on_itself(open_peer: Peer) -> None:
    sent = wire.priority(1, Priority(dependency=1))
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)


def test_6_3_priority_on_stream_zero(peer: Peer) -> None:
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.priority(0, Priority()))


@pytest.mark.parametrize("size", [0, 4, 6])
def test_6_3_priority_of_another_size_is_a_stream_error(open_peer: Peer, size: int) -> None:
    sent = wire.frame(Kind.PRIORITY, 0, 1, bytes(size))
    open_peer.expect_stream_error(1, ErrorCodes.FRAME_SIZE_ERROR, sent)


def test_6_4_reset_on_stream_zero(open_peer: Peer) -> None:
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.rst_stream(0))


@pytest.mark.parametrize("size", [0, 3, 5])
def test_6_4_reset_of_another_size(open_peer: Peer, size: int) -> None:
    sent = wire.frame(Kind.RST_STREAM, 0, 1, bytes(size))
    open_peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, sent)


@pytest.mark.parametrize("code", [0, 8, 0xD, 0xFFFFFFFF])
def test_6_4_reset_ends_the_stream_with_any_code(open_peer: Peer, code: int) -> None:
    """Section 7: unknown codes must not trigger any special behaviour."""
    open_peer.send(wire.rst_stream(1, code))
    assert open_peer.request.reset_code == code
    assert open_peer.connection.is_idle
    open_peer.assert_alive()


def test_6_4_reset_stops_what_waits_to_be_sent(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    assert not peer.request.data(bytes(100000))
    peer.flush()
    peer.send(wire.rst_stream(1))
    assert peer.send(wire.window_update(0, 100000)) == []
    assert peer.request.writable == 0


@pytest.mark.parametrize("stream_id", [0, 1, 2, 3])
def test_6_6_clients_cannot_push(open_peer: Peer, stream_id: int) -> None:
    payload = (4).to_bytes(4, "big") + wire.field_block(GET)
    sent = wire.frame(Kind.PUSH_PROMISE, wire.END_HEADERS, stream_id, payload)
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


def test_6_6_nothing_is_pushed(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200, [(b"link", b"</a.css>; rel=preload")], end=True)
    assert [it.kind for it in peer.flush()] == [Kind.HEADERS]


@pytest.mark.parametrize("opaque", [bytes(8), b"\xff" * 8, b"12345678"])
def test_6_7_ping_is_answered_with_its_payload(peer: Peer, opaque: bytes) -> None:
    [pong] = peer.send(wire.ping(opaque))
    assert pong == (Kind.PING, wire.ACK, 0, opaque)


def test_6_7_ping_acknowledgement_is_not_answered(peer: Peer) -> None:
    assert peer.send(wire.ping(ack=True)) == []


def test_6_7_each_ping_is_answered_in_order(peer: Peer) -> None:
    names = [b"ping %03d" % number for number in range(50)]
    frames = peer.send(*map(wire.ping, names))
    assert [it.payload for it in frames] == names


def test_6_7_ping_is_answered_while_bodies_wait(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    assert not peer.request.data(bytes(100000))
    peer.flush()
    peer.assert_alive()


@pytest.mark.parametrize("flags", [0, wire.ACK])
@pytest.mark.parametrize("size", [0, 7, 9])
def test_6_7_ping_of_another_size(peer: Peer, size: int, flags: int) -> None:
    sent = wire.frame(Kind.PING, flags, 0, bytes(size))
    peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, sent)


@pytest.mark.parametrize("stream_id", [1, 3])
def test_6_7_ping_on_a_stream(open_peer: Peer, stream_id: int) -> None:
    sent = wire.frame(Kind.PING, 0, stream_id, bytes(8))
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


@pytest.mark.parametrize("stream_id", [0, 1, 3])
def test_6_10_continuation_without_headers(open_peer: Peer, stream_id: int) -> None:
    sent = wire.continuation(stream_id, wire.field_block(GET))
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


def test_6_10_continuation_after_end_headers(peer: Peer) -> None:
    peer.expect_connection_error(
        ErrorCodes.PROTOCOL_ERROR, wire.headers(1, GET), wire.continuation(1, b"")
    )


def test_6_10_end_stream_flag_of_headers_holds_after_continuations(peer: Peer) -> None:
    block = wire.field_block(GET)
    peer.send(
        wire.headers(1, block[:5], end=True, end_headers=False), wire.continuation(1, block[5:])
    )
    assert peer.request.head.end_stream


def test_6_10_end_stream_bit_of_continuation_means_nothing(peer: Peer) -> None:
    block = wire.field_block(POST)
    peer.send(
        wire.headers(1, block[:5], end_headers=False),
        wire.frame(Kind.CONTINUATION, wire.END_HEADERS | 1, 1, block[5:]),
    )
    assert not peer.request.head.end_stream


def test_6_10_trailers_may_be_continued(open_peer: Peer) -> None:
    block = wire.field_block([(b"x-sum", b"1")])
    open_peer.send(
        wire.headers(1, block[:4], end=True, end_headers=False), wire.continuation(1, block[4:])
    )
    assert open_peer.request.trailers == [(b"x-sum", b"1")]
