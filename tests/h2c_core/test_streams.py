"""Owns the tests of what the connection tells a stream, and what it says of itself.

Does not test responses (test_responses), how streams end (streams) or their states on the wire
(conformance).
"""

import pytest

from h2c_core import LocalProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, HEAD, POST, Fields

CONNECT: Fields = [(b":method", b"CONNECT"), (b":authority", b"db.example:5432")]


def test_credit_above_what_was_received_is_a_local_error() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST), wire.data(1, b"12345"))
    with pytest.raises(LocalProtocolError):
        peer.request.credit(6)


@pytest.mark.parametrize(
    ("fields", "is_head", "is_tunnel"),
    [(GET, False, False), (POST, False, False), (HEAD, True, False), (CONNECT, False, True)],
    ids=["get", "post", "head", "connect"],
)
def test_method_decides_what_the_response_may_have(
    fields: Fields, *, is_head: bool, is_tunnel: bool
) -> None:
    peer = Peer()
    peer.send(wire.headers(1, fields))
    stream = peer.request.stream
    assert (stream.is_head, stream.is_tunnel) == (is_head, is_tunnel)
    assert stream.can_trailers == (not is_tunnel)


@pytest.mark.parametrize("end", [False, True])
def test_only_a_request_that_goes_on_has_a_body(*, end: bool) -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST, end=end))
    assert (peer.request.stream.body is None) == end
