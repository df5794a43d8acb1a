"""Owns the tests of frames that belong to no request: what each does beyond the rules of the RFC.

Does not test those rules (conformance).
"""

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import POST, Kind, Priority


def test_priority_frame_is_kept_on_an_open_stream() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST), wire.priority(1, Priority(7, 99)))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (100, 7)


def test_priority_frames_of_streams_that_are_not_open_leave_nothing() -> None:
    peer = Peer(Limits(max_priority_frames=20000))
    for stream_id in range(1, 20001, 2):
        peer.connection.receive_data(wire.priority(stream_id, Priority(0, 5)), peer.now)
    assert peer.flush() == []
    peer.send(wire.headers(1, POST))
    assert peer.request.stream.weight == 16


def test_answers_come_in_the_order_of_the_frames() -> None:
    peer = Peer()
    frames = peer.send(
        wire.ping(b"first..."),
        wire.settings(),
        wire.headers(1, [(b"bad", b"head")], end=True),
        wire.ping(b"last...."),
    )
    assert [it.kind for it in frames] == [
        Kind.PING,
        Kind.SETTINGS,
        Kind.RST_STREAM,
        Kind.PING,
    ]


def test_goaway_of_the_client_is_not_answered() -> None:
    peer = Peer()
    assert peer.send(wire.goaway(0, 0, b"going")) == []
    peer.assert_alive()


def test_a_hundred_thousand_frames_in_one_read() -> None:
    """One pass over the buffer: the time would show copies of what is left (test timeout)."""
    peer = Peer(Limits(max_stray_frames=100000))
    peer.send(wire.frame(0x42) * 100000)
    peer.assert_alive()
