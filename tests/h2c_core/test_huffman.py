"""Owns the tests of the Huffman code against hyper's. Does not test field blocks."""

import pytest
from hpack.exceptions import HPACKDecodingError
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from hpack.huffman_table import decode_huffman
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._huffman import decode, decode_printable, encode

ORACLE = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)

PRINTABLE = bytes(octet for octet in range(0x20, 0x7F) if octet != 0x5C)


@given(st.binary(max_size=300))
def test_what_is_encoded_is_decoded_and_is_what_hyper_encodes(text: bytes) -> None:
    coded = encode(text)
    assert coded == ORACLE.encode(text)
    assert decode(coded, 0, len(coded)) == text


@given(st.binary(max_size=20), st.text(alphabet=PRINTABLE.decode(), max_size=300))
def test_printable_text_takes_the_fast_way(around: bytes, text: str) -> None:
    coded = encode(text.encode())
    data = around + coded + around
    assert decode_printable(data, len(around), len(around) + len(coded)) == text.encode()


@pytest.mark.parametrize("text", [b"\\", b"\x00", b"\x7f", b"\xff", b"a\x1fb", b"12345678\\"])
def test_other_text_is_left_to_the_slow_way(text: bytes) -> None:
    coded = encode(text)
    assert decode_printable(coded, 0, len(coded)) is None
    assert decode(coded, 0, len(coded)) == text


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_as_hyper_does_or_refused_as_it_does(data: bytes) -> None:
    try:
        expected = bytes(decode_huffman(data))
    except HPACKDecodingError:
        with pytest.raises(HPACKDecodingError):
            decode(data, 0, len(data))
        assert decode_printable(data, 0, len(data)) is None
    else:
        assert decode(data, 0, len(data)) == expected
        assert decode_printable(data, 0, len(data)) in {expected, None}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x18", id="padding that is not ones"),  # 0 is 5 bits, then 000
        pytest.param(b"\x07\xff", id="padding of eight bits or more"),
        pytest.param(b"\xff\xff\xff\xff", id="EOS"),
        pytest.param(b"\xff", id="nothing but padding of eight bits"),
    ],
)
def test_broken_strings(data: bytes) -> None:
    """RFC 7541 section 5.2."""
    with pytest.raises(HPACKDecodingError):
        decode(data, 0, len(data))
    assert decode_printable(data, 0, len(data)) is None


def test_strings_of_the_appendix() -> None:
    """RFC 7541 C.4 and C.6."""
    for text, coded in (
        (b"www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"),
        (b"no-cache", "a8eb10649cbf"),
        (b"custom-value", "25a849e95bb8e8b4bf"),
        (b"private", "aec3771a4b"),
        (b"Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"),
    ):
        assert encode(text).hex() == coded
        assert decode(bytes.fromhex(coded), 0, len(coded) // 2) == text


@pytest.mark.parametrize("length", [*range(30), *range(250, 270), 511, 513, 100_000])
def test_every_length_of_text(length: int) -> None:
    """Steps of eight, of four and of one octet, and pieces laid aside."""
    text = (b"/path?id=0123456789&Name~{}" * (length // 20 + 1))[:length]
    coded = encode(text)
    assert decode_printable(coded, 0, len(coded)) == text
    assert decode(coded, 0, len(coded)) == text


def test_a_string_that_leaves_the_table_early_is_still_left_to_the_slow_way() -> None:
    coded = encode(b"\xe9" + b"a" * 1000)
    assert decode_printable(coded, 0, len(coded)) is None
    assert decode(coded, 0, len(coded)) == b"\xe9" + b"a" * 1000


@pytest.mark.parametrize("first", range(256))
def test_each_octet_before_every_other(first: int) -> None:
    """Thus from every state in which the code of a symbol can begin."""
    text = bytes(octet for second in range(256) for octet in (first, second))
    coded = encode(text)
    assert coded == ORACLE.encode(text)
    assert decode(coded, 0, len(coded)) == text
    for second in PRINTABLE:
        pair = bytes((first, second))
        coded = encode(pair)
        expected = pair if first in PRINTABLE else None
        assert decode_printable(coded, 0, len(coded)) == expected
