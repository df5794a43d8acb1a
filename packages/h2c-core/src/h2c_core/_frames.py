"""Owns the layout of HTTP/2 frames on the wire (RFC 9113 sections 4.1 and 6).

Does not know what a frame means: which are allowed, when, and what follows is the connection's.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    # Numbers as C has them, where it is compiled; elsewhere nothing asks for the name.
    from mypy_extensions import i64

__all__ = [
    "ACK",
    "CONTINUATION",
    "DATA",
    "END_HEADERS",
    "END_STREAM",
    "FRAME_HEADER_SIZE",
    "GOAWAY",
    "HEADERS",
    "PADDED",
    "PING",
    "PREFACE",
    "PRIORITY",
    "PRIORITY_FLAG",
    "PRIORITY_UPDATE",
    "PUSH_PROMISE",
    "RST_STREAM",
    "SETTINGS",
    "SETTINGS_ACK",
    "WINDOW_UPDATE",
    "data_frame",
    "data_tail",
    "frame_header",
    "goaway",
    "header_frames",
    "ping",
    "rst_stream",
    "settings",
    "uint24",
    "uint31",
    "window_update",
]

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_HEADER_SIZE: Final = 9

DATA: Final = 0
HEADERS: Final = 1
PRIORITY: Final = 2
RST_STREAM: Final = 3
SETTINGS: Final = 4
PUSH_PROMISE: Final = 5
PING: Final = 6
GOAWAY: Final = 7
WINDOW_UPDATE: Final = 8
CONTINUATION: Final = 9
# RFC 9218 section 7.1.
PRIORITY_UPDATE: Final = 0x10

END_STREAM: Final = 0x01
ACK: Final = 0x01
END_HEADERS: Final = 0x04
PADDED: Final = 0x08
PRIORITY_FLAG: Final = 0x20

SETTINGS_ACK: Final = b"\x00\x00\x00\x04\x01\x00\x00\x00\x00"

# Debug data of a GOAWAY frame is for the peer's log; a bound keeps it one short line.
MAX_DEBUG_DATA: Final = 200

_LENGTH_SIZE: Final = 3
_LENGTHS: Final = [length.to_bytes(_LENGTH_SIZE, "big") for length in range(256)]


def frame_header(length: int, kind: int, flags: int, stream_id: int) -> bytes:
    """Return the nine bytes before a payload of `length` bytes."""
    return (length << 48 | kind << 40 | flags << 32 | stream_id).to_bytes(9, "big")


def data_tail(stream_id: int) -> bytes:
    """Return what follows the length in the header of DATA without flags."""
    return frame_header(0, DATA, 0, stream_id)[_LENGTH_SIZE:]


def data_frame(tail: bytes, payload: bytes) -> bytes:
    """Return DATA without flags on the stream of a `data_tail`.

    Small ones are made so in half the time that `frame_header` takes.
    """
    size = len(payload)
    if size < len(_LENGTHS):
        return _LENGTHS[size] + tail + payload
    return size.to_bytes(_LENGTH_SIZE, "big") + tail + payload


def uint24(data: bytes, position: "i64") -> "i64":
    """Read three bytes as a number."""
    high: i64 = data[position]
    middle: i64 = data[position + 1]
    low: i64 = data[position + 2]
    return high << 16 | middle << 8 | low


def uint31(data: bytes, position: "i64") -> "i64":
    """Read four bytes as a number of 31 bits; the reserved bit is ignored (section 4.1)."""
    top: i64 = data[position]
    return (top & 0x7F) << 24 | uint24(data, position + 1)


def header_frames(stream_id: int, block: bytes, max_frame_size: int, *, end_stream: bool) -> bytes:
    """Return HEADERS, and CONTINUATION frames where the block is larger than one frame."""
    flags = END_STREAM if end_stream else 0
    size = len(block)
    if size <= max_frame_size:
        return frame_header(size, HEADERS, flags | END_HEADERS, stream_id) + block
    pieces = [frame_header(max_frame_size, HEADERS, flags, stream_id), block[:max_frame_size]]
    start = max_frame_size
    while start < size:
        stop = min(start + max_frame_size, size)
        last = END_HEADERS if stop == size else 0
        pieces.append(frame_header(stop - start, CONTINUATION, last, stream_id))
        pieces.append(block[start:stop])
        start = stop
    return b"".join(pieces)


def settings(values: list[tuple[int, int]]) -> bytes:
    """Return a SETTINGS frame of (identifier, value) pairs."""
    pieces = [frame_header(6 * len(values), SETTINGS, 0, 0)]
    for identifier, value in values:
        pieces.append(identifier.to_bytes(2, "big"))
        pieces.append(value.to_bytes(4, "big"))
    return b"".join(pieces)


def ping(opaque: bytes, *, ack: bool) -> bytes:
    """Return a PING frame with eight opaque bytes."""
    return frame_header(8, PING, ACK if ack else 0, 0) + opaque


def rst_stream(stream_id: int, error_code: int) -> bytes:
    """Return a RST_STREAM frame."""
    return frame_header(4, RST_STREAM, 0, stream_id) + error_code.to_bytes(4, "big")


def window_update(stream_id: int, increment: int) -> bytes:
    """Return a WINDOW_UPDATE frame; stream 0 is the connection."""
    return frame_header(4, WINDOW_UPDATE, 0, stream_id) + increment.to_bytes(4, "big")


def goaway(last_stream_id: int, error_code: int, debug_data: bytes = b"") -> bytes:
    """Return a GOAWAY frame; debug data is cut at 200 bytes."""
    debug_data = debug_data[:MAX_DEBUG_DATA]
    return b"".join(
        [
            frame_header(8 + len(debug_data), GOAWAY, 0, 0),
            last_stream_id.to_bytes(4, "big"),
            error_code.to_bytes(4, "big"),
            debug_data,
        ]
    )
