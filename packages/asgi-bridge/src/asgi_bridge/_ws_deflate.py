"""Owns permessage-deflate (RFC 7692): what is agreed on, and the compressing of messages.

Does not know frames. Of a session that has sent something compressed, zlib holds about 54 KiB for
the compressor, and for the decompressor of one that has received it 14 KiB, or 42 KiB where the
client cannot bound its window. One that has not holds nothing.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from asgi_bridge._ws_close import INVALID_DATA, TOO_BIG, CloseError
from asgi_bridge._ws_extensions import Offer

__all__ = ["SMALLEST", "Deflate", "Deflater", "Inflater", "negotiate"]

_NAME: Final = "permessage-deflate"

_WINDOW_BITS: Final = 12
"""Most that either side's window is asked to have: 4 KiB. Of the 32 KiB of RFC 7692 little is
gained for messages, and each session pays for it."""

_MEMORY_LEVEL: Final = 6
"""32 KiB for what waits to be written; with less, what hardly shrinks costs half as much again."""

_LEVEL: Final = 2
"""Within a twentieth of the size that the default makes of JSON, in half of its time."""

SMALLEST: Final = 16
"""Bytes of a message under which it goes out as it is: so few hardly get fewer."""

_TAIL: Final = b"\x00\x00\xff\xff"
"""How every message ends, which is left out on the wire (RFC 7692, 7.2.1)."""

_MAX_STREAMS: Final = 16
"""How often one message may end its stream of deflate and begin another (RFC 7692, 7.2.3.5)."""


@dataclass(frozen=True, slots=True)
class Deflate:
    """What was agreed on (RFC 7692, 7.1)."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = _WINDOW_BITS
    client_max_window_bits: int = 15
    is_client_limited: bool = False
    """Whether the client said that it obeys a limit of its window."""

    def to_field(self) -> bytes:
        """Return the value of sec-websocket-extensions that accepts it."""
        parts = [_NAME]
        if self.server_no_context_takeover:
            parts.append("server_no_context_takeover")
        if self.client_no_context_takeover:
            parts.append("client_no_context_takeover")
        parts.append(f"server_max_window_bits={self.server_max_window_bits}")
        if self.is_client_limited:
            parts.append(f"client_max_window_bits={self.client_max_window_bits}")
        return "; ".join(parts).encode()


def negotiate(offers: Iterable[Offer]) -> Deflate | None:
    """Accept the first offer of this extension that can be, None where there is none.

    One with an unknown, repeated or malformed parameter is declined (RFC 7692, 7.1), and so is
    one that wants a window of 8 bits of the server: zlib compresses with no less than 9.
    """
    for name, parameters in offers:
        if name.lower() == _NAME:
            agreed = _judge(parameters)
            if agreed is not None:
                return agreed
    return None


def _judge(parameters: list[tuple[str, str | None]]) -> Deflate | None:
    given = dict(parameters)
    if len(given) != len(parameters) or not given.keys() <= _PARAMETERS:
        return None
    if given.get("server_no_context_takeover") or given.get("client_no_context_takeover"):
        return None
    server_bits = client_bits = 15
    if "server_max_window_bits" in given:
        server_bits = _parse_bits(given["server_max_window_bits"])
        if server_bits < 9:
            return None
    if given.get("client_max_window_bits") is not None:
        client_bits = _parse_bits(given["client_max_window_bits"])
        if not client_bits:
            return None
    is_client_limited = "client_max_window_bits" in given
    return Deflate(
        server_no_context_takeover="server_no_context_takeover" in given,
        client_no_context_takeover="client_no_context_takeover" in given,
        server_max_window_bits=min(server_bits, _WINDOW_BITS),
        client_max_window_bits=min(client_bits, _WINDOW_BITS) if is_client_limited else 15,
        is_client_limited=is_client_limited,
    )


_PARAMETERS: Final = frozenset(
    {
        "server_no_context_takeover",
        "client_no_context_takeover",
        "server_max_window_bits",
        "client_max_window_bits",
    }
)

_BITS: Final = {str(bits): bits for bits in range(8, 16)}


def _parse_bits(value: str | None) -> int:
    """Return the bits of a window, 0 for what is not 8 to 15."""
    return _BITS.get(value or "", 0)


class Deflater:
    """Compresses the messages of one session.

    Args:
        agreed: how.
    """

    __slots__ = ("_bits", "_compressor", "_keeps_context")

    def __init__(self, agreed: Deflate) -> None:
        self._bits = -agreed.server_max_window_bits
        self._keeps_context = not agreed.server_no_context_takeover
        self._compressor: zlib._Compress | None = None

    def deflate(self, payload: bytes) -> bytes:
        """Return a message compressed."""
        compressor = self._compressor
        if compressor is None:
            compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, self._bits, _MEMORY_LEVEL)
            if self._keeps_context:
                self._compressor = compressor
        first = compressor.compress(payload)
        last = compressor.flush(zlib.Z_SYNC_FLUSH)
        return b"".join((first, memoryview(last)[:-4]))


class Inflater:
    """Expands the messages of one session, part by part.

    Args:
        agreed: how they were compressed.
    """

    __slots__ = ("_bits", "_decompressor", "_keeps_context", "_streams")

    def __init__(self, agreed: Deflate) -> None:
        # zlib expands 8 bits with 9 as well, and compressors that say 8 may mean 9.
        self._bits = -max(agreed.client_max_window_bits, 9)
        self._keeps_context = not agreed.client_no_context_takeover
        self._decompressor: zlib._Decompress | None = None
        self._streams = 0

    def inflate(self, part: bytes, room: int, *, is_last: bool) -> bytes:
        """Return a part of a message expanded.

        Args:
            part: the next bytes of the message.
            room: bytes that it may expand to, -1 for any number.
            is_last: whether the message ends with it.

        Raises:
            CloseError: it expands to more, or is no deflate.
        """
        if is_last:
            part += _TAIL
        decompressor = self._decompressor
        if decompressor is None:
            decompressor = self._decompressor = zlib.decompressobj(self._bits)
        try:
            # One byte more than fits tells a message that fits from one that does not.
            data = decompressor.decompress(part, room + 1)
            if decompressor.eof:
                data = self._go_on(decompressor, data, room)
        except zlib.error:
            raise CloseError(INVALID_DATA, "invalid compressed data") from None
        if 0 <= room < len(data):
            raise CloseError(TOO_BIG, "message too big")
        if is_last:
            self._streams = 0
            if not self._keeps_context:
                self._decompressor = None
        return data

    def _go_on(self, decompressor: "zlib._Decompress", data: bytes, room: int) -> bytes:
        """Expand what follows the end of a stream in the same message (RFC 7692, 7.2.3.5)."""
        while decompressor.eof and not 0 <= room < len(data):
            self._streams += 1
            if self._streams > _MAX_STREAMS:
                raise CloseError(INVALID_DATA, "too many streams of compressed data")
            rest = decompressor.unused_data
            decompressor = self._decompressor = zlib.decompressobj(self._bits)
            data += decompressor.decompress(rest, room + 1 - len(data) if room >= 0 else 0)
        return data
