"""Owns what field sections of requests mean (RFC 9113 section 8).

Does not decode HPACK and does not check the characters of names and values: the decoder has done
both when a list arrives here.
"""

from typing import Final, cast

from h2c_core._pseudo_fields import COLON, is_authority, take_pseudo_fields
from h2c_core._request_head import Field, MalformedFieldsError, RequestHead

__all__ = ["CONNECTION_SPECIFIC", "check_trailers", "parse_request_head"]

CONNECTION_SPECIFIC: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
"""Fields of HTTP/1.1 that HTTP/2 has no place for, in either direction (section 8.2.2)."""

# The largest body length that is believed: 18 digits stay far below 2**63.
_MAX_LENGTH_DIGITS: Final = 18

_FORBIDDEN: Final = 1
_TE: Final = 2
_COOKIE: Final = 3
_HOST: Final = 4
_CONTENT_LENGTH: Final = 5
_EXPECT: Final = 6
_PRIORITY: Final = 7

# Fields that are looked at; one look-up decides for all the others that they are not.
_SPECIAL: Final[dict[bytes, int]] = dict.fromkeys(CONNECTION_SPECIFIC, _FORBIDDEN) | {
    b"te": _TE,
    b"cookie": _COOKIE,
    b"host": _HOST,
    b"content-length": _CONTENT_LENGTH,
    b"expect": _EXPECT,
    b"priority": _PRIORITY,
}
# By its first octet, whether a name may be one of them: most names need no look-up then.
_MAY_BE_SPECIAL: Final = bytes(octet in {name[0] for name in _SPECIAL} for octet in range(256))

# mypyc hands such a tuple on as it is, while it would build each tuple[bytes, bytes] anew.
_AsItIs = tuple[bytes, ...]


def parse_request_head(fields: list[Field], *, end_stream: bool) -> RequestHead:
    """Make a request head of a decoded field section.

    Raises:
        MalformedFieldsError: a rule of section 8.2 or 8.3 is broken.
    """
    headers: list[Field] = []
    head = RequestHead(headers, end_stream=end_stream)
    regular = take_pseudo_fields(fields, head)
    authority = head.authority
    if authority:
        headers.append((b"host", authority))
    entries = cast("list[_AsItIs]", fields)
    kept = cast("list[_AsItIs]", headers)
    crumbs: list[bytes] = []
    cookie = 0
    for position in range(regular, len(entries)):
        field = entries[position]
        name = field[0]
        first = name[0]
        kind = _SPECIAL.get(name, 0) if _MAY_BE_SPECIAL[first] else 0
        if kind == 0:
            if first == COLON:
                msg = "pseudo-header field after a regular field"
                raise MalformedFieldsError(msg)
            kept.append(field)
        elif kind == _COOKIE:
            if not crumbs:
                cookie = len(kept)
                kept.append(field)
            crumbs.append(field[1])
        elif kind == _HOST:
            _add_host(head, fields[position])
        else:
            _look_at(head, kind, field[1])
            kept.append(field)
    if len(crumbs) > 1:
        headers[cookie] = (b"cookie", b"; ".join(crumbs))
    if end_stream:
        head.expect_continue = False
        if head.content_length > 0:
            msg = "content-length without a body"
            raise MalformedFieldsError(msg)
    return head


def check_trailers(fields: list[Field]) -> None:
    """Check a trailer section (section 8.1): neither pseudo-header nor connection-specific fields.

    Raises:
        MalformedFieldsError: there is one.
    """
    for name, value in fields:
        if name[0] == COLON:
            msg = "pseudo-header field in a trailer section"
            raise MalformedFieldsError(msg)
        kind = _SPECIAL.get(name, 0)
        if kind == _FORBIDDEN or (kind == _TE and value.lower() != b"trailers"):
            msg = "connection-specific field in a trailer section"
            raise MalformedFieldsError(msg)


def _add_host(head: RequestHead, field: Field) -> None:
    """Keep `host` where there is no `:authority`; a host that contradicts it is malformed."""
    value = field[1]
    if not head.authority:
        for name, _ in head.headers:
            if name == b"host":
                msg = "repeated host"
                raise MalformedFieldsError(msg)
        if not is_authority(value):
            msg = "host has characters that it must not have"
            raise MalformedFieldsError(msg)
        head.headers.append(field)
    elif value != head.authority and _normal(head, value) != _normal(head, head.authority):
        msg = "host differs from :authority"
        raise MalformedFieldsError(msg)


def _normal(head: RequestHead, authority: bytes) -> bytes:
    """Return what names the same host whatever its case, and without the port of its scheme."""
    return authority.lower().removesuffix(b":443" if head.scheme == b"https" else b":80")


def _look_at(head: RequestHead, kind: int, value: bytes) -> None:
    if kind == _FORBIDDEN:
        msg = "connection-specific field"
        raise MalformedFieldsError(msg)
    if kind == _TE:
        if value.lower() != b"trailers":
            msg = "te other than trailers"
            raise MalformedFieldsError(msg)
    elif kind == _CONTENT_LENGTH:
        if not value.isdigit() or len(value) > _MAX_LENGTH_DIGITS:
            msg = "content-length is not a number"
            raise MalformedFieldsError(msg)
        length = int(value)
        if head.content_length >= 0 and head.content_length != length:
            msg = "content-length given twice, and differently"
            raise MalformedFieldsError(msg)
        # CONNECT has no body, but bytes both ways until either side ends (section 8.5).
        if head.method != b"CONNECT":
            head.content_length = length
    elif kind == _PRIORITY:
        head.add_priority(value)
    elif kind == _EXPECT and value.lower() == b"100-continue":
        head.expect_continue = True
