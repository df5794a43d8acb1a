"""Owns the checks of what an application sends: types and values, never their order.

Does not check field names and values against the syntax of HTTP: the sink does, which knows what
would break its framing. Pure functions, called for every response.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

__all__ = [
    "Field",
    "KnownFields",
    "as_bytes",
    "check_fields",
    "check_head",
    "check_integer",
    "check_status",
    "parse_length",
]

Field: TypeAlias = tuple[bytes, bytes]

KnownFields: TypeAlias = dict[object, tuple[Field, int]]
"""Fields that were checked, with the number of a content-length, -1 for others."""

_NO_PAIR: Final = "a header field is a pair of name and value"

# A full memo is emptied: what lasts is back after a few responses.
_MAX_KNOWN: Final = 1024
_MAX_KNOWN_SIZE: Final = 256  # bytes
_FOR_OTHERS: Final = -2


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
    if status is None:
        raise ValueError("http.response.start has no status")
    number = check_integer(status, "a status")
    if not 200 <= number <= 999:
        raise ValueError(f"a final status is 200 to 999, not {number}")
    return number


def check_integer(value: object, what: str) -> int:
    """Turn an integer of any kind into an int.

    Args:
        value: an instance of int, such as `HTTPStatus.OK`, but no bool.
        what: what it is called.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} is an int, not {_name(value)}")
    return int(value)


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
        # Few lengths are noted, and to ask for one costs less than a lower-case copy.
        if len(name) in noted:
            lower = name.lower()
            if lower == b"content-length":
                if length is not None:
                    raise ValueError("content-length is given twice")
                length = value
            elif lower in noted[len(name)]:
                found = found | {lower}
    return checked, length, found


def check_head(
    fields: object, known: KnownFields, noted: Mapping[int, AbstractSet[bytes]]
) -> tuple[list[Field], int, AbstractSet[bytes]]:
    """Do the same for the fields of a head, of which most were in other heads before.

    Args:
        fields: as above.
        known: what was checked before; filled here, up to 1,024 fields of 256 bytes.
        noted: as above, with content-length.

    Returns:
        The fields; the number of content-length, -1 without one; the other noted names found.

    Raises:
        TypeError: as above.
        ValueError: as above, or content-length is no number.
    """
    given: list[object] = list(fields)  # type: ignore[call-overload]  # it raises for no iterable
    checked: list[Field] = []
    length = -1
    try:
        for item in given:
            entry = known.get(item) or _check_new(item, known, noted)
            if entry is None:
                break
            # Not the item, which may be equal to a pair of bytes without being one.
            field, number = entry
            if number >= 0:
                if length >= 0:
                    break
                length = number
            checked.append(field)
        else:
            return checked, length, _NONE
    except TypeError:  # a list, or what else has no hash
        pass
    checked, value, found = check_fields(given, noted)
    return checked, -1 if value is None else parse_length(value), found


def _check_new(
    item: object, known: KnownFields, noted: Mapping[int, AbstractSet[bytes]]
) -> tuple[Field, int] | None:
    """Return what is to be known of a field; None for one that `check_fields` is to see."""
    if type(item) is not tuple or len(item) != 2:
        return None
    name, value = item
    if type(name) is not bytes or type(value) is not bytes:
        return None
    number = -1
    if len(name) in noted:
        lower = name.lower()
        if lower == b"content-length":
            number = parse_length(value)
        elif lower in noted[len(name)]:
            return None
    entry = ((name, value), number)
    if len(name) + len(value) <= _MAX_KNOWN_SIZE:
        if len(known) >= _MAX_KNOWN:
            known.clear()
        known[item] = entry
    return entry


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
