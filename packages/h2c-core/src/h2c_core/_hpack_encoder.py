"""Owns the encoding of field blocks (RFC 7541), and the copy of the peer's dynamic table.

Does not choose which fields a response has, but leaves out those of a connection (RFC 9113 section
8.2.2) and refuses what no field section may carry.

What does not depend on the connection is known from the memo: a field that came before costs one
look-up, and one more where it is worth a place in the peer's table.
"""

from typing import Final, cast

from h2c_core._hpack_memo import MEMO, KnownField, know_status
from h2c_core._hpack_primitives import write_integer
from h2c_core._hpack_table import (
    DEFAULT_TABLE_SIZE,
    LAST_STATIC,
    MOST_EVICTED,
    NO_ENTRY,
    OVERHEAD,
    Entry,
)

__all__ = ["Encoder"]

# The first octets of two representations (section 6), and what of them a number may fill.
_INDEXED: Final = 0x80
_INDEXED_BITS: Final = 0x7F
_RESIZE: Final = 0x20
_RESIZE_BITS: Final = 0x1F

_ONE_OCTET_INDEXES: Final = [bytes((_INDEXED | index,)) for index in range(_INDEXED_BITS)]
# By status code, of which there are 900.
_statuses: Final[dict[int, KnownField]] = {}


class Encoder:
    """The encoder of one connection."""

    __slots__ = (
        "_cap",
        "_entries",
        "_inserted",
        "_max_size",
        "_numbers",
        "_oldest",
        "_peer_size",
        "_size",
        "_smallest",
        "_wanted",
    )

    def __init__(self, max_table_size: int = DEFAULT_TABLE_SIZE) -> None:
        """Begin with an empty table.

        Args:
            max_table_size: bytes of the peer's table that are used when it offers as many.
        """
        self._cap = max_table_size
        self._peer_size = DEFAULT_TABLE_SIZE
        self._max_size = DEFAULT_TABLE_SIZE
        # The size that the next block announces, and the smallest one since the last; -1 for none.
        self._wanted = -1
        self._smallest = -1
        # From the oldest to the newest; those before _oldest are evicted.
        self._entries: list[Entry] = []
        self._oldest = 0
        self._size = 0
        # How many were ever inserted, and each entry's place in that order.
        self._inserted = 0
        self._numbers: dict[Entry, int] = {}
        if max_table_size < DEFAULT_TABLE_SIZE:
            self._want(max_table_size)

    def set_peer_table_size(self, size: int) -> None:
        """Take over the peer's SETTINGS_HEADER_TABLE_SIZE, in bytes.

        When it is smaller than before, or the table becomes larger, the next block begins with the
        updates that section 4.2 asks for.
        """
        wanted = min(size, self._cap)
        if size < self._peer_size or wanted != self._max_size or self._wanted >= 0:
            self._want(wanted)
        self._peer_size = size

    def encode(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        """Encode the head of a response, or trailers.

        Args:
            status: the status code, from 100 to 999; 0 for trailers, which have none.
            headers: names in any case; white space around values is removed.

        Raises:
            ValueError: a field is unsafe. Nothing has changed then.
        """
        fields: list[KnownField] = []
        if status:
            known = _statuses.get(status)
            if known is None:
                known = know_status(status)
                _statuses[status] = known
            fields.append(known)
        memo = MEMO.fields
        for header in cast("list[Entry]", headers):
            known = memo.get(header)
            if known is None:
                known = MEMO.learn(header)
            elif known.is_new:
                known.settle()
            fields.append(known)
        updates = self._resize() if self._wanted >= 0 else b""
        block = b"".join(
            [self._index(field) if field.is_indexed else field.literal for field in fields]
        )
        return updates + block if updates else block

    def _index(self, known: KnownField) -> bytes:
        """Represent a field by its entry in the table; make it one if it is none."""
        number = self._numbers.get(known.field)
        if number is not None:
            index = self._inserted - number + LAST_STATIC
            if index < _INDEXED_BITS:
                return _ONE_OCTET_INDEXES[index]
            return write_integer(_INDEXED, _INDEXED_BITS, index)
        if known.size > self._max_size:
            return known.literal
        self._evict(self._max_size - known.size)
        self._entries.append(known.field)
        self._size += known.size
        self._numbers[known.field] = self._inserted
        self._inserted += 1
        return known.insertion

    def _want(self, size: int) -> None:
        """Announce a table size with the next block."""
        if self._wanted < 0 or size < self._smallest:
            self._smallest = size
        self._wanted = size

    def _resize(self) -> bytes:
        """Return the updates that are due, having followed them (section 4.2)."""
        updates = write_integer(_RESIZE, _RESIZE_BITS, self._wanted)
        if self._smallest < self._wanted:
            updates = write_integer(_RESIZE, _RESIZE_BITS, self._smallest) + updates
        self._evict(self._smallest)
        self._max_size = self._wanted
        self._wanted = -1
        return updates

    def _evict(self, size: int) -> None:
        """Remove the oldest entries until the table has the size given, or less."""
        oldest = self._oldest
        while self._size > size:
            field = self._entries[oldest]
            self._entries[oldest] = NO_ENTRY
            del self._numbers[field]
            self._size -= OVERHEAD + len(field[0]) + len(field[1])
            oldest += 1
        if oldest >= MOST_EVICTED:
            del self._entries[:oldest]
            oldest = 0
        self._oldest = oldest
