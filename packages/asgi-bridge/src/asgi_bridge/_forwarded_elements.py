"""Owns the grammar of `Forwarded` (RFC 7239, 4), read from its end.

Does not believe anything. What a proxy has added is last, and whatever a client has put in front of
it, such as a quote that never ends, must not change how that is read.
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["Element", "read_elements"]

Element = dict[str, str]
"""Values by the names of their parameters, which are in lower case."""

_is_token: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_is_quoted: Final = re.compile(
    rb"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t -~\x80-\xff])*"
).fullmatch
_unescape: Final = re.compile(rb"\\(.)").sub

FIELD_SIZE: Final = 4096
"""Bytes at the end of a field that are read. Its sender may fill 32 elements of 128 bytes."""

_COMMA: Final = 0x2C
_SEPARATORS: Final = b",;"
_SPACE: Final = b" \t"


def read_elements(value: bytes) -> Iterator[tuple[Element | None, int]]:
    """Read the elements of a field, the last one first.

    Space around a semicolon, which the grammar does not have and some proxies send, is let through.

    Yields:
        Each with where it begins; None is one that is malformed, or reaches out of what is read of
        the field, and ends all. Empty ones, which a list may have (RFC 9110, 5.6.1), are left out.
    """
    ahead = max(len(value) - FIELD_SIZE, 0)
    value = value[ahead:]
    end = len(value)
    while end >= 0:
        element, start = _read_element(value, end)
        if element is None or (start == 0 and ahead):
            yield None, ahead + start
            return
        if element:
            yield element, ahead + start
        end = start - 1


def _read_element(value: bytes, end: int) -> tuple[Element | None, int]:
    """Read the element that ends at `end`, from its last pair to its first."""
    element: Element = {}
    while True:
        end = len(value[:end].rstrip(_SPACE))
        if end and value[end - 1] not in _SEPARATORS:
            pair = _read_pair(value, end)
            # Each parameter stands there once (section 4).
            if pair is None or pair[0] in element:
                return None, end
            name, element[name], end = pair
        if end == 0 or value[end - 1] == _COMMA:
            return element, end
        end -= 1


def _read_pair(value: bytes, end: int) -> tuple[str, str, int] | None:
    """Read the pair that ends at `end`; return its name, its value and where it begins."""
    if value.endswith(b'"', 0, end):
        # Inside the quotes another one has a backslash before it.
        equals = value.rfind(b'="', 0, end - 1)
        text = value[equals + 2 : end - 1]
        is_value = _is_quoted(text)
        text = _unescape(rb"\1", text)
    else:
        equals = value.rfind(b"=", 0, end)
        text = value[equals + 1 : end]
        is_value = _is_token(text)
    if equals < 0 or not is_value:
        return None
    start = max(value.rfind(b",", 0, equals), value.rfind(b";", 0, equals)) + 1
    name = value[start:equals].lstrip(_SPACE)
    if not _is_token(name):
        return None
    return name.decode("ascii").lower(), text.decode("latin-1"), start
