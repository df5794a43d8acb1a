"""Owns the tests of messages in tunnels, which are written past the queue where that is empty.

Does not test the shell, which decides how many of them it writes so.
"""

from collections.abc import Sequence

import pytest

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.test_outbound import WIDE, drain_fully
from tests.h2c_core.wire import GET, INITIAL_WINDOW_SIZE, MAX_WINDOW

TUNNEL = [
    (b":method", b"CONNECT"),
    (b":protocol", b"websocket"),
    (b":scheme", b"http"),
    (b":path", b"/"),
    (b":authority", b"front.example"),
]


class Direct:
    """A shell that writes messages of tunnels at once."""

    def __init__(
        self,
        count: int = 1,
        settings: Sequence[tuple[int, int]] = (),
        limits: Limits = Limits(enable_connect_protocol=True),  # noqa: B008 - it is frozen
    ) -> None:
        self.peer = Peer(limits, settings=settings)
        self.frames: list[bytes] = []
        self.peer.shell.write_frame = self.frames.append
        for number in range(count):
            self.peer.send(wire.headers(2 * number + 1, TUNNEL))
            self.peer.request.start(200)
        self.peer.flush()
        self.request = self.peer.find(1)


def test_a_message_of_a_tunnel_goes_past_the_queue() -> None:
    direct = Direct()
    assert direct.request.data(b"message")
    assert direct.frames == [wire.data(1, b"message")]
    assert direct.request.stream.bytes_sent == 7
    assert direct.peer.flush() == []
    assert True not in direct.peer.shell.writes


def test_a_message_that_the_shell_does_not_take_is_queued() -> None:
    direct = Direct()
    direct.peer.shell.write_frame = None
    assert direct.request.data(b"message")
    [frame] = direct.peer.flush()
    assert frame.payload == b"message"


def test_no_message_goes_past_what_is_queued() -> None:
    direct = Direct(2)
    direct.peer.shell.write_frame = None
    assert direct.peer.find(3).data(b"first")
    direct.peer.shell.write_frame = direct.frames.append
    assert direct.request.data(b"second")
    assert direct.frames == []
    assert [frame.payload for frame in direct.peer.flush()] == [b"first", b"second"]


def test_no_message_goes_past_a_stream_that_waits_for_its_turn() -> None:
    """After a write of 64 KiB nothing is queued, and much waits."""
    direct = Direct(settings=WIDE)
    direct.peer.send(wire.window_update(0, 10**6), wire.headers(3, GET, end=True))
    direct.peer.request.start(200)
    assert not direct.peer.request.data(bytes(200_000))
    assert len(direct.peer.flush()) < 8
    direct.request.data(b"message")
    assert direct.frames == []
    drain_fully(direct.peer)
    assert direct.peer.answer(1).body == b"message"
    assert len(direct.peer.answer(3).body) == 200_000


@pytest.mark.parametrize("size", [0, 16385], ids=["empty", "two-frames"])
def test_only_what_is_one_frame_goes_past_the_queue(size: int) -> None:
    direct = Direct()
    assert direct.request.data(bytes(size))
    assert direct.frames == []
    assert sum(len(frame.payload) for frame in direct.peer.flush()) == size


def test_the_end_of_a_tunnel_does_not_go_past_the_queue() -> None:
    direct = Direct()
    assert direct.request.data(b"bye", end=True)
    assert direct.frames == []
    [frame] = direct.peer.flush()
    assert frame.ends_stream


def test_a_response_that_is_no_tunnel_does_not_go_past_the_queue() -> None:
    direct = Direct()
    direct.peer.send(wire.headers(3, GET, end=True))
    direct.peer.request.start(200)
    direct.peer.flush()
    assert direct.peer.request.data(b"body")
    assert direct.frames == []


@pytest.mark.parametrize("is_connection", [False, True], ids=["stream", "connection"])
def test_messages_past_the_queue_are_counted_in_windows(*, is_connection: bool) -> None:
    direct = Direct(2, [(INITIAL_WINDOW_SIZE, MAX_WINDOW if is_connection else 1050)])
    stream_id = 0 if is_connection else 1
    window = wire.DEFAULT_WINDOW if is_connection else 1050
    sent = 0
    while direct.request.data(bytes(100)):
        sent += 100
        assert sent < window
    frames = direct.peer.flush()
    said = sum(len(frame) - 9 for frame in direct.frames) + sum(len(it.payload) for it in frames)
    assert said == window
    direct.peer.send(wire.window_update(stream_id, 1000))
    assert direct.request.writable == 1
    direct.frames.clear()
    assert direct.request.data(bytes(100))
    assert direct.frames == [wire.data(1, bytes(100))]


def test_a_sender_waits_whose_message_has_filled_the_window() -> None:
    direct = Direct(settings=[(INITIAL_WINDOW_SIZE, 7)])
    assert not direct.request.data(b"message")
    assert direct.frames == [wire.data(1, b"message")]
    direct.peer.send(wire.window_update(1, 1))
    assert direct.request.writable == 1


def test_no_message_is_written_to_a_full_transport() -> None:
    direct = Direct()
    direct.peer.pause()
    assert not direct.request.data(b"message")
    assert direct.frames == []
    assert [frame.payload for frame in direct.peer.resume()] == [b"message"]


def test_a_sender_waits_whose_message_has_filled_the_transport() -> None:
    direct = Direct()

    def write_and_pause(frame: bytes) -> None:
        direct.frames.append(frame)
        direct.peer.pause()

    direct.peer.shell.write_frame = write_and_pause
    assert not direct.request.data(b"message")
    assert not direct.request.data(b"more")
    assert len(direct.frames) == 1, "nothing is written to a full transport"
    assert [frame.payload for frame in direct.peer.resume()] == [b"more"]
    assert direct.request.writable == 1


def test_messages_past_the_queue_earn_updates() -> None:
    """They are DATA frames, each of which a peer may answer with two WINDOW_UPDATE."""
    direct = Direct(limits=Limits(enable_connect_protocol=True, max_window_updates=2))
    for _ in range(1000):
        assert direct.request.data(b"event")
        direct.peer.send(wire.window_update(0, 5), wire.window_update(1, 5))
    assert len(direct.frames) == 1000
    direct.peer.assert_alive()
