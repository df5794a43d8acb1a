"""Owns the decoding of field blocks (RFC 7541) and the decoder's dynamic table.

Does not know what fields mean, or in which order they may come: it says of a list only whether
names and values consist of what they may consist of.
"""

from typing import TYPE_CHECKING, Final, cast

from hpack.exceptions import (
    HPACKDecodingError,
    InvalidTableIndexError,
    InvalidTableSizeError,
    OversizedHeaderListError,
)

from h2c_core._hpack_octets import is_stripped, is_valid_name, is_valid_value
from h2c_core._hpack_primitives import find_string, least_length, read_integer, read_string
from h2c_core._hpack_table import (
    DEFAULT_TABLE_SIZE,
    LAST_STATIC,
    MOST_EVICTED,
    NO_ENTRY,
    OVERHEAD,
    STATIC_ENTRIES,
    STATIC_SIZES,
    Entry,
)
from h2c_core._huffman import decode_printable

if TYPE_CHECKING:
    # Numbers as C has them, where it is compiled; elsewhere nothing asks for the name.
    from mypy_extensions import i64

__all__ = ["WALKED_FIELDS", "Decoder", "Field"]

Field = tuple[bytes, bytes]

WALKED_FIELDS: Final = 16
"""Times the number of fields allowed that a refused list is still followed, to keep the table true.
With 1,000 allowed that is 4 milliseconds of plain Python where they are indexes, ten times that
where each enters the table; 1 MiB has room for a million fields of one octet, and a peer may send
many."""

# Literals that are not indexed come again with each request of a peer that indexes nothing (nginx,
# HAProxy). Those that are short and valid are remembered for the whole process, by the octets that
# stand for them: at most 1,024 literals of 192 octets, coded 307 characters, with the objects that
# hold them less than 0.75 MiB. One that never comes again costs a look-up and an insertion.
_MEMO_LITERALS: Final = 1024
_MEMO_OCTETS: Final = 192
_memo: Final[dict[bytes, Entry]] = {}
# Two say all that there is to say (section 4.2). Without a bound a block could be a MiB of them.
_MOST_UPDATES: Final = 16
# Never remembered, though a peer may send them without asking for care.
_SENSITIVE: Final = frozenset({b"authorization", b"cookie", b"proxy-authorization"})


class Decoder:
    """The decoder of one connection.

    Attributes:
        list_size: bytes of the list last decoded, counted as `decode` says.
        malformed: a name or value of the list last decoded has octets that it must not have (RFC
            9113 section 8.2.1). An entry of the dynamic table is not looked at again for it. Says
            nothing about a list that was above a limit.
        walked: fields of the newest list above a limit that were followed only for the table.
    """

    __slots__ = (
        "_entries",
        "_limit",
        "_max_size",
        "_oldest",
        "_required",
        "_size",
        "_sizes",
        "list_size",
        "malformed",
        "walked",
    )

    def __init__(self, max_table_size: int = DEFAULT_TABLE_SIZE) -> None:
        """Begin with an empty table.

        Args:
            max_table_size: as if given to `set_max_table_size` before the first block.
        """
        self.malformed = False
        self.list_size = 0
        self.walked = 0
        # From the oldest to the newest; those before _oldest are evicted.
        self._entries: list[Entry] = []
        # The size of each (RFC 7541 section 4.1), below zero for one that is malformed.
        self._sizes: list[int] = []
        self._oldest = 0
        self._size = 0
        self._max_size = DEFAULT_TABLE_SIZE
        self._limit = DEFAULT_TABLE_SIZE
        # The size that the next block must begin with, or a smaller one; -1 for none.
        self._required = -1
        self.set_max_table_size(max_table_size)

    def set_max_table_size(self, size: int) -> None:
        """Take over a SETTINGS_HEADER_TABLE_SIZE, in bytes, that the peer has acknowledged.

        When the size in use is above it, the next block must begin with an update (RFC 9113
        section 4.3.1), to the smallest size that was acknowledged in between or to less.
        """
        self._limit = size
        if size < self._max_size and (self._required < 0 or size < self._required):
            self._required = size

    def decode(self, block: bytes, max_list_size: int, max_fields: int) -> list[Field] | None:
        """Decode a whole block.

        Args:
            block: the fragments of HEADERS and CONTINUATION frames, joined.
            max_list_size: bytes that the list may have; a field counts 32 more than its name and
                value (RFC 9113 section 6.5.2).
            max_fields: fields that the list may have.

        Returns:
            The fields; None when there is more than allowed. Then the block was decoded to its
            end, as far as the table needs it, and nothing else is kept of it.

        Raises:
            HPACKDecodingError: the block is broken.
            InvalidTableIndexError: it refers to an entry that does not exist.
            InvalidTableSizeError: a table size is larger than allowed, was not reduced, or changes
                more than 16 times.
            OversizedHeaderListError: it goes on for `WALKED_FIELDS` times the fields allowed.
        """
        self.malformed = False
        entries = self._entries
        sizes = self._sizes
        fields: list[Entry] = []
        most: i64 = max_fields
        room: i64 = max_list_size
        walked = 0
        most_walked = WALKED_FIELDS * max(max_fields, 1)
        position: i64 = 0
        end: i64 = len(block)
        size: i64
        if self._required >= 0 or (end and block[0] & 0xE0 == 0x20):
            position = self._resize(block)
        while position < end:
            octet: i64 = block[position]
            if octet < 0x80:
                entry, size, position = self._literal(block, position, room)
            else:
                index: i64 = octet & 0x7F
                position += 1
                if index == 0x7F:
                    index, position = read_integer(block, position - 1, 0x7F)
                if 0 < index <= LAST_STATIC:
                    entry = STATIC_ENTRIES[index]
                    size = STATIC_SIZES[index]
                else:
                    place: i64 = len(entries) + LAST_STATIC - index
                    if place < self._oldest or index == 0:
                        raise InvalidTableIndexError(f"there is no entry {index}")
                    entry = entries[place]
                    size = sizes[place]
            if size < 0:
                self.malformed = True
                size = -size
            room -= size
            if room >= 0 and len(fields) < most:
                fields.append(entry)
            else:
                room = -1
                fields.clear()
                walked += 1
                if walked > most_walked:
                    raise OversizedHeaderListError("far too many fields")
        if room < 0:
            self.walked = walked
            return None
        self.list_size = max_list_size - room
        return cast("list[Field]", fields)

    def _place(self, index: int) -> int:
        """Return where the entry of an index is that is not in the static table."""
        place = len(self._entries) + LAST_STATIC - index
        if index == 0 or place < self._oldest:
            raise InvalidTableIndexError(f"there is no entry {index}")
        return place

    def _resize(self, block: bytes) -> int:
        """Follow the table size updates at the start of a block (section 4.2); return their end."""
        position = 0
        end = len(block)
        left = _MOST_UPDATES
        while position < end and block[position] & 0xE0 == 0x20:
            if left == 0:
                raise InvalidTableSizeError("too many table size updates")
            left -= 1
            size, position = read_integer(block, position, 0x1F)
            if size > self._limit or (self._required >= 0 and size > self._required):
                raise InvalidTableSizeError(f"table size {size} is above the limit")
            self._required = -1
            self._max_size = size
            self._evict(0)
        if self._required >= 0:
            raise InvalidTableSizeError("the table was not reduced to the limit")
        return position

    def _literal(self, block: bytes, begin: int, room: int) -> tuple[Entry, int, int]:
        """Decode a literal (section 6.2); returns and `room` as for `_read`."""
        octet = block[begin]
        if octet >= 0x40:
            index, position = read_integer(block, begin, 0x3F)
            entry, size, end = self._read(block, position, index, max(room, self._max_size))
            self._insert(entry, size)
            return entry, size, end
        if octet >= 0x20:
            raise HPACKDecodingError("a table size update after a field")
        end = 0 if octet >= 0x10 else _end_of_short_literal(block, begin)
        if end == 0:
            index, position = read_integer(block, begin, 0x0F)
            return self._read(block, position, index, room)
        wire = block[begin:end]
        known = _memo.get(wire)
        if known is not None:
            return known, OVERHEAD + len(known[0]) + len(known[1]), end
        index, position = read_integer(block, begin, 0x0F)
        entry, size, end = self._read(block, position, index, room)
        if entry and size > 0 and entry[0] not in _SENSITIVE:
            if len(_memo) >= _MEMO_LITERALS:
                _memo.clear()
            _memo[wire] = entry
        return entry, size, end

    def _read(self, block: bytes, position: int, index: int, room: int) -> tuple[Entry, int, int]:
        """Decode the name and value of a literal.

        Returns:
            The entry, its size (below zero when it is malformed) and where the next field begins.
            When its size is surely above `room`, nothing is decoded, and the entry is empty.
        """
        name = b""
        name_at = 0
        name_end = 0
        is_name_coded = False
        is_valid = True
        if index == 0:
            name_at, name_end, is_name_coded = find_string(block, position)
            position = name_end
        elif index <= LAST_STATIC:
            name = STATIC_ENTRIES[index][0]
        else:
            place = self._place(index)
            name = self._entries[place][0]
            is_valid = self._sizes[place] > 0 or is_valid_name(name)
        value_at, end, is_coded = find_string(block, position)
        least = OVERHEAD + len(name) + least_length(name_end - name_at, is_name_coded)
        least += least_length(end - value_at, is_coded)
        if least > room:
            return NO_ENTRY, least, end
        if index == 0:
            name = read_string(block, name_at, name_end, is_name_coded)
            is_valid = is_valid_name(name)
        value: bytes | None = None
        if is_coded:
            value = decode_printable(block, value_at, end)
        if value is not None:
            is_valid = is_valid and is_stripped(value)
        else:
            value = read_string(block, value_at, end, is_coded)
            is_valid = is_valid and is_valid_value(value)
        size = OVERHEAD + len(name) + len(value)
        return (name, value), (size if is_valid else -size), end

    def _insert(self, entry: Entry, size: int) -> None:
        """Make an entry the newest of the table (section 4.4)."""
        needed = size if size > 0 else -size
        self._evict(needed)
        if needed <= self._max_size:
            self._entries.append(entry)
            self._sizes.append(size)
            self._size += needed

    def _evict(self, needed: int) -> None:
        """Remove the oldest entries until there is space for one of the needed size."""
        oldest = self._oldest
        count = len(self._entries)
        while self._size + needed > self._max_size and oldest < count:
            size = self._sizes[oldest]
            self._size -= size if size > 0 else -size
            self._entries[oldest] = NO_ENTRY
            oldest += 1
        if oldest >= MOST_EVICTED:
            del self._entries[:oldest]
            del self._sizes[:oldest]
            oldest = 0
        self._oldest = oldest


def _end_of_short_literal(block: bytes, begin: int) -> int:
    """Return where a literal without indexing ends, or 0 if it is not one to remember.

    It is one when it means the same on every connection and all its integers are of one octet.
    """
    end = len(block)
    position = begin + 1
    index = block[begin]
    if index == 0:
        if position >= end:
            return 0
        length = block[position] & 0x7F
        if length == 0x7F:
            return 0
        position += 1 + length
    elif index == 0x0F:
        # Names of the static table above 14 take one more octet, those of the dynamic table too.
        if position >= end or block[position] > LAST_STATIC - 0x0F:
            return 0
        position += 1
    if position >= end:
        return 0
    length = block[position] & 0x7F
    position += 1 + length
    if length == 0x7F or position > end or position - begin > _MEMO_OCTETS:
        return 0
    return position
