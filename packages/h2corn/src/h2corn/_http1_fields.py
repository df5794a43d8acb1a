"""Owns field lines of requests: their syntax, and what a single line means for the message.

Does not weigh lines against one another (two Hosts, a length beside a coding): the head does, since
that takes all of them.
"""

import re
from typing import Final

from h2c_core import Field
from h2corn._http1_errors import BadRequestError
from h2corn._http1_limits import Http1Limits

__all__ = [
    "CLOSE",
    "COOKIE",
    "EXPECT",
    "FRAMING",
    "HOST",
    "HOST_PATTERN",
    "KEEP_ALIVE",
    "KNOWN_LINES",
    "KNOWN_SPECIAL_LINES",
    "LINE_FLAGS",
    "TRAILERS",
    "UPGRADE",
    "is_token",
    "list_members",
    "read_field",
    "read_trailers",
    "split_lines",
]

# What a line means. The lower ones are flags of the message, which add up.
CLOSE: Final = 1
KEEP_ALIVE: Final = 2
TRAILERS: Final = 4
EXPECT: Final = 8
UPGRADE: Final = 16
LINE_FLAGS: Final = CLOSE | KEEP_ALIVE | TRAILERS | EXPECT | UPGRADE
HOST: Final = 32
COOKIE: Final = 64
FRAMING: Final = 128

KNOWN_LINES: Final[dict[bytes, Field]] = {}
"""Lines without a meaning for the message, checked already. Clients and proxies repeat most of
theirs word for word, and a look-up costs a tenth of a check."""

KNOWN_SPECIAL_LINES: Final[dict[bytes, tuple[Field, int]]] = {}
"""The same for those that have one, with it."""

_known_names: Final[dict[bytes, bytes]] = {}
"""Names as sent, with the lower-case form."""

# A full memo is emptied: what lasts is back after a few requests. They stay below 400 KB together.
_MAX_KNOWN_LINES: Final = 1024
_MAX_KNOWN_SPECIAL_LINES: Final = 64
_MAX_KNOWN_NAMES: Final = 512
_MAX_KNOWN_LINE: Final = 256  # bytes
_MAX_KNOWN_NAME: Final = 64

_FRAMING_NAMES: Final = frozenset({b"content-length", b"transfer-encoding"})
_REPEATED: Final = frozenset({b"connection", b"expect", b"host", b"te"})
_CREDENTIALS: Final = frozenset({b"authorization", b"proxy-authorization"})
# Nobody keeps credentials longer than their request, and the others differ in every request.
_NEVER_KNOWN: Final = _CREDENTIALS | {
    b"sec-websocket-key",
    b"traceparent",
    b"x-amzn-trace-id",
    b"x-request-id",
}

# RFC 9110 section 6.5.1: framing, routing and the like make no sense behind the body.
_NOT_IN_TRAILERS: Final = (
    _CREDENTIALS
    | _FRAMING_NAMES
    | _REPEATED
    | {b"cookie", b"keep-alive", b"proxy-connection", b"trailer", b"upgrade"}
)

is_token: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
"""RFC 9110 section 5.6.2."""

# Deleting these from a value leaves what may not be in it (RFC 9110 section 5.5).
_TEXT: Final = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))

HOST_PATTERN: Final = rb"(?:[A-Za-z0-9\-._~%!$&'()*+,;=]+|\[[0-9A-Za-z:.\-_~%]+\])"
"""A name, or an address (RFC 3986 section 3.2.2)."""

_is_host_field: Final = re.compile(rb"(?:" + HOST_PATTERN + rb"(?::[0-9]{0,5})?)?").fullmatch


def list_members(value: bytes) -> list[bytes]:
    """Return the members of a comma-separated list in lower case (RFC 9110 section 5.6.1)."""
    return [member.strip(b" \t") for member in value.lower().split(b",")]


def split_lines(block: bytes) -> list[bytes]:
    """Split lines that all end with CRLF.

    Raises:
        BadRequestError: the last line does not. A bare LF elsewhere is found by `read_field`.
    """
    lines = block.split(b"\r\n")
    if lines.pop():
        raise BadRequestError(400, "a line does not end with CRLF")
    return lines


def read_field(line: bytes, limits: Http1Limits) -> tuple[Field, int]:
    """Check one line that the memos do not know (RFC 9112 section 5).

    Returns:
        The field with its name in lower case, and its meaning.

    Raises:
        BadRequestError: the line is no field, too long, or its value is not what its name wants.
    """
    if len(line) > limits.max_field:
        raise BadRequestError(431, "a field line is too long")
    raw_name, colon, raw_value = line.partition(b":")
    name = _known_names.get(raw_name) or _read_name(raw_name)
    if not colon:
        raise BadRequestError(400, "a field line has no colon")
    value = raw_value.strip(b" \t")
    # The first question is the cheaper one, but says no to some text, such as a tab.
    if not value.decode("latin-1").isprintable() and value.translate(None, _TEXT):
        raise BadRequestError(400, "a field value has a control character")
    field = (name, value)
    if name in _REPEATED:
        return _read_special(line, field)
    if name == b"cookie":
        return field, COOKIE
    if name in _FRAMING_NAMES:
        return field, FRAMING
    if name not in _NEVER_KNOWN and len(line) <= _MAX_KNOWN_LINE:
        if len(KNOWN_LINES) >= _MAX_KNOWN_LINES:
            KNOWN_LINES.clear()
        KNOWN_LINES[line] = field
    return field, 0


def read_trailers(block: bytes, limits: Http1Limits) -> list[Field]:
    """Read a trailer section, each line with its CRLF; what may not stand in one is left out.

    Raises:
        BadRequestError: as for the fields of a head.
    """
    lines = split_lines(block)
    if len(lines) > limits.max_fields:
        raise BadRequestError(431, "too many trailer fields")
    fields = [read_field(line, limits)[0] for line in lines]
    return [field for field in fields if field[0] not in _NOT_IN_TRAILERS]


def _read_name(raw_name: bytes) -> bytes:
    # An obs-fold line and a name with space behind it end here too.
    if not is_token(raw_name):
        raise BadRequestError(400, "a field name is not a token")
    name = raw_name.lower()
    if len(name) <= _MAX_KNOWN_NAME:
        if len(_known_names) >= _MAX_KNOWN_NAMES:
            _known_names.clear()
        _known_names[raw_name] = name
    return name


def _read_special(line: bytes, field: Field) -> tuple[Field, int]:
    name, value = field
    if name == b"host":
        if not _is_host_field(value):
            raise BadRequestError(400, "Host is not a host and port")
        meaning = HOST
    elif name == b"connection":
        members = list_members(value)
        meaning = CLOSE * (b"close" in members) | KEEP_ALIVE * (b"keep-alive" in members)
        meaning |= UPGRADE * (b"upgrade" in members)
    elif name == b"te":
        meaning = TRAILERS * (b"trailers" in list_members(value))
    else:
        meaning = EXPECT * (value.lower() == b"100-continue")
    special = (field, meaning)
    if len(line) <= _MAX_KNOWN_LINE:
        if len(KNOWN_SPECIAL_LINES) >= _MAX_KNOWN_SPECIAL_LINES:
            KNOWN_SPECIAL_LINES.clear()
        KNOWN_SPECIAL_LINES[line] = special
    return special
