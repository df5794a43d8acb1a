"""Owns the layouts of RFC 9113 section 6 and RFC 9218 section 7.1 on a connection, both ways.

Does not test what is wrong with a frame: the sections' own modules do.
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._reader import FrameReader
from tests.h2c_core import wire
from tests.h2c_core.frame_vectors import BLOCK, BY_NAME, VECTORS, Vector
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Fields, Frame, Kind

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=[it.name for it in VECTORS])


def octets(name: str) -> bytes:
    return BY_NAME[name].wire


def test_every_type_of_frame_has_a_vector() -> None:
    assert {it.kind for it in VECTORS} == set(Kind)
    assert len(BY_NAME) == len(VECTORS)


@each_vector
def test_4_1_frame_is_read(vector: Vector, step: int) -> None:
    reader = FrameReader(16384)
    reader.feed(wire.PREFACE)
    payload = b""
    size = step or len(vector.wire)
    for at in range(0, len(vector.wire), size):
        reader.feed(vector.wire[at : at + size])
        while reader.next():
            assert (reader.kind, reader.flags) == (vector.kind, vector.flags)
            assert reader.stream_id == vector.stream_id
            assert reader.length == len(vector.payload)
            payload += reader.data[reader.start : reader.stop]
    assert payload == vector.payload
    assert reader.is_last


@each_vector
def test_4_1_frame_of_the_tests_has_the_layout(vector: Vector) -> None:
    """What the other tests say with `wire` is what the figures say."""
    assert wire.frame(*vector[2:]) == vector.wire
    assert wire.FrameReader().feed(vector.wire) == [Frame(*vector[2:])]


@pytest.mark.parametrize(
    ("name", "built"),
    [
        ("DATA", wire.data(1, b"hello")),
        ("DATA, END_STREAM", wire.data(1, b"hello", end=True)),
        ("DATA, empty", wire.data(1, end=True)),
        ("DATA, padded", wire.data(1, b"hello", padding=3)),
        ("DATA, padded by nothing", wire.data(1, b"hello", padding=0, end=True)),
        ("DATA, all padding", wire.data(1, padding=2)),
        ("HEADERS", wire.headers(3, BLOCK)),
        ("HEADERS, END_STREAM", wire.headers(3, BLOCK, end=True)),
        (
            "HEADERS, priority",
            wire.headers(3, BLOCK, end=True, priority=wire.Priority(1, 200, exclusive=True)),
        ),
        ("HEADERS, padded", wire.headers(3, BLOCK, end=True, padding=2)),
        (
            "HEADERS, padded, priority",
            wire.headers(3, BLOCK, end=True, padding=2, priority=wire.Priority()),
        ),
        ("PRIORITY", wire.priority(5, wire.Priority(3, 7))),
        ("PRIORITY, exclusive", wire.priority(5, wire.Priority(11, 255, exclusive=True))),
        ("RST_STREAM", wire.rst_stream(1, 8)),
        ("RST_STREAM, largest code", wire.rst_stream(2**31 - 1, 2**32 - 1)),
        ("SETTINGS", wire.settings()),
        ("SETTINGS, ACK", wire.settings_ack()),
        ("SETTINGS, three", wire.settings((1, 4096), (4, 65536), (5, 16384))),
        ("PING", wire.ping(b"\x01#Eg\x89\xab\xcd\xef")),
        ("PING, ACK", wire.ping(b"\x01#Eg\x89\xab\xcd\xef", ack=True)),
        ("GOAWAY", wire.goaway(7)),
        ("GOAWAY, debug data", wire.goaway(2**31 - 1, 11, b"calm")),
        ("WINDOW_UPDATE, connection", wire.window_update(0, 65536)),
        ("WINDOW_UPDATE, stream", wire.window_update(1, 0x7FFF0000)),
        ("CONTINUATION", wire.continuation(3, b"\x82\x86\x84", end_headers=False)),
        ("CONTINUATION, END_HEADERS", wire.continuation(3, b"\x82\x86\x84")),
        ("PRIORITY_UPDATE", wire.priority_update(3, b"u=0, i")),
        ("HEADERS", _frames.header_frames(3, BLOCK, 16384, end_stream=False)),
        ("HEADERS, END_STREAM", _frames.header_frames(3, BLOCK, 16384, end_stream=True)),
        ("RST_STREAM", _frames.rst_stream(1, ErrorCodes.CANCEL)),
        ("RST_STREAM, largest code", _frames.rst_stream(2**31 - 1, 2**32 - 1)),
        ("SETTINGS", _frames.settings([])),
        ("SETTINGS, ACK", _frames.SETTINGS_ACK),
        ("SETTINGS, three", _frames.settings([(1, 4096), (4, 65536), (5, 16384)])),
        ("PING", _frames.ping(b"\x01#Eg\x89\xab\xcd\xef", ack=False)),
        ("PING, ACK", _frames.ping(b"\x01#Eg\x89\xab\xcd\xef", ack=True)),
        ("GOAWAY", _frames.goaway(7, 0)),
        ("GOAWAY, debug data", _frames.goaway(2**31 - 1, 11, b"calm")),
        ("WINDOW_UPDATE, connection", _frames.window_update(0, 65536)),
        ("WINDOW_UPDATE, stream", _frames.window_update(1, 0x7FFF0000)),
        ("DATA, empty", _frames.frame_header(0, _frames.DATA, _frames.END_STREAM, 1)),
    ],
)
def test_6_frame_is_built(name: str, built: bytes) -> None:
    assert built == octets(name)


@pytest.mark.parametrize(
    ("name", "body", "is_ended"),
    [
        ("DATA", b"hello", False),
        ("DATA, END_STREAM", b"hello", True),
        ("DATA, empty", b"", True),
        ("DATA, padded", b"hello", False),
        ("DATA, padded by nothing", b"hello", True),
        ("DATA, all padding", b"", False),
    ],
)
def test_6_1_data(open_peer: Peer, name: str, body: bytes, *, is_ended: bool) -> None:
    open_peer.send(octets(name))
    assert open_peer.request.body == body
    assert (open_peer.request.trailers is not None) == is_ended


@pytest.mark.parametrize(
    ("name", "is_ended", "weight", "depends_on"),
    [
        ("HEADERS", False, 16, 0),
        ("HEADERS, END_STREAM", True, 16, 0),
        ("HEADERS, priority", True, 201, 1),
        ("HEADERS, padded", True, 16, 0),
        ("HEADERS, padded, priority", True, 16, 0),
    ],
)
def test_6_2_headers(
    peer: Peer, name: str, weight: int, depends_on: int, *, is_ended: bool
) -> None:
    peer.send(octets(name))
    head = peer.request.head
    assert peer.request.stream_id == 3
    assert (head.method, head.scheme, head.target) == (b"GET", b"http", b"/")
    assert head.authority == b"www.example.com"
    assert head.end_stream == is_ended
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (weight, depends_on)


@pytest.mark.parametrize(
    ("name", "weight", "depends_on"), [("PRIORITY", 8, 3), ("PRIORITY, exclusive", 256, 11)]
)
def test_6_3_priority(peer: Peer, name: str, weight: int, depends_on: int) -> None:
    peer.send(wire.headers(5, POST))
    assert peer.send(octets(name)) == []
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (weight, depends_on)


@pytest.mark.parametrize(
    ("name", "stream_id", "code"),
    [("RST_STREAM", 1, 8), ("RST_STREAM, largest code", 2**31 - 1, 2**32 - 1)],
)
def test_6_4_rst_stream(peer: Peer, name: str, stream_id: int, code: int) -> None:
    peer.send(wire.headers(stream_id, POST), octets(name))
    assert peer.request.reset_code == code


def test_6_4_rst_stream_is_sent(open_peer: Peer) -> None:
    open_peer.request.stream.reset(ErrorCodes.CANCEL)
    assert open_peer.connection.data_to_send() == octets("RST_STREAM")


@pytest.mark.parametrize("name", ["SETTINGS", "SETTINGS, three"])
def test_6_5_settings(peer: Peer, name: str) -> None:
    peer.connection.receive_data(octets(name), peer.now)
    assert peer.connection.data_to_send() == octets("SETTINGS, ACK")


def test_6_5_settings_take_effect(peer: Peer) -> None:
    peer.send(octets("SETTINGS, three"), wire.window_update(0, 2**20))
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(bytes(70000))
    sizes = [len(it.payload) for it in peer.flush() if it.kind == Kind.DATA]
    assert sizes == [16384] * 4


def test_6_6_push_promise(open_peer: Peer) -> None:
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, octets("PUSH_PROMISE"))


def test_6_7_ping(peer: Peer) -> None:
    peer.connection.receive_data(octets("PING"), peer.now)
    assert peer.connection.data_to_send() == octets("PING, ACK")
    assert peer.send(octets("PING, ACK")) == []


@pytest.mark.parametrize("name", ["GOAWAY", "GOAWAY, debug data"])
def test_6_8_goaway(peer: Peer, name: str) -> None:
    assert peer.send(octets(name)) == []
    peer.assert_alive()


def test_6_9_window_updates(peer: Peer) -> None:
    peer.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 0)), wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(bytes(140000))
    peer.send(octets("WINDOW_UPDATE, stream"))
    assert len(peer.answer(1).body) == 65535
    peer.send(octets("WINDOW_UPDATE, connection"))
    assert len(peer.answer(1).body) == 65535 + 65536


def test_6_10_continuations(peer: Peer) -> None:
    authority: Fields = [(b":authority", b"a.example")]
    peer.send(
        wire.headers(3, wire.field_block(authority), end=True, end_headers=False),
        octets("CONTINUATION, END_HEADERS"),
    )
    assert peer.request.head.target == b"/"
    assert peer.request.head.authority == b"a.example"


def test_6_10_continuation_without_end_headers_goes_on(peer: Peer) -> None:
    peer.send(wire.headers(3, b"", end=True, end_headers=False), octets("CONTINUATION"))
    assert peer.requests == []
    peer.send(wire.continuation(3, b""))
    assert peer.request.head.target == b"/"


def test_9218_7_1_priority_update(peer: Peer) -> None:
    peer.send(wire.headers(3, POST))
    assert peer.send(octets("PRIORITY_UPDATE")) == []
    assert (peer.request.stream.urgency, peer.request.stream.incremental) == (0, True)
