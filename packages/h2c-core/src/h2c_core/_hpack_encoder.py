"""Owns the encoding of field sections (RFC 7541), and the encoder's dynamic table.

Does not know frames. What may be sent is decided here: names are lower-cased, connection-specific
fields left out (RFC 9113 section 8.2.2), and what could be read as something else is refused.

A field is looked at once: what became of it is kept in a memo of the whole process, so that an
application which answers alike pays one look-up a field.
"""

from typing import Final

from hpack.table import HeaderTable

from h2c_core._fields import Field
from h2c_core._hpack_octets import is_valid_name, is_valid_value
from h2c_core._huffman import encode as huffman

__all__ = ["Encoder"]

_DEFAULT_TABLE_SIZE: Final = 4096
_OVERHEAD: Final = 32
_LAST_STATIC: Final = 61

_CONNECTION_SPECIFIC: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
# Never put into a table of anybody on the way (RFC 7541 section 7.1.3).
_SENSITIVE: Final = frozenset(
    {b"set-cookie", b"authorization", b"proxy-authorization", b"cookie", b"www-authenticate"}
)
# Values that seldom come twice on a connection: they would only push others out of the table.
_NOT_REPEATED: Final = frozenset(
    {
        b"age",
        b"content-length",
        b"content-location",
        b"content-range",
        b"date",
        b"etag",
        b"expires",
        b"last-modified",
        b"location",
        b"retry-after",
        b"x-request-id",
    }
)

# Up to 1,024 fields of 512 octets, with their literals and objects less than 2 MiB; emptied when it
# is full, so that a flood of values that differ costs one insertion each.
_MEMO_FIELDS: Final = 1024
_MEMO_OCTETS: Final = 512

_STATIC_NAMES: Final[dict[bytes, int]] = {}
_STATIC_FIELDS: Final[dict[Field, int]] = {}
for _index, _entry in enumerate(HeaderTable.STATIC_TABLE, 1):
    _STATIC_NAMES.setdefault(_entry[0], _index)
    _STATIC_FIELDS.setdefault((_entry[0], _entry[1]), _index)


class _Prepared:
    """What becomes of a field.

    Attributes:
        wire: the field when it is not in the dynamic table; empty for one that is left out.
        indexed: the same, but asking to be put into the table; empty where that is not worth it.
        size: what it takes of a table.
    """

    __slots__ = ("indexed", "size", "wire")

    def __init__(self, wire: bytes, indexed: bytes, size: int) -> None:
        self.wire = wire
        self.indexed = indexed
        self.size = size


_LEFT_OUT: Final = _Prepared(b"", b"", 0)
_memo: Final[dict[Field, _Prepared]] = {}


class Encoder:
    """The encoder of one connection."""

    __slots__ = (
        "_inserted",
        "_max_size",
        "_order",
        "_own_max",
        "_places",
        "_size",
        "_smallest",
    )

    def __init__(self, max_table_size: int = _DEFAULT_TABLE_SIZE) -> None:
        """Begin with an empty table.

        Args:
            max_table_size: the most bytes that the table may have, whatever the peer allows.
        """
        self._own_max = max_table_size
        self._max_size = min(_DEFAULT_TABLE_SIZE, max_table_size)
        self._size = 0
        # Fields in the table by the number of their insertion, and that number by field.
        self._order: dict[int, tuple[Field, int]] = {}
        self._places: dict[Field, int] = {}
        self._inserted = 0
        # The smallest size set since the last block, -1 for no change (RFC 7541 section 4.2).
        self._smallest = self._max_size if max_table_size < _DEFAULT_TABLE_SIZE else -1

    def set_peer_table_size(self, size: int) -> None:
        """Take over the peer's SETTINGS_HEADER_TABLE_SIZE, in bytes; the next block says so."""
        size = min(size, self._own_max)
        if size == self._max_size:
            return
        self._smallest = size if self._smallest < 0 else min(size, self._smallest)
        self._max_size = size
        self._evict(0)

    def encode(self, status: int, headers: list[Field]) -> bytes:
        """Encode a field section.

        Args:
            status: the status, 100 to 999, which comes first; 0 for a trailer section.
            headers: the fields.

        Raises:
            ValueError: a field must not be sent; the table is as before.
        """
        prepared: list[_Prepared] = []
        for field in headers:
            known = _memo.get(field)
            prepared.append(_prepare(field) if known is None else known)
        pieces: list[bytes] = []
        if self._smallest >= 0:
            pieces.append(self._size_updates())
        if status:
            pieces.append(_STATUS[status] if status < _STATUS_END else _status(status))
        places = self._places
        for position, field in enumerate(headers):
            item = prepared[position]
            if item.indexed:
                place = places.get(field, -1)
                if place >= 0:
                    pieces.append(_integer(_LAST_STATIC + self._inserted - place, 0x80, 0x7F))
                elif item.size <= self._max_size:
                    self._insert(field, item.size)
                    pieces.append(item.indexed)
                else:
                    pieces.append(item.wire)
            else:
                pieces.append(item.wire)
        return b"".join(pieces)

    def _insert(self, field: Field, size: int) -> None:
        self._evict(size)
        self._order[self._inserted] = (field, size)
        self._places[field] = self._inserted
        self._inserted += 1
        self._size += size

    def _evict(self, needed: int) -> None:
        while self._order and self._size + needed > self._max_size:
            oldest = next(iter(self._order))
            field, size = self._order.pop(oldest)
            self._size -= size
            del self._places[field]

    def _size_updates(self) -> bytes:
        smallest = self._smallest
        self._smallest = -1
        update = _integer(self._max_size, 0x20, 0x1F)
        if smallest < self._max_size:
            return _integer(smallest, 0x20, 0x1F) + update
        return update


def _prepare(field: Field) -> _Prepared:
    name = field[0].lower()
    value = field[1].strip(b" \t")
    if not is_valid_name(name) or name[0] == 0x3A:
        msg = f"no name of a field: {field[0][:80]!r}"
        raise ValueError(msg)
    if not is_valid_value(value):
        msg = f"no value of a field, for {name.decode()}: {value[:80]!r}"
        raise ValueError(msg)
    if name in _CONNECTION_SPECIFIC:
        prepared = _LEFT_OUT
    elif (name, value) in _STATIC_FIELDS:
        wire = _integer(_STATIC_FIELDS[name, value], 0x80, 0x7F)
        prepared = _Prepared(wire, b"", 0)
    else:
        prepared = _literals(name, value)
    if len(field[0]) + len(field[1]) <= _MEMO_OCTETS and name not in _SENSITIVE:
        if len(_memo) >= _MEMO_FIELDS:
            _memo.clear()
        _memo[field] = prepared
    return prepared


def _literals(name: bytes, value: bytes) -> _Prepared:
    index = _STATIC_NAMES.get(name, 0)
    rest = (b"" if index else _string(name)) + _string(value)
    if name in _SENSITIVE:
        return _Prepared(_integer(index, 0x10, 0x0F) + rest, b"", 0)
    wire = _integer(index, 0x00, 0x0F) + rest
    size = len(name) + len(value) + _OVERHEAD
    if name in _NOT_REPEATED or size > _DEFAULT_TABLE_SIZE // 4:
        return _Prepared(wire, b"", size)
    return _Prepared(wire, _integer(index, 0x40, 0x3F) + rest, size)


def _string(text: bytes) -> bytes:
    """Return a string (section 5.2), Huffman-coded where that is shorter."""
    coded = huffman(text)
    if len(coded) < len(text):
        return _integer(len(coded), 0x80, 0x7F) + coded
    return _integer(len(text), 0x00, 0x7F) + text


def _integer(value: int, pattern: int, most: int) -> bytes:
    """Return an integer (section 5.1) behind the bits of `pattern`, in a prefix of up to `most`."""
    if value < most:
        return _OCTETS[pattern | value]
    octets = bytearray((pattern | most,))
    value -= most
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


_OCTETS: Final[list[bytes]] = [bytes((octet,)) for octet in range(256)]


def _status(status: int) -> bytes:
    """Return the `:status` field; those of the static table are one octet."""
    index = _STATIC_FIELDS.get((b":status", b"%d" % status), 0)
    if index:
        return _integer(index, 0x80, 0x7F)
    return _integer(_STATIC_NAMES[b":status"], 0x00, 0x0F) + _string(b"%d" % status)


_STATUS_END: Final = 600
_STATUS: Final[list[bytes]] = [_status(status) for status in range(_STATUS_END)]
