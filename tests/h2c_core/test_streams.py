"""Owns the tests of what an application may do with its stream: the ResponseSink calls.

Does not test back-pressure (test_outbound) or stream states on the wire (conformance).
"""

import gc
import sys
import weakref
from collections.abc import Callable

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, LocalProtocolError, RemoteProtocolError
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


def test_finish_after_a_complete_exchange_sends_nothing() -> None:
    peer = served()
    peer.request.start(200, end=True)
    peer.flush()
    peer.request.finish()
    assert peer.flush() == []


def test_finish_resets_what_is_unread_of_the_request() -> None:
    peer = served(POST, end=False)
    peer.send(wire.data(1, b"unread"))
    peer.request.start(200, end=True)
    peer.request.finish()
    frames = peer.flush()
    assert peer.resets(frames) == [(1, ErrorCodes.NO_ERROR)]
    assert frames[0].ends_stream
    # What was under way is dropped, and the application hears no more of it.
    assert peer.send(wire.data(1, b"late", end=True)) == []
    assert peer.request.body == b"unread"
    assert peer.request.trailers is None
    assert peer.request.reset_code is None


def test_finish_while_the_response_waits_ends_it_first() -> None:
    peer = Peer(settings=[(wire.INITIAL_WINDOW_SIZE, 4)])
    peer.send(wire.headers(1, POST))
    peer.request.start(200)
    peer.request.data(b"12345678", end=True)
    peer.request.finish()
    assert peer.resets(peer.flush()) == []
    frames = peer.send(wire.window_update(1, 100))
    assert [it.kind for it in frames] == [Kind.DATA, Kind.RST_STREAM]
    assert frames[0].ends_stream
    assert frames[1].error_code == ErrorCodes.NO_ERROR
    assert peer.answer(1).body == b"12345678"
    assert peer.connection.is_idle


def test_finish_needs_no_reset_when_the_request_ends_before_the_response() -> None:
    peer = Peer(settings=[(wire.INITIAL_WINDOW_SIZE, 4)])
    peer.send(wire.headers(1, POST))
    peer.request.start(200)
    peer.request.data(b"12345678", end=True)
    peer.request.finish()
    peer.send(wire.data(1, b"body", end=True))
    frames = peer.send(wire.window_update(1, 100))
    assert [it.kind for it in frames] == [Kind.DATA]
    assert peer.connection.is_idle


def test_finish_lets_the_body_of_a_waiting_response_pass() -> None:
    """A client that must send its body before it reads the answer is not stalled."""
    limits = Limits(initial_stream_window=1000)
    peer = Peer(limits, settings=[(wire.INITIAL_WINDOW_SIZE, 4)])
    peer.send(wire.headers(1, POST))
    peer.request.start(200)
    peer.request.data(b"12345678", end=True)
    peer.request.finish()
    for _ in range(20):
        assert peer.books.credit[1] >= 100
        peer.send(wire.data(1, bytes(100)))
    assert peer.request.body == b""
    peer.send(wire.data(1, b"", end=True), wire.window_update(1, 100))
    assert peer.answer(1).is_ended
    assert peer.connection.is_idle


def test_finish_credits_what_was_unread_of_a_waiting_response() -> None:
    """The client may have filled its window, and must send on before it reads the answer."""
    peer = Peer(Limits(initial_stream_window=1000), settings=[(wire.INITIAL_WINDOW_SIZE, 4)])
    peer.send(wire.headers(1, POST), wire.data(1, bytes(1000)))
    assert peer.books.credit[1] == 0
    peer.request.start(200)
    peer.request.data(b"12345678", end=True)
    peer.request.finish()
    peer.flush()
    assert peer.books.credit[1] > 0


def test_abort_resets_with_internal_error_and_drops_what_waits() -> None:
    peer = Peer(settings=[(wire.INITIAL_WINDOW_SIZE, 4)])
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(b"12345678")
    peer.request.abort()
    frames = peer.flush()
    assert peer.resets(frames) == [(1, ErrorCodes.INTERNAL_ERROR)]
    assert peer.send(wire.window_update(1, 100)) == []
    assert peer.request.writable == 0
    assert peer.request.reset_code is None
    assert peer.connection.is_idle


def test_abort_before_the_response() -> None:
    peer = served()
    peer.request.abort()
    assert peer.resets(peer.flush()) == [(1, ErrorCodes.INTERNAL_ERROR)]


def test_abort_after_the_end_does_nothing() -> None:
    peer = served()
    peer.request.start(200, end=True)
    peer.request.abort()
    assert peer.resets(peer.flush()) == []


@pytest.mark.parametrize("gone", ["reset by the peer", "aborted", "lost"])
def test_calls_on_a_stream_that_is_gone_do_nothing(gone: str) -> None:
    peer = served(POST, end=False)
    request = peer.request
    if gone == "reset by the peer":
        peer.send(wire.rst_stream(1))
    elif gone == "aborted":
        request.abort()
    else:
        peer.lose()
    peer.flush()
    request.informational(100)
    request.start(200, [(b"x", b"y")])
    for _ in range(3):
        assert request.data(bytes(10**6))
    request.credit(5)
    request.send_trailers([(b"x", b"y")])
    request.finish()
    request.abort()
    assert peer.flush() == []


def test_reset_after_the_response_is_heard_while_the_request_is_open() -> None:
    peer = served(POST, end=False)
    peer.request.start(200, end=True)
    peer.send(wire.rst_stream(1, ErrorCodes.CANCEL))
    assert peer.request.reset_code == ErrorCodes.CANCEL


def test_no_reset_is_heard_after_both_sides_ended() -> None:
    peer = served()
    peer.request.start(200, end=True)
    peer.send(wire.rst_stream(1, ErrorCodes.CANCEL))
    peer.lose()
    assert peer.request.reset_code is None


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


def test_credit_above_what_was_received_is_a_local_error() -> None:
    peer = served(POST, end=False)
    peer.send(wire.data(1, b"12345"))
    with pytest.raises(LocalProtocolError):
        peer.request.credit(6)


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


def _end_normally(peer: Peer) -> None:
    peer.send(wire.data(1, b"x", end=True))
    peer.request.start(200, end=True)
    peer.request.finish()


def _end_after_waiting(peer: Peer) -> None:
    peer.request.start(200)
    peer.request.data(bytes(100000), end=True)
    peer.send(wire.data(1, b"x", end=True))
    peer.send(wire.window_update(1, 100000), wire.window_update(0, 100000))
    peer.request.finish()


def _end_while_the_last_chunk_waits(peer: Peer) -> None:
    peer.request.start(200)
    peer.request.data(bytes(100000), end=True)
    peer.request.finish()
    peer.send(wire.data(1, b"x", end=True))
    peer.send(wire.window_update(1, 100000), wire.window_update(0, 100000))


def _end_before_the_request(peer: Peer) -> None:
    peer.request.start(200, end=True)
    peer.request.finish()


def _end_in_a_connection_error(peer: Peer) -> None:
    with pytest.raises(RemoteProtocolError):
        peer.send(wire.window_update(0, 0))


@pytest.mark.parametrize(
    "ending",
    [
        _end_normally,
        _end_after_waiting,
        _end_while_the_last_chunk_waits,
        _end_before_the_request,
        _end_in_a_connection_error,
        lambda peer: peer.send(wire.rst_stream(1)),
        lambda peer: peer.send(wire.window_update(1, 0)),
        lambda peer: peer.request.abort(),
        lambda peer: peer.lose(),
    ],
    ids=["end", "waited", "waiting", "early", "error", "reset", "stream-error", "abort", "lost"],
)
def test_stream_that_ended_lets_its_handler_go(ending: Callable[[Peer], object]) -> None:
    """Handler and stream hold one another: without a cut each request would be left to the gc."""
    peer = served(POST, end=False)
    ending(peer)
    peer.flush()
    handler = weakref.ref(peer.request)
    gc.disable()
    try:
        peer.requests.clear()
        assert handler() is None
    finally:
        gc.enable()


def test_a_thousand_open_streams_cost_what_one_costs() -> None:
    """Work is counted in frames: a request on a full connection makes no other frame."""
    peer = Peer(Limits(max_concurrent_streams=1001))
    for number in range(1000):
        peer.send(wire.headers(2 * number + 1, POST))
    peer.send(wire.headers(2001, GET, end=True))
    peer.request.start(200, end=True)
    assert len(peer.flush()) == 1
