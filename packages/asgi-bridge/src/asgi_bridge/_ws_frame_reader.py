"""Owns the reading of a client's frames (RFC 6455, 5), however they were cut on their way.

Does not know messages: how frames follow one another, and what they hold, is for `_ws_messages`.
"""

from typing import Final

from asgi_bridge._ws_close import PROTOCOL_ERROR, CloseError
from asgi_bridge._ws_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    MASK,
    PING,
    PONG,
    RSV1,
    SMALL,
    TEXT,
    unmask,
)

__all__ = ["FrameReader"]

_RSV: Final = 0x70
_CONTROL: Final = 0x08
_OPCODE: Final = 0x0F

_KNOWN: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})

_HEADS: Final = frozenset(
    {CONTINUATION, TEXT, BINARY, *(FIN | opcode for opcode in _KNOWN)},
)
"""First bytes of frames: control frames cannot be fragments."""

_COMPRESSED_HEADS: Final = frozenset(
    {RSV1 | TEXT, RSV1 | BINARY, FIN | RSV1 | TEXT, FIN | RSV1 | BINARY}
)
"""Those of the first frames of compressed messages (RFC 7692, 6)."""

_KEPT: Final = 64 * 1024
"""Bytes already read that the buffer may hold before what follows them is moved up."""


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
        length = buffer[position + 1] - MASK
        if head not in self._heads or length < 0 or (length > SMALL and head & _CONTROL):
            raise _fault(head, length + MASK, self._heads)
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
    elif not second & MASK:
        reason = "frame not masked"
    else:
        reason = "control frame too long or fragmented"
    return CloseError(PROTOCOL_ERROR, reason)
