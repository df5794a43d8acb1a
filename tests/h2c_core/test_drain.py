"""Owns the tests of the graceful end of a connection, with a clock that the test moves.

Does not test what the shell does with the transport afterwards.
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import UNTIMED, Peer
from tests.h2c_core.wire import GET, MAX_WINDOW, POST, Frame, Kind


def used_peer(limits: Limits | None = None) -> Peer:
    """An idle connection that has served stream 1."""
    peer = Peer(limits)
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200, end=True)
    peer.flush()
    return peer


def goaways(frames: list[Frame]) -> list[tuple[int, int]]:
    return [(it.number, it.error_code) for it in frames if it.kind == Kind.GOAWAY]


def probe(frames: list[Frame]) -> bytes:
    """The payload of the PING that came with a GOAWAY."""
    [ping] = [it for it in frames if it.kind == Kind.PING and not it.is_ack]
    return ping.payload


def test_idle_connection_announces_at_once() -> None:
    peer = used_peer()
    frames = peer.start_drain()
    assert goaways(frames) == [(MAX_WINDOW, ErrorCodes.NO_ERROR)]
    assert [it.kind for it in frames] == [Kind.GOAWAY, Kind.PING]
    assert not peer.connection.is_closed


def test_acknowledged_idle_connection_ends_with_the_true_last_stream() -> None:
    peer = used_peer()
    opaque = probe(peer.start_drain())
    frames = peer.send(wire.ping(opaque, ack=True))
    assert goaways(frames) == [(1, ErrorCodes.NO_ERROR)]
    assert peer.connection.is_closed


def test_another_acknowledgement_does_not_count() -> None:
    peer = used_peer()
    peer.start_drain()
    assert peer.send(wire.ping(b"not this", ack=True)) == []
    assert not peer.connection.is_closed


def test_requests_under_way_are_served_until_the_acknowledgement() -> None:
    peer = used_peer()
    opaque = probe(peer.start_drain())
    peer.send(wire.headers(3, GET, end=True))
    frames = peer.send(wire.headers(5, POST), wire.ping(opaque, ack=True))
    assert [it.stream_id for it in peer.requests] == [1, 3, 5]
    assert goaways(frames) == [(5, ErrorCodes.NO_ERROR)]
    assert not peer.connection.is_closed
    peer.find(3).start(200, end=True)
    peer.flush()
    assert not peer.connection.is_closed
    peer.send(wire.data(5, b"body", end=True))
    assert peer.find(5).body == b"body"
    peer.find(5).start(200)
    peer.find(5).data(b"answer", end=True)
    peer.flush()
    assert peer.answer(5).body == b"answer"
    assert peer.connection.is_closed


def test_requests_after_the_last_goaway_are_not_served() -> None:
    peer = used_peer()
    opaque = probe(peer.start_drain())
    peer.send(wire.headers(3, POST), wire.ping(opaque, ack=True))
    block = wire.field_block(GET) + wire.field_block([(b"x-late", b"table")], indexed=True)
    frames = peer.send(wire.headers(5, block, end=True), wire.headers(7, GET), wire.data(7, b"x"))
    assert [it.stream_id for it in peer.requests] == [1, 3]
    assert [it for it in frames if it.kind not in {Kind.RST_STREAM, Kind.WINDOW_UPDATE}] == []
    # Section 6.8: the field blocks still change the table, and the streams promised still end.
    peer.send(wire.headers(3, b"\xbe", end=True))
    assert peer.find(3).trailers == [(b"x-late", b"table")]
    peer.find(3).start(200, end=True)
    peer.flush()
    assert peer.answer(3).is_ended
    assert peer.connection.is_closed


def test_busy_connection_announces_with_the_write_that_ends_its_last_stream() -> None:
    peer = used_peer()
    peer.send(wire.headers(3, GET, end=True), wire.headers(5, GET, end=True))
    assert peer.start_drain() == []
    peer.find(3).start(200, end=True)
    assert [it.kind for it in peer.flush()] == [Kind.HEADERS]
    peer.find(5).start(200)
    peer.find(5).data(b"last", end=True)
    frames = peer.flush()
    assert [it.kind for it in frames] == [Kind.HEADERS, Kind.DATA, Kind.GOAWAY, Kind.PING]
    assert goaways(frames) == [(MAX_WINDOW, ErrorCodes.NO_ERROR)]
    frames = peer.send(wire.ping(probe(frames), ack=True))
    assert goaways(frames) == [(5, ErrorCodes.NO_ERROR)]
    assert peer.connection.is_closed


def test_busy_connection_announces_after_a_second_at_the_latest() -> None:
    peer = used_peer()
    peer.send(wire.headers(3, GET, end=True))
    assert peer.start_drain() == []
    assert peer.advance(0.9) == []
    frames = peer.advance(0.2)
    assert goaways(frames) == [(MAX_WINDOW, ErrorCodes.NO_ERROR)]
    frames = peer.send(wire.ping(probe(frames), ack=True))
    assert goaways(frames) == [(3, ErrorCodes.NO_ERROR)]
    assert not peer.connection.is_closed
    peer.find(3).start(200, end=True)
    assert [it.kind for it in peer.flush()] == [Kind.HEADERS]
    assert peer.connection.is_closed


@pytest.mark.parametrize("ending", ["reset", "abort", "trailers of the request"])
def test_announcement_comes_with_any_end_of_the_last_stream(ending: str) -> None:
    peer = used_peer()
    peer.send(wire.headers(3, POST))
    peer.find(3).start(200, end=True)
    peer.start_drain()
    if ending == "reset":
        frames = peer.send(wire.rst_stream(3))
    elif ending == "abort":
        peer.find(3).abort()
        frames = peer.flush()
    else:
        frames = peer.send(wire.headers(3, [(b"x", b"y")], end=True))
    assert goaways(frames) == [(MAX_WINDOW, ErrorCodes.NO_ERROR)]


def test_new_connection_is_given_a_second_to_send_its_first_request() -> None:
    peer = Peer()
    opaque = probe(peer.start_drain())
    peer.send(wire.ping(opaque, ack=True))
    peer.advance(0.9)
    assert not peer.connection.is_closed
    peer.send(wire.headers(1, GET, end=True))
    assert len(peer.requests) == 1
    peer.request.start(200, end=True)
    peer.advance(1)
    assert goaways(peer.frames)[-1] == (1, ErrorCodes.NO_ERROR)
    assert peer.connection.is_closed


def test_new_connection_that_sends_nothing_ends_after_the_second() -> None:
    peer = Peer()
    opaque = probe(peer.start_drain())
    peer.send(wire.ping(opaque, ack=True))
    assert not peer.connection.is_closed
    peer.advance(1.1)
    assert peer.connection.is_closed


def test_connection_without_its_preface_is_given_the_second_too() -> None:
    """The newest connections are drained as the old ones: the request may be under way."""
    peer = Peer(greet=False)
    frames = peer.start_drain()
    assert frames[0].kind == Kind.SETTINGS
    peer.advance(0.5)
    assert not peer.connection.is_closed
    peer.send(wire.PREFACE, wire.settings(), wire.headers(1, GET, end=True))
    assert len(peer.requests) == 1


def test_acknowledgement_after_the_second_ends_a_new_connection() -> None:
    peer = Peer()
    opaque = probe(peer.start_drain())
    peer.advance(3)
    assert not peer.connection.is_closed
    peer.send(wire.headers(1, GET, end=True))
    assert len(peer.requests) == 1
    frames = peer.send(wire.ping(opaque, ack=True))
    assert goaways(frames) == [(1, ErrorCodes.NO_ERROR)]


@pytest.mark.parametrize("busy", [True, False])
@pytest.mark.parametrize("acknowledged", [True, False])
def test_stream_zero_is_never_the_last_stream(busy: bool, acknowledged: bool) -> None:
    peer = Peer()
    if busy:
        peer.send(wire.headers(1, GET, end=True))
    frames = peer.start_drain() + peer.advance(1.5)
    if acknowledged:
        peer.send(wire.ping(probe(frames), ack=True))
    peer.advance(10)
    last = [(1, ErrorCodes.NO_ERROR)] if busy else []
    assert goaways(peer.frames) == [(MAX_WINDOW, ErrorCodes.NO_ERROR), *last]
    assert peer.connection.is_closed != busy


def test_missing_acknowledgement_ends_an_idle_connection_after_five_seconds() -> None:
    peer = used_peer()
    peer.start_drain()
    assert peer.advance(4.9) == []
    assert not peer.connection.is_closed
    assert goaways(peer.advance(0.2)) == [(1, ErrorCodes.NO_ERROR)]


def test_missing_acknowledgement_lets_open_streams_end() -> None:
    peer = used_peer()
    peer.send(wire.headers(3, GET, end=True))
    peer.start_drain()
    frames = peer.advance(6)
    assert goaways(frames) == [
        (MAX_WINDOW, ErrorCodes.NO_ERROR),
        (3, ErrorCodes.NO_ERROR),
    ]
    assert not peer.connection.is_closed
    peer.send(wire.headers(5, GET, end=True))
    assert peer.request.stream_id == 3
    peer.request.start(200, end=True)
    peer.flush()
    assert peer.answer(3).is_ended


def test_acknowledgement_after_the_last_goaway_says_nothing() -> None:
    peer = used_peer(UNTIMED)
    peer.send(wire.headers(3, GET, end=True))
    peer.start_drain()
    opaque = probe(peer.advance(6))
    assert peer.send(wire.ping(opaque, ack=True)) == []
    assert peer.connection.next_deadline() is None


def test_deadline_is_asked_for_and_then_none() -> None:
    peer = used_peer(UNTIMED)
    assert peer.connection.next_deadline() is None
    peer.send(wire.headers(3, GET, end=True))
    peer.start_drain()
    deadline = peer.connection.next_deadline()
    assert deadline is not None
    assert peer.now < deadline <= peer.now + 1
    peer.advance(10)
    assert peer.connection.next_deadline() is None


def test_early_timer_is_harmless() -> None:
    peer = used_peer()
    peer.send(wire.headers(3, GET, end=True))
    peer.start_drain()
    for moment in (0.0, 0.3, 0.9):
        peer.connection.on_timer(peer.now + moment)
    assert peer.flush() == []
    assert not peer.connection.is_closed


def test_second_start_changes_nothing() -> None:
    peer = used_peer()
    peer.start_drain()
    assert peer.start_drain() == []
    peer.send(wire.headers(3, GET, end=True))
    assert peer.start_drain() == []


def test_drain_after_a_connection_error_says_nothing() -> None:
    peer = used_peer()
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    assert peer.start_drain() == []
    assert peer.advance(5) == []


def test_drain_after_the_transport_is_lost_says_nothing() -> None:
    peer = used_peer()
    peer.lose()
    assert peer.start_drain() == []
    assert peer.connection.next_deadline() is None


def test_connection_error_during_the_drain_tells_the_last_stream() -> None:
    peer = used_peer()
    peer.start_drain()
    peer.send(wire.headers(3, GET, end=True))
    last = peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    assert last.number == 3


def test_flow_control_goes_on_after_the_last_goaway() -> None:
    peer = Peer(settings=[(wire.INITIAL_WINDOW_SIZE, 10)])
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(bytes(100), end=True)
    peer.start_drain()
    frames = peer.advance(1.5)
    peer.send(wire.ping(probe(frames), ack=True))
    peer.send(wire.window_update(1, 50))
    assert not peer.connection.is_closed
    peer.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 1000)))
    assert peer.answer(1).is_ended
    assert peer.connection.is_closed
