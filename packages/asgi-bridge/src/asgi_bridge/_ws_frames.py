"""Owns the frames of RFC 6455, 5: reading those of a client, however cut, making a server's.

Does not know messages: how frames follow one another, and what they hold, is for `_ws_messages`.
"""

from typing import Final

from asgi_bridge._ws_close import PROTOCOL_ERROR, CloseError

__all__ = [
    "BINARY",
    "CLOSE",
    "CONTINUATION",
    "FIN",
    "PING",
    "PONG",
    "RSV1",
    "SMALL",
    "TEXT",
    "FrameReader",
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

_RSV: Final = 0x70
_CONTROL: Final = 0x08
_OPCODE: Final = 0x0F
_MASK: Final = 0x80
_FINAL_TEXT: Final = FIN | TEXT
_FINAL_BINARY: Final = FIN | BINARY

SMALL: Final = 125
"""Bytes of payload up to which a frame has the shortest header, and may be a control frame."""

_KNOWN: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})

_HEADS: Final = frozenset(
    {CONTINUATION, TEXT, BINARY, *(FIN | opcode for opcode in _KNOWN)},
)
"""First bytes of frames: control frames cannot be fragments."""

_COMPRESSED_HEADS: Final = frozenset(
    {RSV1 | TEXT, RSV1 | BINARY, FIN | RSV1 | TEXT, FIN | RSV1 | BINARY}
)
"""Those of the first frames of compressed messages (RFC 7692, 6)."""

_CHUNK: Final = 4096
"""Bytes that are unmasked at once: larger numbers leave the processor's nearest cache."""

_KEPT: Final = 64 * 1024
"""Bytes already read that the buffer may hold before what follows them is moved up."""

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

    None for everything else, faulty frames among it: `FrameReader` says what that is. Nearly all
    reads of most sessions are of this kind, and it costs a quarter of the reader.
    """
    size = len(data) - 6
    if not 0 <= size <= SMALL or data[1] != size | _MASK:
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


class FrameReader:
    """Cuts the bytes of a client into frames, and gives their payload as it arrives.

    Bytes are held by reference while they are one chunk, and never more of them than were fed;
    what was read is let go of.
    """

    __slots__ = (
        "_buffer",
        "_heads",
        "_mask",
        "_position",
        "_remaining",
        "consumed",
        "head",
        "is_first",
        "is_last",
        "payload",
        "size",
    )

    def __init__(self) -> None:
        self.head = 0
        """First byte of the frame read last: FIN, RSV1 and opcode."""
        self.size = 0
        """Bytes of payload that its header announces."""
        self.payload = b""
        """The part of its payload that was read last, unmasked."""
        self.is_first = False
        """Whether that part is its first."""
        self.is_last = True
        """Whether that part is its last."""
        self.consumed = 0
        """Bytes read, for the caller to count and set back."""
        self._buffer: bytes | bytearray = b""
        self._heads = _HEADS
        self._position = 0
        self._remaining = 0
        self._mask = b""

    @property
    def has_bytes(self) -> bool:
        """Whether bytes are held, be it only a part of a header."""
        return bool(self._buffer)

    def allow_compressed(self) -> None:
        """Take RSV1 in the first frames of messages."""
        self._heads = _HEADS | _COMPRESSED_HEADS

    def feed(self, data: bytes) -> None:
        """Add bytes that arrived."""
        buffer = self._buffer
        if not buffer:
            self._buffer = data
            return
        if isinstance(buffer, bytes):
            buffer = self._buffer = bytearray(memoryview(buffer)[self._position :])
            self._position = 0
        elif self._position > _KEPT:
            del buffer[: self._position]
            self._position = 0
        buffer += data

    def clear(self) -> None:
        """Let go of all bytes held."""
        self._buffer = b""
        self._position = 0

    def read(self) -> bool:
        """Read the next part of a frame into the attributes.

        A control frame is given whole. Of others what is there is given, if it is only the header.

        Returns:
            False when more bytes are needed.

        Raises:
            CloseError: the frame breaks a rule of RFC 6455, 5.2 or 5.5. Nothing can be read after.
        """
        buffer = self._buffer
        size = len(buffer)
        start = position = self._position
        if self.is_last:
            position = self._read_header(buffer, position, size)
            if not position:
                return False
            self.is_first = True
        elif position == size:
            return False
        else:
            self.is_first = False
        end = position + self._remaining
        if end <= size:
            self.payload = unmask(buffer[position:end], self._mask)
            self.is_last = True
        else:
            end = size
            self._read_part(buffer[position:end])
        self.consumed += end - start
        if end == size:
            self._buffer = b""
            self._position = 0
        else:
            self._position = end
        return True

    def _read_part(self, data: bytes | bytearray) -> None:
        """Take what there is of a payload, and turn the mask to where the rest begins."""
        mask = self._mask
        self.payload = unmask(data, mask)
        self.is_last = False
        self._remaining -= len(data)
        turn = len(data) & 3
        self._mask = mask[turn:] + mask[:turn]

    def _read_header(self, buffer: bytes | bytearray, position: int, size: int) -> int:
        """Read a header; return where the payload begins, 0 while it is not all there."""
        available = size - position
        if available < 2:
            return 0
        head = buffer[position]
        length = buffer[position + 1] - _MASK
        if head not in self._heads or length < 0 or (length > SMALL and head & _CONTROL):
            raise _fault(head, length + _MASK, self._heads)
        position += 2
        if length > SMALL:
            width = 2 if length == 126 else 8
            available -= width
            if available < 2:
                return 0
            length = int.from_bytes(buffer[position : position + width], "big")
            if length < (126 if width == 2 else 65536) or length >> 63:
                raise CloseError(PROTOCOL_ERROR, "invalid frame length")
            position += width
        if available < 6 or (head & _CONTROL and available < 6 + length):
            return 0
        self.head = head
        self.size = self._remaining = length
        self._mask = bytes(buffer[position : position + 4])
        return position + 4


def _fault(head: int, second: int, heads: frozenset[int]) -> CloseError:
    """Tell what is wrong with the first two bytes of a frame (RFC 6455, 5.2 and 5.5)."""
    if head & _RSV and head not in heads:
        reason = "reserved bit set"
    elif head & _OPCODE not in _KNOWN:
        reason = "unknown opcode"
    elif not second & _MASK:
        reason = "frame not masked"
    else:
        reason = "control frame too long or fragmented"
    return CloseError(PROTOCOL_ERROR, reason)
