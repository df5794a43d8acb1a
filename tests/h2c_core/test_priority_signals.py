"""Owns the tests of what is kept of priorities for streams that are not open yet.

Does not test the rules of RFC 9218 one by one (conformance).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from h2c_core._priority_signals import PrioritySignals
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, NO_RFC7540_PRIORITIES, POST, Priority


def signals_of(peer: Peer) -> PrioritySignals:
    return peer.connection._receiver._signals


def update(peer: Peer, *stream_ids: int, value: bytes = b"u=1") -> None:
    peer.send(*(wire.priority_update(stream_id, value) for stream_id in stream_ids))


def test_the_newest_value_is_kept() -> None:
    peer = Peer()
    update(peer, 1, value=b"u=1")
    update(peer, 1, value=b"u=6, i")
    peer.send(wire.headers(1, GET))
    assert (peer.request.stream.urgency, peer.request.stream.incremental) == (6, True)
    assert signals_of(peer).kept == {}


def test_it_overrides_the_field_for_stream_and_head() -> None:
    peer = Peer()
    update(peer, 1, value=b"u=1")
    peer.send(wire.headers(1, [*GET, (b"priority", b"u=5, i")]))
    head = peer.request.head
    assert (head.urgency, head.incremental, head.has_priority) == (1, False, True)
    assert (b"priority", b"u=5, i") in head.headers
    assert (peer.request.stream.urgency, peer.request.stream.incremental) == (1, False)


def test_values_for_streams_that_are_skipped_are_dropped() -> None:
    peer = Peer()
    update(peer, 1, 3, 5, 7, 9)
    peer.send(wire.headers(1, GET))
    assert sorted(signals_of(peer).kept) == [3, 5, 7, 9]
    peer.send(wire.headers(7, GET))
    assert sorted(signals_of(peer).kept) == [9]
    peer.send(wire.headers(11, GET))
    assert signals_of(peer).kept == {}


def test_values_for_streams_that_are_not_served_are_dropped() -> None:
    peer = Peer(Limits(max_concurrent_streams=3))
    update(peer, 1, 3, 5)
    peer.send(wire.headers(1, [(b":bad", b"head")], end=True), wire.headers(3, GET))
    assert sorted(signals_of(peer).kept) == [5]


def test_streams_skipped_while_nothing_was_kept() -> None:
    peer = Peer()
    peer.send(wire.headers(101, GET))
    update(peer, 1, 99, 103, 105)
    assert sorted(signals_of(peer).kept) == [103, 105]
    peer.send(wire.headers(103, GET))
    assert sorted(signals_of(peer).kept) == [105]


def test_as_many_are_kept_as_streams_may_be_open() -> None:
    peer = Peer(Limits(max_concurrent_streams=10))
    peer.send(wire.headers(1, POST), wire.headers(3, POST))
    update(peer, *range(5, 21, 2))
    update(peer, *range(5, 21, 2), value=b"u=7")
    assert len(signals_of(peer).kept) == 8
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.priority_update(21, b"u=1"))


def test_before_the_client_knows_the_limit_more_are_ignored() -> None:
    """Its frames may have been under way; what is kept is bounded all the same."""
    peer = Peer(Limits(max_concurrent_streams=10), acknowledge=False)
    update(peer, *range(1, 401, 2))
    assert sorted(signals_of(peer).kept) == list(range(1, 21, 2))
    peer.send(wire.settings_ack())
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.priority_update(401, b"u=1"))


def test_a_value_that_cannot_be_read_keeps_the_one_before() -> None:
    peer = Peer()
    update(peer, 1, value=b"u=1")
    update(peer, 1, value=b"u=2, (")
    update(peer, 1, value=b"u=3, x" + bytes(300))
    peer.send(wire.headers(1, GET))
    assert peer.request.stream.urgency == 1


def test_after_the_last_goaway_nothing_is_kept() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.start_drain()
    peer.advance(10)
    assert not peer.connection.is_closed
    update(peer, 3)
    assert signals_of(peer).kept == {}
    update(peer, 1)
    assert peer.request.stream.urgency == 1


@pytest.mark.parametrize(("value", "weight"), [(0, 100), (1, 16)])
def test_weights_of_clients_that_do_not_use_them_are_ignored(value: int, weight: int) -> None:
    """RFC 9218 section 2.1, for both places where weights stand."""
    peer = Peer(settings=[(NO_RFC7540_PRIORITIES, value)])
    peer.send(wire.headers(1, POST, priority=Priority(0, 99)))
    peer.send(wire.headers(3, POST), wire.priority(3, Priority(1, 99)))
    assert [it.stream.weight for it in peer.requests] == [weight, weight]
    assert peer.request.stream.depends_on == (0 if value else 1)


def test_a_flood_of_updates_ends_the_connection() -> None:
    """Each moves a waiting stream."""
    peer = Peer(Limits(max_priority_frames=100))
    peer.send(wire.headers(1, GET, end=True))
    frames = [wire.priority_update(1, b"u=%d" % (number % 8)) for number in range(110)]
    peer.send(*frames[:100])
    peer.assert_alive()
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, *frames[100:])
