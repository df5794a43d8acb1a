"""Owns the rules of RFC 9218: priorities, where they stand, and what they change.

Does not test the order of turns in every mixture (test_scheduler), nor every text of a value
(test_priority).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.recorder import Request
from tests.h2c_core.wire import (
    GET,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    MAX_WINDOW,
    NO_RFC7540_PRIORITIES,
    POST,
    Kind,
)

FRAME = wire.DEFAULT_FRAME_SIZE


def prioritized(stream_id: int, *values: bytes) -> bytes:
    """A request with a `priority` field a value."""
    return wire.headers(stream_id, [*GET, *((b"priority", value) for value in values)], end=True)


def competing(step: int, *values: bytes | None) -> Peer:
    """Streams 1, 3, 5 … with a megabyte to send each, and no byte of the window left.

    None makes a request without a `priority` field.
    """
    peer = Peer(step=step, settings=[(INITIAL_WINDOW_SIZE, MAX_WINDOW)])
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(bytes(wire.DEFAULT_WINDOW), end=True)
    while peer.flush():
        pass
    for number, value in enumerate(values, 1):
        stream_id = 2 * number + 1
        peer.send(prioritized(stream_id, *([] if value is None else [value])))
        peer.request.start(200)
        peer.request.data(bytes(10**6))
    peer.flush()
    return peer


def order(peer: Peer, count: int) -> list[int]:
    """The numbers, from 1 on, of the competing streams that have the next full frames."""
    found = []
    for _ in range(count):
        frames = peer.send(wire.window_update(0, FRAME))
        [data] = peer.of_kind(frames, Kind.DATA)
        assert len(data.payload) == FRAME
        found.append(data.stream_id // 2)
    return found


def signal(request: Request) -> tuple[int, bool]:
    return request.stream.urgency, request.stream.incremental


# Section 2.1: SETTINGS_NO_RFC7540_PRIORITIES


@pytest.mark.parametrize("value", [2, 2**32 - 1])
def test_2_1_setting_is_0_or_1(peer: Peer, value: int) -> None:
    sent = wire.settings((NO_RFC7540_PRIORITIES, value))
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


def test_2_1_weights_are_ignored_when_the_client_says_so(step: int) -> None:
    peer = Peer(step=step, settings=[(NO_RFC7540_PRIORITIES, 1)])
    peer.send(wire.headers(1, POST, priority=wire.Priority(0, 99)))
    peer.send(wire.priority(1, wire.Priority(7, 99)))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (16, 0)


def test_2_1_weights_are_recorded_otherwise(peer: Peer) -> None:
    peer.send(wire.headers(1, POST, priority=wire.Priority(0, 99)))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (100, 0)
    peer.send(wire.priority(1, wire.Priority(7, 199)))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (200, 7)


# Sections 4 and 5: the values, and the field


def test_4_defaults(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    assert signal(peer.request) == (3, False)
    head = peer.request.head
    assert (head.urgency, head.incremental, head.has_priority) == (3, False, False)


@pytest.mark.parametrize("urgency", range(8))
def test_4_1_urgency(peer: Peer, urgency: int) -> None:
    peer.send(prioritized(1, b"u=%d" % urgency))
    assert signal(peer.request) == (urgency, False)
    assert peer.request.head.urgency == urgency


@pytest.mark.parametrize("value", [b"u=8", b"u=-1", b"u=1.5", b"u=high", b"u", b'u="1"'])
def test_4_1_urgency_of_another_range_or_type_is_ignored(peer: Peer, value: bytes) -> None:
    peer.send(prioritized(1, value + b", i"))
    assert signal(peer.request) == (3, True)


@pytest.mark.parametrize("value", [b"i", b"i=?1"])
def test_4_2_incremental(peer: Peer, value: bytes) -> None:
    peer.send(prioritized(1, value))
    assert signal(peer.request) == (3, True)
    assert peer.request.head.incremental


@pytest.mark.parametrize("value", [b"i=?0", b"i=1", b"i=yes"])
def test_4_2_not_incremental(peer: Peer, value: bytes) -> None:
    peer.send(prioritized(1, b"u=1, " + value))
    assert signal(peer.request) == (1, False)


def test_4_3_unknown_parameters_are_ignored(peer: Peer) -> None:
    peer.send(prioritized(1, b'x-a=(1 2);b, u=2, x-b="c"'))
    assert signal(peer.request) == (2, False)


@pytest.mark.parametrize("value", [b"u=1,", b"u=1; i=", b"U=1", b"\xff", b"u=1, x" + b"y" * 300])
def test_5_field_that_cannot_be_read_is_no_signal(peer: Peer, value: bytes) -> None:
    peer.send(prioritized(1, value))
    assert signal(peer.request) == (3, False)
    assert not peer.request.head.has_priority
    peer.assert_alive()


def test_5_several_fields_are_one_list(peer: Peer) -> None:
    peer.send(prioritized(1, b"u=1", b"i", b"u=5"))
    assert signal(peer.request) == (5, True)
    peer.send(prioritized(3, b"u=1", b"u=", b"u=5"))
    assert signal(peer.request) == (3, False)


def test_5_several_fields_are_bounded_together(peer: Peer) -> None:
    peer.send(prioritized(1, b"u=1", *[b"x-some-member"] * 900))
    assert not peer.request.head.has_priority
    peer.assert_alive()


def test_5_field_reaches_the_application(peer: Peer) -> None:
    peer.send(prioritized(1, b"u=1", b"i"))
    fields = [field for field in peer.request.head.headers if field[0] == b"priority"]
    assert fields == [(b"priority", b"u=1"), (b"priority", b"i")]


# Section 7.1: PRIORITY_UPDATE


def test_7_1_changes_an_open_stream(peer: Peer) -> None:
    peer.send(prioritized(1, b"u=5, i"), wire.priority_update(1, b"u=1"))
    assert signal(peer.request) == (1, False)
    # The head is what came with the request.
    assert (peer.request.head.urgency, peer.request.head.incremental) == (5, True)


def test_7_1_parameters_left_out_have_their_defaults(peer: Peer) -> None:
    peer.send(prioritized(1, b"u=5, i"), wire.priority_update(1, b""))
    assert signal(peer.request) == (3, False)


def test_7_1_before_the_stream_is_open(peer: Peer) -> None:
    peer.send(wire.priority_update(1, b"u=0"), prioritized(1, b"u=7"))
    assert signal(peer.request) == (0, False)


def test_7_1_reserved_bit_and_flags_are_ignored(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    payload = (1 | 1 << 31).to_bytes(4, "big") + b"u=6"
    peer.send(wire.frame(Kind.PRIORITY_UPDATE, 0xFF, 0, payload, reserved=True))
    assert signal(peer.request) == (6, False)


@pytest.mark.parametrize("stream_id", [1, 2, 3, MAX_WINDOW])
def test_7_1_on_a_stream(open_peer: Peer, stream_id: int) -> None:
    sent = wire.frame(Kind.PRIORITY_UPDATE, 0, stream_id, bytes([0, 0, 0, 1]) + b"u=1")
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


@pytest.mark.parametrize("stream_id", [0, 2, MAX_WINDOW - 1])
def test_7_1_for_no_request_stream(open_peer: Peer, stream_id: int) -> None:
    """0 is no stream, and even numbers are pushed streams, all of which stay idle."""
    sent = wire.priority_update(stream_id, b"u=1")
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, sent)


@pytest.mark.parametrize("size", range(4))
def test_7_1_shorter_than_a_stream_id(open_peer: Peer, size: int) -> None:
    sent = wire.frame(Kind.PRIORITY_UPDATE, 0, 0, bytes(size))
    open_peer.expect_connection_error(ErrorCodes.FRAME_SIZE_ERROR, sent)


@pytest.mark.parametrize("value", [b"u=1,", b"(", b"\xff", b"u=1, x" + b"y" * 300])
def test_7_1_value_that_cannot_be_read_changes_nothing(peer: Peer, value: bytes) -> None:
    peer.send(prioritized(1, b"u=5"), wire.priority_update(1, value))
    assert signal(peer.request) == (5, False)
    peer.assert_alive()


def test_7_1_for_closed_streams(peer: Peer) -> None:
    peer.send(wire.headers(5, GET, end=True))
    peer.request.start(200, end=True)
    peer.flush()
    assert peer.send(wire.priority_update(5, b"u=1"), wire.priority_update(3, b"u=1")) == []
    peer.assert_alive()


def test_7_1_between_headers_and_continuation(peer: Peer) -> None:
    block = wire.field_block(GET)
    peer.expect_connection_error(
        ErrorCodes.PROTOCOL_ERROR,
        wire.headers(1, block[:5], end_headers=False),
        wire.priority_update(1, b"u=1"),
    )


def test_7_1_more_streams_than_may_be_open(peer: Peer) -> None:
    peer.send(*(wire.priority_update(stream_id, b"u=1") for stream_id in range(1, 513, 2)))
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.priority_update(513, b"u=1"))


# Section 10: what is sent next


def test_10_the_more_urgent_first(step: int) -> None:
    assert order(competing(step, b"u=5", b"u=1", b"u=3"), 10) == [2] * 10


def test_10_the_same_urgency_in_the_order_of_stream_ids(step: int) -> None:
    assert order(competing(step, b"u=2", b"u=2", b"u=2"), 10) == [1] * 10


def test_10_incremental_streams_share(step: int) -> None:
    assert order(competing(step, b"i", b"i", b"i"), 6) == [1, 2, 3, 1, 2, 3]


def test_10_streams_of_a_client_that_says_nothing_share(step: int) -> None:
    """Section 13.1: one connection of a proxy carries clients that know nothing of each other."""
    assert order(competing(step, None, None, None), 6) == [1, 2, 3, 1, 2, 3]


def test_10_both_kinds_alternate(step: int) -> None:
    assert order(competing(step, b"u=3", b"i", None, b"u=3"), 8) == [1, 2, 1, 3, 1, 2, 1, 3]


def test_10_the_less_urgent_are_not_starved(step: int) -> None:
    found = order(competing(step, b"u=0", b"u=7"), 32)
    assert found == ([1] * 15 + [2]) * 2


def test_10_weights_decide_nothing(step: int) -> None:
    peer = competing(step, None, None)
    peer.send(wire.priority(3, wire.Priority(0, 255)), wire.priority(5, wire.Priority(0, 0)))
    assert order(peer, 4) == [1, 2, 1, 2]


def test_10_an_update_moves_a_waiting_stream(step: int) -> None:
    peer = competing(step, b"u=1", b"u=1")
    assert order(peer, 2) == [1, 1]
    peer.send(wire.priority_update(5, b"u=0"))
    assert order(peer, 2) == [2, 2]
    peer.send(wire.priority_update(3, b"u=0, i"), wire.priority_update(5, b"u=0, i"))
    assert sorted(order(peer, 2)) == [1, 2]


def test_10_a_closed_stream_window_gives_the_turn_away(step: int) -> None:
    peer = Peer(step=step, settings=[(INITIAL_WINDOW_SIZE, 10)])
    for stream_id, value in ((1, b"u=0"), (3, b"u=7")):
        peer.send(prioritized(stream_id, value))
        peer.request.start(200)
        peer.request.data(bytes(100))
    peer.flush()
    frames = peer.send(wire.window_update(3, 50))
    assert [(it.stream_id, len(it.payload)) for it in frames] == [(3, 50)]


def test_10_after_a_paused_transport_the_most_urgent_is_first(step: int) -> None:
    peer = Peer(step=step)
    peer.send(prioritized(1, b"u=6"), prioritized(3, b"u=2"), wire.headers(5, GET, end=True))
    peer.pause()
    for request in peer.requests:
        request.start(200)
        request.data(bytes(10), end=True)
    peer.flush()
    frames = peer.of_kind(peer.resume(), Kind.DATA)
    assert [it.stream_id for it in frames] == [3, 5, 1]


def test_10_the_most_urgent_sender_is_woken_first(step: int) -> None:
    peer = Peer(step=step)
    peer.send(prioritized(1, b"u=6"), prioritized(3, b"u=2"))
    peer.pause()
    for request in peer.requests:
        request.start(200)
        assert not request.data(bytes(10))
    frames = peer.of_kind(peer.resume(), Kind.DATA)
    assert [it.stream_id for it in frames] == [3, 1]
    assert [it.writable for it in peer.requests] == [1, 1]


def test_10_a_large_frame_size_does_not_make_the_urgent_wait(step: int) -> None:
    """A turn is at most 64 KiB, whatever the client accepts."""
    settings = [(INITIAL_WINDOW_SIZE, MAX_WINDOW), (MAX_FRAME_SIZE, 2**24 - 1)]
    peer = Peer(step=step, settings=settings)
    peer.send(wire.window_update(0, 10**7), prioritized(1, b"u=7"), prioritized(3, b"u=0"))
    for request in peer.requests:
        request.start(200)
    peer.requests[0].data(bytes(10**6), end=True)
    peer.requests[1].data(b"urgent", end=True)
    frames = peer.of_kind(peer.flush() + peer.flush(), Kind.DATA)
    assert [(it.stream_id, len(it.payload)) for it in frames[:2]] == [(1, 65536), (3, 6)]


def test_10_of_a_hundred_competing_streams_none_starves() -> None:
    """Every urgency, both kinds, and no signal at all.

    Each turn is 100 bytes of the connection's window; streams whose window closes get a new one.
    """
    values = [None, *(b"u=%d%b" % (u, i) for u in range(8) for i in (b"", b", i"))]
    body = bytes(10**7)
    limits = Limits(max_window_updates=10**6)
    peer = Peer(limits, settings=[(INITIAL_WINDOW_SIZE, 20000)])
    for number in range(100):
        value = values[number % len(values)]
        peer.send(prioritized(2 * number + 1, *([] if value is None else [value])))
        peer.request.start(200)
        peer.request.data(body)
    peer.flush()
    before = {it.stream_id: len(peer.answer(it.stream_id).body) for it in peer.requests}
    assert sum(before.values()) == wire.DEFAULT_WINDOW
    for _ in range(100):
        for _ in range(400):
            peer.books.send_window[0] += 100
            peer.connection.receive_data(wire.window_update(0, 100), peer.now)
        peer.flush()
        if all(len(peer.answer(it).body) > size for it, size in before.items()):
            break
        closing = [it for it in before if peer.books.send_window[it] < 60000]
        peer.send(*(wire.window_update(stream_id, 10**5) for stream_id in closing))
    starved = [it for it, size in before.items() if len(peer.answer(it).body) == size]
    assert starved == []
