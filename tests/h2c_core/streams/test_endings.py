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
