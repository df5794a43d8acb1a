"""Owns the syntax of extension offers (RFC 6455, 9.1).

Does not know any extension.
"""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

__all__ = ["Offer", "parse_extensions"]

Offer: TypeAlias = tuple[str, list[tuple[str, str | None]]]
"""The name of an extension and its parameters, each a name and a value or None."""

_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_NAME: Final = re.compile(rf"[ \t]*({_WORD})")
_PARAMETER: Final = re.compile(
    rf'[ \t]*;[ \t]*({_WORD})(?:[ \t]*=[ \t]*(?:({_WORD})|"((?:[^"\\]|\\.)*)"))?'
)
_END: Final = re.compile(r"[ \t]*(?:,|\Z)")
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_WHOLE: Final = re.compile(_WORD)


def parse_extensions(values: Iterable[bytes]) -> list[Offer]:
    """Return what a client offers in its sec-websocket-extensions fields, in order.

    Several fields count as one list; empty elements are left out (RFC 9110, 5.6.1).

    Raises:
        ValueError: a field does not follow the grammar.
    """
    offers: list[Offer] = []
    for value in values:
        text = value.decode("latin-1")
        position = 0
        while position < len(text):
            if empty := _END.match(text, position):
                position = empty.end()
                continue
            offer, position = _parse_offer(text, position)
            offers.append(offer)
    return offers


def _parse_offer(text: str, position: int) -> tuple[Offer, int]:
    found = _NAME.match(text, position)
    if not found:
        raise ValueError(f"malformed extension: {text!r}")
    name = found[1]
    position = found.end()
    parameters: list[tuple[str, str | None]] = []
    while found := _PARAMETER.match(text, position):
        key, value, quoted = found.groups()
        if quoted is not None:
            value = _QUOTED_PAIR.sub(r"\1", quoted)
            if not _WHOLE.fullmatch(value):  # RFC 6455, 9.1: a token, quoted or not
                raise ValueError(f"malformed extension: {text!r}")
        parameters.append((key, value))
        position = found.end()
    end = _END.match(text, position)
    if not end:
        raise ValueError(f"malformed extension: {text!r}")
    return (name, parameters), end.end()
