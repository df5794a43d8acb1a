"""Owns the rules of RFC 9113 sections 5.2, 5.4 and 5.5: flow control, errors, extensions.

Does not test WINDOW_UPDATE frames themselves (section 6.9).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Kind

SMALL = Limits(initial_stream_window=4000, initial_connection_window=65535)


def test_5_2_stream_is_credited_only_as_its_body_is_taken(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST))
    frames = peer.send(wire.data(1, bytes(2000)), wire.data(1, bytes(2000)))
    assert [it for it in frames if it.stream_id == 1] == []
    assert peer.books.credit[1] == 0
    peer.request.credit()
    peer.flush()
    assert peer.books.credit[1] == 4000


def test_5_2_a_body_larger_than_the_window_arrives_whole(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST))
    taken = 0
    for _ in range(40):
        size = min(peer.books.credit[1], 1000)
        assert size > 0, "the stream stalls"
        peer.send(wire.data(1, b"x" * size))
        peer.request.credit(len(peer.request.body) - taken)
        taken = len(peer.request.body)
        peer.flush()
    assert taken > 30000


def test_5_2_connection_is_credited_on_receipt(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(initial_stream_window=2**20, initial_connection_window=65535))
    peer.send(wire.headers(1, POST))
    for _ in range(40):
        assert peer.books.credit[0] >= 16000, "one slow application stops the others"
        peer.send(wire.data(1, bytes(16000)))
    assert len(peer.request.body) == 640000


def test_5_2_stalled_uploads_do_not_stop_another(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(initial_connection_window=65535))
    for number in range(20):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, POST), wire.data(stream_id, bytes(10000)))
    peer.send(wire.headers(511, POST))
    for _ in range(20):
        peer.send(wire.data(511, bytes(10000)))
        peer.request.credit(10000)
        peer.flush()
    peer.send(wire.data(511, b"", end=True))
    assert len(peer.request.body) == 200000
    assert peer.request.trailers == []


def test_5_2_bytes_above_the_stream_window_are_a_stream_error(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST), wire.data(1, bytes(4000)))
    peer.expect_stream_error(1, ErrorCodes.FLOW_CONTROL_ERROR, wire.data(1, b"x"))
    assert len(peer.request.body) == 4000


def test_5_2_a_frame_that_fills_the_stream_window_is_taken(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST), wire.data(1, bytes(3999)), wire.data(1, b"x", end=True))
    assert len(peer.request.body) == 4000


def test_5_2_bytes_above_the_connection_window_are_a_connection_error(
    make_peer: MakePeer,
) -> None:
    # Credit stops where the buffer is full, and the client sends on.
    limits = Limits(
        initial_stream_window=2**20, initial_connection_window=65535, max_buffered_body=65535
    )
    peer = make_peer(limits)
    peer.send(wire.headers(1, POST))
    while peer.books.credit[0] >= 16000:
        peer.send(wire.data(1, bytes(16000)))
        assert len(peer.request.body) <= 4 * 65535, "the buffer has no bound"
    room = peer.books.credit[0]
    peer.expect_connection_error(ErrorCodes.FLOW_CONTROL_ERROR, wire.data(1, bytes(room + 1)))


def test_5_2_buffer_of_the_connection_makes_room_as_bodies_are_taken(make_peer: MakePeer) -> None:
    limits = Limits(
        initial_stream_window=2**20, initial_connection_window=65535, max_buffered_body=65535
    )
    peer = make_peer(limits)
    peer.send(wire.headers(1, POST), wire.headers(3, POST))
    while peer.books.credit[0] >= 16000:
        peer.send(wire.data(1, bytes(16000)))
    first = peer.find(1)
    first.credit()
    peer.flush()
    assert peer.books.credit[0] >= 16000
    peer.send(wire.data(3, bytes(10000), end=True))
    assert len(peer.find(3).body) == 10000


@pytest.mark.parametrize("ending", ["reset", "abort", "finish"])
def test_5_2_untaken_bytes_of_an_ended_stream_leave_the_buffer(
    make_peer: MakePeer, ending: str
) -> None:
    limits = Limits(
        initial_stream_window=2**20, initial_connection_window=65535, max_buffered_body=65535
    )
    peer = make_peer(limits)
    for number in range(30):
        stream_id = 2 * number + 1
        peer.send(wire.headers(stream_id, POST))
        assert peer.books.credit[0] >= 30000, f"credit leaks at {number}"
        peer.send(wire.data(stream_id, bytes(15000)), wire.data(stream_id, bytes(15000)))
        if ending == "reset":
            peer.send(wire.rst_stream(stream_id))
        elif ending == "abort":
            peer.request.abort()
        else:
            peer.request.start(200, end=True)
            peer.request.finish()
        peer.flush()


@pytest.mark.parametrize("fault", ["after the end", "above the window", "above content-length"])
def test_5_2_bytes_that_cause_a_stream_error_are_credited(make_peer: MakePeer, fault: str) -> None:
    peer = make_peer(SMALL)
    fields = POST
    if fault == "above content-length":
        fields = wire.request((b"content-length", b"5"), base=POST)
    size = 8000 if fault == "above the window" else 4000
    for number in range(30):
        stream_id = 2 * number + 1
        assert peer.books.credit[0] >= 8000, f"credit leaks at {number}"
        peer.send(wire.headers(stream_id, fields, end=fault == "after the end"))
        frames = peer.send(wire.data(stream_id, bytes(size)))
        assert [it for it, _ in peer.resets(frames)] == [stream_id]
        assert peer.request.body == b""


def test_5_2_credit_after_the_stream_ended_changes_nothing(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST), wire.data(1, bytes(4000)), wire.rst_stream(1))
    before = dict(peer.books.credit)
    peer.request.credit()
    assert peer.flush() == []
    assert peer.books.credit == before


def test_5_2_no_stream_credit_after_the_request_ended(make_peer: MakePeer) -> None:
    """The client has nothing more to send: a WINDOW_UPDATE would be waste."""
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST), wire.data(1, bytes(4000), end=True))
    peer.request.credit()
    assert [it for it in peer.flush() if it.stream_id == 1] == []


def test_5_2_padding_is_credited_at_once(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST))
    for _ in range(200):
        assert peer.books.credit[1] >= 257, "the padding was not credited"
        peer.send(wire.data(1, b"x", padding=255))
    assert peer.request.body == b"x" * 200
    # The body itself is untaken, and stays counted.
    assert peer.books.credit[1] <= 4000 - 200


def test_5_2_padding_counts_against_the_window(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST), wire.data(1, bytes(3800)))
    peer.expect_stream_error(1, ErrorCodes.FLOW_CONTROL_ERROR, wire.data(1, b"x", padding=255))


def test_5_2_empty_frames_need_no_window(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    peer.send(wire.headers(1, POST), wire.data(1, bytes(4000)))
    peer.send(wire.data(1), wire.data(1, end=True))
    assert peer.request.trailers == []


def test_5_2_headers_need_no_window(make_peer: MakePeer) -> None:
    peer = make_peer(settings=[(wire.INITIAL_WINDOW_SIZE, 0)])
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(b"", end=True)
    assert [(it.kind, it.ends_stream) for it in peer.flush()] == [
        (Kind.HEADERS, False),
        (Kind.DATA, True),
    ]


def test_5_2_window_of_the_connection_stays_whole_over_resets(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL)
    for number in range(100):
        stream_id = 2 * number + 1
        peer.send(
            wire.headers(stream_id, POST),
            wire.data(stream_id, bytes(2000), padding=10),
            wire.rst_stream(stream_id),
        )
        peer.advance(1)
    assert peer.books.credit[0] >= 65535 // 2
    assert peer.connection.is_idle


def test_5_2_1_smaller_window_applies_once_it_is_acknowledged(make_peer: MakePeer) -> None:
    """Section 6.9.3: the client may have sent 65,535 bytes before it read the smaller window."""
    peer = make_peer(SMALL, acknowledge=False)
    peer.send(wire.headers(1, POST), *[wire.data(1, bytes(10000)) for _ in range(6)])
    assert len(peer.request.body) == 60000
    assert peer.request.reset_code is None


def test_5_2_1_window_below_zero_still_takes_an_empty_end(make_peer: MakePeer) -> None:
    """Section 6.9.1: an empty frame with END_STREAM needs no room."""
    peer = make_peer(SMALL, acknowledge=False)
    peer.send(wire.headers(1, POST), *[wire.data(1, bytes(10000)) for _ in range(6)])
    peer.send(wire.settings_ack())
    peer.send(wire.data(1, b""), wire.data(1, b"", end=True))
    assert peer.request.reset_code is None
    assert peer.request.trailers == []


def test_5_2_1_narrowed_window_opens_as_the_body_is_taken(make_peer: MakePeer) -> None:
    peer = make_peer(SMALL, acknowledge=False)
    peer.send(wire.headers(1, POST), *[wire.data(1, bytes(10000)) for _ in range(6)])
    peer.send(wire.settings_ack())
    peer.request.credit()
    peer.flush()
    # The client counts 60,000 bytes against 4,000, and is given the 60,000 back.
    room = peer.books.credit[1] + wire.DEFAULT_WINDOW - 4000 - (wire.DEFAULT_WINDOW - 4000)
    assert room == 4000
    peer.send(wire.data(1, bytes(4000), end=True))
    assert len(peer.request.body) == 64000


def test_5_4_1_connection_error_tells_the_last_stream(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True), wire.headers(7, POST))
    last = peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    assert last.number == 7
    assert [it.reset_code for it in peer.requests] == [ErrorCodes.PROTOCOL_ERROR] * 2


def test_5_4_1_connection_error_before_any_stream(peer: Peer) -> None:
    last = peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    assert last.number == 0


def test_5_4_1_nothing_is_read_after_a_connection_error(peer: Peer) -> None:
    peer.expect_connection_error(
        ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0), wire.headers(1, GET, end=True)
    )
    assert peer.requests == []
    peer.connection.receive_data(wire.headers(1, GET, end=True), peer.now)
    assert peer.flush() == []
    assert peer.requests == []


def test_5_4_1_output_before_a_connection_error_is_kept(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(b"answer", end=True)
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    assert peer.answer(1).body == b"answer"
    assert peer.request.reset_code is None


def test_5_4_1_sinks_are_silent_after_a_connection_error(open_peer: Peer) -> None:
    open_peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    request = open_peer.request
    request.informational(103)
    request.start(200)
    assert request.data(b"late")
    request.credit(5)
    request.send_trailers([(b"x", b"y")])
    request.finish()
    request.abort()
    assert open_peer.flush() == []


def test_5_4_2_stream_error_leaves_the_others(peer: Peer) -> None:
    peer.send(wire.headers(1, POST), wire.headers(3, POST))
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.window_update(1, 0))
    assert peer.find(3).reset_code is None
    peer.send(wire.data(3, b"body", end=True))
    assert peer.find(3).body == b"body"


def test_5_4_2_reset_is_not_answered_with_a_reset(open_peer: Peer) -> None:
    assert open_peer.send(wire.rst_stream(1)) == []
    assert open_peer.send(wire.rst_stream(1)) == []
    assert open_peer.request.reset_code == ErrorCodes.CANCEL


def test_5_4_2_one_reset_a_stream(open_peer: Peer) -> None:
    frames = open_peer.send(wire.window_update(1, 0), wire.window_update(1, 0), wire.data(1, b"x"))
    assert open_peer.resets(frames) == [(1, ErrorCodes.PROTOCOL_ERROR)]
    open_peer.request.abort()
    open_peer.request.finish()
    assert open_peer.flush() == []


def test_5_5_unknown_settings_are_ignored_and_acknowledged(peer: Peer) -> None:
    [ack] = peer.send(wire.settings((0x42, 7), (0xFFFF, 2**32 - 1)))
    assert ack.kind == Kind.SETTINGS
    assert ack.is_ack
