"""Owns the tests with what real proxies send: heads as recorded, settings, and their habits.

Does not run a proxy.
"""

import json
from pathlib import Path

import hpack
import pytest
from hpack import NeverIndexedHeaderTuple

from tests.h2c_core import wire
from tests.h2c_core.conformance.conftest import MakePeer
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import GET, INITIAL_WINDOW_SIZE, MAX_WINDOW, POST, Fields, Kind

RECORDED: dict[str, dict[str, list[list[str]]]] = json.loads(
    (Path(__file__).parents[2] / "proxy_headers.json").read_text()
)
HEADS: dict[str, Fields] = {
    f"{proxy} {case}": [(name.encode(), value.encode()) for name, value in fields]
    for proxy, cases in RECORDED.items()
    for case, fields in cases.items()
}


@pytest.mark.parametrize("fields", HEADS.values(), ids=HEADS.keys())
def test_recorded_heads_are_served(peer: Peer, fields: Fields) -> None:
    encoder = hpack.Encoder()
    pseudo = dict(fields)
    for number in range(3):
        stream_id = 2 * number + 1
        block = encoder.encode(
            [
                NeverIndexedHeaderTuple(name, value) if name == b"cookie" else (name, value)
                for name, value in fields
            ]
        )
        body = b"x" * int(pseudo.get(b"content-length", b"0"))
        assert peer.send(wire.headers(stream_id, block, end=not body)) == []
        if body:
            peer.send(wire.data(stream_id, body, end=True))
        head = peer.request.head
        assert peer.request.stream_id == stream_id
        assert head.method == pseudo[b":method"]
        assert head.target == pseudo[b":path"]
        assert head.scheme == pseudo[b":scheme"]
        assert head.authority == pseudo.get(b":authority", b"")
        assert peer.request.body == body
        regular = [pair for pair in fields if not pair[0].startswith(b":")]
        cookies = [value for name, value in regular if name == b"cookie"]
        expected = [pair for pair in regular if pair[0] not in {b"cookie", b"host"}]
        got = [pair for pair in head.headers if pair[0] not in {b"cookie", b"host"}]
        assert got == expected
        assert dict(head.headers).get(b"cookie", b"") == b"; ".join(cookies)
        hosts = [value for name, value in head.headers if name == b"host"]
        host = pseudo.get(b":authority") or pseudo.get(b"host")
        assert hosts == ([] if host is None else [host])
        peer.request.start(200, end=True)
        peer.flush()
    assert peer.connection.is_idle


def test_nginx_announces_no_table_and_the_largest_window(make_peer: MakePeer) -> None:
    peer = make_peer(
        settings=[(wire.HEADER_TABLE_SIZE, 0), (INITIAL_WINDOW_SIZE, MAX_WINDOW)],
        acknowledge=False,
    )
    peer.send(
        wire.window_update(0, MAX_WINDOW - wire.DEFAULT_WINDOW), wire.headers(1, GET, end=True)
    )
    peer.request.start(200, [(b"x-name", b"value"), (b"x-name", b"value")])
    peer.request.data(bytes(30000), end=True)
    peer.flush()
    assert peer.answer(1).heads[0][1:] == [(b"x-name", b"value")] * 2
    assert peer.answer(1).is_ended


def test_apache_ends_a_get_with_an_empty_data_frame(peer: Peer) -> None:
    peer.send(wire.headers(1, GET))
    assert not peer.request.head.end_stream
    peer.request.start(200, end=True)
    peer.send(wire.data(1, b"", end=True))
    assert peer.request.trailers == []
    assert peer.connection.is_idle


def test_apache_holds_the_body_back_until_it_is_asked_for(peer: Peer) -> None:
    peer.send(wire.headers(1, wire.request((b"expect", b"100-continue"), base=POST)))
    peer.request.informational(100)
    [head] = peer.flush()
    assert head.kind == Kind.HEADERS
    assert peer.answer(1).heads == [[(b":status", b"100")]]
    peer.send(wire.data(1, b"body", end=True))
    assert peer.request.body == b"body"


def test_cookies_in_fields_that_are_never_indexed(peer: Peer) -> None:
    crumbs = [NeverIndexedHeaderTuple(b"cookie", b"n%d=%d" % (it, it)) for it in range(5)]
    peer.send(wire.headers(1, hpack.Encoder().encode([*GET, *crumbs]), end=True))
    assert peer.request.head.headers[-1] == (b"cookie", b"n0=0; n1=1; n2=2; n3=3; n4=4")


def test_one_connection_for_hours(make_peer: MakePeer) -> None:
    """Streams come and go by the thousand, and nothing is kept of them."""
    peer = make_peer()
    encoder = hpack.Encoder()
    for number in range(1000):
        stream_id = 2 * number + 1
        fields = [*GET[:3], (b":path", b"/%d" % number), (b"x-id", b"%d" % number)]
        peer.send(wire.headers(stream_id, encoder.encode(fields), end=True))
        assert peer.request.head.target == b"/%d" % number
        peer.request.start(200, [(b"x-id", b"%d" % number)])
        peer.request.data(b"body", end=True)
        peer.flush()
    assert peer.connection.is_idle
    assert peer.answer(1999).heads[0][1:] == [(b"x-id", b"999")]
