"""Owns RFC 9113 section 5.2 at its full size: stalled uploads and resets by the thousand.

Does not test single frames against windows (`test_section_5_2`).
"""

from dataclasses import replace

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import UNMETERED, Peer
from tests.h2c_core.wire import POST

DEFAULTS = Limits()
WINDOW = DEFAULTS.initial_stream_window
STREAMS = DEFAULTS.max_concurrent_streams
CHUNK = bytes(16384)


def window_is_whole(peer: Peer, size: int) -> bool:
    """What was announced, and what is announced with the next half of the window, are all of it."""
    return peer.books.credit[0] > size - size // 2


def test_5_2_255_stalled_uploads_do_not_stop_the_256th() -> None:
    peer = Peer()
    for number in range(STREAMS - 1):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, POST), *[wire.data(stream_id, CHUNK)] * (WINDOW // 16384))
        assert peer.books.credit[stream_id] == 0
    last = 2 * STREAMS - 1
    peer.send(wire.headers(last, POST))
    for _ in range(64):
        assert peer.books.credit[last] >= len(CHUNK)
        assert peer.books.credit[0] >= len(CHUNK)
        peer.send(wire.data(last, CHUNK))
        peer.request.credit()
        peer.flush()
    peer.send(wire.data(last, end=True))
    assert len(peer.request.body) == 64 * len(CHUNK)
    assert peer.request.trailers == []
    assert window_is_whole(peer, DEFAULTS.initial_connection_window)
    assert len([it for it in peer.requests if it.reset_code is None]) == STREAMS


def test_5_2_window_is_whole_after_10000_resets_with_unread_data() -> None:
    peer = Peer(UNMETERED)
    for number in range(10000):
        stream_id = 2 * number + 1
        peer.send(
            wire.headers(stream_id, POST),
            wire.data(stream_id, CHUNK[:300], padding=7),
            wire.data(stream_id, CHUNK[:1500]),
            wire.rst_stream(stream_id),
        )
    # 18 MB went through a window of 4 MiB.
    assert window_is_whole(peer, UNMETERED.initial_connection_window)
    assert peer.connection.is_idle
    assert {it.reset_code for it in peer.requests} == {ErrorCodes.CANCEL}


@pytest.mark.parametrize("ending", ["rst-stream", "abort", "finish", "stream-error", "end"])
@pytest.mark.parametrize("taken", [0, 7, 40], ids="taken-{}".format)
def test_5_2_window_is_whole_whatever_ends_a_stream(
    make_peer: MakePeer, ending: str, taken: int
) -> None:
    """Chunks of two bytes, so that what their objects cost is counted and given back as well."""
    size = wire.DEFAULT_WINDOW
    limits = replace(UNMETERED, initial_connection_window=size, max_buffered_body=1400)
    peer = make_peer(limits)
    for number in range(25):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, POST))
        for _ in range(20):
            peer.send(wire.data(stream_id, b"ab"))
        peer.send(wire.data(stream_id, CHUNK[:2000], padding=50))
        request = peer.request
        request.credit(taken)
        if ending == "rst-stream":
            peer.send(wire.rst_stream(stream_id))
        elif ending == "abort":
            request.abort()
        elif ending == "stream-error":
            peer.send(wire.window_update(stream_id, 0))
        else:
            request.start(200, end=True)
            if ending == "finish":
                request.finish()
            peer.send(wire.data(stream_id, end=True))
            request.credit()
        peer.flush()
        assert window_is_whole(peer, size), f"the window shrinks at {number}"
    assert peer.connection.is_idle


@pytest.mark.parametrize("end", [True, False], ids=["ends", "goes-on"])
def test_5_2_window_is_whole_after_resets_in_the_middle_of_a_frame(
    make_peer: MakePeer, *, end: bool
) -> None:
    """The rest of a DATA frame whose stream is gone is credited to the connection."""
    size = wire.DEFAULT_WINDOW
    peer = make_peer(replace(UNMETERED, initial_connection_window=size))
    for number in range(30):
        stream_id = 2 * number + 1
        frame = wire.data(stream_id, CHUNK[:9000], end=end)
        peer.send(wire.headers(stream_id, POST), frame[:5000])
        peer.request.abort()
        assert peer.resets(peer.send(frame[5000:])) == [(stream_id, ErrorCodes.INTERNAL_ERROR)]
        assert window_is_whole(peer, size), f"the window shrinks at {number}"
        assert len(peer.request.body) == 4991
    peer.assert_alive()


def test_5_2_request_body_and_reset_in_one_read_only_record(make_peer: MakePeer) -> None:
    """The handler has heard of the reset when the read is over, before anything was started."""
    peer = make_peer()
    frames = peer.send(wire.headers(1, POST), wire.data(1, b"body"), wire.rst_stream(1))
    assert frames == []
    assert peer.request.reset_code == ErrorCodes.CANCEL
    assert peer.connection.is_idle
    peer.request.start(200)
    assert peer.request.data(b"late", end=True)
    assert peer.flush() == []
