"""Owns which octets a field name and a field value may consist of (RFC 9113 section 8.2.1).

Does not know which names and values make sense.
"""

from typing import Final

__all__ = ["is_stripped", "is_token", "is_valid_name", "is_valid_value"]

_SPACE: Final = 0x20
_TAB: Final = 0x09

_IN_NAMES: Final = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
_NOT_IN_VALUES: Final = b"\0\r\n"

# Tables that change every octet that must not be there. translate() hands back the very string that
# it was given when it changes nothing: of all checks this one is the fastest in either build.
_NAME_TABLE: Final = bytes(octet if octet in _IN_NAMES else octet ^ 1 for octet in range(256))
_VALUE_TABLE: Final = bytes(octet ^ 1 if octet in _NOT_IN_VALUES else octet for octet in range(256))


def is_token(name: bytes) -> bool:
    """Return whether a name is a lower-case token (RFC 9110 section 5.6.2)."""
    return len(name) > 0 and name.translate(_NAME_TABLE) == name


def is_valid_name(name: bytes) -> bool:
    """Return whether a name is a lower-case token, or a colon and one."""
    return is_token(name) or (name[:1] == b":" and is_token(name[1:]))


def is_valid_value(value: bytes) -> bool:
    """Return whether a value has no NUL, CR or LF, and no white space at its ends."""
    return is_stripped(value) and value.translate(_VALUE_TABLE) == value


def is_stripped(value: bytes) -> bool:
    """Return whether a value has no white space at its ends."""
    if not value:
        return True
    first = value[0]
    last = value[-1]
    # Not as `in`: mypyc would build the tuples.
    return first != _SPACE and first != _TAB and last != _SPACE and last != _TAB  # noqa: PLR1714
