"""Owns the tests of all deadlines but those of a drain, with a clock that the test moves.

Does not test that a shell's timer keeps to them.
"""

from dataclasses import replace
from math import inf
from typing import Final

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import UNTIMED, Peer
from tests.h2c_core.wire import GET, MAX_WINDOW, POST, Frame, Kind

LATE: Final = 1.25
"""A stream's time is over at most a quarter late."""


def fails_after(peer: Peer, seconds: float, code: ErrorCodes) -> RemoteProtocolError:
    """Time ends the connection then and not before, with GOAWAY as its last frame."""
    peer.advance(seconds - 0.01)
    with pytest.raises(RemoteProtocolError) as caught:
        peer.advance(0.02)
    assert caught.value.error_code == code
    last = peer.flush()[-1]
    assert (last.kind, last.error_code) == (Kind.GOAWAY, code)
    assert peer.connection.is_closed
    assert peer.connection.next_deadline() is None
    assert all(request.reset_code is not None for request in peer.requests)
    return caught.value


def resets(frames: list[Frame]) -> list[tuple[int, int]]:
    return Peer.resets(frames)


# The preface


@pytest.mark.parametrize(
    "data", [b"P", wire.PREFACE[:5], wire.PREFACE, wire.PREFACE + wire.settings()[:8]]
)
def test_preface_without_settings_ends_the_connection(data: bytes) -> None:
    peer = Peer(replace(UNTIMED, timeout_preface=5), greet=False)
    peer.send(data)
    fails_after(peer, 5, ErrorCodes.PROTOCOL_ERROR)


def test_preface_that_trickles_ends_the_connection_too() -> None:
    peer = Peer(replace(UNTIMED, timeout_preface=5), greet=False)
    for octet in wire.PREFACE[:9]:
        peer.send(bytes([octet]))
        peer.advance(0.5)
    fails_after(peer, 0.5, ErrorCodes.PROTOCOL_ERROR)


def test_settings_end_the_wait_for_the_preface() -> None:
    peer = Peer(replace(UNTIMED, timeout_preface=5), greet=False)
    peer.send(wire.PREFACE)
    peer.advance(4.9)
    peer.send(wire.settings())
    peer.advance(100)
    peer.assert_alive()
    assert peer.connection.next_deadline() is None


# Frames and field blocks that are not whole


def test_block_without_its_end_ends_the_connection() -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=10))
    peer.send(wire.headers(1, GET, end_headers=False))
    fails_after(peer, 10, ErrorCodes.ENHANCE_YOUR_CALM)


def test_block_that_trickles_ends_the_connection_too() -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=10))
    peer.send(wire.headers(1, GET, end_headers=False))
    for octet in wire.continuation(1, b"", end_headers=False) * 4:
        peer.send(bytes([octet]))
        peer.advance(0.25)
    fails_after(peer, 1, ErrorCodes.ENHANCE_YOUR_CALM)


@pytest.mark.parametrize("size", [1, 8, 9, 20])
def test_frame_without_its_end_ends_the_connection(size: int) -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=10))
    frame = wire.headers(1, [*GET, (b"x", b"v" * 100)])
    peer.send(frame[:size])
    peer.advance(5)
    peer.send(frame[size : size + 1])
    # From the first byte, or from the header that tells what it is.
    again = 5 if size == 8 else 0
    fails_after(peer, 5 + again, ErrorCodes.ENHANCE_YOUR_CALM)


def test_whole_block_ends_the_wait() -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=10))
    block = wire.field_block(GET)
    peer.send(wire.headers(1, block[:5], end_headers=False))
    peer.advance(9)
    peer.send(wire.continuation(1, block[5:]))
    peer.advance(100)
    peer.assert_alive()
    assert len(peer.requests) == 1


def test_every_block_has_its_own_time() -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=10))
    block = wire.field_block(GET)
    for stream_id in range(1, 21, 2):
        peer.send(wire.headers(stream_id, block[:5], end=True, end_headers=False))
        peer.advance(9)
        peer.send(wire.continuation(stream_id, block[5:]))
    assert len(peer.requests) == 10


def test_reads_that_all_end_inside_a_frame_are_no_stall() -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=10))
    stream = b"".join(wire.headers(it, GET, end=True) for it in range(1, 101, 2))
    for start in range(0, len(stream), 70):
        peer.send(stream[start : start + 70])
        peer.advance(1)
    assert len(peer.requests) == 50


@pytest.mark.parametrize("padding", [None, 30])
def test_data_frame_without_its_end_is_no_block(padding: int | None) -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=10))
    peer.send(wire.headers(1, POST))
    frame = wire.data(1, bytes(1000), padding=padding)
    peer.send(frame[:100])
    peer.advance(100)
    assert not peer.connection.is_closed
    peer.send(frame[100:])
    assert len(peer.request.body) == 1000


# Idle connections


@pytest.mark.parametrize("served", [0, 3])
def test_idle_connection_is_drained(served: int) -> None:
    peer = Peer(replace(UNTIMED, timeout_idle=100))
    for number in range(served):
        peer.send(wire.headers(2 * number + 1, GET, end=True))
        peer.request.start(200, end=True)
    peer.flush()
    assert peer.advance(99) == []
    frames = peer.advance(100 * LATE - 98)
    assert [it.kind for it in frames[:2]] == [Kind.GOAWAY, Kind.PING]
    assert frames[0].number == MAX_WINDOW
    peer.advance(10)
    assert peer.connection.is_closed


@pytest.mark.parametrize("start", [-(10.0**9), 0.0])
def test_idle_connection_is_drained_by_any_clock(start: float) -> None:
    peer = Peer(replace(UNTIMED, timeout_idle=100), greet=False)
    peer.now = start
    peer.send(wire.PREFACE, wire.settings())
    assert peer.advance(99) == []
    assert peer.of_kind(peer.advance(100 * LATE - 98), Kind.GOAWAY)


def test_request_under_way_when_an_idle_connection_ends_is_served() -> None:
    peer = Peer(replace(UNTIMED, timeout_idle=100))
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200, end=True)
    frames = peer.advance(100 * LATE)
    [ping] = peer.of_kind(frames, Kind.PING)
    peer.send(wire.headers(3, GET, end=True), wire.ping(ping.payload, ack=True))
    assert peer.request.stream_id == 3
    peer.request.start(200, end=True)
    peer.flush()
    assert peer.answer(3).is_ended
    assert peer.connection.is_closed


def test_open_stream_keeps_a_connection() -> None:
    peer = Peer(replace(UNTIMED, timeout_idle=100))
    peer.send(wire.headers(1, GET, end=True))
    peer.advance(1000)
    peer.request.start(200, end=True)
    peer.flush()
    assert peer.advance(99) == []
    assert peer.of_kind(peer.advance(27), Kind.GOAWAY)


def test_requests_keep_a_connection() -> None:
    peer = Peer(replace(UNTIMED, timeout_idle=100))
    for number in range(20):
        peer.send(wire.headers(2 * number + 1, GET, end=True))
        peer.request.start(200, end=True)
        assert peer.of_kind(peer.flush() + peer.advance(99), Kind.GOAWAY) == []


def test_pings_do_not_keep_a_connection() -> None:
    peer = Peer(replace(UNTIMED, timeout_idle=100))
    for _ in range(13):
        peer.send(wire.ping())
        peer.advance(10)
    assert peer.of_kind(peer.frames, Kind.GOAWAY)


# Bodies of requests


def timed_body(**more: float) -> Peer:
    return Peer(replace(UNTIMED, timeout_body=60, **more))  # type: ignore[arg-type]


def test_body_that_does_not_come_is_answered_with_408() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST))
    assert peer.advance(60) == []
    peer.advance(60 * LATE - 60)
    assert peer.answer(1).status == 408
    assert peer.answer(1).is_ended
    assert peer.request.reset_code == ErrorCodes.CANCEL
    # What comes now is dropped, and the stream ends with the request.
    peer.send(wire.data(1, b"late"), wire.data(1, b"", end=True))
    assert peer.request.chunks == []
    assert peer.connection.is_idle
    peer.assert_alive()


def test_rest_after_408_has_the_time_of_any_rest() -> None:
    peer = timed_body(timeout_discard=4)
    peer.send(wire.headers(1, POST))
    peer.advance(75)
    assert peer.answer(1).status == 408
    assert peer.answer(1).reset_code is None
    assert resets(peer.advance(6)) == [(1, ErrorCodes.NO_ERROR)]
    assert peer.connection.is_idle


def test_calls_of_an_application_after_408_do_nothing() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST), wire.data(1, b"part"))
    peer.request.credit()
    peer.advance(80)
    peer.flush()
    peer.request.start(200)
    assert peer.request.data(b"answer", end=True)
    peer.request.finish()
    peer.request.abort()
    frames = peer.flush()
    assert [it.kind for it in frames if it.kind != Kind.RST_STREAM] == []
    assert peer.answer(1).status == 408


def test_body_that_goes_on_has_time() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST))
    for _ in range(20):
        peer.advance(59)
        peer.send(wire.data(1, b"x"))
        peer.request.credit()
    assert peer.request.reset_code is None


def test_frame_that_takes_longer_than_the_time_goes_on() -> None:
    """64 KiB at 600 bytes a second are one frame of 109 seconds."""
    peer = timed_body()
    peer.send(wire.headers(1, POST))
    frame = wire.data(1, bytes(65536), end=True)
    for start in range(0, len(frame), 600):
        peer.send(frame[start : start + 600])
        peer.request.credit()
        peer.advance(1)
    assert peer.request.is_complete


def test_frame_that_stops_is_timed() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST), wire.data(1, bytes(65536))[:600])
    peer.request.credit()
    peer.advance(60 * LATE)
    assert peer.answer(1).status == 408


def test_same_window_twice_is_no_standstill() -> None:
    """Credit for what came leaves every number but the sum as it was."""
    peer = timed_body(initial_stream_window=2)
    peer.send(wire.headers(1, POST))
    for _ in range(40):
        peer.advance(15)
        peer.send(wire.data(1, b"xx"))
        peer.request.credit()
        peer.flush()
    assert peer.request.reset_code is None


def test_body_that_the_application_has_not_taken_has_time() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST), wire.data(1, b"unread"))
    peer.advance(1000)
    assert peer.request.reset_code is None
    peer.request.credit()
    peer.advance(60 * LATE)
    assert peer.answer(1).status == 408


def test_body_that_the_connection_has_no_room_for_has_time() -> None:
    peer = timed_body(max_buffered_body=1, initial_connection_window=65535)
    peer.send(wire.headers(1, POST), wire.headers(3, POST))
    peer.send(*[wire.data(1, bytes(13107))] * 5)
    peer.advance(1000)
    assert peer.find(3).reset_code is None
    peer.find(1).credit()
    peer.advance(60 * LATE)
    assert peer.answer(3).status == 408


def test_body_after_the_response_has_begun_has_time() -> None:
    """Streams in both directions live for as long as they like."""
    peer = timed_body()
    peer.send(wire.headers(1, POST))
    peer.request.start(200)
    peer.advance(1000)
    assert peer.request.reset_code is None


def test_complete_request_has_time() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST), wire.data(1, b"all", end=True), wire.headers(3, GET, end=True))
    peer.find(1).credit()
    peer.advance(1000)
    assert [it.reset_code for it in peer.requests] == [None, None]


def test_tunnel_has_time() -> None:
    """Its client waits for the response before it sends, and may be silent then."""
    peer = timed_body()
    peer.send(wire.headers(1, [(b":method", b"CONNECT"), (b":authority", b"front.example:443")]))
    peer.advance(1000)
    assert peer.request.reset_code is None
    peer.request.start(200)
    peer.advance(1000)
    assert peer.request.reset_code is None


def test_body_waits_for_continue() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, [*POST, (b"expect", b"100-continue")]))
    peer.advance(1000)
    assert peer.request.reset_code is None
    peer.request.informational(103)
    peer.advance(1000)
    assert peer.request.reset_code is None
    peer.request.informational(100)
    peer.advance(60 * LATE)
    assert peer.answer(1).status == 408


def test_body_that_did_not_wait_for_continue_is_timed() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, [*POST, (b"expect", b"100-continue")]), wire.data(1, b"x"))
    peer.request.credit()
    peer.advance(60 * LATE)
    assert peer.answer(1).status == 408


def test_bodies_that_do_not_come_are_a_budget() -> None:
    peer = timed_body(max_provoked_resets=3)
    peer.send(*[wire.headers(it, POST) for it in range(1, 41, 2)])
    with pytest.raises(RemoteProtocolError) as caught:
        peer.advance(80)
    assert caught.value.error_code == ErrorCodes.ENHANCE_YOUR_CALM
    assert peer.flush()[-1].kind == Kind.GOAWAY
    assert all(it.reset_code is not None for it in peer.requests)


# Responses


def stalled(peer: Peer, *stream_ids: int) -> None:
    for stream_id in stream_ids:
        peer.send(wire.headers(stream_id, GET, end=True))
        peer.request.start(200)
        assert not peer.request.data(bytes(100))
    peer.flush()


@pytest.mark.parametrize("size", [0, 50])
def test_response_without_a_window_is_reset(size: int) -> None:
    peer = Peer(
        replace(UNTIMED, timeout_response_stall=60), settings=[(wire.INITIAL_WINDOW_SIZE, size)]
    )
    stalled(peer, 1)
    assert peer.advance(60) == []
    assert resets(peer.advance(60 * LATE - 60)) == [(1, ErrorCodes.CANCEL)]
    assert peer.request.reset_code == ErrorCodes.CANCEL
    assert peer.connection.is_idle
    peer.assert_alive()


def test_response_that_has_filled_its_window_is_reset() -> None:
    """Nothing waits in the engine, but the application does."""
    peer = Peer(
        replace(UNTIMED, timeout_response_stall=60), settings=[(wire.INITIAL_WINDOW_SIZE, 100)]
    )
    stalled(peer, 1)
    assert len(peer.answer(1).body) == 100
    assert resets(peer.advance(60 * LATE)) == [(1, ErrorCodes.CANCEL)]


def test_time_of_a_body_is_not_that_of_the_response() -> None:
    peer = timed_body(timeout_response_stall=60)
    peer.send(wire.settings((wire.INITIAL_WINDOW_SIZE, 0)), wire.headers(1, POST))
    peer.advance(59)
    peer.request.start(200)
    peer.request.data(b"late")
    peer.advance(59)
    assert peer.request.reset_code is None
    assert resets(peer.advance(60 * LATE - 59)) == [(1, ErrorCodes.CANCEL)]


def test_response_behind_the_closed_window_of_the_connection_is_reset() -> None:
    peer = Peer(
        replace(UNTIMED, timeout_response_stall=60),
        settings=[(wire.INITIAL_WINDOW_SIZE, MAX_WINDOW)],
    )
    peer.shell.write_now = peer.flush
    peer.send(wire.headers(1, GET, end=True), wire.headers(3, GET, end=True))
    peer.find(1).start(200)
    assert not peer.find(1).data(bytes(70000), end=True)
    stalled(peer, 5)
    # Stream 3 has nothing to send.
    assert sorted(resets(peer.advance(60 * LATE))) == [
        (1, ErrorCodes.CANCEL),
        (5, ErrorCodes.CANCEL),
    ]
    assert peer.find(3).reset_code is None


def test_response_whose_application_has_returned_is_reset() -> None:
    peer = Peer(
        replace(UNTIMED, timeout_response_stall=60), settings=[(wire.INITIAL_WINDOW_SIZE, 0)]
    )
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(bytes(100), end=True)
    peer.request.finish()
    assert resets(peer.advance(60 * LATE)) == [(1, ErrorCodes.CANCEL)]
    assert peer.connection.is_idle


def test_response_that_goes_on_has_time() -> None:
    peer = Peer(
        replace(UNTIMED, timeout_response_stall=60), settings=[(wire.INITIAL_WINDOW_SIZE, 0)]
    )
    stalled(peer, 1)
    for _ in range(50):
        peer.advance(59)
        peer.send(wire.window_update(1, 1))
    assert peer.request.reset_code is None
    assert len(peer.answer(1).body) == 50


def test_response_that_waits_for_its_application_has_time() -> None:
    peer = Peer(
        replace(UNTIMED, timeout_response_stall=60), settings=[(wire.INITIAL_WINDOW_SIZE, 100)]
    )
    stalled(peer, 1)
    peer.send(wire.window_update(1, 1000))
    assert peer.request.writable == 1
    peer.advance(1000)
    assert peer.request.reset_code is None


def test_stalled_responses_are_a_budget() -> None:
    peer = Peer(
        replace(UNTIMED, timeout_response_stall=60, max_provoked_resets=3),
        settings=[(wire.INITIAL_WINDOW_SIZE, 0)],
    )
    stalled(peer, *range(1, 41, 2))
    with pytest.raises(RemoteProtocolError) as caught:
        peer.advance(80)
    assert caught.value.error_code == ErrorCodes.ENHANCE_YOUR_CALM
    assert peer.flush()[-1].kind == Kind.GOAWAY


def test_transport_that_takes_nothing_ends_the_connection() -> None:
    peer = Peer(replace(UNTIMED, timeout_write=60))
    peer.send(wire.headers(1, GET, end=True))
    peer.pause()
    peer.request.start(200)
    peer.request.data(bytes(100))
    peer.advance(60)
    with pytest.raises(RemoteProtocolError) as caught:
        peer.advance(60 * LATE - 60)
    assert caught.value.error_code == ErrorCodes.CANCEL
    assert peer.request.reset_code == ErrorCodes.CANCEL


def test_transport_that_takes_something_has_time() -> None:
    peer = Peer(replace(UNTIMED, timeout_write=60))
    peer.send(wire.headers(1, GET, end=True))
    for _ in range(20):
        peer.pause()
        peer.advance(59)
        peer.resume()
    peer.assert_alive()


def test_streams_behind_a_full_transport_are_not_reset() -> None:
    peer = Peer(replace(UNTIMED, timeout_response_stall=60))
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.pause()
    peer.request.data(bytes(100))
    peer.advance(59)
    peer.resume()
    peer.advance(1)
    peer.pause()
    peer.advance(59)
    assert peer.request.reset_code is None


# Requests that go on after their response


def test_rest_of_a_request_has_its_time() -> None:
    peer = Peer(replace(UNTIMED, timeout_discard=4))
    peer.send(wire.headers(1, POST))
    peer.advance(100)
    peer.request.start(200, end=True)
    peer.request.finish()
    assert resets(peer.flush() + peer.advance(3.9)) == []
    assert resets(peer.advance(4 * LATE)) == [(1, ErrorCodes.NO_ERROR)]
    assert peer.connection.is_idle


def test_rest_of_a_request_that_goes_on_has_no_more_time() -> None:
    peer = Peer(replace(UNTIMED, timeout_discard=4))
    peer.send(wire.headers(1, POST))
    peer.request.start(200, end=True)
    peer.request.finish()
    for _ in range(12):
        peer.send(wire.data(1, b"more"))
        peer.advance(0.5)
    assert peer.answer(1).reset_code == ErrorCodes.NO_ERROR


def test_rests_of_other_requests_do_not_give_time() -> None:
    peer = Peer(replace(UNTIMED, timeout_discard=4))
    for stream_id in range(1, 25, 2):
        peer.send(wire.headers(stream_id, POST))
        peer.request.start(200, end=True)
        peer.request.finish()
        peer.advance(0.5)
    assert peer.answer(1).reset_code == ErrorCodes.NO_ERROR


def test_application_that_reads_after_its_response_has_time() -> None:
    peer = Peer(replace(UNTIMED, timeout_discard=4))
    peer.send(wire.headers(1, POST))
    peer.request.start(200, end=True)
    peer.advance(100)
    peer.send(wire.data(1, b"more", end=True))
    assert peer.request.body == b"more"
    assert peer.answer(1).reset_code is None


# A peer that may have gone


def kept(**more: float) -> Peer:
    return Peer(replace(UNTIMED, ping_interval=60, ping_timeout=20, **more))  # type: ignore[arg-type]


def pings(frames: list[Frame]) -> list[Frame]:
    return [it for it in frames if it.kind == Kind.PING and not it.is_ack]


def test_silent_peer_is_asked_and_given_up() -> None:
    peer = kept()
    peer.send(wire.headers(1, GET, end=True))
    assert peer.advance(59) == []
    assert len(pings(peer.advance(60 * LATE - 59))) == 1
    with pytest.raises(RemoteProtocolError, match="PING") as caught:
        peer.advance(20)
    assert caught.value.error_code == ErrorCodes.CANCEL
    assert peer.request.reset_code == ErrorCodes.CANCEL
    assert peer.connection.is_closed


@pytest.mark.parametrize("interval", [60, 200])
def test_time_for_the_answer_is_exact(interval: float) -> None:
    peer = Peer(replace(UNTIMED, ping_interval=interval, ping_timeout=20))
    peer.send(wire.headers(1, GET, end=True))
    frames: list[Frame] = []
    while not pings(frames):
        deadline = peer.connection.next_deadline()
        assert deadline is not None
        frames = peer.fire(deadline)
    fails_after(peer, 20, ErrorCodes.CANCEL)


@pytest.mark.parametrize("answer", ["acknowledgement", "anything"])
def test_peer_that_answers_is_asked_again_and_again(answer: str) -> None:
    peer = kept()
    peer.send(wire.headers(1, GET, end=True))
    count = 0
    for _ in range(200):
        frames = pings(peer.advance(10))
        count += len(frames)
        for frame in frames:
            is_ack = answer == "acknowledgement"
            peer.send(wire.ping(frame.payload, ack=True) if is_ack else wire.window_update(0, 1))
    assert 20 <= count <= 34


def test_peer_that_speaks_is_not_asked() -> None:
    peer = kept()
    peer.send(wire.headers(1, POST))
    for _ in range(50):
        assert pings(peer.advance(30) + peer.send(wire.data(1, b"x"))) == []


def test_peer_is_not_asked_while_no_stream_is_open() -> None:
    peer = kept()
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200, end=True)
    assert pings(peer.flush() + peer.advance(1000)) == []


def test_question_is_void_when_the_last_stream_has_ended() -> None:
    peer = kept()
    peer.send(wire.headers(1, GET, end=True))
    assert pings(peer.advance(75))
    peer.request.start(200, end=True)
    peer.flush()
    peer.advance(1000)
    peer.assert_alive()


def test_peer_whose_transport_is_full_is_not_asked() -> None:
    peer = kept()
    peer.send(wire.headers(1, GET, end=True))
    peer.pause()
    assert pings(peer.advance(1000)) == []
    assert not peer.connection.is_closed


# The timer


def test_without_times_there_is_no_deadline() -> None:
    peer = Peer(UNTIMED, settings=[(wire.INITIAL_WINDOW_SIZE, 0)])
    assert peer.connection.next_deadline() is None
    peer.send(wire.headers(1, POST), wire.headers(3, GET, end=True))
    peer.find(3).start(200)
    peer.find(3).data(b"stalled")
    peer.find(1).start(200, end=True)
    peer.find(1).finish()
    peer.send(wire.headers(5, GET, end_headers=False))
    assert peer.connection.next_deadline() is None
    peer.fire(10.0**9)
    assert not peer.connection.is_closed


def test_deadlines_go_on_while_a_connection_is_drained() -> None:
    peer = Peer(replace(UNTIMED, timeout_header_block=0.5))
    peer.send(wire.headers(1, GET, end=True))
    peer.start_drain()
    peer.send(wire.headers(3, GET, end_headers=False))
    fails_after(peer, 0.5, ErrorCodes.ENHANCE_YOUR_CALM)


def test_requests_do_not_move_the_deadline() -> None:
    """The shell arms no timer for a request."""
    peer = Peer()
    deadline = peer.connection.next_deadline()
    assert deadline is not None
    for stream_id in range(1, 201, 2):
        peer.now += 0.01
        peer.send(wire.headers(stream_id, GET, end=True))
        peer.request.start(200, end=True)
        peer.flush()
        assert peer.connection.next_deadline() == deadline


def test_timer_runs_a_few_times_a_minute_and_no_more() -> None:
    peer = Peer()
    peer.send(*[wire.headers(it, POST) for it in range(1, 201, 2)])
    for request in peer.requests:
        request.start(200)
    count = 0
    stop = peer.now + 55
    while (deadline := peer.connection.next_deadline()) is not None and deadline <= stop:
        peer.fire(deadline)
        count += 1
    assert count <= 5


def test_early_timer_is_harmless() -> None:
    peer = Peer(Limits(timeout_body=60), settings=[(wire.INITIAL_WINDOW_SIZE, 0)])
    peer.send(wire.headers(1, POST))
    stalled(peer, 3)
    for _ in range(500):
        assert peer.fire(peer.now + 0.1) == []
    fresh = Peer(replace(UNTIMED, timeout_preface=5, timeout_body=4), greet=False)
    fresh.send(wire.PREFACE)
    fresh.fire(fresh.now + 4.9)
    assert not fresh.connection.is_closed
    assert [it.reset_code for it in peer.requests] == [None, None]
    assert peer.flush() == []


def test_late_timer_serves_what_is_due() -> None:
    peer = Peer(replace(UNTIMED, timeout_body=60))
    peer.send(wire.headers(1, POST))
    peer.fire(peer.now + 15)
    peer.fire(peer.now + 1000)
    assert peer.answer(1).status == 408


# Times of one stream alone


def test_body_of_a_stream_with_a_shorter_time() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST), wire.headers(3, POST))
    peer.find(1).stream.set_timeouts(4, 60)
    peer.advance(4 * LATE + 1)
    assert peer.answer(1).status == 408
    assert peer.find(3).reset_code is None
    peer.advance(60 * LATE)
    assert peer.answer(3).status == 408


def test_shorter_time_counts_from_the_last_byte() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST))
    peer.request.stream.set_timeouts(4, inf)
    for _ in range(10):
        peer.advance(3.9)
        peer.send(wire.data(1, b"x"))
        peer.request.credit()
    assert peer.request.reset_code is None


def test_body_of_a_stream_with_a_longer_time() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST))
    peer.request.stream.set_timeouts(300, 60)
    peer.advance(299)
    assert peer.request.reset_code is None
    peer.advance(300 * LATE - 299)
    assert peer.answer(1).status == 408


def test_body_of_a_stream_without_a_limit() -> None:
    peer = timed_body()
    peer.send(wire.headers(1, POST))
    peer.request.stream.set_timeouts(inf, inf)
    peer.advance(1000)
    assert peer.request.reset_code is None


def test_limit_of_a_stream_where_there_is_no_other() -> None:
    peer = Peer(UNTIMED)
    peer.send(wire.headers(1, POST))
    assert peer.connection.next_deadline() is None
    peer.request.stream.set_timeouts(8, inf)
    assert peer.connection.next_deadline() == peer.now + 2
    peer.advance(8 * LATE)
    assert peer.answer(1).status == 408


def test_response_of_a_stream_with_a_shorter_time() -> None:
    peer = Peer(replace(UNTIMED, timeout_response_stall=60), settings=[(4, 10)])
    peer.send(wire.headers(1, GET, end=True), wire.headers(3, GET, end=True))
    peer.find(1).stream.set_timeouts(inf, 4)
    for stream_id in (1, 3):
        peer.find(stream_id).start(200)
        peer.find(stream_id).data(bytes(100))
    assert resets(peer.advance(4 * LATE + 1)) == [(1, ErrorCodes.CANCEL)]
    assert resets(peer.advance(60 * LATE)) == [(3, ErrorCodes.CANCEL)]
