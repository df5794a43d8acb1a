"""Owns the rules of RFC 9113 section 3: starting HTTP/2. Does not test the seam of the shell."""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.wire import Kind


def test_3_4_server_preface_is_settings_and_comes_first(make_peer: MakePeer) -> None:
    peer = make_peer(greet=False)
    frames = peer.flush()
    assert frames[0].kind == Kind.SETTINGS
    assert not frames[0].is_ack
    assert frames[0].stream_id == 0


def test_3_4_server_preface_announces_the_limits(make_peer: MakePeer) -> None:
    limits = Limits(
        max_concurrent_streams=7,
        initial_stream_window=70000,
        max_inbound_frame_size=20000,
        max_header_list_size=9000,
        initial_connection_window=100000,
        header_table_size=256,
    )
    frames = make_peer(limits, greet=False).flush()
    announced = dict(frames[0].settings)
    assert announced[wire.MAX_CONCURRENT_STREAMS] == 7
    assert announced[wire.INITIAL_WINDOW_SIZE] == 70000
    assert announced[wire.MAX_FRAME_SIZE] == 20000
    assert announced[wire.MAX_HEADER_LIST_SIZE] == 9000
    assert announced[wire.HEADER_TABLE_SIZE] == 256
    # Section 6.5.2: a server may announce ENABLE_PUSH only as 0, and a new setting costs six bytes.
    assert announced.get(wire.ENABLE_PUSH, 0) == 0
    increments = [(it.stream_id, it.number) for it in frames if it.kind == Kind.WINDOW_UPDATE]
    assert increments == [(0, 100000 - wire.DEFAULT_WINDOW)]


def test_3_4_default_window_of_the_connection_needs_no_update(make_peer: MakePeer) -> None:
    frames = make_peer(Limits(initial_connection_window=65535), greet=False).flush()
    assert [it.kind for it in frames] == [Kind.SETTINGS]


@pytest.mark.parametrize("size", [0, 1, 23])
def test_3_4_part_of_the_client_preface_waits(make_peer: MakePeer, size: int) -> None:
    peer = make_peer(greet=False)
    peer.flush()
    assert peer.send(wire.PREFACE[:size]) == []
    assert not peer.connection.is_closed


@pytest.mark.parametrize("at", range(24))
def test_3_4_wrong_client_preface_is_an_error_at_the_wrong_byte(
    make_peer: MakePeer, at: int
) -> None:
    peer = make_peer(greet=False)
    wrong = wire.PREFACE[:at] + bytes([wire.PREFACE[at] ^ 1])
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wrong)


@pytest.mark.parametrize(
    "first",
    [
        wire.headers(1, wire.GET, end=True),
        wire.ping(),
        wire.window_update(0, 1),
        wire.goaway(),
        wire.priority(1, wire.Priority()),
        wire.frame(0x42),
        wire.data(1, b"x"),
        wire.settings_ack(),
    ],
    ids=["headers", "ping", "window-update", "goaway", "priority", "unknown", "data", "ack"],
)
def test_3_4_first_frame_must_be_settings(make_peer: MakePeer, first: bytes) -> None:
    peer = make_peer(greet=False)
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.PREFACE, first)
    assert peer.requests == []


def test_3_4_client_may_send_before_it_has_the_server_preface(make_peer: MakePeer) -> None:
    peer = make_peer(greet=False)
    peer.send(wire.PREFACE, wire.settings(), wire.headers(1, wire.GET, end=True))
    assert len(peer.requests) == 1


def test_3_4_settings_of_the_preface_are_acknowledged_once(make_peer: MakePeer) -> None:
    peer = make_peer(greet=False)
    frames = peer.send(wire.PREFACE, wire.settings((wire.MAX_FRAME_SIZE, 20000)))
    assert len([it for it in frames if it.kind == Kind.SETTINGS and it.is_ack]) == 1
