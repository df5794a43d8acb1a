"""Owns the rules of RFC 9113 sections 6.5.3 and 6.9.2: SETTINGS that come while streams wait.

Does not test which values are allowed (`test_section_6_5`).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import (
    GET,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    MAX_WINDOW,
    POST,
    Frame,
    Kind,
)


def waiting(make_peer: MakePeer, window: int, *ids: int, size: int = 1000) -> Peer:
    """Responses of `size` bytes wait on streams whose windows are full or closed."""
    peer = make_peer(settings=[(INITIAL_WINDOW_SIZE, window)])
    for stream_id in ids:
        peer.send(wire.headers(stream_id, GET, end=True))
        peer.request.start(200)
        assert not peer.request.data(bytes(size), end=True)
    peer.flush()
    return peer


def sizes(frames: list[Frame]) -> list[tuple[int, int]]:
    return [(it.stream_id, len(it.payload)) for it in frames if it.kind == Kind.DATA]


def test_6_9_2_settings_of_one_read_act_on_what_waits_together() -> None:
    """Opened by the first and closed by the second: nothing is sent in a window of the past."""
    peer = waiting(Peer, 0, 1)
    frames = peer.send(
        wire.settings((INITIAL_WINDOW_SIZE, 5)), wire.settings((INITIAL_WINDOW_SIZE, 0))
    )
    assert [it.is_ack for it in frames] == [True, True]
    peer.send(wire.window_update(1, 10))
    assert len(peer.answer(1).body) == 10


def test_6_9_2_negative_windows_of_several_streams(make_peer: MakePeer) -> None:
    peer = waiting(make_peer, 100, 1, 3, 5)
    assert sizes(peer.send(wire.settings((INITIAL_WINDOW_SIZE, 0)))) == []
    assert [peer.books.send_window[it] for it in (1, 3, 5)] == [-100] * 3
    peer.send(wire.window_update(1, 100), wire.window_update(3, 101), wire.rst_stream(5))
    assert [len(peer.answer(it).body) for it in (1, 3, 5)] == [100, 101, 100]
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 50)))
    assert [len(peer.answer(it).body) for it in (1, 3, 5)] == [150, 151, 100]
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, MAX_WINDOW - 1000)))
    assert peer.answer(1).is_ended
    assert peer.answer(3).is_ended
    assert peer.connection.is_idle


def test_6_9_2_lowest_window_there_is(make_peer: MakePeer) -> None:
    """The largest window is used as far as the connection's goes, and then taken away."""
    peer = waiting(make_peer, MAX_WINDOW, 1, size=100000)
    assert len(peer.answer(1).body) == 65535
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 0)), wire.window_update(0, 2**30))
    assert peer.books.send_window[1] == -65535
    assert len(peer.answer(1).body) == 65535
    peer.send(wire.window_update(1, 65535))
    assert len(peer.answer(1).body) == 65535
    peer.send(wire.window_update(1, 34465))
    assert peer.answer(1).is_ended


def test_6_9_2_window_update_lifts_a_negative_window_by_the_largest_increment(
    make_peer: MakePeer,
) -> None:
    """The sum decides, not the increment: 2,147,483,647 on -100 is allowed."""
    peer = waiting(make_peer, 100, 1)
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, 0)), wire.window_update(1, MAX_WINDOW))
    assert peer.answer(1).is_ended
    assert peer.resets(peer.frames) == []


def test_6_9_2_settings_may_lift_a_window_to_the_largest_and_no_further(
    make_peer: MakePeer,
) -> None:
    peer = waiting(make_peer, 0, 1)
    peer.send(wire.headers(3, POST), wire.window_update(3, 1000))
    peer.send(wire.settings((INITIAL_WINDOW_SIZE, MAX_WINDOW - 1000)))
    assert peer.answer(1).is_ended
    sent = wire.settings((INITIAL_WINDOW_SIZE, MAX_WINDOW - 999))
    peer.expect_connection_error(ErrorCodes.FLOW_CONTROL_ERROR, sent)


def test_6_9_2_window_of_a_stream_that_ended_overflows_nothing(make_peer: MakePeer) -> None:
    peer = make_peer()
    peer.send(wire.headers(1, GET, end=True), wire.window_update(1, MAX_WINDOW - 65535))
    peer.request.start(204, end=True)
    peer.flush()
    [ack] = peer.send(wire.settings((INITIAL_WINDOW_SIZE, MAX_WINDOW)))
    assert ack.is_ack
    peer.assert_alive()


def test_6_5_3_acknowledgement_comes_before_what_the_values_let_go(make_peer: MakePeer) -> None:
    peer = waiting(make_peer, 0, 1, 3)
    frames = peer.send(wire.settings((INITIAL_WINDOW_SIZE, 10)))
    assert [it.kind for it in frames] == [Kind.SETTINGS, Kind.DATA, Kind.DATA]
    assert frames[0].is_ack
    assert sizes(frames) == [(1, 10), (3, 10)]


@pytest.mark.parametrize(
    ("first", "second", "most"), [(16384, 20000, 20000), (20000, 16384, 16384)]
)
def test_6_5_2_frame_size_changes_while_a_body_waits(
    make_peer: MakePeer, first: int, second: int, most: int
) -> None:
    peer = waiting(make_peer, 0, 1, size=60000)
    peer.send(wire.settings((MAX_FRAME_SIZE, first)))
    frames = peer.send(wire.settings((MAX_FRAME_SIZE, second)), wire.window_update(1, 60000))
    assert max(size for _, size in sizes(frames)) == most
    assert peer.answer(1).is_ended


def test_6_5_2_head_is_cut_by_the_newest_frame_size(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(MAX_FRAME_SIZE, 40000)])
    fields = [(b"x-%d" % number, b"\xff" * 3000) for number in range(12)]
    for stream_id, size in ((1, 40000), (3, 16384)):
        peer.send(wire.settings((MAX_FRAME_SIZE, size)), wire.headers(stream_id, GET, end=True))
        peer.request.start(200, fields, end=True)
        frames = peer.flush()
        assert len(frames) == (1 if size == 40000 else 3)
        assert max(len(it.payload) for it in frames) <= size
        assert peer.answer(stream_id).heads[0][1:] == fields


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ((wire.ENABLE_PUSH, 2), ErrorCodes.PROTOCOL_ERROR),
        ((MAX_FRAME_SIZE, 1), ErrorCodes.PROTOCOL_ERROR),
        ((INITIAL_WINDOW_SIZE, 2**31), ErrorCodes.FLOW_CONTROL_ERROR),
    ],
    ids=["push", "frame-size", "window"],
)
def test_6_5_nothing_is_sent_by_values_beside_a_wrong_one(
    make_peer: MakePeer, wrong: tuple[int, int], code: ErrorCodes
) -> None:
    peer = waiting(make_peer, 0, 1)
    peer.expect_connection_error(code, wire.settings((INITIAL_WINDOW_SIZE, 100), wrong))
    assert peer.answer(1).body == b""
    assert peer.books.settings_acked == peer.books.settings_sent - 1


def test_6_5_3_what_goes_out_before_the_acknowledgement_may_use_the_window_before(
    make_peer: MakePeer,
) -> None:
    """It does where the two frames come in reads of their own; the sum is the same."""
    peer = waiting(make_peer, 100, 1)
    frames = peer.send(wire.window_update(1, 10), wire.settings((INITIAL_WINDOW_SIZE, 0)))
    assert frames[-1].is_ack
    assert len(peer.answer(1).body) == 100 + sum(len(it.payload) for it in frames[:-1])
    peer.send(wire.window_update(1, 100))
    assert len(peer.answer(1).body) == 110


def test_6_5_settings_of_the_client_do_not_bound_its_own_streams(make_peer: MakePeer) -> None:
    """MAX_CONCURRENT_STREAMS of a client is about pushes, and there are none."""
    peer = make_peer(settings=[(wire.MAX_CONCURRENT_STREAMS, 0), (wire.ENABLE_PUSH, 0)])
    peer.send(wire.headers(1, POST), wire.headers(3, GET, end=True))
    assert [it.stream_id for it in peer.requests] == [1, 3]


def test_6_5_3_second_acknowledgement_narrows_no_window_again(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(initial_stream_window=4000))
    peer.send(wire.headers(1, POST), wire.settings_ack(), wire.settings_ack())
    peer.send(wire.data(1, bytes(4000), end=True))
    assert len(peer.request.body) == 4000
    assert peer.request.reset_code is None
