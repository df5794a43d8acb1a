"""Owns the tests of what becomes of HEADERS and CONTINUATION beyond the rules of the RFC.

Does not test those rules (conformance).
"""

from h2.errors import ErrorCodes

from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Priority


def test_handler_is_asked_once_a_request_in_order() -> None:
    peer = Peer()
    peer.send(*[wire.headers(stream_id, GET, end=True) for stream_id in (1, 3, 9)])
    assert [it.stream_id for it in peer.requests] == [1, 3, 9]


def test_reset_of_the_peer_between_reads() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST), wire.data(1, b"body"))
    peer.send(wire.rst_stream(1, ErrorCodes.CANCEL))
    assert peer.request.body == b"body"
    assert peer.request.reset_code == ErrorCodes.CANCEL


def test_priority_of_headers_is_kept() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (16, 0)
    peer.send(wire.headers(3, POST, priority=Priority(1, 219, exclusive=True)))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (220, 1)
    peer.send(wire.headers(5, POST))
    assert (peer.request.stream.weight, peer.request.stream.depends_on) == (16, 0)


def test_priority_of_headers_is_kept_over_continuations() -> None:
    peer = Peer()
    block = wire.field_block(POST)
    peer.send(
        wire.headers(1, block[:5], end_headers=False, priority=Priority(0, 255)),
        wire.continuation(1, block[5:]),
    )
    assert peer.request.stream.weight == 256
