"""Owns the tests of the calls between shell and engine, and of whole exchanges with h2's client.

Does not test single rules of the protocol (conformance) or the drain (test_drain).
"""

from functools import partial

import pytest
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)

import h2c_core
from h2c_core import Connection, Limits, RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import Pair, Peer
from tests.h2c_core.recorder import Recorder, Watch
from tests.h2c_core.wire import GET, POST

FIELDS = [
    (":method", "POST"),
    (":scheme", "http"),
    (":authority", "front.example"),
    (":path", "/upload?q=1"),
    ("cookie", "a=1"),
    ("x-name", "value"),
]


def test_public_names() -> None:
    assert len(set(h2c_core.__all__)) == len(h2c_core.__all__)
    assert all(hasattr(h2c_core, name) for name in h2c_core.__all__)


def test_limits_are_optional() -> None:
    connection = Connection(Recorder(Watch()))
    assert connection.data_to_send()
    assert connection.data_to_send() == b""
    assert not connection.is_closed
    assert connection.is_idle
    assert connection.next_deadline() is None
    assert not connection.has_pending


def test_exchange_with_the_client_of_h2() -> None:
    pair = Pair()
    stream_id = pair.client.get_next_available_stream_id()
    pair.client.send_headers(stream_id, FIELDS)
    pair.client.send_data(stream_id, b"request")
    pair.client.send_headers(stream_id, [("x-sum", "7")], end_stream=True)
    pair.pump()
    request = pair.peer.request
    assert request.head.method == b"POST"
    assert request.head.target == b"/upload?q=1"
    assert request.head.http_version == "2"
    assert request.head.headers == [
        (b"host", b"front.example"),
        (b"cookie", b"a=1"),
        (b"x-name", b"value"),
    ]
    assert request.body == b"request"
    assert request.trailers == [(b"x-sum", b"7")]
    request.informational(103, [(b"link", b"</a>")])
    request.start(201, [(b"content-type", b"text/plain")])
    request.data(b"answer")
    request.send_trailers([(b"x-count", b"6")])
    events = pair.pump()
    kinds = [type(event) for event in events]
    assert kinds == [
        InformationalResponseReceived,
        ResponseReceived,
        DataReceived,
        TrailersReceived,
        StreamEnded,
    ]
    assert pair.peer.connection.is_idle


def test_a_hundred_exchanges_share_the_tables() -> None:
    pair = Pair()
    for number in range(100):
        stream_id = pair.client.get_next_available_stream_id()
        path = f"/item/{number % 7}"
        fields = [(name, path if name == ":path" else value) for name, value in FIELDS]
        pair.client.send_headers(stream_id, [*fields, ("x-id", str(number))], end_stream=True)
        pair.pump()
        request = pair.peer.request
        assert request.head.target == path.encode()
        assert request.head.headers[-1] == (b"x-id", b"%d" % number)
        request.start(200, [(b"server", b"test"), (b"x-id", b"%d" % number)])
        request.data(b"%d" % number, end=True)
        events = pair.pump()
        [response] = [it for it in events if isinstance(it, ResponseReceived)]
        assert (b"x-id", b"%d" % number) in response.headers
        [body] = [it for it in events if isinstance(it, DataReceived)]
        assert body.data == b"%d" % number


def test_upload_and_download_of_megabytes_with_the_client_of_h2() -> None:
    pair = Pair(Limits(initial_stream_window=65535, initial_connection_window=65535))
    body = bytes(range(256)) * 8192
    stream_id = pair.client.get_next_available_stream_id()
    pair.client.send_headers(stream_id, FIELDS)
    pair.pump()
    request = pair.peer.request
    request.start(200)
    sent = received = taken = 0
    echoed = bytearray()
    for _ in range(100000):
        room = min(pair.client.local_flow_control_window(stream_id), 10000)
        if sent < len(body) and room:
            pair.client.send_data(stream_id, body[sent : sent + room])
            sent += len(body[sent : sent + room])
            if sent == len(body):
                pair.client.end_stream(stream_id)
        for event in pair.pump():
            if isinstance(event, DataReceived):
                echoed += event.data
                pair.client.acknowledge_received_data(event.flow_controlled_length, stream_id)
        received = sum(map(len, request.chunks))
        if taken < received and not request.is_waiting:
            chunk = request.body[taken:received]
            request.data(chunk)
            request.credit(len(chunk))
            taken = received
        if request.trailers is not None and taken == len(body) and not request.is_waiting:
            request.data(b"", end=True)
            break
    for event in pair.pump():
        if isinstance(event, DataReceived):
            echoed += event.data
    assert request.body == body
    assert echoed == body


def test_reset_by_the_client_of_h2() -> None:
    pair = Pair()
    pair.client.send_headers(1, FIELDS)
    pair.client.reset_stream(1, ErrorCodes.CANCEL)
    pair.pump()
    assert pair.peer.request.reset_code == ErrorCodes.CANCEL


def test_abort_is_seen_by_the_client_of_h2() -> None:
    pair = Pair()
    pair.client.send_headers(1, FIELDS)
    pair.pump()
    pair.peer.request.abort()
    [reset] = pair.pump()
    assert isinstance(reset, StreamReset)
    assert reset.error_code == ErrorCodes.INTERNAL_ERROR


def test_request_body_and_reset_of_one_read_are_told_in_order() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST), wire.data(1, b"body"), wire.rst_stream(1))
    assert peer.request.body == b"body"
    assert peer.request.reset_code == ErrorCodes.CANCEL
    assert peer.connection.is_idle


def test_error_carries_code_and_stream() -> None:
    peer = Peer()
    with pytest.raises(RemoteProtocolError) as caught:
        peer.send(wire.data(1, b"x"))
    assert caught.value.error_code is ErrorCodes.PROTOCOL_ERROR
    assert caught.value.stream_id == 1
    assert str(caught.value)


def test_lost_connection_resets_every_open_stream() -> None:
    peer = Peer()
    peer.send(*[wire.headers(2 * number + 1, POST) for number in range(10)])
    peer.find(5).start(200, end=True)
    peer.find(7).abort()
    peer.flush()
    peer.lose()
    resets = [request.reset_code for request in peer.requests]
    assert resets.count(ErrorCodes.CANCEL) == 9
    assert peer.find(7).reset_code is None
    assert peer.connection.is_closed
    assert peer.connection.is_idle
    assert peer.connection.data_to_send() == b""
    assert peer.connection.next_deadline() is None


def test_lost_connection_is_told_once() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.lose()
    peer.lose()
    assert peer.request.reset_code == ErrorCodes.CANCEL


def test_lost_after_a_connection_error_tells_nobody_again() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.expect_connection_error(ErrorCodes.PROTOCOL_ERROR, wire.window_update(0, 0))
    peer.lose()
    assert peer.request.reset_code == ErrorCodes.PROTOCOL_ERROR


def test_lost_connection_forgets_waiting_output() -> None:
    peer = Peer(settings=[(wire.INITIAL_WINDOW_SIZE, 0)])
    peer.send(wire.headers(1, GET, end=True))
    peer.request.start(200)
    peer.request.data(bytes(1000))
    peer.lose()
    peer.connection.resume_output()
    assert peer.connection.data_to_send() == b""
    peer.watch.check()


def test_empty_read_does_nothing() -> None:
    peer = Peer()
    assert peer.send(b"") == []


def test_timer_without_a_deadline_does_nothing() -> None:
    peer = Peer()
    peer.connection.on_timer(peer.now)
    assert peer.flush() == []


def test_a_read_says_whether_something_is_to_be_done() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    read = partial(peer.connection.receive_data, now=peer.now)
    with peer.watch.during("receive_data"):
        assert not read(wire.data(1, b"body"))
        assert not read(b"")
        assert read(wire.ping()), "an answer"
    peer.flush()
    with peer.watch.during("receive_data"):
        assert read(wire.headers(3, POST)[:-1]), "a deadline"
        assert not read(b"")
        assert read(wire.headers(3, POST)[-1:]), "the deadline is over"
        assert not read(wire.rst_stream(3)), "nobody is answered"


def test_a_read_that_ends_the_last_stream_of_a_drain_says_so() -> None:
    peer = Peer()
    peer.send(wire.headers(1, POST))
    peer.start_drain()
    peer.advance(10)
    peer.assert_alive()
    with peer.watch.during("receive_data"):
        assert peer.connection.receive_data(wire.rst_stream(1), peer.now)
    assert peer.connection.is_closed
    assert peer.connection.receive_data(b"more", peer.now)
    assert peer.flush() == []
