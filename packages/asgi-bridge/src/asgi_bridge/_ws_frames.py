"""Owns the frames of RFC 6455, 5, as they are whole: making a server's, masks, small messages.

Does not read frames that came in pieces; `_ws_frame_reader` does.
"""

from typing import Final

__all__ = [
    "BINARY",
    "CLOSE",
    "CONTINUATION",
    "FIN",
    "MASK",
    "PING",
    "PONG",
    "RSV1",
    "SMALL",
    "TEXT",
    "encode_frame",
    "read_small",
    "unmask",
]

CONTINUATION: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

FIN: Final = 0x80
RSV1: Final = 0x40

MASK: Final = 0x80
"""The bit of the second byte that says that the payload is masked."""

_FINAL_TEXT: Final = FIN | TEXT
_FINAL_BINARY: Final = FIN | BINARY

SMALL: Final = 125
"""Bytes of payload up to which a frame has the shortest header, and may be a control frame."""

_CHUNK: Final = 4096
"""Bytes that are unmasked at once: larger numbers leave the processor's nearest cache."""

_HEADERS: Final = {
    FIN | opcode: tuple(bytes((FIN | opcode, size)) for size in range(SMALL + 1))
    for opcode in (TEXT, BINARY, CLOSE, PING, PONG)
}


def unmask(data: bytes | bytearray, mask: bytes) -> bytes:
    """Return data exclusive-or the four bytes of a mask, over and over (RFC 6455, 5.3)."""
    size = len(data)
    if size <= _CHUNK:
        return (
            int.from_bytes(data, "little")
            ^ int.from_bytes((mask * (size + 3 >> 2))[:size], "little")
        ).to_bytes(size, "little")
    if mask == _NO_MASK:
        return bytes(data)
    key = int.from_bytes(mask * (_CHUNK >> 2), "little")
    end = size - size % _CHUNK
    parts = [
        (int.from_bytes(data[start : start + _CHUNK], "little") ^ key).to_bytes(_CHUNK, "little")
        for start in range(0, end, _CHUNK)
    ]
    parts.append(unmask(data[end:], mask))
    return b"".join(parts)


_NO_MASK: Final = bytes(4)


def read_small(data: bytes) -> str | bytes | None:
    """Return the message of bytes that are exactly one small text or binary frame.

    None for everything else, faulty frames among it: `_ws_frame_reader` says what that is. Nearly
    all reads of most sessions are of this kind, and it costs a quarter of the reader.
    """
    size = len(data) - 6
    if not 0 <= size <= SMALL or data[1] != size | MASK:
        return None
    head = data[0]
    if head != _FINAL_TEXT and head != _FINAL_BINARY:  # noqa: PLR1714 - a set costs a hash
        return None
    payload = (
        int.from_bytes(data[6:], "little") ^ int.from_bytes((data[2:6] * 32)[:size], "little")
    ).to_bytes(size, "little")
    if head == _FINAL_BINARY:
        return payload
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def encode_frame(head: int, payload: bytes) -> bytes:
    """Make one frame of a server, which does not mask.

    Args:
        head: its first byte: FIN, RSV1 and the opcode.
        payload: what it holds.
    """
    size = len(payload)
    if size <= SMALL and head in _HEADERS:
        return _HEADERS[head][size] + payload
    if size <= SMALL:
        return b"%c%c%b" % (head, size, payload)
    if size < 65536:
        return b"%c\x7e%b%b" % (head, size.to_bytes(2, "big"), payload)
    return b"%c\x7f%b%b" % (head, size.to_bytes(8, "big"), payload)
