"""What clients send in the benchmark is what it says, and wrong answers are not taken for right."""

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamEnded
from hpack import Encoder

from bench.micro import wire
from bench.micro.servers import Server, make, make_mover


def reader() -> H2Connection:
    config = H2Configuration(client_side=False, normalize_inbound_headers=False)
    server = H2Connection(config)
    server.initiate_connection()
    server.receive_data(wire.PREFACE)
    return server


def requests(reads: list[bytes]) -> list[wire.Fields]:
    server = reader()
    found = []
    for read in reads:
        events = server.receive_data(read)
        assert [type(event) for event in events] == [RequestReceived, StreamEnded]
        head = events[0]
        assert isinstance(head, RequestReceived)
        found.append(list(head.headers))
        stream_id = head.stream_id
        assert stream_id is not None
        server.send_headers(stream_id, [(":status", "200")], end_stream=True)
    return found


@pytest.mark.parametrize("proxy", sorted(wire.PROXIES))
def test_indexed_requests_are_one_octet_a_field(proxy: str) -> None:
    fields = wire.PROXIES[proxy]
    reads = wire.get_reads(fields, 5, is_varying=False)
    assert requests(reads) == [fields] * 5
    assert {len(read) for read in reads[2:]} == {9 + len(fields)}


@pytest.mark.parametrize("proxy", sorted(wire.PROXIES))
def test_varying_requests_differ_in_path_and_id_alone(proxy: str) -> None:
    fields = dict(wire.PROXIES[proxy])
    found = [
        dict(request)
        for request in requests(wire.get_reads(list(fields.items()), 40, is_varying=True))
    ]
    for name in (b":path", b"x-request-id"):
        assert len({request.pop(name) for request in found}) == 40
        fields.pop(name, None)
    assert found == [fields] * 40


@pytest.mark.parametrize("proxy", sorted(wire.PROXIES))
def test_literal_requests_are_the_same_as_varying_ones(proxy: str) -> None:
    fields = wire.PROXIES[proxy]
    reads = wire.literal_reads(fields, 20)
    assert requests(reads) == requests(wire.get_reads(fields, 20, is_varying=True))
    assert min(map(len, reads[2:])) > 9 + 4 * len(fields)


def test_uploads_are_of_one_mib() -> None:
    reads = wire.upload_reads(2)[1]
    assert {len(read) for read in reads[:-1]} == {65536}
    found = list(wire.frames(b"".join(reads)))
    assert [kind for kind, _, _, _ in found] == [1] + [0] * 64
    assert [flags & 1 for _, flags, _, _ in found] == [0] * 64 + [1]
    assert {stream_id for _, _, stream_id, _ in found} == {3}
    assert b"".join(payload for _, _, _, payload in found[1:]) == wire.CHUNK * 16


def answers(server: Server, count: int) -> bytes:
    reads = wire.get_reads(wire.PROXIES["envoy"], count, is_varying=True)
    return b"".join([server.get(read, wire.BODY) for read in reads])


@pytest.mark.parametrize("engine", ["h2c_core", "h2"])
def test_right_answers_pass(engine: str) -> None:
    wire.check_answers(answers(make(engine), 20), list(range(1, 40, 2)), wire.RESPONSE, wire.BODY)


@pytest.mark.parametrize(
    ("streams", "fields", "body"),
    [
        ([1, 3, 5], wire.RESPONSE, wire.BODY),
        ([3, 1], wire.RESPONSE, wire.BODY),
        ([1], wire.RESPONSE, wire.BODY),
        ([1, 3], wire.RESPONSE[1:], wire.BODY),
        ([1, 3], wire.RESPONSE, b"Hello"),
        ([1, 3], wire.RESPONSE, b""),
    ],
    ids=["missing", "order", "too many", "fields", "body", "no body"],
)
def test_wrong_answers_do_not(streams: list[int], fields: wire.Fields, body: bytes) -> None:
    data = answers(make("h2c_core"), 2)
    with pytest.raises(AssertionError):
        wire.check_answers(data, streams, fields, body)


@pytest.mark.parametrize("cut", [1, 5, 14], ids=["byte", "body", "frame"])
def test_an_answer_that_ends_early_does_not(cut: int) -> None:
    data = answers(make("h2c_core"), 2)
    with pytest.raises(AssertionError):
        wire.check_answers(data[:-cut], [1, 3], wire.RESPONSE, wire.BODY)


def test_a_reset_is_no_answer() -> None:
    data = answers(make("h2c_core"), 1) + wire.frame(3, 0, 1, bytes(4))
    with pytest.raises(AssertionError):
        wire.check_answers(data, [1], wire.RESPONSE, wire.BODY)


def test_large_bodies_go_both_ways() -> None:
    server = make_mover("h2c_core")
    read = wire.get_reads(wire.PROXIES["envoy"], 1, is_varying=False)[0]
    writes = server.download(read, [wire.CHUNK] * 16)
    wire.check_answers(b"".join(writes), [1], [], wire.CHUNK * 16)
    server = make_mover("h2c_core")
    body, written = server.upload(wire.upload_reads(1)[0])
    assert b"".join(body) == wire.CHUNK * 16
    wire.check_answers(written, [1], [], b"")


def test_heads_leave_their_streams_open() -> None:
    server = reader()
    for read in wire.head_reads(3, Encoder()):
        assert [type(event) for event in server.receive_data(read)] == [RequestReceived]
    assert server.open_inbound_streams == 3
