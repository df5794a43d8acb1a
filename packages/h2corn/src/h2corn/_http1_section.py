"""Owns the field section of a request head: its fields, and what they say together.

Does not weigh it: who reads the head decides what a section without Host, or with a length, means.
"""

from typing import Final

from h2c_core import Field
from h2corn._http1_errors import BadRequestError
from h2corn._http1_fields import (
    COOKIE,
    HOST,
    KNOWN_LINES,
    KNOWN_SPECIAL_LINES,
    LINE_FLAGS,
    read_field,
    split_lines,
)
from h2corn._http1_limits import Http1Limits

__all__ = ["Section", "read_section"]

_known_sections: Final[dict[bytes, "Section"]] = {}
"""Sections as sent, in which every line was known. A client that sends one request after the other
repeats it word for word, and a proxy does for all its health checks. What no line memo keeps, such
as credentials, cookies and framing, is never in here."""

# A full memo is emptied: what lasts is back after a few requests. It stays below 200 KB.
_MAX_KNOWN_SECTIONS: Final = 128
_MAX_KNOWN_SECTION: Final = 512  # bytes


class Section:
    """The fields of one head. It may be shared: nobody changes it.

    Attributes:
        fields: all of them in the order received, with lower-case names.
        framing: those that say how long the body is.
        flags: the flags of all lines.
        hosts: how many Host fields there are.
        authority: the value of the last one, empty where there is none.
        cookies: how many cookie fields there are.
    """

    __slots__ = ("authority", "cookies", "fields", "flags", "framing", "hosts")

    def __init__(self, fields: list[Field], framing: list[Field]) -> None:
        self.fields = fields
        self.framing = framing
        self.flags = 0
        self.hosts = 0
        self.authority = b""
        self.cookies = 0


def read_section(text: bytes, limits: Http1Limits) -> Section:
    """Read field lines, each with its CRLF (RFC 9112 section 5).

    Raises:
        BadRequestError: a line is malformed or too long, or there are too many.
    """
    section = _known_sections.get(text) if len(text) <= _MAX_KNOWN_SECTION else None
    if section is None:
        return _read(text, limits)
    if len(section.fields) > limits.max_fields:
        raise BadRequestError(431, "too many header fields")
    return section


def _read(text: bytes, limits: Http1Limits) -> Section:
    lines = split_lines(text)
    if len(lines) > limits.max_fields:
        raise BadRequestError(431, "too many header fields")
    fields: list[Field] = []
    section = Section(fields, [])
    known = KNOWN_LINES.get
    special = KNOWN_SPECIAL_LINES.get
    is_known = len(text) <= _MAX_KNOWN_SECTION
    for line in lines:
        field = known(line)
        if field is None:
            found = special(line)
            if found is None:
                found = read_field(line, limits)
                is_known = False
            field, meaning = found
            if meaning == HOST:
                section.hosts += 1
                section.authority = field[1]
            elif meaning <= LINE_FLAGS:
                section.flags |= meaning
            elif meaning == COOKIE:
                section.cookies += 1
            else:
                section.framing.append(field)
        fields.append(field)
    if is_known:
        if len(_known_sections) >= _MAX_KNOWN_SECTIONS:
            _known_sections.clear()
        _known_sections[text] = section
    return section
