"""Owns the encoding of field blocks (RFC 7541), and the copy of the peer's dynamic table.

Does not choose which fields a response has, but drops those of a connection (RFC 9113 section
8.2.2) and refuses those that no field section may carry.

A field costs little when it comes again. All that does not depend on the connection is done when
it is first seen and kept in a memo of the process: its check, and its representation as a literal.
When it is seen for the second time, wherever that is, it is taken to come again for ever: only then
is it Huffman-coded, and indexed on each connection that sends it. So values that never repeat
neither enter a peer's table nor cost more than a plain literal.
"""

from typing import Final, cast

from hpack.table import HeaderTable

from h2c_core._hpack_octets import is_token, is_valid_value
from h2c_core._huffman import encode

__all__ = ["Encoder"]

# A tuple of this type mypyc hands on as it is; a tuple[bytes, bytes] it would take apart.
_Entry = tuple[bytes, ...]

# SETTINGS_HEADER_TABLE_SIZE until the peer sends another one (RFC 9113 section 6.5.2).
_DEFAULT_TABLE_SIZE: Final = 4096
# What an entry counts beside its octets (section 4.1).
_OVERHEAD: Final = 32
_LAST_STATIC: Final = 61
_NOTHING: Final[_Entry] = ()
# Places of evicted entries are removed together, when there are this many.
_MOST_EVICTED: Final = 32

# The first octet of each representation (section 6), and the bits of it that an index may fill.
_INDEXED: Final = 0x80
_INDEXED_BITS: Final = 0x7F
_INSERTION: Final = 0x40
_INSERTION_BITS: Final = 0x3F
_NEVER_INDEXED: Final = 0x10
_LITERAL: Final = 0x00
_LITERAL_BITS: Final = 0x0F
_RESIZE: Final = 0x20
_RESIZE_BITS: Final = 0x1F
_CODED: Final = 0x80
_LENGTH_BITS: Final = 0x7F

_ONE_OCTET_INDEXES: Final = [bytes((_INDEXED | index,)) for index in range(_INDEXED_BITS)]
_STATIC_FIELDS: Final[dict[_Entry, int]] = {
    field: index for index, field in enumerate(HeaderTable.STATIC_TABLE, 1)
}
_STATIC_NAMES: Final[dict[bytes, int]] = {
    field[0]: index for field, index in reversed(_STATIC_FIELDS.items())
}

# Connection-specific fields (RFC 9113 section 8.2.2), which an application may have set for HTTP/1.
_DROPPED: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
# Secrets (section 7.1.3): neither we, nor a proxy on the way, nor the memo keeps them.
_SENSITIVE: Final = frozenset({b"authorization", b"proxy-authorization", b"set-cookie"})
# Values that repeat for a while, or on other connections, and then no more.
_NEVER_WORTH_INDEXING: Final = frozenset(
    {
        b"age",
        b"content-length",
        b"content-location",
        b"content-range",
        b"cookie",
        b"date",
        b"etag",
        b"expires",
        b"last-modified",
        b"location",
        b"proxy-authenticate",
        b"retry-after",
        b"server-timing",
        b"traceparent",
        b"www-authenticate",
        b"x-request-id",
    }
)

# The memo holds at most 1,024 fields, none above 1 KiB, 256 KiB of names and values together.
# With the two representations of each and the objects that hold them, that is 1.3 MiB. When it is
# full it is emptied: to learn again what is still in use costs less than to keep its order.
_MEMO_FIELDS: Final = 1024
_MEMO_FIELD_SIZE: Final = 1024
_MEMO_SIZE: Final = 256 * 1024


class _Coded:
    """A field and how it is represented.

    Attributes:
        field: name and value as they are sent.
        size: what they count in a table.
        literal: the representation that leaves the table alone.
        insertion: the one that also makes it the newest entry; empty when it is not to be.
        is_new: it was seen only once.
    """

    __slots__ = ("field", "insertion", "is_new", "literal", "size")

    def __init__(self, field: _Entry, literal: bytes, *, is_new: bool) -> None:
        self.field = field
        self.size = _OVERHEAD + len(field[0]) + len(field[1])
        self.literal = literal
        self.insertion = b""
        self.is_new = is_new

    def settle(self) -> None:
        """Make the representations of a field that comes again."""
        self.is_new = False
        name, value = self.field
        self.literal = _represent(_LITERAL, _LITERAL_BITS, name, value, is_coded=True)
        if name not in _NEVER_WORTH_INDEXING:
            self.insertion = _represent(_INSERTION, _INSERTION_BITS, name, value, is_coded=True)


class _Memo:
    """What is known of the fields that were seen.

    Attributes:
        fields: by name and value as they were given.
        size: bytes of those names and values.
    """

    __slots__ = ("fields", "size")

    def __init__(self) -> None:
        self.fields: dict[_Entry, _Coded] = {}
        self.size = 0

    def learn(self, given: _Entry) -> _Coded:
        """Check and represent a field that is seen for the first time.

        Raises:
            ValueError: the field is unsafe.
        """
        name = given[0].lower()
        value = given[1].strip(b" \t")
        if not is_token(name):
            raise ValueError(f"invalid header name {given[0]!r}")
        if not is_valid_value(value):
            raise ValueError(f"invalid value of header {given[0]!r}")
        if name in _SENSITIVE:
            literal = _represent(_NEVER_INDEXED, _LITERAL_BITS, name, value, is_coded=False)
            return _Coded((name, value), literal, is_new=False)
        field: _Entry = given
        if name != given[0] or value != given[1]:
            field = (name, value)
        index = _STATIC_FIELDS.get(field)
        if name in _DROPPED:
            coded = _Coded(field, b"", is_new=False)
        elif index is not None:
            coded = _Coded(field, _ONE_OCTET_INDEXES[index], is_new=False)
        else:
            literal = _represent(_LITERAL, _LITERAL_BITS, name, value, is_coded=False)
            coded = _Coded(field, literal, is_new=True)
        size = len(given[0]) + len(given[1])
        if size <= _MEMO_FIELD_SIZE:
            if len(self.fields) >= _MEMO_FIELDS or self.size + size > _MEMO_SIZE:
                self.fields.clear()
                self.size = 0
            self.fields[given] = coded
            self.size += size
        return coded


_memo: Final = _Memo()
# By status code, of which there are 900.
_statuses: Final[dict[int, _Coded]] = {}


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

    def __init__(self, max_table_size: int = _DEFAULT_TABLE_SIZE) -> None:
        """Begin with an empty table.

        Args:
            max_table_size: bytes of the peer's table that are used when it offers as many.
        """
        self._cap = max_table_size
        self._peer_size = _DEFAULT_TABLE_SIZE
        self._max_size = _DEFAULT_TABLE_SIZE
        # The size that the next block announces, and the smallest one since the last; -1 for none.
        self._wanted = -1
        self._smallest = -1
        # From the oldest to the newest; those before _oldest are evicted.
        self._entries: list[_Entry] = []
        self._oldest = 0
        self._size = 0
        # How many were ever inserted, and each entry's place in that order.
        self._inserted = 0
        self._numbers: dict[_Entry, int] = {}
        if max_table_size < _DEFAULT_TABLE_SIZE:
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
        fields: list[_Coded] = []
        if status:
            fields.append(_statuses.get(status) or _learn_status(status))
        known = _memo.fields
        for header in cast("list[_Entry]", headers):
            coded = known.get(header)
            if coded is None:
                coded = _memo.learn(header)
            elif coded.is_new:
                coded.settle()
            fields.append(coded)
        updates = self._resize() if self._wanted >= 0 else b""
        block = b"".join(
            [self._index(coded) if coded.insertion else coded.literal for coded in fields]
        )
        return updates + block if updates else block

    def _index(self, coded: _Coded) -> bytes:
        """Represent a field by its entry in the table; make it one if it is none."""
        number = self._numbers.get(coded.field)
        if number is not None:
            index = self._inserted - number + _LAST_STATIC
            if index < _INDEXED_BITS:
                return _ONE_OCTET_INDEXES[index]
            return _integer(_INDEXED, _INDEXED_BITS, index)
        if coded.size > self._max_size:
            return coded.literal
        self._evict(self._max_size - coded.size)
        self._entries.append(coded.field)
        self._size += coded.size
        self._numbers[coded.field] = self._inserted
        self._inserted += 1
        return coded.insertion

    def _want(self, size: int) -> None:
        """Announce a table size with the next block."""
        if self._wanted < 0 or size < self._smallest:
            self._smallest = size
        self._wanted = size

    def _resize(self) -> bytes:
        """Return the updates that are due, having followed them (section 4.2)."""
        updates = _integer(_RESIZE, _RESIZE_BITS, self._wanted)
        if self._smallest < self._wanted:
            updates = _integer(_RESIZE, _RESIZE_BITS, self._smallest) + updates
        self._evict(self._smallest)
        self._max_size = self._wanted
        self._wanted = -1
        return updates

    def _evict(self, size: int) -> None:
        """Remove the oldest entries until the table has the size given, or less."""
        oldest = self._oldest
        while self._size > size:
            field = self._entries[oldest]
            self._entries[oldest] = _NOTHING
            del self._numbers[field]
            self._size -= _OVERHEAD + len(field[0]) + len(field[1])
            oldest += 1
        if oldest >= _MOST_EVICTED:
            del self._entries[:oldest]
            oldest = 0
        self._oldest = oldest


def _learn_status(status: int) -> _Coded:
    """Represent a status code that is seen for the first time."""
    if not 100 <= status <= 999:
        raise ValueError(f"invalid status code {status}")
    field: _Entry = (b":status", b"%d" % status)
    index = _STATIC_FIELDS.get(field)
    if index is not None:
        coded = _Coded(field, _ONE_OCTET_INDEXES[index], is_new=False)
    else:
        coded = _Coded(field, b"", is_new=False)
        coded.settle()
    _statuses[status] = coded
    return coded


def _represent(first: int, bits: int, name: bytes, value: bytes, *, is_coded: bool) -> bytes:
    """Return a literal (section 6.2), with Huffman code where wanted and shorter."""
    index = _STATIC_NAMES.get(name)
    if index is not None:
        head = _integer(first, bits, index)
    else:
        head = bytes((first,)) + _string(name, is_coded=is_coded)
    return head + _string(value, is_coded=is_coded)


def _string(text: bytes, *, is_coded: bool) -> bytes:
    """Return a string (section 5.2)."""
    if is_coded:
        coded = encode(text)
        if len(coded) < len(text):
            return _integer(_CODED, _LENGTH_BITS, len(coded)) + coded
    return _integer(0, _LENGTH_BITS, len(text)) + text


def _integer(first: int, bits: int, value: int) -> bytes:
    """Return an integer (section 5.1) behind the bits of a first octet."""
    if value < bits:
        return bytes((first | value,))
    octets = [first | bits]
    value -= bits
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)
