"""Owns RFC 9113 section 4.3 for blocks whose stream changes or ends before END_HEADERS comes.

Does not test which frames may come in between: none (`test_section_4`).
"""

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, POST, Kind, Priority

LATE = (b"x-late", b"table")
ENTRY = wire.field_block([LATE], indexed=True)
BLOCK = wire.field_block(GET) + ENTRY


def begun(stream_id: int, block: bytes = BLOCK, *, priority: Priority | None = None) -> bytes:
    return wire.headers(stream_id, block[:7], end=True, end_headers=False, priority=priority)


def ended(stream_id: int, block: bytes = BLOCK) -> bytes:
    middle = wire.continuation(stream_id, block[7:9], end_headers=False)
    return middle + wire.continuation(stream_id, block[9:])


def expect_table(peer: Peer, stream_id: int) -> None:
    """The block before entered its field into the table."""
    peer.send(wire.headers(stream_id, wire.field_block(GET) + b"\xbe", end=True))
    assert peer.request.stream_id == stream_id
    assert peer.request.head.headers[-1] == LATE


def test_4_3_self_dependency_is_told_when_the_block_is_whole(peer: Peer) -> None:
    assert peer.send(begun(1, priority=Priority(dependency=1))) == []
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, ended(1))
    assert peer.requests == []
    expect_table(peer, 3)


def test_4_3_malformed_request_is_told_when_the_block_is_whole(peer: Peer) -> None:
    block = wire.field_block([(b"x", b"before"), *GET]) + ENTRY
    assert peer.send(begun(1, block)) == []
    peer.expect_stream_error(1, ErrorCodes.PROTOCOL_ERROR, ended(1, block))
    expect_table(peer, 3)


def test_4_3_stream_above_the_limit_is_told_when_the_block_is_whole(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_concurrent_streams=1))
    peer.send(wire.headers(1, POST))
    assert peer.send(begun(3)) == []
    peer.expect_stream_error(3, ErrorCodes.REFUSED_STREAM, ended(3))
    peer.send(wire.rst_stream(1))
    expect_table(peer, 5)


def test_4_3_stream_counts_from_the_end_of_its_block(make_peer: MakePeer) -> None:
    """Room that is made between HEADERS and END_HEADERS is there for the stream."""
    peer = make_peer(Limits(max_concurrent_streams=1))
    peer.send(wire.headers(1, POST), begun(3))
    peer.request.abort()
    assert peer.resets(peer.flush()) == [(1, ErrorCodes.INTERNAL_ERROR)]
    assert peer.send(ended(3)) == []
    assert peer.request.stream_id == 3


def test_4_3_list_above_the_limit_is_answered_when_the_block_is_whole(make_peer: MakePeer) -> None:
    peer = make_peer(Limits(max_header_list_size=500))
    block = wire.field_block([*GET, (b"x", b"v" * 500)]) + ENTRY
    assert peer.send(begun(1, block)) == []
    [head] = peer.send(ended(1, block))
    assert head.kind == Kind.HEADERS
    assert head.ends_stream
    assert peer.answer(1).status == 431
    assert peer.connection.is_idle
    expect_table(peer, 3)


@pytest.mark.parametrize("ending", ["abort", "finish", "end"])
def test_4_3_stream_that_ends_while_its_trailers_come(open_peer: Peer, ending: str) -> None:
    open_peer.send(begun(1, ENTRY))
    request = open_peer.request
    if ending == "abort":
        request.abort()
    else:
        request.start(200, end=True)
        if ending == "finish":
            request.finish()
    open_peer.flush()
    assert open_peer.send(ended(1, ENTRY)) == []
    assert request.trailers == ([LATE] if ending == "end" else None)
    assert open_peer.connection.is_idle
    expect_table(open_peer, 3)


def test_4_3_trailers_after_the_end_are_told_when_the_block_is_whole(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    assert peer.send(begun(1, ENTRY)) == []
    peer.expect_stream_error(1, ErrorCodes.STREAM_CLOSED, ended(1, ENTRY))
    expect_table(peer, 3)


def test_4_3_headers_on_a_closed_stream_are_told_when_the_block_is_whole(peer: Peer) -> None:
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(204, end=True)
    peer.flush()
    assert peer.send(begun(1, ENTRY)) == []
    peer.expect_connection_error(ErrorCodes.STREAM_CLOSED, ended(1, ENTRY))


def test_4_3_block_that_cannot_be_decoded_is_told_whatever_its_stream(open_peer: Peer) -> None:
    """COMPRESSION_ERROR ends the connection even where the block would have been dropped."""
    open_peer.request.abort()
    open_peer.send(begun(1, ENTRY))
    open_peer.expect_connection_error(
        ErrorCodes.COMPRESSION_ERROR, wire.continuation(1, ENTRY[7:] + b"\x80")
    )


def test_4_3_timer_in_the_middle_of_a_block(make_peer: MakePeer) -> None:
    """The request is answered by 408, and the trailers that were under way are no fault."""
    peer = make_peer(Limits(timeout_body=4, timeout_header_block=100))
    peer.send(wire.headers(1, POST), begun(1, ENTRY))
    frames = peer.advance(5)
    assert peer.request.reset_code == ErrorCodes.CANCEL
    assert peer.answer(1).status == 408
    assert not any(it.kind == Kind.GOAWAY for it in frames)
    assert peer.send(ended(1, ENTRY)) == []
    assert peer.connection.is_idle
    expect_table(peer, 3)
