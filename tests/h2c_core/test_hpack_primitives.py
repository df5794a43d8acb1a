"""Owns the tests of integers and strings in field blocks. Does not test whole fields."""

import pytest
from hpack.exceptions import HPACKDecodingError
from hpack.hpack import decode_integer, encode_integer
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._hpack_primitives import (
    find_string,
    least_length,
    read_integer,
    read_string,
    write_integer,
    write_string,
)
from h2c_core._huffman import encode

BITS = st.integers(4, 7)


def mask(bits: int) -> int:
    return (1 << bits) - 1


@given(st.integers(0, 2**35), BITS, st.binary(max_size=3))
def test_integers_are_written_and_read_as_hyper_does(value: int, bits: int, after: bytes) -> None:
    written = write_integer(0, mask(bits), value)
    assert written == bytes(encode_integer(value, bits))
    assert read_integer(written + after, 0, mask(bits)) == (value, len(written))


@given(st.binary(min_size=1, max_size=9), BITS)
def test_any_octets_are_an_integer_where_hyper_says_so(octets: bytes, bits: int) -> None:
    try:
        expected = decode_integer(octets, bits)
    except HPACKDecodingError:
        with pytest.raises(HPACKDecodingError):
            read_integer(octets, 0, mask(bits))
    else:
        assert read_integer(octets, 0, mask(bits)) == expected


@pytest.mark.parametrize(
    ("first", "bits", "value", "octets"),
    [(0, 5, 10, "0a"), (0, 5, 1337, "1f9a0a"), (0x80, 7, 42, "aa"), (0x40, 6, 63, "7f00")],
    ids=["C.1.1", "C.1.2", "behind a bit", "a full prefix"],
)
def test_integers_of_the_appendix(first: int, bits: int, value: int, octets: str) -> None:
    """RFC 7541 C.1."""
    block = bytes.fromhex(octets)
    assert write_integer(first, mask(bits), value) == block
    assert read_integer(b"\xff" + block, 1, mask(bits)) == (value, 1 + len(block))


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param("1f", id="the prefix alone"),
        pytest.param("1f9a", id="cut"),
        pytest.param("1f808080808000", id="zeros without end"),
        pytest.param("1fffffffffff01", id="above every limit"),
    ],
)
def test_integers_without_an_end_are_refused(octets: str) -> None:
    """RFC 7541 section 5.1: zeros may be added for ever, so their number is limited."""
    with pytest.raises(HPACKDecodingError):
        read_integer(bytes.fromhex(octets), 0, 0x1F)


def test_an_integer_may_have_five_octets_more() -> None:
    assert read_integer(b"\x1f\x80\x80\x80\x80\x7f", 0, 0x1F) == (31 + (0x7F << 28), 6)


@given(st.binary(max_size=300), st.booleans(), st.binary(max_size=3), st.binary(max_size=3))
def test_strings_are_read_as_written(
    text: bytes, is_coded: bool, before: bytes, after: bytes
) -> None:
    written = write_string(text, is_coded=is_coded)
    block = before + written + after
    begin, end, was_coded = find_string(block, len(before))
    assert end == len(before) + len(written)
    assert was_coded == (is_coded and len(encode(text)) < len(text))
    assert read_string(block, begin, end, was_coded) == text


@given(st.binary(max_size=300))
def test_the_shorter_form_is_written(text: bytes) -> None:
    plain = write_string(text, is_coded=False)
    assert plain.endswith(text)
    assert len(write_string(text, is_coded=True)) <= len(plain)


@given(st.binary(max_size=100))
def test_a_string_is_never_shorter_than_expected(text: bytes) -> None:
    """What is too long by this measure is not decoded at all."""
    assert least_length(len(text), False) == len(text)
    assert least_length(len(encode(text)), True) <= len(text)


def test_the_measure_is_exact_for_the_longest_codes() -> None:
    for length in range(100):
        assert least_length(len(encode(b"\n" * length)), True) == length


@pytest.mark.parametrize("octets", ["", "05", "0561626364", "ff", "7f00", "7fffffffffff7f"])
def test_strings_that_end_behind_the_block_are_refused(octets: str) -> None:
    with pytest.raises(HPACKDecodingError):
        find_string(bytes.fromhex(octets), 0)
