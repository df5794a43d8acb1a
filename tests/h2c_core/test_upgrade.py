"""Owns the tests of an upgrade from HTTP/1.1: stream 1, the settings, and what follows.

Does not test who asks for it (h2corn).
"""

from base64 import urlsafe_b64encode
from contextlib import suppress

import pytest
from h2.errors import ErrorCodes
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import Connection, Field, RemoteProtocolError
from h2c_core._upgrade import read_settings, request_fields
from tests.h2c_core import wire
from tests.h2c_core.recorder import Recorder, Watch
from tests.h2c_core.wire import GET, Frame, FrameReader, Kind

HEADERS: list[Field] = [
    (b"host", b"front.example"),
    (b"connection", b"Upgrade, HTTP2-Settings"),
    (b"Upgrade", b"h2c"),
    (b"HTTP2-Settings", b"AAMAAABk"),
    (b"keep-alive", b"5"),
    (b"proxy-connection", b"keep-alive"),
    (b"TE", b"gzip"),
    (b"te", b"trailers"),
    (b"cookie", b"a=b"),
]


def encoded(*settings: tuple[int, int]) -> bytes:
    """The settings as the value of HTTP2-Settings, which has no padding."""
    return urlsafe_b64encode(wire.settings(*settings)[9:]).rstrip(b"=")


class Upgraded:
    """A connection of which the first request came in HTTP/1.1."""

    def __init__(self, settings: bytes = b"", method: bytes = b"GET", target: bytes = b"/") -> None:
        self.watch = Watch()
        self.shell = Recorder(self.watch)
        self.connection = Connection(self.shell)
        self._reader = FrameReader()
        with self.watch.during("receive_data"):
            self.connection.upgrade(method, target, b"http", HEADERS, settings)
        [self.request] = self.shell.requests

    def receive(self, *parts: bytes) -> list[Frame]:
        with self.watch.during("receive_data"):
            self.connection.receive_data(b"".join(parts), 0.0)
        return self.frames()

    def frames(self) -> list[Frame]:
        with self.watch.during("data_to_send"):
            frames = self._reader.feed(self.connection.data_to_send())
        self.watch.check()
        return frames


def test_request_is_stream_1_and_whole() -> None:
    peer = Upgraded(target=b"/path?query")
    head = peer.request.head
    assert peer.request.stream_id == 1
    assert (head.method, head.target, head.scheme) == (b"GET", b"/path?query", b"http")
    assert head.end_stream
    assert head.http_version == "2"
    assert head.headers == [
        (b"host", b"front.example"),
        (b"te", b"trailers"),
        (b"cookie", b"a=b"),
    ]
    assert not peer.connection.is_idle


def test_preface_of_the_server_comes_first_and_no_acknowledgement() -> None:
    peer = Upgraded(encoded((wire.INITIAL_WINDOW_SIZE, 1000)))
    frames = peer.frames()
    assert frames[0].kind == Kind.SETTINGS
    assert not any(it.is_ack for it in frames)
    [ack, *_] = peer.receive(wire.PREFACE, wire.settings())
    assert ack.kind == Kind.SETTINGS
    assert ack.is_ack


def test_response_may_come_before_the_preface_of_the_client() -> None:
    peer = Upgraded()
    peer.request.start(200, [(b"x", b"y")])
    peer.request.data(b"body", end=True)
    frames = peer.frames()
    assert [it.kind for it in frames if it.stream_id == 1] == [Kind.HEADERS, Kind.DATA]
    assert peer.connection.is_idle
    peer.receive(wire.PREFACE, wire.settings(), wire.headers(3, GET, end=True))
    assert peer.shell.requests[-1].stream_id == 3


def test_settings_hold_for_the_response() -> None:
    peer = Upgraded(encoded((wire.INITIAL_WINDOW_SIZE, 3), (wire.MAX_FRAME_SIZE, 16384)))
    peer.request.start(200)
    assert not peer.request.data(b"12345", end=True)
    assert [it.payload for it in peer.frames() if it.kind == Kind.DATA] == [b"123"]
    [last] = [
        it
        for it in peer.receive(wire.PREFACE, wire.settings(), wire.window_update(1, 10))
        if it.kind == Kind.DATA
    ]
    assert (last.payload, last.ends_stream) == (b"45", True)


def test_head_has_no_body() -> None:
    peer = Upgraded(method=b"HEAD")
    peer.request.start(200)
    [head] = [it for it in peer.frames() if it.stream_id == 1]
    assert head.ends_stream


def test_client_may_reset_it() -> None:
    peer = Upgraded()
    peer.receive(wire.PREFACE, wire.settings(), wire.rst_stream(1))
    assert peer.request.reset_code == ErrorCodes.CANCEL
    assert peer.connection.is_idle


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (wire.data(1, b"x"), ErrorCodes.STREAM_CLOSED),
        (wire.headers(1, [(b"x", b"y")], end=True), ErrorCodes.STREAM_CLOSED),
    ],
    ids=["data", "trailers"],
)
def test_stream_1_is_half_closed(sent: bytes, code: ErrorCodes) -> None:
    peer = Upgraded()
    frames = peer.receive(wire.PREFACE, wire.settings(), sent)
    assert [it.error_code for it in frames if it.kind == Kind.RST_STREAM] == [code]
    assert peer.request.reset_code == code


def test_stream_1_cannot_be_opened_again() -> None:
    peer = Upgraded()
    peer.request.start(200, end=True)
    with pytest.raises(RemoteProtocolError) as caught:
        peer.receive(wire.PREFACE, wire.settings(), wire.headers(1, GET, end=True))
    assert caught.value.error_code == ErrorCodes.STREAM_CLOSED


@pytest.mark.parametrize("follows", [b"GET / HTTP/1.1\r\n\r\n", wire.settings()])
def test_what_follows_must_be_the_preface(follows: bytes) -> None:
    peer = Upgraded()
    with pytest.raises(RemoteProtocolError) as caught:
        peer.receive(follows)
    assert caught.value.error_code == ErrorCodes.PROTOCOL_ERROR
    assert peer.request.reset_code is not None


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (b"A", ErrorCodes.PROTOCOL_ERROR),
        (b"AAMA AABk", ErrorCodes.PROTOCOL_ERROR),
        (b"AAMAAABk=", ErrorCodes.PROTOCOL_ERROR),
        (b"AAM+AAB/", ErrorCodes.PROTOCOL_ERROR),
        (b"AAMAAAB", ErrorCodes.FRAME_SIZE_ERROR),
        (encoded((wire.INITIAL_WINDOW_SIZE, 2**31)), ErrorCodes.FLOW_CONTROL_ERROR),
        (encoded((wire.MAX_FRAME_SIZE, 0)), ErrorCodes.PROTOCOL_ERROR),
    ],
)
def test_wrong_settings(settings: bytes, code: ErrorCodes) -> None:
    shell = Recorder(Watch())
    connection = Connection(shell)
    with pytest.raises(RemoteProtocolError) as caught:
        connection.upgrade(b"GET", b"/", b"http", HEADERS, settings)
    assert caught.value.error_code == code
    assert shell.requests == []


@given(st.binary(max_size=60))
def test_settings_are_base64url(payload: bytes) -> None:
    assert read_settings(urlsafe_b64encode(payload).rstrip(b"=")) == payload


@given(st.binary(max_size=30))
def test_any_value_is_read_or_refused(value: bytes) -> None:
    with suppress(RemoteProtocolError):
        assert len(read_settings(value)) == len(value) * 3 // 4


def test_fields_of_the_request_are_kept_in_order() -> None:
    fields = request_fields(
        b"GET", b"*", b"https", [(b"A", b"1"), (b"Upgrade", b"h2c"), (b"b", b"")]
    )
    assert fields == [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":path", b"*"),
        (b"a", b"1"),
        (b"b", b""),
    ]
