"""Owns HTTP/2 frames as a test writes and reads them: builders that give bytes, and a reader.

Does not use the engine, and does not check what it is told to write: tests say wrong things too.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import hpack

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MAX_WINDOW: Final = 2**31 - 1
DEFAULT_WINDOW: Final = 65535
DEFAULT_FRAME_SIZE: Final = 16384

END_STREAM: Final = 0x01
ACK: Final = 0x01
END_HEADERS: Final = 0x04
PADDED: Final = 0x08
PRIORITY: Final = 0x20

HEADER_TABLE_SIZE: Final = 1
ENABLE_PUSH: Final = 2
MAX_CONCURRENT_STREAMS: Final = 3
INITIAL_WINDOW_SIZE: Final = 4
MAX_FRAME_SIZE: Final = 5
MAX_HEADER_LIST_SIZE: Final = 6
NO_RFC7540_PRIORITIES: Final = 9

Fields = list[tuple[bytes, bytes]]

GET: Final[Fields] = [
    (b":method", b"GET"),
    (b":scheme", b"http"),
    (b":authority", b"front.example"),
    (b":path", b"/"),
]
POST: Final[Fields] = [(b":method", b"POST"), *GET[1:]]
HEAD: Final[Fields] = [(b":method", b"HEAD"), *GET[1:]]


class Kind(IntEnum):
    """The ten frame types of RFC 9113 section 6, and the one of RFC 9218 section 7.1."""

    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9
    PRIORITY_UPDATE = 0x10


class Priority(NamedTuple):
    """The priority part of HEADERS and PRIORITY; `weight` is the byte on the wire."""

    dependency: int = 0
    weight: int = 15
    exclusive: bool = False

    def encode(self) -> bytes:
        return (self.dependency | self.exclusive << 31).to_bytes(4, "big") + bytes([self.weight])


class Frame(NamedTuple):
    """One frame as it was read."""

    kind: int
    flags: int
    stream_id: int
    payload: bytes

    @property
    def ends_stream(self) -> bool:
        return self.kind in (Kind.DATA, Kind.HEADERS) and bool(self.flags & END_STREAM)

    @property
    def is_ack(self) -> bool:
        return self.kind in (Kind.SETTINGS, Kind.PING) and bool(self.flags & ACK)

    @property
    def number(self) -> int:
        """The 31-bit number that the payload starts with."""
        return int.from_bytes(self.payload[:4], "big") & MAX_WINDOW

    @property
    def error_code(self) -> int:
        """The error code of RST_STREAM or GOAWAY."""
        start = 4 if self.kind == Kind.GOAWAY else 0
        return int.from_bytes(self.payload[start : start + 4], "big")

    @property
    def settings(self) -> list[tuple[int, int]]:
        """The identifiers and values of SETTINGS, in order."""
        return [
            (
                int.from_bytes(self.payload[at : at + 2], "big"),
                int.from_bytes(self.payload[at + 2 : at + 6], "big"),
            )
            for at in range(0, len(self.payload), 6)
        ]


class FrameReader:
    """Cuts a stream of bytes into frames; what is short of a frame waits for more."""

    def __init__(self, preface: bytes = b"") -> None:
        self._preface = preface
        self._buffer = b""

    def feed(self, data: bytes) -> list[Frame]:
        buffer = self._buffer + data
        at = 0
        if self._preface:
            if len(buffer) < len(self._preface):
                self._buffer = buffer
                return []
            at = len(self._preface)
            self._preface = b""
        frames = []
        while len(buffer) - at >= 9:
            stop = at + 9 + int.from_bytes(buffer[at : at + 3], "big")
            if len(buffer) < stop:
                break
            stream_id = int.from_bytes(buffer[at + 5 : at + 9], "big") & MAX_WINDOW
            frames.append(Frame(buffer[at + 3], buffer[at + 4], stream_id, buffer[at + 9 : stop]))
            at = stop
        self._buffer = buffer[at:]
        return frames

    @property
    def is_empty(self) -> bool:
        return not self._buffer


def frame(
    kind: int, flags: int = 0, stream_id: int = 0, payload: bytes = b"", *, reserved: bool = False
) -> bytes:
    """Any frame; `reserved` sets the reserved bit before the stream identifier."""
    identifier = stream_id | reserved << 31
    return (
        len(payload).to_bytes(3, "big")
        + bytes([kind, flags])
        + identifier.to_bytes(4, "big")
        + payload
    )


def _padded(payload: bytes, padding: int | None) -> bytes:
    return payload if padding is None else bytes([padding]) + payload + bytes(padding)


def data(
    stream_id: int, chunk: bytes = b"", *, end: bool = False, padding: int | None = None
) -> bytes:
    flags = (END_STREAM if end else 0) | (PADDED if padding is not None else 0)
    return frame(Kind.DATA, flags, stream_id, _padded(chunk, padding))


def headers(
    stream_id: int,
    fields: Iterable[tuple[bytes, bytes]] | bytes,
    *,
    end: bool = False,
    end_headers: bool = True,
    padding: int | None = None,
    priority: Priority | None = None,
) -> bytes:
    """HEADERS of a field list, or of a field block that was encoded before."""
    block = fields if isinstance(fields, bytes) else field_block(fields)
    flags = (END_STREAM if end else 0) | (END_HEADERS if end_headers else 0)
    if priority is not None:
        flags |= PRIORITY
        block = priority.encode() + block
    if padding is not None:
        flags |= PADDED
    return frame(Kind.HEADERS, flags, stream_id, _padded(block, padding))


def continuation(stream_id: int, block: bytes, *, end_headers: bool = True) -> bytes:
    return frame(Kind.CONTINUATION, END_HEADERS if end_headers else 0, stream_id, block)


def priority(stream_id: int, value: Priority) -> bytes:
    return frame(Kind.PRIORITY, 0, stream_id, value.encode())


def priority_update(stream_id: int, value: bytes) -> bytes:
    return frame(Kind.PRIORITY_UPDATE, 0, 0, stream_id.to_bytes(4, "big") + value)


def rst_stream(stream_id: int, code: int = 8) -> bytes:
    return frame(Kind.RST_STREAM, 0, stream_id, code.to_bytes(4, "big"))


def settings(*values: tuple[int, int]) -> bytes:
    payload = b"".join(
        identifier.to_bytes(2, "big") + value.to_bytes(4, "big") for identifier, value in values
    )
    return frame(Kind.SETTINGS, 0, 0, payload)


def settings_ack() -> bytes:
    return frame(Kind.SETTINGS, ACK)


def ping(opaque: bytes = b"01234567", *, ack: bool = False) -> bytes:
    return frame(Kind.PING, ACK if ack else 0, 0, opaque)


def goaway(last_stream_id: int = 0, code: int = 0, debug: bytes = b"") -> bytes:
    payload = last_stream_id.to_bytes(4, "big") + code.to_bytes(4, "big") + debug
    return frame(Kind.GOAWAY, 0, 0, payload)


def window_update(stream_id: int, increment: int) -> bytes:
    return frame(Kind.WINDOW_UPDATE, 0, stream_id, increment.to_bytes(4, "big"))


def _string(text: bytes) -> bytes:
    """A string literal of RFC 7541 section 5.2, without Huffman coding."""
    size = len(text)
    if size < 127:
        return bytes([size]) + text
    prefix = bytearray([127])
    size -= 127
    while size >= 128:
        prefix.append(size % 128 | 128)
        size //= 128
    prefix.append(size)
    return bytes(prefix) + text


def field_block(fields: Iterable[tuple[bytes, bytes]], *, indexed: bool = False) -> bytes:
    """A field block of literals with literal names, so that any bytes can be written in it.

    With `indexed` each field enters the dynamic table of the receiver.
    """
    first = b"\x40" if indexed else b"\x00"
    return b"".join(first + _string(name) + _string(value) for name, value in fields)


def decoded(decoder: hpack.Decoder, block: bytes) -> Fields:
    """What hyper's decoder makes of a field block."""
    return [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]


def request(*extra: tuple[bytes, bytes], base: Sequence[tuple[bytes, bytes]] = GET) -> Fields:
    """`base` with fields after it; a pseudo-field in `extra` replaces the one of the same name."""
    replaced = {name for name, _ in extra if name.startswith(b":")}
    pseudo = [field for field in extra if field[0].startswith(b":")]
    rest = [field for field in extra if not field[0].startswith(b":")]
    return [field for field in base if field[0] not in replaced] + pseudo + rest
