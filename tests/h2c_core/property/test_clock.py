"""Owns the engine under clocks that jump: back, far ahead, and all over.

Does not test what is due when (`test_deadlines`).
"""

from hypothesis import given
from hypothesis import strategies as st

from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.property.strategies import QUICK
from tests.h2c_core.wire import GET, POST, Kind

TIMES = st.floats(-1e9, 1e9)


@QUICK
@given(st.lists(TIMES, min_size=1, max_size=20))
def test_what_a_peer_may_do_depends_on_no_jump_of_the_clock(times: list[float]) -> None:
    peer = Peer()
    for number, now in enumerate(times):
        peer.now = now
        stream_id = 2 * number + 1
        peer.send(
            wire.ping(),
            wire.settings(),
            wire.priority(stream_id, wire.Priority()),
            wire.window_update(0, 1),
            wire.headers(stream_id, POST),
            wire.data(stream_id),
            wire.frame(0x42),
        )
        peer.send(wire.rst_stream(stream_id))
    assert len(peer.requests) == len(times)
    peer.assert_alive()


@QUICK
@given(st.lists(TIMES, min_size=1, max_size=20))
def test_connection_without_a_stream_ends_quietly_whatever_the_clock(times: list[float]) -> None:
    """The timer may drain it, and never blames the peer."""
    peer = Peer()
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(204, end=True)
    peer.flush()
    for now in times:
        peer.fire(now)
        if peer.connection.is_closed:
            break
        deadline = peer.connection.next_deadline()
        assert deadline is not None
    assert all(it.error_code == 0 for it in peer.frames if it.kind == Kind.GOAWAY)


@QUICK
@given(st.floats(0, 1e6))
def test_one_late_timer_ends_no_request(late: float) -> None:
    """After a process was stopped for long, a stream has its time again from the first look."""
    peer = Peer()
    peer.send(wire.headers(1, POST), wire.headers(3, GET, end=True))
    peer.now += late
    peer.fire(peer.now)
    assert [it.reset_code for it in peer.requests] == [None, None]
    assert not peer.connection.is_closed
    peer.assert_alive()
