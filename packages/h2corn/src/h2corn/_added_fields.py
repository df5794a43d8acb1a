"""Owns the fields that an operator adds to every response, from their text to what they may be.

Does not add them; `asgi_bridge.DefaultHeaders` does, which asks no more of them than this.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

from h2corn._escape import escape_unprintable

__all__ = ["fault_of_fields", "parse_field"]

# RFC 9110 sections 5.1 and 5.5.
_name: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_value: Final = re.compile(r"[\t -~\x80-\xff]*").fullmatch

# They speak of one message or one connection (RFC 9110 sections 7.6.1 and 8.6, RFC 9112 section 6).
_NEVER_ADDED: Final = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def parse_field(text: str) -> tuple[bytes, bytes]:
    """Read a field that was written as `name: value`.

    Raises:
        ValueError: it is none, or none that could be in every response.
    """
    name, colon, value = text.partition(":")
    value = value.strip(" \t")
    shown = escape_unprintable(repr(text))
    if not colon or not _name(name) or not _value(value):
        raise ValueError(f"must be NAME: VALUE, not {shown}")
    if name.lower() in _NEVER_ADDED:
        raise ValueError(f"{name.lower()} speaks of one message alone, and is not for every one")
    return name.lower().encode("ascii"), value.encode("latin-1")


def fault_of_fields(texts: Sequence[str], taken: Collection[str]) -> str | None:
    """Return what is wrong with the first of these fields that is wrong, or None.

    Args:
        texts: each as `name: value`.
        taken: lower-case names of fields that are added anyway.
    """
    for text in texts:
        try:
            name = parse_field(text)[0].decode("ascii")
        except ValueError as error:
            return str(error)
        if name in taken:
            return f"{name} is added anyway; switch that off with {name}_header"
    return None
