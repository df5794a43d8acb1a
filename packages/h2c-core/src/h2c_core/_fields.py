"""Owns what field sections of requests mean (RFC 9113 section 8), and request heads.

Does not decode HPACK and does not check the characters of names and values: the decoder has done
both when a list arrives here.
"""

from typing import Final

__all__ = ["Field", "MalformedFieldsError", "RequestHead", "check_trailers", "parse_request_head"]

Field = tuple[bytes, bytes]

_COLON: Final = 0x3A
# The largest body length that is believed: 18 digits stay far below 2**63.
_MAX_LENGTH_DIGITS: Final = 18

_FORBIDDEN: Final = 1
_TE: Final = 2
_COOKIE: Final = 3
_HOST: Final = 4
_CONTENT_LENGTH: Final = 5
_EXPECT: Final = 6

# Fields that are looked at; one look-up decides for all the others that they are not.
_SPECIAL: Final[dict[bytes, int]] = {
    b"connection": _FORBIDDEN,
    b"keep-alive": _FORBIDDEN,
    b"proxy-connection": _FORBIDDEN,
    b"transfer-encoding": _FORBIDDEN,
    b"upgrade": _FORBIDDEN,
    b"te": _TE,
    b"cookie": _COOKIE,
    b"host": _HOST,
    b"content-length": _CONTENT_LENGTH,
    b"expect": _EXPECT,
}

# Deletes what may stand in a method (RFC 9110 section 9.1: a token); nothing may be left.
_TOKEN: Final = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_USUAL_METHODS: Final = frozenset(
    {b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"}
)
# The same for a scheme, which also starts with a letter (RFC 3986 section 3.1).
_SCHEME: Final = b"+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_USUAL_SCHEMES: Final = frozenset({b"http", b"https"})
_CONTROLS_AND_SPACE: Final = bytes(range(0x21)) + b"\x7f"
_NOT_IN_TARGET: Final = _CONTROLS_AND_SPACE + b"#"
_NOT_IN_AUTHORITY: Final = _CONTROLS_AND_SPACE + b"@/?#\\"


class MalformedFieldsError(ValueError):
    """A field section that section 8.1.1 calls malformed: the stream ends with PROTOCOL_ERROR."""


class RequestHead:
    """The head of a request as a server application wants it.

    Attributes:
        method: the method, as sent.
        target: path and query of the request, as sent; empty for CONNECT.
        scheme: `http` or `https`, as sent; empty for CONNECT.
        authority: the `:authority` pseudo-header field, empty when there was none.
        headers: fields in the order received. `host` comes first when there was an `:authority`
            (section 8.3.1), and `cookie` fields are joined with `; ` (section 8.2.3).
        http_version: `2`.
        end_stream: no body follows.
        expect_continue: the client waits for 100 before it sends the body (RFC 9110 10.1.1).
        content_length: the announced length of the body in bytes, -1 for none.
    """

    __slots__ = (
        "authority",
        "content_length",
        "end_stream",
        "expect_continue",
        "headers",
        "http_version",
        "method",
        "scheme",
        "target",
    )

    def __init__(self, headers: list[Field], *, end_stream: bool) -> None:
        self.method = b""
        self.target = b""
        self.scheme = b""
        self.authority = b""
        self.headers = headers
        self.http_version = "2"
        self.end_stream = end_stream
        self.expect_continue = False
        self.content_length = -1


def parse_request_head(fields: list[Field], *, end_stream: bool) -> RequestHead:
    """Make a request head of a decoded field section.

    Raises:
        MalformedFieldsError: a rule of section 8.2 or 8.3 is broken.
    """
    headers: list[Field] = []
    head = RequestHead(headers, end_stream=end_stream)
    regular = _take_pseudo_fields(fields, head)
    authority = head.authority
    if authority:
        headers.append((b"host", authority))
    crumbs: list[bytes] = []
    cookie = 0
    for position in range(regular, len(fields)):
        field = fields[position]
        name = field[0]
        kind = _SPECIAL.get(name, 0)
        if kind == 0:
            if name[0] == _COLON:
                msg = "pseudo-header field after a regular field"
                raise MalformedFieldsError(msg)
            headers.append(field)
        elif kind == _COOKIE:
            if not crumbs:
                cookie = len(headers)
                headers.append(field)
            crumbs.append(field[1])
        elif kind == _HOST:
            _add_host(head, field)
        else:
            _look_at(head, kind, field)
            headers.append(field)
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
    for name, _ in fields:
        if name[0] == _COLON:
            msg = "pseudo-header field in a trailer section"
            raise MalformedFieldsError(msg)
        if _SPECIAL.get(name, 0) == _FORBIDDEN:
            msg = "connection-specific field in a trailer section"
            raise MalformedFieldsError(msg)


def _take_pseudo_fields(fields: list[Field], head: RequestHead) -> int:
    """Read the fields that start with a colon; return where the regular ones begin."""
    method: bytes | None = None
    target: bytes | None = None
    scheme: bytes | None = None
    authority: bytes | None = None
    position = 0
    count = len(fields)
    while position < count:
        name, value = fields[position]
        if name[0] != _COLON:
            break
        position += 1
        if name == b":method" and method is None:
            method = value
        elif name == b":path" and target is None:
            target = value
        elif name == b":scheme" and scheme is None:
            scheme = value
        elif name == b":authority" and authority is None:
            authority = value
        else:
            msg = "unknown or repeated pseudo-header field"
            raise MalformedFieldsError(msg)
    _set_control_data(head, method, target, scheme, authority)
    return position


def _set_control_data(
    head: RequestHead,
    method: bytes | None,
    target: bytes | None,
    scheme: bytes | None,
    authority: bytes | None,
) -> None:
    """Check which pseudo-header fields there are, and take them over (section 8.3.1 and 8.5)."""
    if not method or (method not in _USUAL_METHODS and method.translate(None, _TOKEN)):
        msg = ":method is missing or not a token"
        raise MalformedFieldsError(msg)
    head.method = method
    if authority:
        if len(authority.translate(None, _NOT_IN_AUTHORITY)) != len(authority):
            msg = ":authority has characters that it must not have"
            raise MalformedFieldsError(msg)
        head.authority = authority
    if method == b"CONNECT":
        if target is not None or scheme is not None or not authority:
            msg = "CONNECT takes :authority and neither :scheme nor :path"
            raise MalformedFieldsError(msg)
        return
    if not scheme or not target:
        msg = ":scheme or :path is missing or empty"
        raise MalformedFieldsError(msg)
    if scheme not in _USUAL_SCHEMES and (
        scheme.translate(None, _SCHEME) or not scheme[:1].isalpha()
    ):
        msg = ":scheme is not a scheme"
        raise MalformedFieldsError(msg)
    _check_target(method, target)
    head.scheme = scheme
    head.target = target


def _check_target(method: bytes, target: bytes) -> None:
    """Check `:path` (section 8.3.1): starts with a slash, or is the asterisk of OPTIONS."""
    if target[0] != 0x2F and not (target == b"*" and method == b"OPTIONS"):
        msg = ":path does not start with a slash"
        raise MalformedFieldsError(msg)
    if len(target.translate(None, _NOT_IN_TARGET)) != len(target):
        msg = ":path has characters that it must not have"
        raise MalformedFieldsError(msg)


def _add_host(head: RequestHead, field: Field) -> None:
    """Keep `host` where there is no `:authority`; a host that contradicts it is malformed."""
    value = field[1]
    if not head.authority:
        for name, _ in head.headers:
            if name == b"host":
                msg = "repeated host"
                raise MalformedFieldsError(msg)
        if len(value.translate(None, _NOT_IN_AUTHORITY)) != len(value):
            msg = "host has characters that it must not have"
            raise MalformedFieldsError(msg)
        head.headers.append(field)
    elif value.lower() != head.authority.lower():
        msg = "host differs from :authority"
        raise MalformedFieldsError(msg)


def _look_at(head: RequestHead, kind: int, field: Field) -> None:
    value = field[1]
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
        head.content_length = length
    elif kind == _EXPECT and value.lower() == b"100-continue":
        head.expect_continue = True
