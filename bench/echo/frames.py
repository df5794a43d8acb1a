"""Owns the frames of a client of WebSockets (RFC 6455, 5) and their compression (RFC 7692, 7).

Does not read or write sockets. It knows unfragmented messages and no others: a server that cuts
small messages into pieces is not what is measured here.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

__all__ = ["Deflate", "FrameReader", "text_frame"]

TEXT: Final = 1
CLOSE: Final = 8
PING: Final = 9

_FINAL: Final = 0x80
_COMPRESSED: Final = 0x40
_MASKED: Final = 0x80
_TAIL: Final = b"\x00\x00\xff\xff"


def text_frame(payload: bytes, mask: bytes, *, is_compressed: bool = False) -> bytes:
    """Return a whole text message as a client sends it.

    Args:
        payload: its bytes, compressed already where `is_compressed`.
        mask: four bytes.
    """
    first = _FINAL | TEXT | (_COMPRESSED if is_compressed else 0)
    size = len(payload)
    if size < 126:
        head = bytes((first, _MASKED | size))
    elif size < 1 << 16:
        head = struct.pack(">BBH", first, _MASKED | 126, size)
    else:
        head = struct.pack(">BBQ", first, _MASKED | 127, size)
    key = int.from_bytes(mask * (size // 4 + 1))
    padded = payload + bytes(4 - size % 4)
    masked = (int.from_bytes(padded) ^ key).to_bytes(len(padded))
    return head + mask + masked[:size]


class FrameReader:
    """Cuts the messages of a server out of what comes."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bool]]:
        """Take bytes; return the text messages that they complete, and whether each is compressed.

        Raises:
            ConnectionError: the server closes, or sends what was not asked for.
        """
        buffer = self._buffer + data if self._buffer else data
        found = []
        start = 0
        while (cut := _cut(buffer, start)) is not None:
            first, begin, end = cut
            opcode = first & 15
            if opcode == TEXT and first & _FINAL:
                found.append((buffer[begin:end], bool(first & _COMPRESSED)))
            elif opcode != PING:  # a client that never idles need not answer within the minute
                raise ConnectionError(f"a frame of type {first:#x}: {buffer[begin:end][:40]!r}")
            start = end
        self._buffer = buffer[start:]
        return found


def _cut(buffer: bytes, start: int) -> tuple[int, int, int] | None:
    """Return first byte, begin and end of a payload; None while it is not whole."""
    if len(buffer) < start + 2:
        return None
    size = buffer[start + 1]
    begin = start + 2
    if size & _MASKED:
        raise ConnectionError("a server does not mask")
    if size >= 126:
        width = 2 if size == 126 else 8
        begin += width
        size = int.from_bytes(buffer[begin - width : begin])
    end = begin + size
    return (buffer[start], begin, end) if end <= len(buffer) else None


@dataclass(frozen=True, slots=True)
class Deflate:
    """What was agreed on permessage-deflate (RFC 7692, 7.1).

    Attributes:
        client_bits: base-two logarithm of the window that the client compresses with.
        server_bits: the same of the server.
        client_resets: the client begins each message with an empty window.
        server_resets: the server does.
    """

    client_bits: int = 15
    server_bits: int = 15
    client_resets: bool = False
    server_resets: bool = False

    @classmethod
    def parse(cls, value: str) -> "Deflate":
        """Read the value of a response's `sec-websocket-extensions`.

        Raises:
            ConnectionError: it is not the one extension that was offered.
        """
        name, *parameters = (part.strip() for part in value.split(";"))
        if name != "permessage-deflate":
            raise ConnectionError(f"not permessage-deflate: {value!r}")
        agreed = dict(parameter.partition("=")[::2] for parameter in parameters)
        return cls(
            int(agreed.get("client_max_window_bits") or 15),
            int(agreed.get("server_max_window_bits") or 15),
            "client_no_context_takeover" in agreed,
            "server_no_context_takeover" in agreed,
        )

    def compress(self, messages: list[bytes]) -> list[bytes]:
        """Compress messages that are sent one after the other."""
        compressed = []
        packer = None
        for message in messages:
            if packer is None or self.client_resets:
                packer = zlib.compressobj(wbits=-self.client_bits)
            data = packer.compress(message) + packer.flush(zlib.Z_SYNC_FLUSH)
            compressed.append(data.removesuffix(_TAIL))
        return compressed

    def decompressor(self) -> "Inflate":
        """Return what reads the server's messages."""
        return Inflate(self)


class Inflate:
    """Reads compressed messages in their order."""

    def __init__(self, agreed: Deflate) -> None:
        self._agreed = agreed
        self._unpacker = zlib.decompressobj(-agreed.server_bits)

    def read(self, data: bytes) -> bytes:
        """Return one message."""
        if self._agreed.server_resets:
            self._unpacker = zlib.decompressobj(-self._agreed.server_bits)
        return self._unpacker.decompress(data + _TAIL)
