"""Owns the Huffman code of RFC 7541 section 5.2 and appendix B, in both directions.

Does not know field lists, nor decide which string is worth coding.

Decoding walks a table octet by octet. A state is a node of the code's tree, which means the bits
read since the last whole symbol; the table holds, for each state and octet, the text that the
octet completes and the state that follows. It covers the printable characters with codes of up to
15 bits, of which field sections consist: 95 states of 256 octets, half a megabyte made at import.
Everything else (a backslash, controls, octets above 0x7e, a broken string) goes to a slower
decoder, which knows every code and says what is wrong.
"""

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from hpack.exceptions import HPACKDecodingError
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

if TYPE_CHECKING:
    # Numbers as C has them, where it is compiled; elsewhere nothing asks for the name.
    from mypy_extensions import i64

__all__ = ["decode", "decode_printable", "encode"]

_EOS: Final = 256
_LONGEST: Final = 30
_WINDOW: Final = (1 << _LONGEST) - 1
_LONGEST_PRINTABLE: Final = 15

# Every code as (itself in a window of 30 bits, its length, its symbol), in the order of codes.
_CODES: Final = sorted(
    (code << (_LONGEST - length), length, symbol)
    for symbol, (code, length) in enumerate(zip(REQUEST_CODES, REQUEST_CODES_LENGTH, strict=True))
)
_CODE_STARTS: Final[list[int]] = [start for start, _, _ in _CODES]
_CODE_LENGTHS: Final[list[int]] = [length for _, length, _ in _CODES]
_CODE_SYMBOLS: Final[list[int]] = [symbol for _, _, symbol in _CODES]

# The code of each octet in binary digits.
_DIGITS: Final[list[str]] = [
    f"{code:0{length}b}"
    for code, length in zip(REQUEST_CODES[:_EOS], REQUEST_CODES_LENGTH[:_EOS], strict=True)
]

# The states, which are nodes of the tree of codes, are 0 to 94; 95 is off the table; then come the
# symbols, as the nodes at which the state is 0 again.
_OFF: Final = 95
_FIRST_SYMBOL: Final = 96
# The states 0 to 7 are up to seven ones since the last symbol, as which a string may end (5.2).
_LAST_PADDING: Final = 7
# Text of this length is laid aside, since what is decoded so far is copied with each step.
_PIECE: Final = 256


def _printable_tree() -> tuple[list[int], list[int], list[bytes]]:
    """Return the nodes that a zero and a one lead to from each state, and the symbols."""
    zeros = [_OFF]
    ones = [_OFF]
    symbols: list[bytes] = []
    # From the last code down, so that its leading ones become the states 1, 2, 3, …
    for start, length, symbol in reversed(_CODES):
        if length > _LONGEST_PRINTABLE or symbol < 0x20:
            continue
        state = 0
        for shift in range(_LONGEST - 1, _LONGEST - length, -1):
            branches = ones if start >> shift & 1 else zeros
            if branches[state] == _OFF:
                branches[state] = len(zeros)
                zeros.append(_OFF)
                ones.append(_OFF)
            state = branches[state]
        branches = ones if start >> (_LONGEST - length) & 1 else zeros
        branches[state] = _FIRST_SYMBOL + len(symbols)
        symbols.append(bytes((symbol,)))
    return zeros, ones, symbols


def _table() -> tuple[list[bytes], bytes]:
    """Return, for each state and octet, the text that it completes and the state that follows."""
    zeros, ones, symbols = _printable_tree()
    # A symbol of 5 to 7 bits may follow another in the same octet; one object serves each pair.
    second = [b"", *(bytes((symbol,)) for _, length, symbol in _CODES if length < 8)]
    pairs = [{text: symbol + text for text in second} for symbol in symbols]
    # Bit by bit, up to eight: what each value of the next bits completes and leads to, by node.
    texts = [[b""]] * _FIRST_SYMBOL
    states = [bytes((state,)) for state in range(_FIRST_SYMBOL)]
    branches = [*zip(zeros, ones, strict=True), (_OFF, _OFF)]
    for _ in range(8):
        texts += [list(map(pair.__getitem__, texts[0])) for pair in pairs]
        states += [states[0]] * len(symbols)
        texts = [texts[zero] + texts[one] for zero, one in branches]
        states = [states[zero] + states[one] for zero, one in branches]
    return [text for row in texts for text in row], b"".join(states)


_TABLE: Final = _table()
_TEXTS: Final[list[bytes]] = _TABLE[0]
_STATES: Final[bytes] = _TABLE[1]


def decode_printable(data: bytes, start: int, end: int) -> bytes | None:
    """Decode data[start:end] by the table alone; return None for what is not in it.

    What is returned consists of printable ASCII characters. None says nothing but that `decode`
    must look: a backslash and everything that is broken end so too.
    """
    texts = _TEXTS
    states = _STATES
    before: list[bytes] | None = None
    text = b""
    state: i64 = 0
    at: i64 = start
    left: i64 = end - start
    # Off the table, every octet leads back off the table: to look at the end is enough.
    while left >= 8:
        a: i64 = state << 8 | data[at]
        b: i64 = states[a] << 8 | data[at + 1]
        c: i64 = states[b] << 8 | data[at + 2]
        d: i64 = states[c] << 8 | data[at + 3]
        e: i64 = states[d] << 8 | data[at + 4]
        f: i64 = states[e] << 8 | data[at + 5]
        g: i64 = states[f] << 8 | data[at + 6]
        h: i64 = states[g] << 8 | data[at + 7]
        if len(text) >= _PIECE:
            if before is None:
                before = []
            before.append(text)
            text = b""
        # mypyc makes one allocation of such a format.
        text = b"%b%b%b%b%b%b%b%b%b" % (
            text,
            texts[a],
            texts[b],
            texts[c],
            texts[d],
            texts[e],
            texts[f],
            texts[g],
            texts[h],
        )
        state = states[h]
        at += 8
        left -= 8
    if left >= 4:
        a = state << 8 | data[at]
        b = states[a] << 8 | data[at + 1]
        c = states[b] << 8 | data[at + 2]
        d = states[c] << 8 | data[at + 3]
        text = b"%b%b%b%b%b" % (text, texts[a], texts[b], texts[c], texts[d])
        state = states[d]
        at += 4
        left -= 4
    while left > 0:
        a = state << 8 | data[at]
        text = b"%b%b" % (text, texts[a])
        state = states[a]
        at += 1
        left -= 1
    if state > _LAST_PADDING:
        return None
    if before is not None:
        before.append(text)
        text = b"".join(before)
    return text


def decode(data: bytes, start: int, end: int) -> bytes:
    """Decode data[start:end].

    Raises:
        HPACKDecodingError: EOS inside the string, or padding that is not up to seven ones.
    """
    text = decode_printable(data, start, end)
    return _decode_any(data, start, end) if text is None else text


def _decode_any(data: bytes, start: int, end: int) -> bytes:
    """Decode data[start:end] code by code; raises as `decode` does."""
    text: list[int] = []
    # The bits that are read and not used, at most 37, below what was used already.
    window = 0
    bits = 0
    while True:
        while bits < _LONGEST and start < end:
            window = (window & _WINDOW) << 8 | data[start]
            start += 1
            bits += 8
        if bits >= _LONGEST:
            code = window >> (bits - _LONGEST) & _WINDOW
        else:
            missing = _LONGEST - bits
            code = (window << missing | ((1 << missing) - 1)) & _WINDOW
        place = bisect_right(_CODE_STARTS, code) - 1
        length = _CODE_LENGTHS[place]
        if length > bits:
            break
        symbol = _CODE_SYMBOLS[place]
        if symbol == _EOS:
            raise HPACKDecodingError("EOS in a Huffman-coded string")
        text.append(symbol)
        bits -= length
    padding = (1 << bits) - 1
    if bits > _LAST_PADDING or window & padding != padding:
        raise HPACKDecodingError("a Huffman-coded string is not padded with up to seven ones")
    return bytes(text)


def encode(text: bytes) -> bytes:
    """Return the code of a string, padded to whole octets."""
    digits = "".join([_DIGITS[octet] for octet in text])
    digits += "1" * (-len(digits) % 8)
    return int("0" + digits, 2).to_bytes(len(digits) // 8, "big")
