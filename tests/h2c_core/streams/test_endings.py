"""Owns the tests of how a stream ends: by its application, by its peer, early, late and both.

Does not test responses that end as they should (test_streams).
"""

import gc
import weakref
from collections.abc import Callable

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Fields, Kind


def served(fields: Fields = GET, *, end: bool = True) -> Peer:
    """A connection with one request on stream 1."""
    peer = Peer()
    peer.send(wire.headers(1, fields, end=end))
    return peer


def answered_behind_a_window(limits: Limits | None = None) -> Peer:
    """A request that goes on; its response of eight bytes is finished and waits for a window."""
    peer = Peer(limits or Limits(), settings=[(wire.INITIAL_WINDOW_SIZE, 4)])
    peer.send(wire.headers(1, POST))
    peer.request.start(200)
    peer.request.data(b"12345678", end=True)
    peer.request.finish()
    return peer


def test_finish_after_a_complete_exchange_sends_nothing() -> None:
    peer = served()
    peer.request.start(200, end=True)
    peer.flush()
    peer.request.finish()
    assert peer.flush() == []


def test_finish_lets_the_rest_of_the_request_pass() -> None:
    """A reset beside the response makes clients lose it: the stream ends with the request."""
    peer = served(POST, end=False)
    peer.send(wire.data(1, b"unread"))
    peer.request.start(200, end=True)
    peer.request.finish()
    frames = peer.flush()
    assert [it.kind for it in frames] == [Kind.HEADERS, Kind.WINDOW_UPDATE]
    assert frames[0].ends_stream
    assert peer.request.stream.is_discarding()
    # What follows is dropped, and the application hears no more of it.
    assert peer.credit_in(peer.send(wire.data(1, b"late", end=True))) == len(b"unreadlate")
    assert peer.connection.is_idle
    assert peer.request.body == b"unread"
    assert peer.request.trailers is None
    assert peer.request.reset_code is None


def test_client_that_is_let_pass_hears_of_it_at_the_end() -> None:
    """Some (curl 7.88) wait for any byte of the server behind their last one."""
    peer = served(POST, end=False)
    peer.request.start(200)
    peer.request.data(b"early", end=True)
    peer.request.finish()
    assert Kind.DATA in [it.kind for it in peer.flush()]
    assert peer.send(wire.data(1, bytes(100))) == []
    assert peer.credit_in(peer.send(wire.data(1, b"x", end=True))) == 101
    assert peer.connection.is_idle


def test_finish_lets_trailers_of_the_request_pass() -> None:
    peer = served(POST, end=False)
    peer.request.start(200, end=True)
    peer.request.finish()
    peer.flush()
    assert peer.send(wire.headers(1, [(b"x", b"y")], end=True)) == []
    assert peer.connection.is_idle
    assert peer.request.trailers is None


@pytest.mark.parametrize(
    ("length", "window"),
    [(b"1500", 1000), (b"6000", 5000), (b"1000000", 10000), (b"", 10000)],
)
def test_window_is_opened_at_once_for_all_that_may_pass(length: bytes, window: int) -> None:
    """Some clients, curl 7.88 for one, look for no more credit once they have the response."""
    peer = Peer(Limits(initial_stream_window=1000, max_discarded_body=10000))
    fields = wire.request((b"content-length", length), base=POST) if length else POST
    peer.send(wire.headers(1, fields), wire.data(1, bytes(1000)))
    peer.request.start(200, end=True)
    peer.request.finish()
    peer.flush()
    assert peer.books.credit[1] == window
    before = peer.books.credit[0]
    frames = peer.send(wire.data(1, bytes(500)), wire.data(1, b""))
    assert [it for it in frames if it.stream_id] == []
    assert peer.books.credit[0] == before - 500


@pytest.mark.parametrize("end", [False, True])
def test_request_of_any_length_is_not_dropped_for_ever(*, end: bool) -> None:
    peer = Peer(Limits(max_discarded_body=10000))
    peer.send(wire.headers(1, POST), wire.data(1, bytes(50000)))
    peer.request.start(200, end=True)
    peer.request.finish()
    peer.flush()
    # What came before the response was complete is not counted.
    assert peer.resets(peer.send(wire.data(1, bytes(9999)))) == []
    # A reset of a request that has ended would only lose the response.
    frames = peer.send(wire.data(1, b"x", end=end))
    assert peer.resets(frames) == ([] if end else [(1, ErrorCodes.NO_ERROR)])
    assert peer.connection.is_idle
    # The grace of section 5.1: what was under way is credited to the connection.
    before = peer.books.credit[0]
    if not end:
        assert peer.resets(peer.send(*[wire.data(1, bytes(16000))] * 15)) == []
        assert peer.books.credit[0] > before - 2**21
    peer.assert_alive()


def test_default_lets_more_pass_than_is_under_way() -> None:
    limits = Limits()
    assert limits.max_discarded_body >= limits.initial_stream_window
    peer = served(POST, end=False)
    peer.request.start(200, end=True)
    peer.request.finish()
    peer.flush()
    sent = 0
    while sent < limits.max_discarded_body - 1:
        size = min(16384, limits.max_discarded_body - 1 - sent)
        assert peer.resets(peer.send(wire.data(1, bytes(size)))) == []
        sent += size
    assert peer.resets(peer.send(wire.data(1, b"x"))) == [(1, ErrorCodes.NO_ERROR)]


def test_request_of_a_client_that_has_had_its_time_is_reset() -> None:
    peer = served(POST, end=False)
    stream = peer.request.stream
    stream.stop_discarding()
    assert not stream.is_discarding()
    peer.request.start(200, end=True)
    stream.stop_discarding()
    assert peer.resets(peer.flush()) == []
    peer.request.finish()
    assert stream.is_discarding()
    with peer.watch.during("sink"):
        stream.stop_discarding()
    assert not stream.is_discarding()
    assert peer.resets(peer.flush()) == [(1, ErrorCodes.NO_ERROR)]
    assert peer.request.reset_code is None


def test_stream_that_drops_the_rest_counts_as_one_of_the_streams() -> None:
    peer = Peer(Limits(max_concurrent_streams=1))
    peer.send(wire.headers(1, POST))
    peer.request.start(200, end=True)
    peer.request.finish()
    assert peer.resets(peer.send(wire.headers(3, GET, end=True))) == [
        (3, ErrorCodes.REFUSED_STREAM)
    ]
    peer.send(wire.data(1, b"", end=True), wire.headers(5, GET, end=True))
    assert peer.request.stream_id == 5


def test_finish_while_the_response_waits_ends_it_first() -> None:
    peer = answered_behind_a_window()
    assert peer.resets(peer.flush()) == []
    frame, credit = peer.send(wire.window_update(1, 100))
    assert frame.kind == Kind.DATA
    assert frame.ends_stream
    assert credit.kind == Kind.WINDOW_UPDATE
    assert peer.answer(1).body == b"12345678"
    assert peer.request.stream.is_discarding()
    peer.send(wire.data(1, b"", end=True))
    assert peer.connection.is_idle


def test_finish_needs_no_reset_when_the_request_ends_before_the_response() -> None:
    peer = answered_behind_a_window()
    peer.send(wire.data(1, b"body", end=True))
    frames = peer.send(wire.window_update(1, 100))
    assert [it.kind for it in frames] == [Kind.DATA]
    assert peer.connection.is_idle


def test_finish_lets_the_body_of_a_waiting_response_pass() -> None:
    """A client that must send its body before it reads the answer is not stalled."""
    peer = answered_behind_a_window(Limits(initial_stream_window=1000))
    for _ in range(20):
        assert peer.books.credit[1] >= 100
        peer.send(wire.data(1, bytes(100)))
    assert peer.request.body == b""
    peer.send(wire.data(1, b"", end=True), wire.window_update(1, 100))
    assert peer.answer(1).is_ended
    assert peer.connection.is_idle


def test_what_passes_while_the_response_waits_is_not_held_against_the_client() -> None:
    """The reset would go out right behind the end of the response."""
    peer = answered_behind_a_window(Limits(max_discarded_body=1001))
    peer.send(*[wire.data(1, bytes(1000))] * 10)
    assert peer.resets(peer.send(wire.window_update(1, 100))) == []
    peer.send(wire.data(1, bytes(1000), end=True))
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


def _end_beyond_what_is_dropped(peer: Peer) -> None:
    _end_before_the_request(peer)
    peer.send(*[wire.data(1, bytes(16384))] * 17)


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
        _end_beyond_what_is_dropped,
        _end_in_a_connection_error,
        lambda peer: peer.send(wire.rst_stream(1)),
        lambda peer: peer.send(wire.window_update(1, 0)),
        lambda peer: peer.request.abort(),
        lambda peer: peer.lose(),
    ],
    ids=[
        "end",
        "waited",
        "waiting",
        "early",
        "dropped",
        "error",
        "reset",
        "stream-error",
        "abort",
        "lost",
    ],
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
