"""Owns the values of priority signals: the text of the `priority` field (RFC 9218 section 4).

Does not know where a value came from, nor what follows from it.
"""

import re
from typing import Final

__all__ = ["DEFAULT_URGENCY", "INCREMENTAL", "MAX_PRIORITY_SIZE", "NO_PRIORITY", "parse_priority"]

DEFAULT_URGENCY: Final = 3
"""Of eight, 0 being the most urgent (section 4.1)."""

INCREMENTAL: Final = 8
"""Stands beside the urgency in a parsed value."""

NO_PRIORITY: Final = -1
"""There is no signal, or none that can be read."""

MAX_PRIORITY_SIZE: Final = 256
"""Bytes of a value that is read; browsers send at most 7."""

_LEAST_URGENT: Final = 7

# What RFC 9651 section 4.2.2 takes for a member of a dictionary. Quantifiers of characters keep
# what they took (the second +), so that no text takes more than two passes, there and back; those
# of groups do not, which Python before 3.11.5 gets wrong (`u=1;` matched whole). The contents of
# byte sequences and display strings are not decoded: nothing that is read here has such a value.
_KEY: Final = rb"[a-z*][a-z0-9_.*-]*+"
_BARE: Final = (
    rb"(?:-?[0-9]{1,12}\.[0-9]{1,3}|-?[0-9]{1,15}+(?!\.)"
    rb'|"(?:[ !#-\[\]-~]++|\\["\\])*"'
    rb"|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*+"
    rb"|:[A-Za-z0-9+/=]*+:"
    rb"|\?[01]"
    rb"|@-?[0-9]{1,15}+(?!\.)"
    rb'|%"(?:[ !#$&-~]++|%[0-9a-f]{2})*")'
)
_PARAMETERS: Final = rb"(?:; *+" + _KEY + rb"(?:=" + _BARE + rb")?)*"
_ITEM: Final = _BARE + _PARAMETERS
_INNER_LIST: Final = rb"\( *+(?:" + _ITEM + rb"(?: ++|(?=\))))*\)"
_MEMBER: Final = re.compile(
    rb"(" + _KEY + rb")(?:=(" + _BARE + rb"|" + _INNER_LIST + rb"))?" + _PARAMETERS
)
_COMMA: Final = re.compile(rb"[ \t]*+,[ \t]*+")
_INTEGER: Final = re.compile(rb"-?[0-9]+")

# What browsers send, in both spellings.
_USUAL: Final[dict[bytes, int]] = {
    b"u=%d%b" % (urgency, text): urgency + flag
    for urgency in range(8)
    for text, flag in ((b"", 0), (b", i", INCREMENTAL), (b",i", INCREMENTAL))
} | {b"i": DEFAULT_URGENCY + INCREMENTAL}


def parse_priority(value: bytes) -> int:
    """Return the urgency of a priority field value, INCREMENTAL added where it says so.

    Members that are not known, parameters of members, and values of another type or range are
    ignored (section 4); a text that is no dictionary, or one of more than 256 bytes, is ignored
    as a whole (RFC 9651 section 4.2), which gives NO_PRIORITY.
    """
    usual = _USUAL.get(value)
    if usual is not None:
        return usual
    if len(value) > MAX_PRIORITY_SIZE:
        return NO_PRIORITY
    value = value.strip(b" ")
    urgency = DEFAULT_URGENCY
    incremental = 0
    position = 0
    stop = len(value)
    while position < stop:
        member = _MEMBER.match(value, position)
        if member is None:
            return NO_PRIORITY
        key: bytes = member[1]
        # The last of several members of one name counts, whatever the others said.
        if key == b"u":
            urgency = _urgency(member[2])
        elif key == b"i":
            incremental = INCREMENTAL if member[2] in (None, b"?1") else 0
        position = member.end()
        if position < stop:
            comma = _COMMA.match(value, position)
            if comma is None or comma.end() == stop:
                return NO_PRIORITY
            position = comma.end()
    return urgency + incremental


def _urgency(text: bytes | None) -> int:
    if text is None or _INTEGER.fullmatch(text) is None:
        return DEFAULT_URGENCY
    urgency = int(text)
    return urgency if 0 <= urgency <= _LEAST_URGENT else DEFAULT_URGENCY
