"""Owns the rules of RFC 9113 sections 5.3 and 6.3: PRIORITY in every state of a stream.

Does not test who is sent first (`test_rfc_9218`).
"""

import pytest
from h2.errors import ErrorCodes

from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Kind, Priority

MALFORMED = {
    "too short": (wire.frame(Kind.PRIORITY, 0, 5, bytes(4)), ErrorCodes.FRAME_SIZE_ERROR),
    "too long": (wire.frame(Kind.PRIORITY, 0, 5, bytes(6)), ErrorCodes.FRAME_SIZE_ERROR),
    "on itself": (wire.priority(5, Priority(5)), ErrorCodes.PROTOCOL_ERROR),
    "on itself, exclusively": (
        wire.priority(5, Priority(5, exclusive=True)),
        ErrorCodes.PROTOCOL_ERROR,
    ),
}
each_malformed = pytest.mark.parametrize(("sent", "code"), MALFORMED.values(), ids=MALFORMED.keys())


@pytest.mark.parametrize("stream_id", [1, 2, 5, 7, wire.MAX_WINDOW])
def test_5_3_2_priority_of_an_idle_stream_opens_nothing(peer: Peer, stream_id: int) -> None:
    peer.send(wire.headers(3, POST))
    assert peer.send(wire.priority(stream_id, Priority(3, 100))) == []
    peer.send(wire.headers(5, GET, end=True))
    last = peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    assert last.number == 5
    assert [it.stream_id for it in peer.requests] == [3, 5]


@pytest.mark.parametrize("ending", ["end", "rst-stream", "abort", "skipped"])
def test_5_3_2_priority_of_a_closed_stream_changes_nothing(peer: Peer, ending: str) -> None:
    peer.send(wire.headers(3, POST))
    if ending == "end":
        peer.send(wire.data(3, end=True))
        peer.request.start(204, end=True)
    elif ending == "rst-stream":
        peer.send(wire.rst_stream(3))
    elif ending == "abort":
        peer.request.abort()
    peer.flush()
    stream_id = 1 if ending == "skipped" else 3
    assert peer.send(wire.priority(stream_id, Priority(0, 100))) == []
    peer.assert_alive()


@pytest.mark.parametrize("state", ["open", "half-closed-local", "half-closed-remote"])
def test_5_3_2_priority_is_recorded_in_every_open_state(peer: Peer, state: str) -> None:
    peer.send(wire.headers(1, POST, end=state == "half-closed-remote"))
    if state == "half-closed-local":
        peer.request.start(200, end=True)
        peer.flush()
    assert peer.send(wire.priority(1, Priority(7, 99, exclusive=True))) == []
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (100, 7)
    assert peer.request.reset_code is None


@each_malformed
def test_6_3_malformed_priority_of_an_open_stream(
    peer: Peer, sent: bytes, code: ErrorCodes
) -> None:
    peer.send(wire.headers(5, POST))
    peer.expect_stream_error(5, code, sent)


@each_malformed
def test_6_3_malformed_priority_of_a_half_closed_stream(
    peer: Peer, sent: bytes, code: ErrorCodes
) -> None:
    peer.send(wire.headers(5, GET, end=True))
    peer.expect_stream_error(5, code, sent)


@each_malformed
def test_6_3_malformed_priority_of_an_idle_stream(
    peer: Peer, sent: bytes, code: ErrorCodes
) -> None:
    """RST_STREAM must not name an idle stream (section 6.4), so that the connection ends."""
    peer.expect_connection_error(code, sent)


@each_malformed
def test_6_3_malformed_priority_of_a_closed_stream(
    peer: Peer, sent: bytes, code: ErrorCodes
) -> None:
    """There is nothing left to reset: a stream error of a closed stream has no effect."""
    peer.send(wire.headers(5, GET, end=True), wire.rst_stream(5))
    assert peer.send(sent) == []
    peer.assert_alive()


@pytest.mark.parametrize("priority", [Priority(1), Priority(1, 255, exclusive=True)])
def test_5_3_1_trailers_that_depend_on_themselves(open_peer: Peer, priority: Priority) -> None:
    sent = wire.headers(1, [(b"x", b"y")], end=True, priority=priority)
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)
    assert open_peer.request.trailers is None


def test_5_3_1_dependency_on_a_stream_that_never_was(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True, priority=Priority(wire.MAX_WINDOW, 0)))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (1, wire.MAX_WINDOW)


def test_5_3_2_priorities_without_end_have_a_budget(peer: Peer) -> None:
    flood = [wire.priority(stream_id, Priority()) for stream_id in range(1, 10001, 2)]
    peer.expect_connection_error(ErrorCodes.ENHANCE_YOUR_CALM, *flood)
