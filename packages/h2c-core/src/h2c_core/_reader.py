"""Owns the cutting of received bytes into preface and frames (RFC 9113 sections 3.4 and 4.1).

Does not know what frames mean. A DATA frame without padding is handed on in the pieces in which it
arrives, so that a body byte is never kept here; any other frame is handed on whole.
"""

from h2.errors import ErrorCodes

from h2c_core._frames import DATA, FRAME_HEADER_SIZE, PADDED, PREFACE, uint24, uint31
from h2c_core.errors import RemoteProtocolError

__all__ = ["FrameReader"]


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
        self._needed = 0
        self._position = 0
        self._left = 0
        self._preface = 0
        self.data = b""
        self.kind = 0
        self.flags = 0
        self.stream_id = 0
        self.length = 0
        self.start = 0
        self.stop = 0
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
        available = len(data) - position
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
        kind = data[position + 3]
        flags = data[position + 4]
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
        self.stream_id = uint31(data, position + 5)
        self.length = length
        self.is_first = True
        self._left = length
        self._piece(position + FRAME_HEADER_SIZE, available)
        return True

    def _piece(self, start: int, available: int) -> None:
        size = min(self._left, available)
        self._left -= size
        self.is_last = self._left == 0
        self.start = start
        self.stop = start + size
        self._position = start + size

    def _hold(self, position: int, available: int, needed: int) -> None:
        if available:
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
