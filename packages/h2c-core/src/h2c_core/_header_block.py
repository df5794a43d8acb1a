"""Owns field blocks on their way in, until they are whole and decoded (RFC 9113 section 4.3).

Does not know what the fields say, nor which stream may have them.
"""

from typing import Final

from h2.errors import ErrorCodes
from hpack.exceptions import HPACKError, OversizedHeaderListError

from h2c_core._hpack_decoder import Decoder
from h2c_core._hpack_table import OVERHEAD
from h2c_core._limits import Limits
from h2c_core._request_head import Field
from h2c_core.errors import RemoteProtocolError

__all__ = ["HeaderBlock"]

_FIELD_COST: Final = 100
"""Bytes that a field takes beside the 32 that its size counts (RFC 9113 section 6.5.2): a tuple of
two and its place in a list are 64, two bytes objects without their text 66."""


class HeaderBlock:
    """The block that is being received, and the connection's HPACK decoder.

    Attributes:
        stream_id: the stream whose block is not whole yet, 0 for none. No other frame may come.
        end_stream: its HEADERS frame had END_STREAM.
        is_valid: its HEADERS frame did not break a rule of its own.
        weight: RFC 7540 weight that its HEADERS frame gave, 0 for none.
        depends_on: RFC 7540 dependency that it gave.
        decoder: the HPACK decoder.
    """

    __slots__ = (
        "_fragments",
        "_frames",
        "_max_block_size",
        "_max_fields",
        "_max_frames",
        "_max_list_size",
        "decoder",
        "depends_on",
        "end_stream",
        "is_valid",
        "stream_id",
        "weight",
    )

    def __init__(self, limits: Limits) -> None:
        self._max_block_size = limits.max_header_block_size
        self._max_fields = limits.max_header_fields
        self._max_frames = limits.max_continuation_frames
        self._max_list_size = limits.max_header_list_size
        self._fragments = bytearray()
        self._frames = 0
        self.decoder = Decoder()
        self.stream_id = 0
        self.end_stream = False
        self.is_valid = True
        self.weight = 0
        self.depends_on = 0

    def begin(self, stream_id: int, fragment: bytes, *, end_stream: bool, is_valid: bool) -> None:
        """Keep the fragment of a HEADERS frame without END_HEADERS.

        Raises:
            RemoteProtocolError: ENHANCE_YOUR_CALM, the block is too large.
        """
        self.stream_id = stream_id
        self.end_stream = end_stream
        self.is_valid = is_valid
        self._frames = 0
        self._fragments.clear()
        self._add(fragment)

    def proceed(self, fragment: bytes) -> None:
        """Add the fragment of a CONTINUATION frame.

        Raises:
            RemoteProtocolError: ENHANCE_YOUR_CALM, too many frames or too large.
        """
        self._frames += 1
        if self._frames > self._max_frames:
            msg = "too many CONTINUATION frames"
            raise RemoteProtocolError(msg, ErrorCodes.ENHANCE_YOUR_CALM, self.stream_id)
        self._add(fragment)

    def whole(self) -> bytes:
        """Return the block now that END_HEADERS came, and be ready for the next."""
        block = bytes(self._fragments)
        self._fragments.clear()
        self.stream_id = 0
        return block

    def decode(self, block: bytes) -> list[Field] | None:
        """Decode a whole block; None when its list is above the limits.

        Raises:
            RemoteProtocolError: COMPRESSION_ERROR; ENHANCE_YOUR_CALM, the block is too large or has
                far too many fields.
        """
        if len(block) > self._max_block_size:
            msg = "field block above the limit"
            raise RemoteProtocolError(msg, ErrorCodes.ENHANCE_YOUR_CALM)
        try:
            return self.decoder.decode(block, self._max_list_size, self._max_fields)
        except OversizedHeaderListError as error:
            raise RemoteProtocolError(str(error), ErrorCodes.ENHANCE_YOUR_CALM) from error
        except HPACKError as error:
            raise RemoteProtocolError(str(error), ErrorCodes.COMPRESSION_ERROR) from error

    def measure(self, fields: list[Field]) -> None:
        """Take a list that no block brought for the one last decoded, so that `cost` knows it."""
        self.decoder.list_size = sum(OVERHEAD + len(name) + len(value) for name, value in fields)

    def cost(self, fields: list[Field]) -> int:
        """Return what the list last decoded takes as objects; no less, where fields are shared."""
        return self.decoder.list_size + _FIELD_COST * len(fields)

    def _add(self, fragment: bytes) -> None:
        if len(self._fragments) + len(fragment) > self._max_block_size:
            msg = "field block above the limit"
            raise RemoteProtocolError(msg, ErrorCodes.ENHANCE_YOUR_CALM, self.stream_id)
        self._fragments += fragment
