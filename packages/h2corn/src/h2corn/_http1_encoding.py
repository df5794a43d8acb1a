"""Owns the text of responses: status lines, field lines, and whole answers to what is refused.

Does not decide about framing; it keeps out the fields with which an application would.
"""

import re
from http import HTTPStatus
from typing import Final

from h2c_core import Field
from h2corn._http1_errors import BadRequestError
from h2corn._http1_fields import is_token

__all__ = [
    "HOP_BY_HOP",
    "KNOWN_FIELDS",
    "KNOWN_LENGTHS",
    "STATUS_LINES",
    "encode_error",
    "encode_field",
    "encode_length",
    "encode_section",
    "status_line",
]

HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
"""Fields about one connection (RFC 9110 section 7.6.1), which this side alone writes."""

_FRAMING: Final = HOP_BY_HOP | {b"content-length"}

KNOWN_FIELDS: Final[dict[Field, bytes]] = {}
"""Fields that were checked, with their lines; none that is hop-by-hop, and no content-length."""

KNOWN_LENGTHS: Final[dict[Field, tuple[int, bytes]]] = {}
"""Fields of content-length with their numbers and lines."""

# A full memo is emptied: what lasts is back after a few responses. It stays below 700 KB.
_MAX_KNOWN_FIELDS: Final = 1024
_MAX_KNOWN_LENGTHS: Final = 256
_MAX_KNOWN_LINE: Final = 256  # bytes

_find_unsafe: Final = re.compile(rb"[\r\n\x00]").search

STATUS_LINES: Final = {
    int(status): b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}
"""RFC 9112 section 4. The version is the server's own, whatever the client's."""


def status_line(status: int) -> bytes:
    """Return the status line of a response, be the status a known one or not."""
    return STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def encode_field(field: Field) -> bytes:
    """Return the line of a field that the memo does not know.

    Raises:
        ValueError: the name is no token, or the value has CR, LF or NUL (RFC 9110 section 5.5).
    """
    name, value = field
    if not is_token(name):
        raise ValueError(f"not a header name: {name!r}")
    if _find_unsafe(value):
        raise ValueError(f"CR, LF or NUL in the value of {name!r}")
    line = b"%b: %b\r\n" % (name.lower(), value)
    if len(line) <= _MAX_KNOWN_LINE:
        if len(KNOWN_FIELDS) >= _MAX_KNOWN_FIELDS:
            KNOWN_FIELDS.clear()
        KNOWN_FIELDS[field] = line
    return line


def encode_length(field: Field) -> tuple[int, bytes]:
    """Return number and line of a content-length that the memo does not know."""
    length = int(field[1])
    found = length, b"content-length: %d\r\n" % length
    if len(field[1]) <= _MAX_KNOWN_LINE:
        if len(KNOWN_LENGTHS) >= _MAX_KNOWN_LENGTHS:
            KNOWN_LENGTHS.clear()
        KNOWN_LENGTHS[field] = found
    return found


def encode_section(fields: list[Field]) -> bytes:
    """Return the lines of an interim head or of trailers, without the fields that frame.

    Raises:
        ValueError: as `encode_field`.
    """
    return b"".join([encode_field(field) for field in fields if field[0].lower() not in _FRAMING])


def encode_error(error: BadRequestError, *, with_body: bool, added: bytes = b"") -> bytes:
    """Return a whole response that refuses a request and ends the connection.

    Args:
        error: what is wrong with it.
        with_body: whether it may have a body, as the answer to HEAD may not.
        added: lines of further fields.
    """
    body = error.reason.encode() + b"\n"
    return b"".join(
        (
            status_line(error.status),
            b"content-type: text/plain; charset=utf-8\r\n",
            added,
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body),
            body if with_body else b"",
        )
    )
