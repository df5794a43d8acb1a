"""Owns what is known of fields that responses had: their check, and their representations.

Does not know connections: what is known holds for all of them.

A field that is seen for the second time, wherever that is, is taken to come again for ever. Only
then is it Huffman-coded and worth a place in the tables of peers, so that values which never repeat
neither fill those tables nor cost more than plain literals.
"""

from typing import Final

from h2c_core._fields import CONNECTION_SPECIFIC
from h2c_core._hpack_octets import is_token, is_valid_value
from h2c_core._hpack_primitives import write_integer, write_string
from h2c_core._hpack_table import INDEX_BY_FIELD, INDEX_BY_NAME, OVERHEAD, Entry

__all__ = ["MEMO", "FieldMemo", "KnownField", "know_status"]

# The first octets of the representations (RFC 7541 section 6), and what of them an index may fill.
_INDEXED: Final = 0x80
_INDEXED_BITS: Final = 0x7F
_INSERTION: Final = 0x40
_INSERTION_BITS: Final = 0x3F
_NEVER_INDEXED: Final = 0x10
_LITERAL: Final = 0x00
_LITERAL_BITS: Final = 0x0F

# Secrets (RFC 7541 section 7.1.3): they enter no table of anybody on the way, nor the memo.
_SENSITIVE: Final = frozenset({b"authorization", b"proxy-authorization", b"set-cookie"})
# What may come again soon, or on other connections, but seldom often on one.
_NOT_INDEXED: Final = frozenset(
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

# At most 1,024 fields, none above 1 KiB, 256 KiB of names and values in all. With two
# representations of each and the objects that hold them, that is 1.3 MiB. A full memo is emptied:
# to learn again what is still in use costs less than to keep account of its use.
_MOST_FIELDS: Final = 1024
_MOST_FIELD_SIZE: Final = 1024
_MOST_SIZE: Final = 256 * 1024

# Bytes of a name or value that an error shows.
_SHOWN: Final = 80


class KnownField:
    """A field and its representations.

    Attributes:
        field: name and value as they are sent.
        size: what they count in a table.
        literal: the representation that leaves the table alone; empty for a field that is dropped.
        insertion: the one that also makes it the newest entry, where `is_indexed`.
        is_indexed: it is worth a place in the table.
        is_new: it was seen only once.
    """

    __slots__ = ("field", "insertion", "is_indexed", "is_new", "literal", "size")

    def __init__(self, field: Entry, literal: bytes, *, is_new: bool) -> None:
        self.field = field
        self.size = OVERHEAD + len(field[0]) + len(field[1])
        self.literal = literal
        self.insertion = b""
        self.is_indexed = False
        self.is_new = is_new

    def settle(self) -> None:
        """Make the representations of a field that comes again."""
        name, value = self.field
        self.literal = _represent(_LITERAL, _LITERAL_BITS, name, value, is_coded=True)
        if name not in _NOT_INDEXED:
            self.insertion = _represent(_INSERTION, _INSERTION_BITS, name, value, is_coded=True)
            self.is_indexed = True
        self.is_new = False


class FieldMemo:
    """What is known of the fields that were seen.

    Attributes:
        fields: by name and value as an application gave them.
        size: the bytes of those names and values.
    """

    __slots__ = ("fields", "size")

    def __init__(self) -> None:
        self.fields: dict[Entry, KnownField] = {}
        self.size = 0

    def learn(self, given: Entry) -> KnownField:
        """Check and represent a field that is not known.

        Raises:
            ValueError: the field is unsafe.
        """
        name = given[0].lower()
        value = given[1].strip(b" \t")
        if not is_token(name):
            raise ValueError(f"invalid name of a field: {name[:_SHOWN]!r}")
        if not is_valid_value(value):
            raise ValueError(f"invalid value of a field: {name[:_SHOWN]!r}: {value[:_SHOWN]!r}")
        field = given
        if name != given[0] or value != given[1]:
            field = (name, value)
        index = INDEX_BY_FIELD.get(field)
        if name in CONNECTION_SPECIFIC:  # which an application may have set for HTTP/1
            known = KnownField(field, b"", is_new=False)
        elif name in _SENSITIVE:
            literal = _represent(_NEVER_INDEXED, _LITERAL_BITS, name, value, is_coded=False)
            return KnownField(field, literal, is_new=False)
        elif index is not None:
            known = KnownField(field, write_integer(_INDEXED, _INDEXED_BITS, index), is_new=False)
        else:
            literal = _represent(_LITERAL, _LITERAL_BITS, name, value, is_coded=False)
            known = KnownField(field, literal, is_new=True)
        size = len(given[0]) + len(given[1])
        if size <= _MOST_FIELD_SIZE:
            if len(self.fields) >= _MOST_FIELDS or self.size + size > _MOST_SIZE:
                self.fields.clear()
                self.size = 0
            self.fields[given] = known
            self.size += size
        return known


MEMO: Final = FieldMemo()
"""The one of this process."""


def know_status(status: int) -> KnownField:
    """Represent a `:status` field.

    Raises:
        ValueError: the status code is not of three digits.
    """
    if not 100 <= status <= 999:
        raise ValueError(f"invalid status code: {status}")
    field: Entry = (b":status", b"%d" % status)
    index = INDEX_BY_FIELD.get(field)
    if index is not None:
        return KnownField(field, write_integer(_INDEXED, _INDEXED_BITS, index), is_new=False)
    known = KnownField(field, b"", is_new=True)
    known.settle()
    return known


def _represent(first: int, bits: int, name: bytes, value: bytes, *, is_coded: bool) -> bytes:
    """Return a literal (RFC 7541 section 6.2), Huffman-coded where wanted and shorter."""
    index = INDEX_BY_NAME.get(name)
    if index is not None:
        head = write_integer(first, bits, index)
    else:
        head = bytes((first,)) + write_string(name, is_coded=is_coded)
    return head + write_string(value, is_coded=is_coded)
