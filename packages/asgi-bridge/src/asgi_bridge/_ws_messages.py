"""Owns the messages of a client: puts them together from the frames that they came in.

Does not answer control frames, and keeps no message that is complete.
"""

from codecs import utf_8_decode
from typing import Final

from asgi_bridge._ws_close import INVALID_DATA, PROTOCOL_ERROR, TOO_BIG, CloseError
from asgi_bridge._ws_deflate import Inflater
from asgi_bridge._ws_frame_reader import FrameReader
from asgi_bridge._ws_frames import CLOSE, CONTINUATION, FIN, RSV1, TEXT

__all__ = ["PART", "WAIT", "MessageReader"]

WAIT: Final = -1
"""More bytes are needed."""
PART: Final = 0
"""Something was read that does not complete a message."""

_PACKED: Final = 4096
"""Compressed bytes that are gathered from small fragments: to expand each costs as much again."""

_SURROGATE: Final = b"\xed\xa0"
"""The least beginning of what UTF-8 does not encode (RFC 3629, 3)."""


class MessageReader:
    """The messages and control frames in the bytes of one client.

    What is held of a message is one buffer, however many frames it comes in.

    Args:
        max_size: bytes that a message may have, expanded; 0 for any number.
    """

    __slots__ = (
        "_held",
        "_inflater",
        "_is_deflated",
        "_kind",
        "_max_size",
        "_packed",
        "_tail",
        "frames",
        "size",
        "value",
    )

    def __init__(self, max_size: int) -> None:
        self.frames = FrameReader()
        """Where their frames are read from."""
        self.value: str | bytes = b""
        """The message that was read last, until `let_go`."""
        self.size = 0
        """Bytes of it, expanded and encoded."""
        self._max_size = max_size
        self._inflater: Inflater | None = None
        self._kind = 0  # opcode of the message that is being read, 0 between them
        self._is_deflated = False
        self._held = bytearray()
        self._packed = bytearray()  # fragments of a compressed message, to be expanded at once
        self._tail = b""  # the bytes of a character that is not complete

    @property
    def is_between(self) -> bool:
        """Whether nothing is held and the next byte begins a message or a control frame."""
        return not self._kind and not self.frames.has_bytes

    def expand_with(self, inflater: Inflater) -> None:
        """Take compressed messages too, as was agreed with the client."""
        self._inflater = inflater
        self.frames.allow_compressed()

    def let_go(self) -> None:
        """Drop what was read last, as the caller has it now."""
        self.value = self.frames.payload = b""

    def clear(self) -> None:
        """Let go of all that is held; nothing can be read after."""
        self.let_go()
        self.frames.clear()
        self._inflater = None
        self._held = bytearray()
        self._packed = bytearray()

    def read(self) -> int:
        """Read on.

        Returns:
            The opcode of a message that is complete and now in `value`, or of a control frame,
            whose payload is that of `frames`; `PART` or `WAIT`.

        Raises:
            CloseError: the client broke a rule. Nothing can be read after.
        """
        frames = self.frames
        if not frames.read():
            if self._packed:
                self._flush()
            return WAIT
        head = frames.head
        if head & CLOSE:  # the bit that all control frames have
            return head & 0x0F
        if frames.is_first:
            self._begin(head)
        part = frames.payload
        ends = frames.is_last and head >= FIN
        if self._is_deflated:
            if not ends and len(self._packed) < _PACKED:
                self._packed += part
                return PART
            part = self._inflate(part, ends=ends)
        if ends:
            return self._complete(part)
        if part:
            self._hold(part)
        return PART

    def _flush(self) -> None:
        """Expand what is held compressed, as no more has come."""
        self._hold(self._inflate(b"", ends=False))

    def _inflate(self, part: bytes, *, ends: bool) -> bytes:
        assert self._inflater is not None  # noqa: S101 - else there is no such frame
        if self._packed:
            part = bytes(self._packed + part)
            self._packed.clear()
        room = self._max_size - len(self._held) if self._max_size else -1
        return self._inflater.inflate(part, room, is_last=ends)

    def _begin(self, head: int) -> None:
        """Look at the first part of a frame: where it stands, and whether it can fit."""
        opcode = head & 0x0F
        if opcode == CONTINUATION:
            if not self._kind:
                raise CloseError(PROTOCOL_ERROR, "continuation of nothing")
        elif self._kind:
            raise CloseError(PROTOCOL_ERROR, "message inside a message")
        else:
            self._kind = opcode
            self._is_deflated = head & RSV1 != 0
        max_size = self._max_size
        if max_size and not self._is_deflated and len(self._held) + self.frames.size > max_size:
            raise CloseError(TOO_BIG, "message too big")

    def _hold(self, part: bytes) -> None:
        self._held += part
        if self._kind == TEXT:
            text = self._tail + part
            try:
                _, size = utf_8_decode(text, "strict", False)
            except UnicodeDecodeError:
                raise CloseError(INVALID_DATA, "invalid UTF-8") from None
            tail = self._tail = text[size:]
            # The decoder takes half a surrogate for half a character; no third byte saves it.
            if len(tail) == 2 and tail >= _SURROGATE and tail[0] == _SURROGATE[0]:
                raise CloseError(INVALID_DATA, "invalid UTF-8")

    def _complete(self, part: bytes) -> int:
        kind = self._kind
        self._kind = 0
        data: bytes | bytearray = part
        if self._held:
            data = self._held
            data += part
            self._held = bytearray()
            self._tail = b""
        self.size = len(data)
        if kind == TEXT:
            try:
                self.value = data.decode()
            except UnicodeDecodeError:
                raise CloseError(INVALID_DATA, "invalid UTF-8") from None
        else:
            self.value = bytes(data)
        return kind
