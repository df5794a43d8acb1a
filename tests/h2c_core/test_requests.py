"""Owns the tests of what becomes of HEADERS, CONTINUATION and DATA beyond the rules of the RFC.

Does not test those rules (conformance).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Priority


def test_handler_is_asked_once_a_request_in_order() -> None:
    peer = Peer()
    peer.send(*[wire.headers(stream_id, GET, end=True) for stream_id in (1, 3, 9)])
    assert [it.stream_id for it in peer.requests] == [1, 3, 9]


def test_255_stalled_uploads_do_not_stop_the_256th() -> None:
    peer = Peer()
    for number in range(255):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, POST))
        while peer.books.credit[stream_id]:
            size = min(16384, peer.books.credit[stream_id])
            assert peer.books.credit[0] >= size
            peer.send(wire.data(stream_id, bytes(size)))
    peer.send(wire.headers(511, POST))
    for _ in range(100):
        peer.send(wire.data(511, bytes(16384)))
        peer.request.credit(16384)
        peer.flush()
    assert len(peer.request.body) == 100 * 16384
    assert all(request.reset_code is None for request in peer.requests)


def test_after_ten_thousand_resets_with_unread_data_the_window_is_whole() -> None:
    peer = Peer()
    for number in range(10000):
        stream_id = 2 * number + 1
        peer.send(
            wire.headers(stream_id, POST),
            wire.data(stream_id, b"unread"),
            wire.rst_stream(stream_id),
        )
        peer.advance(1)
    assert peer.books.credit[0] > 2**21
    assert peer.connection.is_idle


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
    assert peer.send(frame[5000:]) == []
    assert len(peer.request.body) == 5000 - 9
    peer.assert_alive()


def test_reset_of_the_peer_between_reads() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST), wire.data(1, b"body"))
    peer.send(wire.rst_stream(1, ErrorCodes.CANCEL))
    assert peer.request.body == b"body"
    assert peer.request.reset_code == ErrorCodes.CANCEL


def test_priority_of_headers_is_kept() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (16, 0)
    peer.send(wire.headers(3, POST, priority=Priority(1, 219, exclusive=True)))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (220, 1)
    peer.send(wire.headers(5, POST))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (16, 0)


def test_priority_of_headers_is_kept_over_continuations() -> None:
    peer = Peer()
    block = wire.field_block(POST)
    peer.send(
        wire.headers(1, block[:5], end_headers=False, priority=Priority(0, 255)),
        wire.continuation(1, block[5:]),
    )
    assert peer.request.stream.weight == 256


@pytest.mark.parametrize("size", [1, 100, 16384])
def test_upload_of_many_frames_in_one_read(size: int) -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.send(*[wire.data(1, b"x" * size)] * 10, wire.data(1, b"", end=True))
    assert peer.request.body == b"x" * (10 * size)
    assert peer.request.trailers == []
