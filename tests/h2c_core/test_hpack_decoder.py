"""Owns the tests of the HPACK decoder, with hyper's encoder as the oracle. Does not test frames."""

from collections.abc import Callable

import hpack
import pytest
from hpack.exceptions import HPACKDecodingError, InvalidTableIndexError, InvalidTableSizeError
from hpack.hpack import encode_integer
from hpack.table import HeaderTable
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import _hpack_decoder
from h2c_core import _huffman as huffman
from h2c_core._hpack_decoder import Decoder, Field
from tests.h2c_core import hpack_vectors as vectors
from tests.h2c_core import wire

LARGE = 2**20
NAMES = st.text("abcdefghijklmnopqrstuvwxyz-0", min_size=1, max_size=12).map(str.encode)
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
VALUES = st.one_of(
    st.text(PRINTABLE, max_size=32).map(lambda text: text.strip().encode()),
    st.binary(max_size=12).map(lambda octets: b"x" + octets.hex().encode()),
    st.text("\xe9\u20ac\\", max_size=6).map(str.encode),
)
LISTS = st.lists(st.tuples(NAMES, VALUES), max_size=12)


def decode(decoder: Decoder, block: bytes) -> list[Field]:
    fields = decoder.decode(block, LARGE, 1000)
    assert fields is not None
    return fields


def table(decoder: Decoder) -> list[Field]:
    """Read the dynamic table through its indexes, newest first."""
    entries = []
    for index in range(62, 127):
        try:
            entries += decode(decoder, bytes((0x80 | index,)))
        except InvalidTableIndexError:
            break
    return entries


@pytest.mark.parametrize(
    ("steps", "size"),
    [(vectors.C3, 4096), (vectors.C4, 4096), (vectors.C5, 256), (vectors.C6, 256)],
    ids=["C.3", "C.4", "C.5", "C.6"],
)
def test_sequences_of_the_appendix(steps: list[vectors.Step], size: int) -> None:
    decoder = Decoder(size)
    prefix = b"\x3f\xe1\x01" if size == 256 else b""
    for step in steps:
        assert decode(decoder, prefix + bytes.fromhex(step.block)) == step.fields
        assert table(decoder) == step.table
        assert not decoder.malformed
        prefix = b""


@pytest.mark.parametrize(
    ("block", "field", "is_indexed"),
    [
        (
            "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
            (b"custom-key", b"custom-header"),
            1,
        ),
        ("040c2f73616d706c652f70617468", (b":path", b"/sample/path"), 0),
        ("100870617373776f726406736563726574", (b"password", b"secret"), 0),
        ("82", (b":method", b"GET"), 0),
    ],
    ids=["C.2.1", "C.2.2", "C.2.3", "C.2.4"],
)
def test_representations_of_the_appendix(block: str, field: Field, is_indexed: int) -> None:
    decoder = Decoder()
    assert decode(decoder, bytes.fromhex(block)) == [field]
    assert table(decoder) == [field] * is_indexed


def test_the_static_table() -> None:
    block = bytes(0x80 | index for index in range(1, 62))
    assert decode(Decoder(), block) == list(HeaderTable.STATIC_TABLE)


@given(st.lists(st.tuples(LISTS, st.sampled_from([0, 40, 100, 4096]), st.booleans()), max_size=8))
def test_what_hyper_encodes(blocks: list[tuple[list[Field], int, bool]]) -> None:
    oracle = hpack.Encoder()
    decoder = Decoder()
    for fields, size, is_huffman in blocks:
        oracle.header_table_size = size
        block = oracle.encode(fields, huffman=is_huffman)
        assert decode(decoder, block) == fields
        assert not decoder.malformed


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_any_octets_are_refused_or_decoded_as_hyper_does(blocks: list[bytes]) -> None:
    oracle = hpack.Decoder(max_header_list_size=LARGE)
    decoder = Decoder()
    for block in blocks:
        try:
            expected = wire.decoded(oracle, block)
        except hpack.HPACKError:
            with pytest.raises(hpack.HPACKError):
                decoder.decode(block, LARGE, 1000)
            return
        assert decode(decoder, block) == expected


def _string(text: bytes, is_coded: bool) -> bytes:
    coded = huffman.encode(text) if is_coded else text
    length = encode_integer(len(coded), 7)
    length[0] |= 0x80 if is_coded else 0
    return bytes(length) + coded


def _literal(bits: int, first: int, name: int | bytes, value: bytes, is_coded: bool) -> bytes:
    index = encode_integer(name if isinstance(name, int) else 0, bits)
    index[0] |= first
    name_string = b"" if isinstance(name, int) else _string(name, is_coded)
    return bytes(index) + name_string + _string(value, is_coded)


def _indexed(index: int) -> bytes:
    octets = encode_integer(index, 7)
    octets[0] |= 0x80
    return bytes(octets)


def _size_update(size: int) -> bytes:
    octets = encode_integer(size, 5)
    octets[0] |= 0x20
    return bytes(octets)


INDEXES = st.one_of(st.integers(1, 66), st.integers(0, 200))
TEXTS = st.one_of(VALUES, st.binary(max_size=20), st.just(b"v" * 200))
REPRESENTATIONS = st.one_of(
    st.builds(_indexed, INDEXES),
    st.builds(_literal, st.just(6), st.just(0x40), st.one_of(INDEXES, NAMES), TEXTS, st.booleans()),
    st.builds(
        _literal,
        st.just(4),
        st.sampled_from([0x00, 0x10]),
        st.one_of(st.integers(1, 64), NAMES),
        st.sampled_from([b"", b"again", b"v" * 190, b"\xff"]),
        st.booleans(),
    ),
)
UPDATES = st.lists(st.builds(_size_update, st.sampled_from([0, 50, 200, 4096, 4097])), max_size=2)


@given(st.lists(st.tuples(UPDATES, st.lists(REPRESENTATIONS, max_size=8)), max_size=6))
def test_any_representations_are_refused_or_decoded_as_hyper_does(
    blocks: list[tuple[list[bytes], list[bytes]]],
) -> None:
    """Valid and invalid indexes, evictions, updates, literals that come again; tables as well."""
    oracle = hpack.Decoder(max_header_list_size=LARGE)
    decoder = Decoder()
    for updates, fields in blocks:
        block = b"".join(updates + fields)
        try:
            expected = wire.decoded(oracle, block)
        except hpack.HPACKError:
            with pytest.raises(hpack.HPACKError):
                decoder.decode(block, LARGE, 1000)
            return
        assert decode(decoder, block) == expected
        assert (
            decoder._entries[decoder._oldest :] == list(oracle.header_table.dynamic_entries)[::-1]
        )
        assert decoder._size == oracle.header_table._current_size


@pytest.mark.parametrize(
    ("block", "error"),
    [
        pytest.param("80", InvalidTableIndexError, id="index 0"),
        pytest.param("be", InvalidTableIndexError, id="index of an empty table"),
        pytest.param("ff00", InvalidTableIndexError, id="index of two octets out of range"),
        pytest.param("7f00", HPACKDecodingError, id="name index out of range, then the end"),
        pytest.param("7f000161", InvalidTableIndexError, id="name index out of range"),
        pytest.param("ffffffffffffffff01", HPACKDecodingError, id="integer too long"),
        pytest.param("ff", HPACKDecodingError, id="integer without an end"),
        pytest.param("ff80", HPACKDecodingError, id="integer that goes on"),
        pytest.param("40", HPACKDecodingError, id="name missing"),
        pytest.param("400161", HPACKDecodingError, id="value missing"),
        pytest.param("4001610561", HPACKDecodingError, id="value cut"),
        pytest.param("400561", HPACKDecodingError, id="name cut"),
        pytest.param("408118", HPACKDecodingError, id="Huffman padding of zeros"),
        pytest.param("4081ff0161", HPACKDecodingError, id="Huffman padding of eight bits"),
        pytest.param("4084ffffffff0161", HPACKDecodingError, id="EOS"),
        pytest.param("00", HPACKDecodingError, id="literal without a name"),
        pytest.param("007f", HPACKDecodingError, id="literal with half a length"),
        pytest.param("00056162", HPACKDecodingError, id="literal with half a name"),
        pytest.param("000161", HPACKDecodingError, id="literal without a value"),
        pytest.param("0001610261", HPACKDecodingError, id="literal with half a value"),
        pytest.param("0f", HPACKDecodingError, id="literal with half an index"),
        pytest.param("0f2f0161", InvalidTableIndexError, id="literal with an index out of range"),
        pytest.param("8220", HPACKDecodingError, id="size update after a field"),
        pytest.param("3fe21f", InvalidTableSizeError, id="size above the setting"),
    ],
)
def test_broken_blocks(block: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Decoder().decode(bytes.fromhex(block), LARGE, 1000)


def test_a_reduced_table_must_be_acknowledged_at_the_start_of_the_next_block() -> None:
    """RFC 7541 section 4.2 and RFC 9113 section 4.3.1."""
    decoder = Decoder()
    decoder.set_max_table_size(100)
    with pytest.raises(InvalidTableSizeError):
        decoder.decode(b"\x82", LARGE, 1000)
    decoder = Decoder()
    decoder.set_max_table_size(100)
    decoder.set_max_table_size(4096)
    with pytest.raises(InvalidTableSizeError):
        decoder.decode(b"\x3f\xe1\x1f\x82", LARGE, 1000)  # 4096, and never below 100
    decoder = Decoder()
    decoder.set_max_table_size(100)
    decoder.set_max_table_size(4096)
    assert decode(decoder, b"\x3f\x45\x3f\xe1\x1f\x82") == [(b":method", b"GET")]


def test_size_updates_are_bounded() -> None:
    decoder = Decoder()
    assert decoder.decode(_size_update(100) * 16 + b"\x82", LARGE, 10) == [(b":method", b"GET")]
    with pytest.raises(InvalidTableSizeError, match="too many"):
        decoder.decode(_size_update(100) * 17 + b"\x82", LARGE, 10)


def test_a_size_update_evicts() -> None:
    decoder = Decoder()
    decode(decoder, b"\x40\x01a\x01b\x40\x01c\x01d")
    assert table(decoder) == [(b"c", b"d"), (b"a", b"b")]
    decode(decoder, b"\x3f\x03")  # 34 octets: one entry
    assert table(decoder) == [(b"c", b"d")]
    decode(decoder, b"\x20")
    assert table(decoder) == []


def test_an_entry_larger_than_the_table_empties_it() -> None:
    """RFC 7541 section 4.4."""
    decoder = Decoder()
    decode(decoder, b"\x40\x01a\x01b")
    assert decode(decoder, b"\x40\x01a\x7f\x81\x1f" + b"v" * 4096) == [(b"a", b"v" * 4096)]
    assert table(decoder) == []


def test_a_name_may_be_that_of_the_entry_which_it_evicts() -> None:
    decoder = Decoder()
    decode(decoder, b"\x3f\x25\x40\x01a" + bytes((30,)) + b"v" * 30)
    assert decode(decoder, b"\x7e" + bytes((30,)) + b"w" * 30) == [(b"a", b"w" * 30)]


BAD_FIELDS = [
    pytest.param((b"A", b"v"), id="upper case"),
    pytest.param((b"", b"v"), id="empty name"),
    pytest.param((b"a b", b"v"), id="space in a name"),
    pytest.param((b"a:", b"v"), id="colon behind the first octet"),
    pytest.param((b"a\xff", b"v"), id="octet above 0x7f in a name"),
    pytest.param((b"a", b"v\0"), id="NUL"),
    pytest.param((b"a", b"v\rw"), id="CR"),
    pytest.param((b"a", b"v\nw"), id="LF"),
    pytest.param((b"a", b" v"), id="space before"),
    pytest.param((b"a", b"v\t"), id="tab behind"),
]


def plain(field: Field, pattern: int) -> bytes:
    name, value = field
    return bytes((pattern, len(name))) + name + bytes((len(value),)) + value


def coded(field: Field, pattern: int) -> bytes:
    encoder = hpack.Encoder()
    block = encoder.encode([field], huffman=True)
    return bytes((pattern,)) + block[1:]


@pytest.mark.parametrize("pattern", [0x40, 0x00, 0x10], ids=["indexed", "literal", "never"])
@pytest.mark.parametrize("write", [plain, coded])
@pytest.mark.parametrize("field", BAD_FIELDS)
def test_malformed_fields_are_told_each_time_they_come(
    field: Field, write: Callable[[Field, int], bytes], pattern: int
) -> None:
    """RFC 9113 section 8.2.1; also through the table, and by a name taken from it."""
    decoder = Decoder()
    for _ in range(2):
        decode(decoder, write(field, pattern))
        assert decoder.malformed
        decode(decoder, b"\x82")
        assert not decoder.malformed
    if pattern == 0x40:
        decode(decoder, b"\xbe")
        assert decoder.malformed
        decode(decoder, b"\x7e\x01v")
        assert decoder.malformed == (field[1] == b"v")


def test_an_oversized_list_is_decoded_for_the_table_and_not_kept() -> None:
    decoder = Decoder()
    block = b"".join(plain((b"name-%d" % number, b"v" * 60), 0x40) for number in range(20))
    assert decoder.decode(block, 1000, 1000) is None
    assert len(table(decoder)) == 20
    assert decode(decoder, b"\xbe") == [(b"name-19", b"v" * 60)]


@given(LISTS, LISTS, st.integers(0, 600), st.integers(0, 12))
def test_limits_are_exact_and_the_table_stays_true(
    first: list[Field], second: list[Field], max_size: int, max_fields: int
) -> None:
    oracle = hpack.Encoder()
    decoder = Decoder()
    size = sum(32 + len(name) + len(value) for name, value in first)
    fits = size <= max_size and len(first) <= max_fields
    kept = decoder.decode(oracle.encode(first), max_size, max_fields)
    assert kept == (first if fits else None)
    assert decode(decoder, oracle.encode(second)) == second


@given(st.lists(REPRESENTATIONS, max_size=8), st.integers(0, 40), st.integers(0, 2))
def test_limits_are_exact_for_any_representation(
    representations: list[bytes], less_size: int, less_fields: int
) -> None:
    """Literals that are remembered, that are not, and those that do not fit into the table."""
    block = b"".join(representations)
    free = Decoder()
    try:
        fields = decode(free, block)
    except hpack.HPACKError:
        return
    max_size = max(free.list_size - less_size, 0)
    max_fields = max(len(fields) - less_fields, 0)
    fits = free.list_size <= max_size and len(fields) <= max_fields
    decoder = Decoder()
    assert decoder.decode(block, max_size, max_fields) == (fields if fits else None)
    assert table(decoder) == table(free)


def test_a_literal_that_cannot_fit_is_not_decoded() -> None:
    """A megabyte of Huffman code costs nothing where its list is above the limit anyway."""
    coded_text = b"\x00" * 2**20  # three million zeros and more
    block = b"\x00\x01a\xff" + bytes((0x81, 0xFF, 0x3F)) + coded_text
    assert Decoder().decode(block, 1000, 1000) is None


def test_the_memo_of_literals_is_bounded() -> None:
    decoder = Decoder()
    for number in range(5000):
        field = (b"name", b"value-%d" % number)
        assert decode(decoder, plain(field, 0x00)) == [field]
        assert decode(decoder, plain(field, 0x00)) == [field]
    decode(decoder, plain((b"authorization", b"secret"), 0x00))
    decode(decoder, plain((b"token", b"never"), 0x10))
    decode(decoder, plain((b"long", b"v" * 126), 0x00) + plain((b"n" * 120, b"w" * 126), 0x00))
    memo = _hpack_decoder._memo
    assert 0 < len(memo) <= 1024
    assert all(len(wire) <= 192 for wire in memo)
    assert (b"authorization", b"secret") not in memo.values()
    assert (b"token", b"never") not in memo.values()


def test_the_table_is_bounded_whatever_fills_it() -> None:
    """128 entries of nothing are the most; evicted ones keep no octets, and few keep a place."""
    decoder = Decoder()
    decode(decoder, b"\x40\x00\x00" * 700)
    assert len(decoder._entries) - decoder._oldest == 128
    assert decoder._size == 4096
    for _ in range(40):
        decode(decoder, b"\x40\x01a\x7f\xd9\x1e" + b"v" * 4056)
        assert decoder._size == 4089
        assert [entry for entry in decoder._entries if entry] == [(b"a", b"v" * 4056)]
        assert len(decoder._entries) <= 32


def test_the_table_grows_by_updates_up_to_the_setting() -> None:
    decoder = Decoder(2**16)
    decode(decoder, b"\x40\x01a\x7f\xd9\x1e" + b"v" * 4056)
    decode(decoder, b"\x40\x01b\x01w")
    assert table(decoder) == [(b"b", b"w")]
    decode(decoder, b"\x3f\xe1\xff\x03" + b"\x40\x01a\x7f\xd9\x1e" + b"v" * 4056)
    assert table(decoder) == [(b"a", b"v" * 4056), (b"b", b"w")]
    with pytest.raises(InvalidTableSizeError):
        decode(decoder, b"\x3f\xe2\xff\x03")


def test_an_empty_block_does_not_reduce_the_table() -> None:
    decoder = Decoder(100)
    with pytest.raises(InvalidTableSizeError):
        decoder.decode(b"", LARGE, 1000)
    assert decode(Decoder(), b"") == []


def test_an_oversized_block_is_still_checked() -> None:
    decoder = Decoder()
    assert decoder.decode(b"\x82" * 20, LARGE, 10) is None
    for broken in (
        b"\xbe",
        b"\x80",
        b"\x40\x01a",
        b"\x20",
        b"\x00\x01a\x05v",
        b"\x0f\xff\x01\x01v",
    ):
        with pytest.raises(HPACKDecodingError):
            Decoder().decode(b"\x82" * 20 + broken, LARGE, 10)


def test_what_is_too_large_for_list_and_table_empties_the_table_undecoded() -> None:
    """Not even broken Huffman code is noticed where nothing could come of it."""
    decoder = Decoder()
    decode(decoder, b"\x40\x01a\x01b")
    broken = b"\x00" * (2**16 - 1) + b"\xfe"
    assert decoder.decode(b"\x40\x01a\xff\x81\xff\x03" + broken, 1000, 1000) is None
    assert table(decoder) == []


def test_malformed_says_nothing_of_the_list_before() -> None:
    decoder = Decoder()
    decode(decoder, b"\x40\x01A\x01b")
    assert decoder.malformed
    decode(decoder, b"")
    assert not decoder.malformed


def test_literals_remembered_on_one_connection_are_right_on_another() -> None:
    """Only what means the same everywhere: not a name from the dynamic table."""
    first, second = Decoder(), Decoder()
    decode(first, b"\x40\x01a\x01v")
    decode(second, b"\x40\x01b\x01v")
    by_name = b"\x0f\x2f\x05value"
    for _ in range(2):
        assert decode(first, by_name) == [(b"a", b"value")]
        assert decode(second, by_name) == [(b"b", b"value")]
    # 61, the last of the static table, is one octet less far.
    assert decode(second, b"\x0f\x2e\x05value") == [(b"www-authenticate", b"value")]
    assert decode(first, b"\x0f\x2e\x05value") == [(b"www-authenticate", b"value")]


def test_malformed_literals_are_not_remembered_as_well_formed() -> None:
    block = plain((b"x-name", b"bad\0"), 0x00)
    for _ in range(3):
        decoder = Decoder()
        decode(decoder, block)
        assert decoder.malformed
    assert block not in _hpack_decoder._memo


def test_a_remembered_literal_counts_against_the_limits() -> None:
    block = plain((b"x-name", b"remembered"), 0x00)
    assert decode(Decoder(), block) == [(b"x-name", b"remembered")]
    assert block in _hpack_decoder._memo
    assert Decoder().decode(block, 48, 1) == [(b"x-name", b"remembered")]
    assert Decoder().decode(block, 47, 1) is None
    assert Decoder().decode(block, 48, 0) is None


def test_literals_with_long_names_are_read_and_not_remembered() -> None:
    name = b"n" * 200
    block = b"\x00\x7f\x49" + name + b"\x01v"
    assert decode(Decoder(), block) == [(name, b"v")]
    assert block not in _hpack_decoder._memo
