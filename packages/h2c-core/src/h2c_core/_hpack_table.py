"""Owns the static table (RFC 7541 appendix A), and what both dynamic tables count by.

Does not hold a dynamic table: the decoder and the encoder need theirs in different forms.

An entry is a `tuple[bytes, ...]`: mypyc hands a tuple of that type on as it is, while it takes a
`tuple[bytes, bytes]` apart wherever one is read, and builds it anew wherever one is kept.
"""

from typing import Final

from hpack.table import HeaderTable

__all__ = [
    "DEFAULT_TABLE_SIZE",
    "INDEX_BY_FIELD",
    "INDEX_BY_NAME",
    "LAST_STATIC",
    "MOST_EVICTED",
    "NO_ENTRY",
    "OVERHEAD",
    "STATIC_ENTRIES",
    "STATIC_SIZES",
    "Entry",
]

Entry = tuple[bytes, ...]

# SETTINGS_HEADER_TABLE_SIZE until a peer knows of another one (RFC 9113 section 6.5.2).
DEFAULT_TABLE_SIZE: Final = 4096
# What a field counts beside its octets, in a table (RFC 7541 4.1) and in a list (RFC 9113 6.5.2).
OVERHEAD: Final = 32

NO_ENTRY: Final[Entry] = ()
# Evicted entries give up their octets at once, and their places when there are this many.
MOST_EVICTED: Final = 32

LAST_STATIC: Final = 61
# By index; there is no 0.
STATIC_ENTRIES: Final[list[Entry]] = [NO_ENTRY, *HeaderTable.STATIC_TABLE]
STATIC_SIZES: Final = bytes(OVERHEAD + sum(map(len, entry)) for entry in STATIC_ENTRIES)
INDEX_BY_FIELD: Final[dict[Entry, int]] = {
    entry: index for index, entry in enumerate(HeaderTable.STATIC_TABLE, 1)
}
# The first where a name has several.
INDEX_BY_NAME: Final[dict[bytes, int]] = {
    entry[0]: index for entry, index in reversed(INDEX_BY_FIELD.items())
}
