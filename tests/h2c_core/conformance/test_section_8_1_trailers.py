"""Owns the rules of RFC 9113 section 8.1 for the end of a request: trailers, and what follows.

Does not test the heads of requests (`test_section_8`).
"""

import pytest
from h2.errors import ErrorCodes

from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import POST, Fields, Kind, request

SUM: Fields = [(b"x-sum", b"1")]


@pytest.mark.parametrize(
    "field",
    [
        (b"connection", b"close"),
        (b"keep-alive", b"5"),
        (b"proxy-connection", b"close"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"websocket"),
        (b"te", b"gzip"),
        (b"te", b"trailers, gzip"),
        (b"te", b""),
    ],
    ids=lambda field: b"=".join(field).decode(),
)
def test_8_2_2_connection_specific_field_in_trailers(
    open_peer: Peer, field: tuple[bytes, bytes]
) -> None:
    sent = wire.headers(1, [*SUM, field], end=True)
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)
    assert open_peer.request.trailers is None


def test_8_2_2_te_trailers_in_trailers(open_peer: Peer) -> None:
    fields: Fields = [(b"te", b"Trailers")]
    open_peer.send(wire.headers(1, fields, end=True))
    assert open_peer.request.trailers == fields


@pytest.mark.parametrize(
    "late",
    [wire.data(1, b"x"), wire.data(1, end=True), wire.headers(1, SUM, end=True)],
    ids=["data", "end", "trailers"],
)
@pytest.mark.parametrize("end", ["data", "trailers"])
def test_5_1_nothing_follows_the_end_of_a_request(open_peer: Peer, end: str, late: bytes) -> None:
    last = wire.data(1, end=True) if end == "data" else wire.headers(1, SUM, end=True)
    open_peer.send(last)
    open_peer.expect_stream_error(1, ErrorCodes.STREAM_CLOSED, late)
    assert open_peer.request.body == b""


@pytest.mark.parametrize("fields", [[(b":path", b"/")], [(b"X", b"y")]], ids=["pseudo", "upper"])
def test_8_1_malformed_trailers_without_end_stream(open_peer: Peer, fields: Fields) -> None:
    sent = wire.headers(1, fields)
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)


def test_8_1_second_request_on_an_open_stream(open_peer: Peer) -> None:
    """HEADERS on an open stream are trailers, whatever they say."""
    sent = wire.headers(1, POST, end=True)
    open_peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, sent)
    assert len(open_peer.requests) == 1


def _answered(peer: Peer) -> None:
    """The response of stream 1 is complete, and its application has returned."""
    peer.request.start(200, end=True)
    peer.request.finish()
    peer.flush()


def test_8_1_trailers_of_a_request_that_is_dropped(open_peer: Peer) -> None:
    _answered(open_peer)
    frames = open_peer.send(wire.data(1, b"body"), wire.headers(1, SUM, end=True))
    assert open_peer.credit_in(frames) == len(b"body")
    assert open_peer.connection.is_idle
    open_peer.assert_alive()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (wire.headers(1, [(b":path", b"/")], end=True), ErrorCodes.PROTOCOL_ERROR),
        (wire.headers(1, SUM), ErrorCodes.PROTOCOL_ERROR),
        (wire.window_update(1, 0), ErrorCodes.PROTOCOL_ERROR),
        (wire.window_update(1, wire.MAX_WINDOW), ErrorCodes.FLOW_CONTROL_ERROR),
    ],
    ids=["malformed", "no-end", "zero", "overflow"],
)
def test_5_4_2_faults_of_a_request_that_is_dropped(
    open_peer: Peer, sent: bytes, code: ErrorCodes
) -> None:
    _answered(open_peer)
    frames = open_peer.send(sent)
    assert open_peer.resets(frames) == [(1, code)]
    assert open_peer.connection.is_idle
    open_peer.assert_alive()


@pytest.mark.parametrize("size", [3, 6])
def test_8_1_1_length_of_a_request_that_is_dropped(peer: Peer, size: int) -> None:
    peer.send(wire.headers(1, request((b"content-length", b"5"), base=POST)))
    _answered(peer)
    frames = peer.send(wire.data(1, bytes(size), end=True))
    assert peer.resets(frames) == [(1, ErrorCodes.PROTOCOL_ERROR)]
    peer.assert_alive()


@pytest.mark.parametrize(
    "last",
    [wire.data(1, end=True), wire.data(1, padding=9, end=True), wire.headers(1, SUM, end=True)],
    ids=["empty", "padding", "trailers"],
)
@pytest.mark.parametrize("length", [b"0", b"4"])
def test_8_1_1_empty_end_after_the_announced_length(peer: Peer, length: bytes, last: bytes) -> None:
    peer.send(wire.headers(1, request((b"content-length", length), base=POST)))
    if length == b"4":
        peer.send(wire.data(1, b"body"))
    peer.send(last)
    assert peer.request.trailers is not None
    assert peer.request.reset_code is None


def test_8_1_1_body_after_a_length_of_nothing(peer: Peer) -> None:
    peer.send(wire.headers(1, request((b"content-length", b"0"), base=POST)))
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, wire.data(1, b"x"))


def test_8_1_response_to_a_request_that_was_reset_is_not_sent(open_peer: Peer) -> None:
    open_peer.send(wire.headers(1, [(b":path", b"/")], end=True))
    open_peer.request.start(200)
    open_peer.request.data(b"late", end=True)
    assert [it for it in open_peer.flush() if it.kind != Kind.RST_STREAM] == []
