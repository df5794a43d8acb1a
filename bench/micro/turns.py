"""Owns what is timed: turns of one server at one scenario, each answer of which is checked.

Does not compare. A turn has a connection of its own, and its clock is the CPU time of this process.
"""

import gc
from time import process_time

from hpack import Decoder, Encoder

from bench.micro import wire
from bench.micro.servers import OurServer, Server, make, make_mover
from bench.rounds import Turn

__all__ = [
    "download",
    "get",
    "get_beside_streams",
    "get_literal",
    "send_in_turns",
    "upload",
]

_MICROSECONDS = 1e6
# Of 16 KiB, in a write of at least 64.
_FRAMES = 4
_CHUNKS = [wire.CHUNK] * (wire.MIB // len(wire.CHUNK))


def get(proxy: str, count: int, *, is_varying: bool) -> Turn:
    """GET requests with the fields of a proxy, one a read; three fields and five bytes back."""
    reads = wire.get_reads(wire.PROXIES[proxy], count, is_varying=is_varying)
    return lambda name: _answer(make(name), reads, first=1)


def get_literal(proxy: str, count: int) -> Turn:
    """The same of a client that indexes nothing, with path and id varying."""
    reads = wire.literal_reads(wire.PROXIES[proxy], count)
    return lambda name: _answer(make(name), reads, first=1)


def get_beside_streams(proxy: str, count: int) -> Turn:
    """GET requests while as many other streams are open as the turn's name says."""

    def turn(name: str) -> float:
        streams = int(name)
        server = OurServer()
        encoder = Encoder()
        for head in wire.head_reads(streams, encoder):
            server.connection.receive_data(head, 0.0)
        first = 2 * streams + 1
        fields = wire.PROXIES[proxy]
        requests = wire.get_reads(fields, count, is_varying=False, first=first, encoder=encoder)
        return _answer(server, requests, first=first)

    return turn


def _answer(server: Server, reads: list[bytes], *, first: int) -> float:
    serve = server.get
    body = wire.BODY
    answers: list[bytes] = []
    keep = answers.append
    gc.collect()
    begin = process_time()
    for read in reads:
        keep(serve(read, body))
    spent = process_time() - begin
    streams = list(range(first, first + 2 * len(reads), 2))
    wire.check_answers(b"".join(answers), streams, wire.RESPONSE, body)
    return spent / len(reads) * _MICROSECONDS


def send_in_turns(count: int) -> Turn:
    """Writes of output while as many bodies wait for their turns as the turn's name says."""
    body = wire.CHUNK * 512

    def turn(name: str) -> float:
        bodies = int(name)
        server = OurServer()
        connection = server.connection
        connection.pause_output()
        for head in wire.head_reads(bodies, Encoder()):
            server.begin(head, body)
        connection.resume_output()
        connection.data_to_send()
        senders: set[int] = set()
        spent = 0.0
        gc.collect()
        for _ in range(count):
            begin = process_time()
            written = connection.data_to_send()
            spent += process_time() - begin
            assert len(written) >= len(wire.CHUNK), "bodies wait, and the write is not full"
            senders.update(stream_id for _, _, stream_id, _ in wire.frames(written))
        assert len(senders) == min(bodies, _FRAMES * count), "not all had a turn"
        return spent / count * _MICROSECONDS

    return turn


def download(proxy: str, count: int) -> Turn:
    """GET requests that are answered with 1 MiB, in chunks of 64 KiB."""
    reads = wire.get_reads(wire.PROXIES[proxy], count, is_varying=False)

    expected = b"".join(_CHUNKS)

    def turn(name: str) -> float:
        serve = make_mover(name).download
        decoder = Decoder()
        spent = 0.0
        gc.collect()
        for number, read in enumerate(reads):
            begin = process_time()
            writes = serve(read, _CHUNKS)
            spent += process_time() - begin
            # At once, so that the memory is free for the next one as it is in a server.
            wire.check_answers(b"".join(writes), [2 * number + 1], [], expected, decoder)
            del writes
        return spent / count * _MICROSECONDS

    return turn


def upload(count: int) -> Turn:
    """Uploads of 1 MiB, in frames of 16 KiB and reads of 64 KiB, which the application takes."""
    uploads = wire.upload_reads(count)
    expected = b"".join(_CHUNKS)

    def turn(name: str) -> float:
        serve = make_mover(name).upload
        decoder = Decoder()
        spent = 0.0
        gc.collect()
        for number, reads in enumerate(uploads):
            begin = process_time()
            body, written = serve(reads)
            spent += process_time() - begin
            assert b"".join(body) == expected, "the body is another one"
            wire.check_answers(written, [2 * number + 1], [], b"", decoder)
            del body
        return spent / count * _MICROSECONDS

    return turn
