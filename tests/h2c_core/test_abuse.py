"""Owns the tests of the budgets: what ends a connection, after how much, and what may go on.

Does not test what bounds a peer that does not read (test_outbound), nor frames one by one
(conformance).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, RemoteProtocolError
from h2c_core._abuse import REFUSALS_BEFORE_ACK
from tests.h2c_core import wire
from tests.h2c_core.peer import UNMETERED, Peer
from tests.h2c_core.wire import GET, MAX_WINDOW, POST, Kind, Priority

BUDGET: Final = 20
"""Of each flood here, so that a test is short. One more than this ends the connection."""

INTERVAL: Final = 10.0


@dataclass(frozen=True)
class Flood:
    """One kind of frame that costs its sender little."""

    limit: str
    frames: Callable[[int], bytes]
    """What to send, given a stream id that was not used yet."""
    before: list[bytes] = field(default_factory=lambda: [wire.headers(1, POST)])


def opened(stream_id: int) -> bytes:
    return wire.headers(stream_id, POST)


FLOODS: Final = {
    "reset by the peer": Flood("max_peer_resets", lambda it: opened(it) + wire.rst_stream(it)),
    "reset after its request": Flood(
        "max_peer_resets", lambda it: wire.headers(it, GET, end=True) + wire.rst_stream(it)
    ),
    "window increment of 0": Flood(
        "max_provoked_resets", lambda it: opened(it) + wire.window_update(it, 0)
    ),
    "window above 2^31-1": Flood(
        "max_provoked_resets", lambda it: opened(it) + wire.window_update(it, MAX_WINDOW)
    ),
    "DATA after the end": Flood(
        "max_provoked_resets", lambda it: wire.headers(it, GET, end=True) + wire.data(it, b"x")
    ),
    "HEADERS after the end": Flood(
        "max_provoked_resets",
        lambda it: wire.headers(it, GET, end=True) + wire.headers(it, [(b"x", b"y")], end=True),
    ),
    "malformed request": Flood(
        "max_provoked_resets", lambda it: wire.headers(it, [(b"bad", b"head")], end=True)
    ),
    "malformed field": Flood(
        "max_provoked_resets", lambda it: wire.headers(it, [*GET, (b"Upper", b"")], end=True)
    ),
    "malformed trailers": Flood(
        "max_provoked_resets",
        lambda it: opened(it) + wire.headers(it, [(b":path", b"/")], end=True),
    ),
    "body above its content-length": Flood(
        "max_provoked_resets",
        lambda it: wire.headers(it, [*POST, (b"content-length", b"1")]) + wire.data(it, b"xx"),
    ),
    "body below its content-length": Flood(
        "max_provoked_resets",
        lambda it: (
            wire.headers(it, [*POST, (b"content-length", b"9")]) + wire.data(it, b"xx", end=True)
        ),
    ),
    "DATA above the window": Flood(
        "max_provoked_resets", lambda it: opened(it) + wire.data(it, bytes(40))
    ),
    "PRIORITY on itself": Flood(
        "max_provoked_resets",
        lambda it: wire.headers(it, POST, priority=Priority(it, 0)),
    ),
    "431": Flood(
        "max_provoked_resets", lambda it: wire.headers(it, [*GET, (b"x", b"v" * 900)], end=True)
    ),
    "431 to a request that goes on": Flood(
        "max_provoked_resets", lambda it: wire.headers(it, [*POST, (b"x", b"v" * 900)])
    ),
    "refused stream": Flood(
        "max_provoked_resets",
        opened,
        before=[wire.headers(2 * number + 1, POST) for number in range(4)],
    ),
    "PING": Flood("max_pings", lambda it: wire.ping()),
    "PING acknowledgement": Flood("max_pings", lambda it: wire.ping(ack=True)),
    "SETTINGS": Flood("max_settings", lambda it: wire.settings()),
    "SETTINGS acknowledgement": Flood("max_settings", lambda it: wire.settings_ack()),
    "PRIORITY": Flood("max_priority_frames", lambda it: wire.priority(it, Priority(0, 1))),
    "PRIORITY_UPDATE": Flood(
        "max_priority_frames",
        lambda it: wire.frame(0x10, payload=(1).to_bytes(4, "big") + b"u=1"),
    ),
    "WINDOW_UPDATE": Flood("max_window_updates", lambda it: wire.window_update(0, 1)),
    "WINDOW_UPDATE of a stream": Flood("max_window_updates", lambda it: wire.window_update(1, 1)),
    "empty DATA": Flood("max_empty_data", lambda it: wire.data(1, b"")),
    "DATA of padding": Flood("max_empty_data", lambda it: wire.data(1, b"", padding=9)),
    "unknown frame": Flood("max_stray_frames", lambda it: wire.frame(0x42)),
    "GOAWAY": Flood("max_stray_frames", lambda it: wire.goaway(0, 0)),
    "RST_STREAM of a closed stream": Flood(
        "max_stray_frames",
        lambda it: wire.rst_stream(1),
        before=[wire.headers(1, POST), wire.rst_stream(1)],
    ),
    "DATA on a stream that was reset": Flood(
        "max_stray_frames",
        lambda it: wire.data(1, b"x"),
        before=[wire.headers(1, [(b"bad", b"head")])],
    ),
    "HEADERS on a stream that was reset": Flood(
        "max_stray_frames",
        lambda it: wire.headers(1, POST),
        before=[wire.headers(1, [(b"bad", b"head")])],
    ),
}

each_flood = pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())


def limits_of(flood: Flood) -> Limits:
    few = replace(
        UNMETERED,
        flood_interval=INTERVAL,
        max_header_list_size=500,
        initial_stream_window=30,
    )
    if flood is FLOODS["refused stream"]:
        few = replace(few, max_concurrent_streams=4)
    limits = {flood.limit: BUDGET}
    return replace(few, **limits)  # type: ignore[arg-type]


def begin(flood: Flood) -> Peer:
    """A connection on which the frames of the flood mean what they say."""
    peer = Peer(limits_of(flood))
    peer.send(*flood.before)
    return peer


def until_refused(peer: Peer, reads: Iterable[bytes]) -> int:
    """Give reads until the connection ends with ENHANCE_YOUR_CALM; return how many it took."""
    code = None
    count = 0
    for data in reads:
        count += 1
        try:
            peer.send(data)
        except RemoteProtocolError as error:
            code = error.error_code
            break
    assert code == ErrorCodes.ENHANCE_YOUR_CALM
    return count


@each_flood
def test_flood_ends_the_connection(flood: Flood) -> None:
    peer = begin(flood)
    count = until_refused(peer, (flood.frames(101 + 2 * it) for it in range(10 * BUDGET)))
    # The greeting has taken a frame or two, and its stream earned as many. Streams that are reset
    # earn nothing.
    assert BUDGET - 2 <= count <= BUDGET + 3
    last = peer.flush()[-1]
    assert last.kind == Kind.GOAWAY
    assert last.error_code == ErrorCodes.ENHANCE_YOUR_CALM
    assert peer.connection.is_closed
    for request in peer.requests:
        assert request.reset_code is not None, "an application was not told"


@each_flood
def test_same_frames_at_the_pace_of_the_budget_go_on(flood: Flood) -> None:
    peer = begin(flood)
    for number in range(5 * BUDGET):
        peer.now += INTERVAL / BUDGET
        peer.send(flood.frames(101 + 2 * number))
    assert not peer.connection.is_closed


@each_flood
def test_budget_comes_back_whole_and_no_more(flood: Flood) -> None:
    peer = begin(flood)
    for number in range(BUDGET - 3):
        peer.send(flood.frames(101 + 2 * number))
    peer.now += 10 * INTERVAL
    for number in range(BUDGET - 3, 2 * BUDGET - 6):
        peer.send(flood.frames(101 + 2 * number))
    assert not peer.connection.is_closed
    until_refused(peer, (flood.frames(101 + 2 * it) for it in range(2 * BUDGET, 4 * BUDGET)))


def test_interval_without_an_end_gives_nothing_back() -> None:
    peer = Peer(Limits(max_pings=BUDGET, flood_interval=math.inf))
    peer.send(wire.ping() * (BUDGET - 1))
    peer.now += 10.0**9
    peer.assert_alive()
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, wire.ping())


@each_flood
def test_default_budget_ends_what_one_read_brings(flood: Flood) -> None:
    """The work is within the budget even where a read is large, and no application gets more."""
    limits = Limits(max_header_list_size=500, initial_stream_window=30)
    if flood is FLOODS["refused stream"]:
        limits = replace(limits, max_concurrent_streams=4)
    peer = Peer(limits)
    peer.send(*flood.before)
    budget: int = getattr(limits, flood.limit)
    count = 2 * budget + 100
    data = b"".join(flood.frames(101 + 2 * number) for number in range(count))
    with pytest.raises(RemoteProtocolError) as caught:
        peer.connection.receive_data(data, peer.now)
    assert caught.value.error_code == ErrorCodes.ENHANCE_YOUR_CALM
    assert len(peer.requests) <= budget + 5
    assert peer.connection.data_to_send().count(b"\x07\x00") >= 1


def test_reset_after_the_response_costs_nothing() -> None:
    peer = Peer(Limits(max_peer_resets=1))
    for stream_id in range(1, 201, 2):
        peer.send(wire.headers(stream_id, POST))
        peer.request.start(200, end=True)
        peer.send(wire.rst_stream(stream_id))
    peer.assert_alive()


def test_resets_are_earned_by_streams_that_are_served() -> None:
    """One in five for ever, as proxies pass them on."""
    peer = Peer(Limits(max_peer_resets=2))
    for number in range(500):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, GET, end=True))
        if number % 5 == 4:
            peer.send(wire.rst_stream(stream_id))
        else:
            peer.request.start(200, end=True)
    peer.assert_alive()


def test_resets_of_one_in_three_are_too_many() -> None:
    peer = Peer(Limits(max_peer_resets=2))

    def requests() -> Iterator[bytes]:
        for stream_id in range(1, 1001, 2):
            yield wire.headers(stream_id, GET, end=True)
            if stream_id % 3 == 0:
                yield wire.rst_stream(stream_id)
            else:
                peer.request.start(200, end=True)

    until_refused(peer, requests())


def test_malformed_requests_among_good_ones_go_on() -> None:
    """A proxy that passes on what its clients made up is not to lose the others' requests."""
    peer = Peer(Limits(max_provoked_resets=2))
    for number in range(1100):
        stream_id = 2 * number + 1
        if number % 11 == 10:
            peer.send(wire.headers(stream_id, [(b"bad", b"head")], end=True))
        else:
            peer.send(wire.headers(stream_id, GET, end=True))
            peer.request.start(200, end=True)
    peer.assert_alive()


def test_skipped_stream_ids_earn_nothing() -> None:
    peer = Peer(Limits(max_window_updates=20))
    peer.send(wire.headers(1, POST), wire.headers(2**30 + 1, POST))
    assert until_refused(peer, [wire.window_update(0, 1)] * 100) < 30


def test_refusals_are_forgiven_until_the_limit_is_known() -> None:
    peer = Peer(Limits(max_concurrent_streams=1, max_provoked_resets=5), acknowledge=False)
    stream_id = 1
    peer.send(wire.headers(stream_id, POST))
    for _ in range(REFUSALS_BEFORE_ACK):
        stream_id += 2
        peer.expect_stream_error(stream_id, ErrorCodes.REFUSED_STREAM, opened(stream_id))
        if stream_id % 201 == 0:
            peer.now += INTERVAL
    until_refused(peer, (opened(it) for it in range(stream_id + 2, stream_id + 402, 2)))


def test_refusals_count_when_the_limit_is_known() -> None:
    peer = Peer(Limits(max_concurrent_streams=1, max_provoked_resets=5), acknowledge=False)
    peer.send(wire.headers(1, POST))
    for stream_id in range(3, 203, 2):
        peer.send(opened(stream_id))
    peer.send(wire.settings_ack())
    assert until_refused(peer, (opened(it) for it in range(203, 403, 2))) < 10


@pytest.mark.parametrize("count", [800, 2000, 8000])
def test_parameters_of_settings_count(count: int) -> None:
    """One frame of 48,000 bytes moves every window 8,000 times."""
    peer = Peer()
    values = [(wire.INITIAL_WINDOW_SIZE, number) for number in range(count)]
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, wire.settings(*values))


def test_settings_of_any_real_client_cost_little() -> None:
    peer = Peer()
    for _ in range(40):
        peer.send(wire.settings(*[(identifier, 16384) for identifier in (1, 3, 4, 5, 6)]))
    peer.assert_alive()


def served(peer: Peer, chunk: bytes, count: int) -> None:
    """Send a response in chunks as an application does, on stream 1."""
    peer.shell.write_now = peer.flush
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    for _ in range(count):
        peer.request.data(chunk)


def test_updates_are_earned_by_data() -> None:
    """A client that answers every DATA frame with two, as some do, is served for ever."""
    peer = Peer(Limits(max_window_updates=2))
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    for _ in range(1000):
        peer.request.data(b"event")
        peer.send(wire.window_update(0, 5), wire.window_update(1, 5))
    peer.assert_alive()


def test_updates_of_each_stream_are_no_flood() -> None:
    """Some clients open the windows of a stream when they open it."""
    peer = Peer(Limits(max_window_updates=2))
    for stream_id in range(1, 2001, 2):
        peer.send(wire.headers(stream_id, GET, end=True))
        peer.send(wire.window_update(stream_id, 10**6), wire.window_update(0, 1))
        peer.request.start(200, end=True)
    peer.assert_alive()


def test_updates_for_much_data_may_come_at_once() -> None:
    limits = Limits(max_window_updates=2)
    peer = Peer(limits, settings=[(wire.INITIAL_WINDOW_SIZE, MAX_WINDOW)])
    peer.send(wire.window_update(0, 2**30))
    served(peer, bytes(16384), 100)
    peer.flush()
    peer.send(wire.window_update(1, 1024) * 1500)
    peer.assert_alive()


@pytest.mark.parametrize("target", [0, 1])
def test_windows_opened_byte_by_byte_earn_nothing(target: int) -> None:
    """Each byte costs a frame on both sides (CVE-2019-9511)."""
    size = 1 if target else wire.DEFAULT_WINDOW
    peer = Peer(Limits(max_window_updates=50), settings=[(wire.INITIAL_WINDOW_SIZE, size)])
    peer.send(wire.window_update(0, 10**6) if target else b"")
    served(peer, bytes(200000), 1)
    count = until_refused(peer, [wire.window_update(target, 1)] * 1000)
    # Eight DATA frames at most were of a size that was not the window's.
    assert count <= 50 + 10 * 16


def test_pings_are_earned_by_data() -> None:
    """Libraries of gRPC measure the way with a PING for the data that it was sent."""
    peer = Peer(Limits(max_pings=2))
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    for _ in range(1000):
        peer.request.data(b"event")
        peer.send(wire.ping(), wire.window_update(0, 5), wire.window_update(1, 5))
    peer.assert_alive()


def test_fields_above_the_limit_count() -> None:
    """Each octet is a field of 3,000 bytes that is looked up and dropped."""
    peer = Peer(Limits(max_provoked_resets=100))
    crumb = wire.field_block([(b"x", b"v" * 3000)], indexed=True)
    block = wire.field_block(GET) + crumb + b"\xbe" * 12000
    reads = (wire.headers(it, block, end=True) for it in range(1, 1001, 2))
    # One for the answer and twelve for the fields, less one where a list begins to be too large.
    assert until_refused(peer, reads) in {8, 9}
    assert peer.requests == []


def test_priorities_of_each_stream_are_no_flood() -> None:
    peer = Peer(Limits(max_priority_frames=5))
    for stream_id in range(1, 2001, 2):
        peer.send(
            wire.priority(stream_id, Priority(0, 200)),
            wire.headers(stream_id, GET, end=True),
            wire.priority(stream_id, Priority(0, 10)),
        )
        peer.request.start(200, end=True)
    peer.assert_alive()


def test_empty_data_that_ends_a_request_costs_nothing() -> None:
    """Apache ends a GET so."""
    peer = Peer(Limits(max_empty_data=1))
    peer.send(*[wire.headers(stream_id, GET) for stream_id in range(1, 401, 2)])
    peer.send(*[wire.data(stream_id, b"", end=True) for stream_id in range(1, 401, 2)])
    peer.assert_alive()


def test_body_under_way_when_its_stream_is_reset_is_no_flood() -> None:
    peer = Peer(Limits(max_stray_frames=20, initial_connection_window=2**24))
    for stream_id in range(1, 401, 2):
        peer.send(wire.headers(stream_id, POST))
        peer.request.abort()
        peer.send(*[wire.data(stream_id, bytes(16384))] * 16)
    peer.assert_alive()


def test_requests_after_the_last_goaway_are_strays() -> None:
    peer = Peer(Limits(max_stray_frames=20))
    peer.send(wire.headers(1, POST))
    peer.start_drain()
    peer.advance(6)
    until_refused(peer, (wire.headers(it, GET, end=True) for it in range(3, 203, 2)))
    assert len(peer.requests) == 1


@pytest.mark.parametrize("start", [-(10.0**9), 0.0, 10.0**9])
def test_any_clock_will_do(start: float) -> None:
    peer = Peer(greet=False)
    peer.now = start
    peer.send(wire.PREFACE, wire.settings(), wire.settings_ack())
    for _ in range(20):
        peer.now += 1.0
        peer.send(*[wire.ping()] * 40)
    peer.assert_alive()
