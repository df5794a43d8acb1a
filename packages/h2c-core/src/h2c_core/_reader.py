"""Owns the cutting of received bytes into preface and frames (RFC 9113 sections 3.4 and 4.1).

Does not know what frames mean. A DATA frame without padding is handed on in the pieces in which it
arrives, so that a body byte is never kept here; any other frame is handed on whole.
"""

from typing import TYPE_CHECKING, Final

from h2.errors import ErrorCodes

from h2c_core._frames import DATA, FRAME_HEADER_SIZE, PADDED, PREFACE, uint24, uint31
from h2c_core.errors import RemoteProtocolError

if TYPE_CHECKING:
    # Numbers as C has them, where it is compiled; elsewhere nothing asks for the name.
    from mypy_extensions import i64

__all__ = ["FrameReader"]

_KIND_AT: Final = 3
_FLAGS_AT: Final = 4
_STREAM_ID_AT: Final = 5


class FrameReader:
    """Frames, one at a time.

    Attributes:
        kind: the type of the frame that `next` found.
        flags: its flags.
        stream_id: its stream.
        length: the length of its payload, of which a DATA piece may be only a part.
        data: the bytes that hold the payload, from `start` to before `stop`.
        is_first: the piece is the first of its frame.
        is_last: the piece is the last of its frame.
    """

    __slots__ = (
        "_frames_held",
        "_held",
        "_left",
        "_max_frame_size",
        "_needed",
        "_position",
        "_preface",
        "data",
        "flags",
        "is_first",
        "is_last",
        "kind",
        "length",
        "start",
        "stop",
        "stream_id",
    )

    def __init__(self, max_frame_size: int) -> None:
        self._max_frame_size = max_frame_size
        self._held = bytearray()
        self._frames_held = 0
        self._needed = 0
        self._position: i64 = 0
        self._left: i64 = 0
        self._preface = 0
        self.data = b""
        self.kind: i64 = 0
        self.flags: i64 = 0
        self.stream_id: i64 = 0
        self.length: i64 = 0
        self.start: i64 = 0
        self.stop: i64 = 0
        self.is_first = True
        self.is_last = True

    def feed(self, data: bytes) -> None:
        """Take bytes; `next` then finds the frames among them.

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR, the bytes are not the client's preface.
        """
        if self._preface < len(PREFACE):
            data = self._read_preface(data)
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                data = b""
            else:
                data = bytes(self._held)
                self._held.clear()
        self.data = data
        self._position = 0

    def next(self) -> bool:
        """Find the next frame or piece of one; False when more bytes are needed.

        Raises:
            RemoteProtocolError: FRAME_SIZE_ERROR, a frame is larger than our setting.
        """
        data = self.data
        position = self._position
        available: i64 = len(data) - position
        if self._left:
            if not available:
                return False
            self.is_first = False
            self._piece(position, available)
            return True
        if available < FRAME_HEADER_SIZE:
            self._hold(position, available, FRAME_HEADER_SIZE)
            return False
        length = uint24(data, position)
        kind = data[position + _KIND_AT]
        flags = data[position + _FLAGS_AT]
        if length > self._max_frame_size:
            msg = "frame larger than SETTINGS_MAX_FRAME_SIZE"
            raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR)
        available -= FRAME_HEADER_SIZE
        is_divisible = kind == DATA and not flags & PADDED
        if available < length and not is_divisible:
            needed = FRAME_HEADER_SIZE + length
            self._hold(position, available + FRAME_HEADER_SIZE, needed)
            return False
        self.kind = kind
        self.flags = flags
        self.stream_id = uint31(data, position + _STREAM_ID_AT)
        self.length = length
        self.is_first = True
        self._left = length
        self._piece(position + FRAME_HEADER_SIZE, available)
        return True

    def unfinished(self) -> int:
        """Return the number of the frame of which a part is held, 0 for none or for DATA."""
        held = self._held
        if not held or (len(held) > _KIND_AT and held[_KIND_AT] == DATA):
            return 0
        return self._frames_held

    def small_data(self, stream_id: int, most: int) -> int:
        """Return the length of the next frame if it is whole DATA of that stream without flags.

        It is 0 for any other frame, and for one without a payload or with more than `most` bytes.
        """
        data = self.data
        position = self._position
        available = len(data) - position - FRAME_HEADER_SIZE
        if available <= 0 or data[position + _KIND_AT] != DATA or data[position + _FLAGS_AT]:
            return 0
        length = uint24(data, position)
        if length > most or length > available:
            return 0
        return length if uint31(data, position + _STREAM_ID_AT) == stream_id else 0

    def take(self, length: int) -> bytes:
        """Return the payload of the frame that `small_data` told of, and pass on to the next."""
        start = self._position + FRAME_HEADER_SIZE
        self._position = start + length
        return self.data[start : start + length]

    def _piece(self, start: int, available: int) -> None:
        size: i64 = min(self._left, available)
        self._left -= size
        self.is_last = self._left == 0
        self.start = start
        self.stop = start + size
        self._position = start + size

    def _hold(self, position: int, available: int, needed: int) -> None:
        if available:
            self._frames_held += 1
            self._held += self.data[position:] if position else self.data
            self._needed = needed
        self.data = b""
        self._position = 0

    def _read_preface(self, data: bytes) -> bytes:
        expected = PREFACE[self._preface : self._preface + len(data)]
        if not data.startswith(expected):
            msg = "the connection does not start with the client preface"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR)
        self._preface += len(expected)
        return data[len(expected) :]
