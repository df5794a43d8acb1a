"""Owns the bytes that clients send in the benchmark, and the check of what servers answer.

Does not use an engine that is measured: fields are coded by hpack, frames are laid out here.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from hpack import Decoder, Encoder
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from hpack.table import HeaderTable

__all__ = [
    "BODY",
    "CHUNK",
    "MIB",
    "PREFACE",
    "PROXIES",
    "RESPONSE",
    "Fields",
    "check_answers",
    "frame",
    "frames",
    "get_reads",
    "head_reads",
    "literal_reads",
    "upload_reads",
]

Fields = list[tuple[bytes, bytes]]

MIB = 1024 * 1024
CHUNK = bytes(range(256)) * 256
"""What a response of bytes is sent in: 64 KiB."""

PROXIES: dict[str, Fields] = {
    name: [(key.encode(), value.encode()) for key, value in fields]
    for name, fields in json.loads(
        Path(__file__).with_name("fields.json").read_text(encoding="utf-8")
    ).items()
}
"""The fields of one GET as each proxy forwarded it."""

RESPONSE: Fields = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", b"5"),
    (b"date", b"Sun, 22 Nov 2026 10:00:00 GMT"),
]
BODY = b"hello"

_DATA = 0
_HEADERS = 1
_SETTINGS = 4
_WINDOW_UPDATE = 8
_ACK = 1
_END_STREAM = 1
_END_HEADERS = 4
_FRAME_SIZE = 16384
_READ = 65536
_LARGEST_WINDOW = 2**31 - 1
_DEFAULT_WINDOW = 65535
# What fills the part that a literal's first octet has for an index.
_PREFIX = 0x0F
_HUFFMAN = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)


def frame(kind: int, flags: int, stream_id: int, payload: bytes) -> bytes:
    """Return a frame (RFC 9113 section 4.1)."""
    head = len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream_id.to_bytes(4, "big")
    return head + payload


PREFACE = b"".join(
    (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        # As proxies do: streams and connection may be sent as much as there is.
        frame(_SETTINGS, 0, 0, b"\0\4" + _LARGEST_WINDOW.to_bytes(4, "big")),
        frame(_WINDOW_UPDATE, 0, 0, (_LARGEST_WINDOW - _DEFAULT_WINDOW).to_bytes(4, "big")),
        frame(_SETTINGS, _ACK, 0, b""),
    )
)
"""What a client says before its first request; servers have sent their SETTINGS then."""


def get_reads(
    fields: Fields,
    count: int,
    *,
    is_varying: bool,
    first: int = 1,
    encoder: Encoder | None = None,
) -> list[bytes]:
    """Return one read for each GET.

    Args:
        fields: of every request.
        count: the number of requests.
        is_varying: path and request id differ from request to request; otherwise all fields are
            in the table from the second request on.
        first: the stream of the first request.
        encoder: the client's, where it has sent something before.
    """
    encoder = encoder or Encoder()
    reads = []
    for number in range(count):
        varied = _vary(fields, number) if is_varying else fields
        block = encoder.encode(varied)
        reads.append(frame(_HEADERS, _END_HEADERS | _END_STREAM, first + 2 * number, block))
    return reads


def head_reads(count: int, encoder: Encoder, size: int = MIB) -> list[bytes]:
    """Return one read for each head of an upload, whose body is yet to come."""
    fields = [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/upload"),
        (b"host", b"front.example"),
        (b"content-length", b"%d" % size),
    ]
    return [
        frame(_HEADERS, _END_HEADERS, 2 * number + 1, encoder.encode(fields))
        for number in range(count)
    ]


def upload_reads(count: int) -> list[list[bytes]]:
    """Return the reads, of 64 KiB, of each of `count` uploads of 1 MiB."""
    uploads = []
    for number, head in enumerate(head_reads(count, Encoder())):
        pieces = [head]
        for start in range(0, MIB, _FRAME_SIZE):
            begin = start % len(CHUNK)
            flags = _END_STREAM if start + _FRAME_SIZE == MIB else 0
            part = CHUNK[begin : begin + _FRAME_SIZE]
            pieces.append(frame(_DATA, flags, 2 * number + 1, part))
        wire = b"".join(pieces)
        uploads.append([wire[start : start + _READ] for start in range(0, len(wire), _READ)])
    return uploads


def literal_reads(fields: Fields, count: int) -> list[bytes]:
    """Return one read for each GET, with path and id varying, of a client that indexes nothing."""
    reads = []
    for number in range(count):
        block = b"".join([_literal(name, value) for name, value in _vary(fields, number)])
        reads.append(frame(_HEADERS, _END_HEADERS | _END_STREAM, 1 + 2 * number, block))
    return reads


def _literal(name: bytes, value: bytes) -> bytes:
    """Return a field by the static table alone (RFC 7541 sections 6.1 and 6.2.2)."""
    for index, field in enumerate(HeaderTable.STATIC_TABLE, 1):
        if field == (name, value):
            return bytes((0x80 | index,))
    for index, (known, _) in enumerate(HeaderTable.STATIC_TABLE, 1):
        if known == name:
            head = bytes((index,)) if index < _PREFIX else bytes((_PREFIX, index - _PREFIX))
            return head + _coded(value)
    return b"\0" + _coded(name) + _coded(value)


def _coded(text: bytes) -> bytes:
    coded = _HUFFMAN.encode(text)
    assert len(coded) < 0x7F, "the length is of one octet here"
    return bytes((0x80 | len(coded),)) + coded


def _vary(fields: Fields, number: int) -> Fields:
    """Give path and request id, which is added where there was none, values of their own."""
    # Digits that do not repeat from one request to the next, the same in every run.
    digits = f"{(number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"
    path = b"/items/%d?q=1%%20a&b=%%C3%%A9" % (10_000 + number)
    texts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    changed = {b":path": path, b"x-request-id": "-".join(texts).encode()}
    varied = [(name, changed.pop(name, value)) for name, value in fields]
    return varied + list(changed.items())


def frames(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Cut whole frames: type, flags, stream and payload of each."""
    position = 0
    while position < len(data):
        stop = position + 9 + int.from_bytes(data[position : position + 3], "big")
        stream_id = int.from_bytes(data[position + 5 : position + 9], "big")
        assert stop <= len(data), "the last frame is not whole"
        yield data[position + 3], data[position + 4], stream_id, data[position + 9 : stop]
        position = stop


def check_answers(
    data: bytes, streams: list[int], fields: Fields, body: bytes, decoder: Decoder | None = None
) -> None:
    """Check that a server answered each stream with 200, these fields and this body.

    Args:
        data: whole frames.
        streams: in the order in which they end.
        fields: of each response.
        body: of each response.
        decoder: the client's, where it has received something before.

    Raises:
        AssertionError: it did not; or it said anything else, but for credit.
    """
    decoder = decoder or Decoder()
    heads: dict[int, Fields] = {}
    bodies: dict[int, list[bytes]] = {}
    ended = []
    for kind, flags, stream_id, payload in frames(data):
        if kind == _HEADERS:
            assert flags & _END_HEADERS, "CONTINUATION was not expected"
            assert stream_id not in heads, f"two heads on stream {stream_id}"
            decoded = decoder.decode(payload, raw=True)
            heads[stream_id] = [(bytes(name), bytes(value)) for name, value in decoded]
        elif kind == _DATA:
            bodies.setdefault(stream_id, []).append(payload)
        else:
            assert kind == _WINDOW_UPDATE, f"frame of type {kind} on stream {stream_id}"
            continue
        if flags & _END_STREAM:
            ended.append(stream_id)
    assert ended == streams, "responses are missing, double or in another order"
    expected = [(b":status", b"200"), *fields]
    for stream_id in streams:
        assert heads.get(stream_id) == expected, heads.get(stream_id)
        assert b"".join(bodies.get(stream_id, [])) == body, f"wrong body of stream {stream_id}"
