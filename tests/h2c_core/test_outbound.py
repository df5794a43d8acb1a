"""Owns the tests of sending under flow control: back-pressure, turns, and the calls to write.

Does not test the frames of a response that meets no resistance (test_streams).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, RemoteProtocolError
from h2c_core._outbound import HIGH_WATER
from tests.h2c_core import wire
from tests.h2c_core.peer import UNMETERED, Peer
from tests.h2c_core.recorder import Request
from tests.h2c_core.wire import GET, INITIAL_WINDOW_SIZE, MAX_WINDOW, POST, Kind

WIDE = [(INITIAL_WINDOW_SIZE, MAX_WINDOW)]


def downloads(peer: Peer, count: int) -> list[Request]:
    """Streams 1, 3, 5 … with a response started."""
    for number in range(count):
        peer.send(wire.headers(2 * number + 1, GET, end=True))
        peer.request.start(200)
    peer.flush()
    return peer.requests


def wide_peer(limits: Limits | None = None) -> Peer:
    """A client that admits 2 GiB on each stream and on the connection."""
    peer = Peer(limits, settings=WIDE)
    peer.send(wire.window_update(0, MAX_WINDOW - wire.DEFAULT_WINDOW))
    return peer


def test_true_while_there_is_room() -> None:
    [request] = downloads(Peer(), 1)
    assert all(request.data(bytes(1000)) for _ in range(60))


def test_false_when_the_stream_window_is_full_and_writable_when_it_opens() -> None:
    peer = Peer(settings=[(INITIAL_WINDOW_SIZE, 1000)])
    [request] = downloads(peer, 1)
    assert not request.data(bytes(1500))
    peer.flush()
    assert len(peer.answer(1).body) == 1000
    peer.send(wire.window_update(1, 100))
    assert request.writable == 0
    peer.send(wire.window_update(1, 1000))
    assert request.writable == 1
    assert len(peer.answer(1).body) == 1500
    assert request.data(bytes(100))


def test_a_chunk_that_fills_the_window_exactly() -> None:
    peer = Peer(settings=[(INITIAL_WINDOW_SIZE, 1000)])
    [request] = downloads(peer, 1)
    if request.data(bytes(1000)):
        assert not request.data(b"x")
    peer.flush()
    assert len(peer.answer(1).body) == 1000
    peer.send(wire.window_update(1, 1000))
    assert request.writable == 1
    request.data(b"", end=True)
    peer.flush()
    assert peer.answer(1).is_ended


def test_empty_end_does_not_wait_and_nobody_is_woken_after_it() -> None:
    peer = Peer(settings=WIDE)
    [request] = downloads(peer, 1)
    assert not request.data(bytes(wire.DEFAULT_WINDOW))
    assert request.data(b"", end=True)
    drain_fully(peer)
    assert peer.answer(1).is_ended
    peer.send(wire.window_update(0, 5000))
    assert request.writable == 0


def test_false_when_the_connection_window_is_full_and_writable_when_it_opens() -> None:
    peer = Peer(settings=WIDE)
    [request] = downloads(peer, 1)
    assert not request.data(bytes(70000))
    peer.flush()
    assert len(peer.answer(1).body) == 65535
    peer.send(wire.window_update(0, 100000))
    assert request.writable == 1
    assert len(peer.answer(1).body) == 70000


def test_small_chunk_above_what_is_left_of_the_connection_window() -> None:
    peer = Peer(settings=WIDE)
    first, second = downloads(peer, 2)
    assert first.data(bytes(wire.DEFAULT_WINDOW - 100))
    assert not second.data(bytes(1000))
    drain_fully(peer)
    assert len(peer.answer(3).body) == 100
    peer.send(wire.window_update(0, 2000))
    assert len(peer.answer(3).body) == 1000
    assert second.writable == 1


def test_last_chunk_larger_than_the_window_ends_the_stream_when_it_opens() -> None:
    peer = Peer(settings=[(INITIAL_WINDOW_SIZE, 10)])
    [request] = downloads(peer, 1)
    request.data(bytes(25), end=True)
    peer.flush()
    assert not peer.answer(1).is_ended
    peer.send(wire.window_update(1, 10))
    assert not peer.answer(1).is_ended
    frames = peer.send(wire.window_update(1, 10))
    assert [len(it.payload) for it in frames] == [5]
    assert frames[0].ends_stream
    assert peer.connection.is_idle


def test_paused_transport_is_full_and_resumes() -> None:
    peer = wide_peer()
    [request] = downloads(peer, 1)
    peer.pause()
    assert not request.data(b"one")
    peer.send(wire.ping())
    assert request.writable == 0
    peer.resume()
    assert request.writable == 1
    assert peer.answer(1).body == b"one"
    assert request.data(b"two")


def test_body_bytes_stay_in_the_engine_while_the_transport_is_paused() -> None:
    peer = wide_peer()
    [request] = downloads(peer, 1)
    peer.pause()
    request.data(bytes(10**6), end=True)
    assert peer.of_kind(peer.flush(), Kind.DATA) == []
    assert peer.resume() != []


def test_control_frames_pass_a_paused_transport() -> None:
    peer = wide_peer()
    peer.pause()
    peer.assert_alive()


def test_output_without_a_write_is_bounded() -> None:
    """The queue counts too: an application does not fill the memory while nobody writes."""
    peer = wide_peer()
    [request] = downloads(peer, 1)
    sent = 0
    while request.data(bytes(10000)):
        sent += 10000
        assert sent <= 2 * HIGH_WATER
    peer.flush()
    while request.is_waiting:
        assert peer.flush() != [], "nothing moves any more"
    assert request.writable == 1


def test_output_of_many_streams_without_a_write_is_bounded() -> None:
    peer = wide_peer()
    requests = downloads(peer, 100)
    for request in requests:
        while request.data(bytes(10000)):
            pass
    assert len(peer.connection.data_to_send()) <= 2 * HIGH_WATER


def drain_fully(peer: Peer) -> None:
    """What a shell does: write until the engine has nothing more to say."""
    while peer.flush():
        pass


def test_one_large_chunk_leaves_in_steps() -> None:
    peer = wide_peer()
    [request] = downloads(peer, 1)
    body = bytes(range(256)) * 4096
    request.data(body, end=True)
    drain_fully(peer)
    assert peer.answer(1).body == body
    assert peer.answer(1).is_ended


def test_one_large_chunk_is_written_while_it_is_sent_when_the_shell_writes_at_once() -> None:
    peer = wide_peer()
    peer.shell.write_now = peer.flush
    [request] = downloads(peer, 1)
    assert request.data(bytes(10**6))
    assert len(peer.answer(1).body) > 10**6 - HIGH_WATER
    drain_fully(peer)
    assert len(peer.answer(1).body) == 10**6
    assert request.writable == 0


def test_writing_at_once_never_loses_the_wake() -> None:
    """The shell may pause inside the write that a chunk caused."""
    peer = wide_peer()
    [request] = downloads(peer, 1)
    writes = 0

    def write_and_pause() -> None:
        nonlocal writes
        writes += 1
        peer.flush()
        if writes % 2 == 0:
            peer.pause()

    peer.shell.write_now = write_and_pause
    sent = 0
    for _ in range(100):
        while request.data(bytes(50000)):
            sent += 50000
        sent += 50000
        before = request.writable
        peer.resume()
        for _ in range(100):
            if request.writable > before:
                break
            drain_fully(peer)
            peer.resume()
        else:
            pytest.fail("the application is never woken")
    drain_fully(peer)
    peer.resume()
    drain_fully(peer)
    assert len(peer.answer(1).body) == sent


@pytest.mark.parametrize("accepted", [16384, 40000, 65536, 65537, 2**24 - 1])
def test_frames_are_as_large_as_the_peer_accepts_up_to_64_kib(accepted: int) -> None:
    peer = Peer(settings=[*WIDE, (wire.MAX_FRAME_SIZE, accepted)])
    peer.send(wire.window_update(0, MAX_WINDOW - wire.DEFAULT_WINDOW))
    [request] = downloads(peer, 1)
    request.data(bytes(10**6), end=True)
    drain_fully(peer)
    sizes = [len(it.payload) for it in peer.frames if it.kind == Kind.DATA]
    assert max(sizes) == min(accepted, 65536)
    assert sum(sizes) == 10**6


def test_a_window_that_shrinks_while_its_stream_waits_gives_the_turn_away() -> None:
    """SETTINGS_INITIAL_WINDOW_SIZE closes it, below zero even; the others go on."""
    peer = Peer()
    first, second = downloads(peer, 2)
    first.data(bytes(60000))
    second.data(bytes(10**5))
    peer.flush()
    first.data(bytes(5000))
    frames = peer.send(wire.settings((INITIAL_WINDOW_SIZE, 50000)), wire.window_update(0, 2000))
    assert [it.stream_id for it in frames if it.kind == Kind.DATA] == [3]
    peer.send(wire.window_update(1, 20000), wire.window_update(0, 40000))
    assert len(peer.answer(1).body) == 65000


def test_a_priority_counts_from_the_next_turn_on() -> None:
    peer = Peer(settings=WIDE)
    first, second = downloads(peer, 2)
    first.data(bytes(10**6))
    second.data(bytes(10**6))
    peer.flush()
    second.stream.prioritize(2)
    frames = peer.send(wire.window_update(0, 40000))
    assert {it.stream_id for it in frames} == {3}


def test_a_stream_that_ends_with_trailers_waits_no_longer() -> None:
    """Its application was told to wait and did not."""
    peer = Peer()
    [request] = downloads(peer, 1)
    assert not request.data(bytes(wire.DEFAULT_WINDOW))
    peer.send(wire.window_update(1, 1000))
    request.send_trailers([(b"x", b"y")])
    assert peer.connection.is_idle
    peer.send(wire.window_update(0, 1000))
    assert request.writable == 0


def test_two_streams_share_the_connection_window() -> None:
    peer = Peer(settings=WIDE)
    first, second = downloads(peer, 2)
    first.data(bytes(10**6))
    second.data(bytes(10**6))
    peer.flush()
    for _ in range(20):
        peer.send(wire.window_update(0, 40000))
    share = len(peer.answer(1).body), len(peer.answer(3).body)
    assert sum(share) == 65535 + 20 * 40000
    # The first had the whole window to itself before the second came.
    assert abs(share[0] - 65535 - share[1]) <= 4 * 16384


def test_a_hundred_streams_share_and_none_starves() -> None:
    peer = Peer(settings=WIDE)
    requests = downloads(peer, 100)
    for request in requests:
        request.data(bytes(10**6))
    peer.flush()
    for _ in range(40):
        peer.send(wire.window_update(0, 100000))
        drain_fully(peer)
    sizes = [len(peer.answer(request.stream_id).body) for request in requests[4:]]
    assert min(sizes) > 0
    assert max(sizes) - min(sizes) <= 2 * 16384


def test_a_stream_with_a_closed_window_does_not_hold_the_others() -> None:
    peer = Peer(settings=[(INITIAL_WINDOW_SIZE, 10)])
    first, second = downloads(peer, 2)
    first.data(bytes(100))
    second.data(b"0123456789", end=True)
    peer.flush()
    assert peer.answer(3).is_ended


def test_a_blocked_large_chunk_does_not_hold_a_small_response() -> None:
    peer = wide_peer()
    first, second = downloads(peer, 2)
    first.data(bytes(10**6))
    second.data(b"small", end=True)
    frames = peer.flush()
    frames += peer.flush()
    [small] = [it for it in frames if it.stream_id == 3]
    assert small.payload == b"small"


def test_reset_of_one_stream_gives_its_share_to_the_others() -> None:
    peer = Peer(settings=WIDE)
    first, second = downloads(peer, 2)
    first.data(bytes(10**6))
    second.data(bytes(10**6))
    peer.flush()
    peer.send(wire.rst_stream(1), wire.window_update(0, 30000))
    assert len(peer.answer(3).body) == 30000


def test_abort_of_the_stream_in_turn_lets_the_next_go_on() -> None:
    peer = Peer(settings=WIDE)
    first, second = downloads(peer, 2)
    first.data(bytes(10**6))
    second.data(bytes(1000), end=True)
    peer.flush()
    first.abort()
    peer.send(wire.window_update(0, 16384))
    assert len(peer.answer(3).body) == 1000


def test_output_outside_a_turn_asks_for_one_write() -> None:
    peer = Peer()
    peer.send(wire.headers(1, GET, end=True))
    assert peer.shell.writes == []
    peer.request.start(200)
    assert peer.shell.writes == [False]
    peer.request.data(b"body")
    peer.request.data(b"", end=True)
    assert peer.shell.writes == [False]
    peer.flush()
    peer.send(wire.headers(3, GET, end=True))
    peer.request.start(200, end=True)
    assert peer.shell.writes == [False, False]


def test_answers_inside_a_turn_do_not_ask_for_a_write() -> None:
    peer = Peer()
    peer.send(wire.ping(), wire.settings(), wire.headers(1, POST, end=False), wire.data(1, b"x"))
    peer.send(wire.headers(3, [(b"bad", b"head")], end=True))
    assert peer.shell.writes == []


def test_credit_outside_a_turn_asks_for_a_write() -> None:
    peer = Peer(Limits(initial_stream_window=10))
    peer.send(wire.headers(1, POST), wire.data(1, bytes(10)))
    peer.request.credit()
    assert peer.shell.writes == [False]


def test_a_lot_of_output_asks_for_a_write_at_once() -> None:
    peer = wide_peer()
    [request] = downloads(peer, 1)
    peer.shell.writes.clear()
    request.data(bytes(60000))
    assert True not in peer.shell.writes
    request.data(bytes(60000))
    assert True in peer.shell.writes


def give_until_refused(peer: Peer, frames: Iterator[bytes]) -> int:
    """Send and never read; return the code with which the engine ends it."""
    try:
        for data in frames:
            peer.connection.receive_data(data, peer.now)
    except RemoteProtocolError as error:
        return error.error_code
    return pytest.fail("what waits for the peer has no bound")


def test_heads_for_a_peer_that_does_not_read_are_bounded() -> None:
    """Responses without a body are not held back by any window."""
    peer = Peer()
    peer.pause()

    def requests() -> Iterator[bytes]:
        for number in range(10000):
            yield wire.headers(2 * number + 1, GET, end=True)
            peer.request.start(200, [(b"x-name", b"%d." % number * 200)], end=True)

    assert give_until_refused(peer, requests()) == ErrorCodes.ENHANCE_YOUR_CALM
    assert len(peer.connection.data_to_send()) <= 4 * 1024 * 1024


def test_what_a_peer_has_read_counts_no_more() -> None:
    peer = Peer(Limits(max_queued_heads=1000, max_queued_control=1000, max_settings=1000))
    for number in range(100):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, GET, end=True), wire.ping(), wire.settings())
        peer.request.start(200, [(b"x-name", b"%d." % number * 20)], end=True)
    peer.assert_alive()


CAUSES: dict[str, Callable[[int], bytes]] = {
    "ping": lambda stream_id: wire.ping(),
    "settings": lambda stream_id: wire.settings(),
    "malformed": lambda stream_id: wire.headers(stream_id, [(b"bad", b"head")], end=True),
    "refused": lambda stream_id: wire.headers(stream_id, GET, end=True),
    "too large": lambda stream_id: wire.headers(stream_id, [*GET, (b"x", b"v" * 300)], end=True),
    "zero increment": lambda stream_id: (
        wire.headers(stream_id, POST) + wire.window_update(stream_id, 0)
    ),
}


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES.keys())
def test_answers_to_a_peer_that_does_not_read_are_bounded(cause: Callable[[int], bytes]) -> None:
    limits = replace(
        UNMETERED, max_concurrent_streams=1, max_header_list_size=400, max_queued_heads=65536
    )
    peer = Peer(limits)
    if cause is CAUSES["refused"]:
        peer.send(wire.headers(1, POST))
    frames = (cause(2 * number + 1) for number in range(1, 60000))
    assert give_until_refused(peer, frames) == ErrorCodes.ENHANCE_YOUR_CALM
    assert len(peer.connection.data_to_send()) <= 2 * limits.max_queued_control
