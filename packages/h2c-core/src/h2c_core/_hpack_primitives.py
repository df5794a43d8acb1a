"""Owns the integers and strings of which field blocks consist (RFC 7541 section 5).

Does not know representations of fields, nor tables.
"""

from typing import Final

from hpack.exceptions import HPACKDecodingError

from h2c_core._huffman import decode, encode

__all__ = [
    "find_string",
    "least_length",
    "read_integer",
    "read_string",
    "write_integer",
    "write_string",
]

# Octets after the first that an integer may have: enough for 2**35, and what hpack takes too.
_MOST_CONTINUATIONS: Final = 5
_LENGTH_BITS: Final = 0x7F
_IS_CODED: Final = 0x80
# The bits of the longest Huffman code, and those that may pad the last octet.
_LONGEST_CODE: Final = 30
_MOST_PADDING: Final = 7


def read_integer(block: bytes, position: int, prefix: int) -> tuple[int, int]:
    """Return an integer (section 5.1) and where it ends.

    Args:
        block: what holds it.
        position: where its first octet is; there must be one.
        prefix: the bits of the first octet that belong to it.

    Raises:
        HPACKDecodingError: it has no end, or too many octets.
    """
    value = block[position] & prefix
    position += 1
    if value < prefix:
        return value, position
    end = len(block)
    shift = 0
    while position < end and shift < 7 * _MOST_CONTINUATIONS:
        octet = block[position]
        position += 1
        value += (octet & 0x7F) << shift
        if octet < 0x80:
            return value, position
        shift += 7
    raise HPACKDecodingError("an integer is too long or has no end")


def find_string(block: bytes, position: int) -> tuple[int, int, bool]:
    """Return where a string (section 5.2) begins and ends, and whether it is Huffman-coded.

    Raises:
        HPACKDecodingError: the block ends before it does.
    """
    if position >= len(block):
        raise HPACKDecodingError("the block ends inside a field")
    octet = block[position]
    length = octet & _LENGTH_BITS
    if length == _LENGTH_BITS:
        length, position = read_integer(block, position, _LENGTH_BITS)
    else:
        position += 1
    end = position + length
    if end > len(block):
        raise HPACKDecodingError("the block ends inside a string")
    return position, end, octet >= _IS_CODED


def read_string(block: bytes, begin: int, end: int, is_coded: bool) -> bytes:
    """Return the string that `find_string` found.

    Raises:
        HPACKDecodingError: it is not Huffman code.
    """
    return decode(block, begin, end) if is_coded else block[begin:end]


def least_length(size: int, is_coded: bool) -> int:
    """Return how many octets a string has at least that takes `size` octets of a block."""
    # Rounded up: a part of a code is a whole one more.
    return -((_MOST_PADDING - size * 8) // _LONGEST_CODE) if is_coded else size


def write_string(text: bytes, *, is_coded: bool) -> bytes:
    """Return a string (section 5.2), with Huffman code where wanted and shorter."""
    if is_coded:
        coded = encode(text)
        if len(coded) < len(text):
            return write_integer(_IS_CODED, _LENGTH_BITS, len(coded)) + coded
    return write_integer(0, _LENGTH_BITS, len(text)) + text


def write_integer(first: int, bits: int, value: int) -> bytes:
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
