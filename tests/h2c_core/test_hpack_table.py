"""Owns the tests of the static table. Does not test the dynamic ones."""

from hpack.table import HeaderTable, table_entry_size

from h2c_core._hpack_table import (
    INDEX_BY_FIELD,
    INDEX_BY_NAME,
    LAST_STATIC,
    STATIC_ENTRIES,
    STATIC_SIZES,
)


def test_the_static_table_is_that_of_the_appendix() -> None:
    """RFC 7541 appendix A."""
    assert len(STATIC_ENTRIES) == LAST_STATIC + 1 == 62
    assert STATIC_ENTRIES[1:] == list(HeaderTable.STATIC_TABLE)
    assert STATIC_ENTRIES[2] == (b":method", b"GET")
    assert STATIC_ENTRIES[61] == (b"www-authenticate", b"")


def test_entries_count_their_octets_and_32_more() -> None:
    """RFC 7541 section 4.1."""
    for entry, size in zip(HeaderTable.STATIC_TABLE, STATIC_SIZES[1:], strict=True):
        assert size == table_entry_size(*entry)


def test_fields_and_names_are_found_at_their_first_index() -> None:
    for index, (name, value) in enumerate(HeaderTable.STATIC_TABLE, 1):
        assert INDEX_BY_FIELD[name, value] == index
        assert INDEX_BY_NAME[name] <= index
        assert STATIC_ENTRIES[INDEX_BY_NAME[name]][0] == name
    assert INDEX_BY_NAME[b":status"] == 8
    assert len(INDEX_BY_NAME) == len({name for name, _ in HeaderTable.STATIC_TABLE})
