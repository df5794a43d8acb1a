"""Owns the tests of what an application may send on a stream: the ResponseSink calls.

Does not test back-pressure (test_outbound), how streams end early (streams) or stream states on
the wire (conformance).
"""

import os
import sys
from collections.abc import Callable
from io import FileIO

import pytest

from h2c_core import Limits, LocalProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, HEAD, POST, Fields, Kind


def served(fields: Fields = GET, *, end: bool = True, limits: Limits | None = None) -> Peer:
    """A connection with one request on stream 1."""
    peer = Peer(limits)
    peer.send(wire.headers(1, fields, end=end))
    return peer


def test_response_of_head_and_body() -> None:
    peer = served()
    peer.request.start(200, [(b"content-type", b"text/plain")])
    assert peer.request.data(b"one")
    assert peer.request.data(b"two", end=True)
    frames = peer.flush()
    assert [it.kind for it in frames] == [Kind.HEADERS, Kind.DATA, Kind.DATA]
    assert [it.ends_stream for it in frames] == [False, False, True]
    answer = peer.answer(1)
    assert answer.heads == [[(b":status", b"200"), (b"content-type", b"text/plain")]]
    assert answer.body == b"onetwo"
    assert peer.request.stream.bytes_sent == 6
    assert peer.connection.is_idle


def test_response_without_a_body_is_one_frame() -> None:
    peer = served()
    peer.request.start(200, [], end=True)
    [head] = peer.flush()
    assert head.ends_stream
    assert peer.connection.is_idle


def test_file_is_left_to_the_caller() -> None:
    peer = served()
    peer.request.start(200)
    peer.flush()
    with FileIO(os.devnull) as file:
        # Called as callers of any sink do, which look at what it returns.
        send: Callable[[FileIO, int, int, bool], object] = peer.request.stream.file
        assert send(file, 0, 1, True) is None
    assert peer.flush() == []
    assert peer.request.data(b"x", end=True)
    assert [it.kind for it in peer.flush()] == [Kind.DATA]
    assert peer.request.stream.bytes_sent == 1


def test_response_with_trailers() -> None:
    peer = served()
    assert peer.request.stream.can_trailers
    peer.request.start(200)
    peer.request.data(b"body")
    peer.request.send_trailers([(b"grpc-status", b"0")])
    frames = peer.flush()
    assert [it.kind for it in frames] == [Kind.HEADERS, Kind.DATA, Kind.HEADERS]
    assert frames[-1].ends_stream
    assert peer.answer(1).trailers == [(b"grpc-status", b"0")]
    assert peer.connection.is_idle


def test_response_with_no_field_in_its_trailers_still_ends() -> None:
    peer = served()
    peer.request.start(200)
    peer.request.send_trailers([])
    assert peer.flush()[-1].ends_stream
    assert peer.connection.is_idle


def test_names_are_lower_cased_and_values_kept() -> None:
    peer = served()
    peer.request.start(200, [(b"Content-Type", b"Text/HTML"), (b"X-A", b"\xc3\xa9")], end=True)
    peer.flush()
    assert peer.answer(1).heads[0][1:] == [(b"content-type", b"Text/HTML"), (b"x-a", b"\xc3\xa9")]


def test_repeated_fields_keep_their_order() -> None:
    peer = served()
    fields = [(b"set-cookie", b"a=1"), (b"x", b"y"), (b"set-cookie", b"b=2"), (b"x", b"y")]
    peer.request.start(200, fields, end=True)
    peer.flush()
    assert peer.answer(1).heads[0][1:] == fields


@pytest.mark.parametrize("status", [200, 201, 204, 304, 404, 431, 500, 599, 999])
def test_any_final_status(status: int) -> None:
    peer = served()
    peer.request.start(status, end=True)
    peer.flush()
    assert peer.answer(1).status == status


@pytest.mark.parametrize("status", [-5, 0, 20, 99, 100, 101, 103, 199, 1000])
def test_status_that_cannot_be_sent(status: int) -> None:
    """1xx has a call of its own, and what has not three digits is no status (RFC 9110 15)."""
    peer = served()
    with pytest.raises(ValueError, match=r"."):
        peer.request.start(status, end=True)
    assert peer.flush() == []
    peer.request.start(500, end=True)
    peer.flush()
    assert peer.answer(1).status == 500


@pytest.mark.parametrize("status", [-5, 0, 99, 101, 200, 1000])
def test_status_that_is_not_informational(status: int) -> None:
    """HTTP/2 has no 101 (RFC 9113 section 8.6)."""
    peer = served()
    with pytest.raises(ValueError, match=r"."):
        peer.request.informational(status)
    assert peer.flush() == []


UNSAFE: list[tuple[bytes, bytes]] = [
    (b"x", b"a\rb"),
    (b"x", b"a\nb"),
    (b"x", b"a\0b"),
    (b"x", b"a\r\nset-cookie: b"),
    (b"", b"v"),
    (b"x y", b"v"),
    (b"x\r\ny", b"v"),
    (b"x:", b"v"),
    (b":status", b"500"),
    (b":path", b"/"),
    (b"x\0", b"v"),
    (b"x\x80", b"v"),
    (b"x(y)", b"v"),
]


@pytest.mark.parametrize("field", UNSAFE)
@pytest.mark.parametrize("call", ["start", "informational", "trailers"])
def test_unsafe_fields_are_refused_and_nothing_is_sent(
    field: tuple[bytes, bytes], call: str
) -> None:
    peer = served()
    request = peer.request
    if call == "trailers":
        request.start(200)
        peer.flush()
    calls: dict[str, Callable[[Fields], None]] = {
        "start": lambda fields: request.start(200, fields),
        "informational": lambda fields: request.informational(103, fields),
        "trailers": request.send_trailers,
    }
    with pytest.raises(ValueError, match=r"."):
        calls[call]([(b"x-before", b"1"), field, (b"x-after", b"2")])
    assert peer.flush() == []
    # The stream and the compression state are as before.
    if call != "trailers":
        request.start(500, [(b"x-before", b"1")])
    request.data(b"error", end=True)
    peer.flush()
    assert peer.answer(1).body == b"error"
    peer.send(wire.headers(3, GET, end=True))
    peer.request.start(200, [(b"x-before", b"1"), (b"x-after", b"2")], end=True)
    peer.flush()
    assert peer.answer(3).heads[0][1:] == [(b"x-before", b"1"), (b"x-after", b"2")]


def test_whitespace_around_a_value_is_never_sent() -> None:
    peer = served()
    try:
        peer.request.start(200, [(b"x", b" value\t")], end=True)
    except ValueError:
        assert peer.flush() == []
    else:
        peer.flush()
        assert peer.answer(1).heads[0][1:] == [(b"x", b"value")]


@pytest.mark.parametrize(
    ("fields", "status"), [(HEAD, 200), (HEAD, 204), (HEAD, 304), (GET, 204), (GET, 304)]
)
def test_responses_without_content_have_no_body_bytes(fields: Fields, status: int) -> None:
    peer = served(fields)
    peer.request.start(status, [(b"content-length", b"5")])
    assert peer.request.data(b"he")
    assert peer.request.data(b"llo", end=True)
    frames = peer.flush()
    assert sum(it.ends_stream for it in frames) == 1
    assert peer.answer(1).body == b""
    assert peer.answer(1).status == status
    assert peer.connection.is_idle


def test_trailers_after_a_response_without_content_do_nothing_wrong() -> None:
    peer = served(HEAD)
    peer.request.start(200)
    peer.request.send_trailers([(b"x", b"y")])
    peer.flush()
    assert peer.answer(1).is_ended
    assert peer.connection.is_idle


def test_body_larger_than_all_windows_is_dropped_for_head() -> None:
    peer = served(HEAD)
    peer.request.start(200)
    for _ in range(100):
        assert peer.request.data(bytes(10000))
    peer.request.data(b"", end=True)
    assert len(peer.flush()) <= 2
    assert peer.answer(1).is_ended


def test_empty_chunk_that_does_not_end_sends_nothing() -> None:
    peer = served()
    peer.request.start(200)
    peer.flush()
    assert peer.request.data(b"")
    assert peer.flush() == []


def test_empty_last_chunk_is_an_empty_frame_with_end_stream() -> None:
    peer = served()
    peer.request.start(200)
    peer.request.data(b"body")
    assert peer.request.data(b"", end=True)
    last = peer.flush()[-1]
    assert (last.kind, last.payload, last.ends_stream) == (Kind.DATA, b"", True)


def test_chunk_is_kept_by_reference() -> None:
    peer = Peer(settings=[(wire.INITIAL_WINDOW_SIZE, 0)])
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    chunk = bytes(100000)
    before = sys.getrefcount(chunk)
    peer.request.stream.data(chunk, True)
    assert sys.getrefcount(chunk) == before + 1
    peer.send(wire.rst_stream(1))
    assert sys.getrefcount(chunk) == before


def test_second_chunk_before_room_is_a_local_error_and_loses_nothing() -> None:
    peer = Peer(settings=[(wire.INITIAL_WINDOW_SIZE, 4)])
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    assert not peer.request.data(b"12345678")
    with pytest.raises(LocalProtocolError):
        peer.request.data(b"more")
    with pytest.raises(LocalProtocolError):
        peer.request.data(b"", end=True)
    with pytest.raises(LocalProtocolError):
        peer.request.send_trailers([])
    peer.send(wire.window_update(1, 100))
    assert peer.answer(1).body == b"12345678"


def test_expectation_is_told_and_answered_by_the_application() -> None:
    fields = wire.request((b"expect", b"100-continue"), base=POST)
    peer = Peer()
    assert peer.send(wire.headers(1, fields)) == []
    assert peer.request.head.expect_continue
    peer.request.informational(100)
    peer.flush()
    peer.send(wire.data(1, b"body", end=True))
    peer.request.start(200, end=True)
    peer.flush()
    assert [head[0][1] for head in peer.answer(1).heads] == [b"100", b"200"]


def test_interim_response_after_the_final_one_is_never_sent() -> None:
    peer = served()
    peer.request.start(200)
    with pytest.raises(LocalProtocolError):
        peer.request.informational(103)
    peer.request.data(b"", end=True)
    peer.flush()
    assert len(peer.answer(1).heads) == 1
