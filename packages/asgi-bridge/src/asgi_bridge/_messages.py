"""Owns the checks of what an application sends: types and values, never their order.

Does not check field names and values against the syntax of HTTP: the sink does, which knows what
would break its framing. Pure functions, called for every response.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

__all__ = ["Field", "as_bytes", "check_fields", "check_status", "parse_length"]

Field: TypeAlias = tuple[bytes, bytes]

_NO_PAIR: Final = "a header field is a pair of name and value"


def as_bytes(value: object) -> bytes:
    """Copy any buffer into bytes, which alone the wire takes.

    Raises:
        TypeError: the value is no buffer; a str is none.
    """
    try:
        return bytes(memoryview(value))  # type: ignore[arg-type]  # it raises for what is no buffer
    except TypeError:
        raise TypeError(f"expected bytes, not {_name(value)}") from None


def check_status(status: object) -> int:
    """Check the status of a `http.response.start`, None where it has none.

    Raises:
        TypeError: it is no integer.
        ValueError: it is missing, informational or not of three digits (RFC 9110, 15).
    """
    if type(status) is not int:
        if status is None:
            raise ValueError("http.response.start has no status")
        if not isinstance(status, int) or isinstance(status, bool):
            raise TypeError(f"a status is an int, not {_name(status)}")
        status = int(status)
    if not 200 <= status <= 999:
        raise ValueError(f"a final status is 200 to 999, not {status}")
    return status


def check_fields(
    fields: object, noted: Mapping[int, AbstractSet[bytes]]
) -> tuple[list[Field], bytes | None, AbstractSet[bytes]]:
    """Turn header or trailer fields of any shape into a new list of pairs of bytes.

    Args:
        fields: an iterable of iterables of two buffers each.
        noted: lower-case names to look out for, by their lengths.

    Returns:
        The fields; the value of content-length, if it is noted; the other noted names found.

    Raises:
        TypeError: something is of the wrong type, such as a str.
        ValueError: a field is no pair, or content-length is noted and given twice.
    """
    checked: list[Field] = list(fields)  # type: ignore[call-overload]  # it raises for no iterable
    length = None
    found = _NONE
    for item in checked:
        if type(item) is not tuple:
            return check_fields(list(map(_as_field, checked)), noted)
        try:
            name, value = item
        except ValueError:
            raise ValueError(_NO_PAIR) from None
        if type(name) is not bytes or type(value) is not bytes:
            return check_fields(list(map(_as_field, checked)), noted)
        size = len(name)
        # Few lengths are noted, and to ask for one costs less than a lower-case copy.
        if size in noted:
            lower = name.lower()
            if lower == b"content-length":
                if length is not None:
                    raise ValueError("content-length is given twice")
                length = value
            elif lower in noted[size]:
                found = found | {lower}
    return checked, length, found


def _as_field(item: Iterable[object]) -> Field:
    if isinstance(item, (str, bytes, bytearray)):
        raise TypeError(_NO_PAIR)
    try:
        name, value = item
    except ValueError:
        raise ValueError(_NO_PAIR) from None
    return as_bytes(name), as_bytes(value)


_NONE: frozenset[bytes] = frozenset()


def parse_length(value: bytes) -> int:
    """Return the number that a content-length gives (RFC 9110, 8.6).

    Raises:
        ValueError: it is none.
    """
    if not value.isdigit():
        raise ValueError(f"content-length is a number, not {value!r}")
    return int(value)


def _name(value: object) -> str:
    return type(value).__name__
