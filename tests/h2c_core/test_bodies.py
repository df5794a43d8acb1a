"""Owns the tests of what becomes of the bytes of DATA frames, whole or in pieces.

Does not test the rules of RFC 9113 for them (conformance).
"""

import tracemalloc

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import POST


def test_body_bytes_are_handed_on_as_they_arrive() -> None:
    peer = Peer()
    frame = wire.data(1, b"0123456789", end=True)
    peer.send(wire.headers(1, POST))
    peer.send(frame[:12])
    assert peer.request.body == b"012"
    assert peer.request.trailers is None
    peer.send(frame[12:])
    assert peer.request.body == b"0123456789"
    assert peer.request.trailers == []


def test_abort_between_two_pieces_of_a_frame_drops_the_rest() -> None:
    peer = Peer(Limits(initial_connection_window=65535))
    for number in range(10):
        stream_id = 2 * number + 1
        frame = wire.data(stream_id, bytes(16000), end=True)
        peer.send(wire.headers(stream_id, POST), frame[:5000])
        peer.request.abort()
        peer.flush()
        assert [it for it in peer.send(frame[5000:]) if it.stream_id] == []
        assert len(peer.request.body) == 5000 - 9
        assert peer.request.trailers is None
        assert peer.books.credit[0] > 65535 // 2 - 16000
        peer.request.start(200, end=True)
        assert peer.flush() == []
    peer.assert_alive()


def test_abort_between_two_pieces_of_a_body_that_is_too_short_resets_once() -> None:
    peer = Peer()
    frame = wire.data(1, bytes(1000), end=True)
    peer.send(wire.headers(1, wire.request((b"content-length", b"2000"), base=POST)), frame[:500])
    peer.request.abort()
    peer.flush()
    assert peer.send(frame[500:]) == []
    peer.assert_alive()


def test_finish_between_two_pieces_of_a_frame_drops_the_rest() -> None:
    peer = Peer()
    frame = wire.data(1, bytes(16000), end=True)
    peer.send(wire.headers(1, POST), frame[:5000])
    peer.request.start(200, end=True)
    peer.request.finish()
    peer.flush()
    assert peer.credit_in(peer.send(frame[5000:])) == 16000
    assert len(peer.request.body) == 5000 - 9
    peer.assert_alive()


@pytest.mark.parametrize("size", [1, 100, 16384])
def test_upload_of_many_frames_in_one_read(size: int) -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.send(*[wire.data(1, b"x" * size)] * 10, wire.data(1, b"", end=True))
    assert peer.request.body == b"x" * (10 * size)
    assert peer.request.trailers == []


def test_small_chunks_of_one_read_are_joined() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.send(*[wire.data(1, b"%02d" % number) for number in range(100)])
    assert peer.request.chunks == [b"".join(b"%02d" % number for number in range(100))]


def test_no_more_are_joined_than_make_a_chunk_that_is_not_small() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.send(wire.data(1, b"x") * 2500)
    assert [len(chunk) for chunk in peer.request.chunks] == [1024, 1024, 452]


def test_what_is_joined_is_one_stream_without_a_gap() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST), wire.headers(3, POST))
    peer.send(
        wire.data(1, b"a"),
        wire.data(1, b"b"),
        wire.data(3, b"c"),
        wire.data(1, b"d"),
        wire.ping(),
        wire.data(1, b"e"),
        wire.data(1, b"f" * 1025),
        wire.data(1, b"g"),
        wire.data(1, b"h", end=True),
    )
    assert peer.find(1).chunks == [b"ab", b"d", b"e", b"f" * 1025, b"g", b"h"]
    assert peer.find(1).trailers == []
    assert peer.find(3).chunks == [b"c"]


def test_joined_chunks_are_counted_one_by_one() -> None:
    """Against the windows and the content-length, and the one too many is the fault."""
    peer = Peer(Limits(initial_stream_window=10, initial_connection_window=65535))
    peer.send(wire.headers(1, POST), wire.headers(3, [*POST, (b"content-length", b"4")]))
    frames = peer.send(*[wire.data(1, b"xx")] * 6)
    assert peer.find(1).body == b"xx" * 5
    assert peer.resets(frames) == [(1, ErrorCodes.FLOW_CONTROL_ERROR)]
    frames = peer.send(*[wire.data(3, b"xx")] * 3)
    assert peer.find(3).body == b"xxxx"
    assert peer.resets(frames) == [(3, ErrorCodes.PROTOCOL_ERROR)]


def test_joined_chunks_end_with_the_window_of_the_connection() -> None:
    peer = Peer(Limits(initial_connection_window=65535, max_buffered_body=1))
    peer.send(wire.headers(1, POST), wire.headers(3, POST), *[wire.data(3, bytes(13106))] * 5)
    peer.expect_connection_error(ErrorCodes.FLOW_CONTROL_ERROR, *[wire.data(1, b"x")] * 6)
    assert peer.find(1).body == b"xxxxx"


def test_empty_data_among_small_chunks_is_counted() -> None:
    peer = Peer(Limits(max_empty_data=10))
    peer.send(wire.headers(1, POST))
    more = [wire.data(1, b"x"), wire.data(1, b"x"), wire.data(1, b"")] * 20
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, *more)


def test_small_chunks_after_the_response_are_dropped_and_bounded() -> None:
    peer = Peer(Limits(max_discarded_body=100))
    peer.send(wire.headers(1, POST))
    peer.request.start(200, end=True)
    peer.request.finish()
    assert peer.resets(peer.send(*[wire.data(1, b"xx")] * 49)) == []
    assert peer.resets(peer.send(*[wire.data(1, b"xx")] * 49)) == [(1, ErrorCodes.NO_ERROR)]
    assert peer.request.chunks == []


@pytest.mark.parametrize("size", [2**12, 11 * 2**14])
def test_body_in_chunks_of_two_bytes_costs_little_more_than_its_bytes(size: int) -> None:
    """21 times as much in objects otherwise. The handler keeps the chunks as it gets them.

    Nor do the frames of one long read, which is 2**14 of them, cost more while they are joined.
    """
    peer = Peer()
    frames = wire.data(1, b"xx") * 2**16
    reads = [frames[start : start + size] for start in range(0, len(frames), size)]
    peer.send(wire.headers(1, POST))
    tracemalloc.start()
    with peer.watch.during("receive_data"):
        for read in reads:
            peer.connection.receive_data(read, peer.now)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(peer.request.body) == 2**17
    assert held < 1.5 * 2**17
    assert peak < 2.5 * 2**17


def test_chunks_of_reads_of_their_own_count_as_objects() -> None:
    """They cannot be joined here, so that the connection's credit ends the sooner."""
    peer = Peer(Limits(initial_connection_window=65535, max_buffered_body=32500))
    peer.send(wire.headers(1, POST), wire.headers(3, POST))
    for _ in range(1000):
        peer.send(wire.data(1, b"x"))
    peer.send(*[wire.data(3, bytes(16384))] * 2)
    peer.find(3).credit()
    # What is left to take counts with its share of the objects: 65 bytes for each.
    peer.find(1).credit(499)
    peer.flush()
    assert peer.books.credit[0] == 65535 - 1000 - 32768
    peer.find(1).credit(1)
    peer.flush()
    assert peer.books.credit[0] == 65535
    # When all is taken, no more has been given back than was counted.
    for _ in range(500):
        peer.find(1).credit(1)
    peer.send(wire.data(3, bytes(16384)), wire.data(3, bytes(16384)))
    assert peer.books.credit[0] == 65535 - 32768
