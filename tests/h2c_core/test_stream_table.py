"""Owns the tests of the streams of a connection taken together.

Does not test what limits them (test_limits, test_abuse).
"""

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST


def test_a_thousand_open_streams_cost_what_one_costs() -> None:
    """Work is counted in frames: a request on a full connection makes no other frame."""
    peer = Peer(Limits(max_concurrent_streams=1001))
    for number in range(1000):
        peer.send(wire.headers(2 * number + 1, POST))
    peer.send(wire.headers(2001, GET, end=True))
    peer.request.start(200, end=True)
    assert len(peer.flush()) == 1


def test_connection_is_idle_when_the_last_stream_has_ended() -> None:
    peer = Peer()
    peer.send(wire.headers(1, GET, end=True), wire.headers(3, GET, end=True))
    ends = []
    for request in peer.requests:
        ends.append(peer.connection.is_idle)
        request.start(200, end=True)
    assert [*ends, peer.connection.is_idle] == [False, False, True]
