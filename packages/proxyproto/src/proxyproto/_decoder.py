"""Owns the collecting of a header from the start of a stream.

Does not read from anything, and knows no time: the specification lets a receiver give up after a
few seconds, at least 3.
"""

from enum import Enum
from typing import Final

from proxyproto._header import FIXED_SIZE, Header
from proxyproto._v1 import CRLF, MAX_V1_SIZE, PREFIX, parse_v1
from proxyproto._v2 import SIGNATURE, measure_v2, parse_v2
from proxyproto.errors import (
    DecoderStateError,
    HeaderTooLongError,
    IncompleteHeaderError,
    SignatureError,
)

__all__ = ["DEFAULT_MAX_V2_SIZE", "Decoder", "Mode"]

DEFAULT_MAX_V2_SIZE: Final = 4096
"""Bytes, of the 65,551 that the length field allows. The specification means headers to fit in 536;
a client's certificate (`SSL_CLIENT_CERT`) is larger."""


class Mode(Enum):
    """Which versions are taken. A header is required in any case (section 2)."""

    V1 = "v1"
    V2 = "v2"
    ANY = "any"


class Decoder:
    """Takes the bytes of one connection until they make a header.

    Args:
        mode: the versions to take.
        max_v2_size: bytes that a header of version 2 may have, 16 or more; one of version 1 may
            have 107.

    Raises:
        ValueError: `max_v2_size` is below 16.
    """

    __slots__ = ("_data", "_is_over", "_max_v2_size", "_mode", "left_over")

    def __init__(self, mode: Mode = Mode.ANY, *, max_v2_size: int = DEFAULT_MAX_V2_SIZE) -> None:
        if max_v2_size < FIXED_SIZE:
            raise ValueError(f"a header of version 2 has at least {FIXED_SIZE} bytes")
        self._mode = mode
        self._max_v2_size = max_v2_size
        self._data = b""
        self._is_over = False
        self.left_over = b""
        """What follows the header, once that is there; it is the application's."""

    def receive_data(self, data: bytes) -> Header | None:
        """Take bytes from the connection, and return the header as soon as it is whole.

        Raises:
            InvalidHeaderError: they are not what the specification has. Abort the connection.
            DecoderStateError: a header was returned before, or an error raised.
        """
        if self._is_over:
            raise DecoderStateError("the header has been read, or refused")
        if self._data:
            data = self._data + data
        self._is_over = True
        if self._mode is Mode.V2 or (self._mode is Mode.ANY and data[:1] == SIGNATURE[:1]):
            header = self._receive_v2(data)
        else:
            header = self._receive_v1(data)
        if header is None:
            self._is_over = False
            self._data = data
        return header

    def receive_eof(self) -> None:
        """Take the end of the connection's bytes.

        Raises:
            IncompleteHeaderError: the header was not whole.
        """
        if not self._is_over:
            self._is_over = True
            raise IncompleteHeaderError(f"the stream ended after {len(self._data)} bytes of header")

    def _receive_v1(self, data: bytes) -> Header | None:
        if not (data.startswith(PREFIX) or PREFIX.startswith(data)):
            raise SignatureError("the first bytes are not those of a header")
        end = data.find(CRLF, 0, MAX_V1_SIZE)
        if end >= 0:
            self.left_over = data[end + len(CRLF) :]
            return parse_v1(data[:end])
        if len(data) >= MAX_V1_SIZE:
            raise HeaderTooLongError(f"no CRLF is in the first {MAX_V1_SIZE} bytes")
        return None

    def _receive_v2(self, data: bytes) -> Header | None:
        size = measure_v2(data, self._max_v2_size)
        if size == 0 or len(data) < size:
            return None
        if len(data) > size:
            self.left_over = data[size:]
            data = data[:size]
        return parse_v2(data)
