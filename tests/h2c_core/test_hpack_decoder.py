"""Owns the tests of the HPACK decoder, with hyper's encoder as the oracle. Does not test frames."""

from collections.abc import Callable

import hpack
import pytest
from hpack.exceptions import HPACKDecodingError, InvalidTableIndexError, InvalidTableSizeError
from hpack.table import HeaderTable
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import _hpack_decoder
from h2c_core._hpack_decoder import Decoder, Field
from tests.h2c_core import hpack_vectors as vectors

LARGE = 2**20
NAMES = st.from_regex(rb"[a-z0-9-]{1,12}", fullmatch=True)
VALUES = st.one_of(
    st.from_regex(rb"[!-~]([ -~]{0,30}[!-~])?", fullmatch=True),
    st.just(b""),
    st.binary(min_size=1, max_size=12).map(lambda octets: b"x" + octets.hex().encode()),
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
        expected: list[Field] | None
        try:
            expected = [
                (bytes(name), bytes(value)) for name, value in oracle.decode(block, raw=True)
            ]
        except hpack.HPACKError:
            expected = None
        if expected is None:
            with pytest.raises(hpack.HPACKError):
                decoder.decode(block, LARGE, 1000)
            return
        assert decode(decoder, block) == expected


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
