"""Owns the pseudo-header fields of a request (RFC 9113 section 8.3): which there are, with what.

Does not look at regular fields.
"""

from typing import Final

from h2c_core._request_head import Field, MalformedFieldsError, RequestHead

__all__ = ["COLON", "is_authority", "take_pseudo_fields"]

COLON: Final = 0x3A

# Deletes what may stand in a method (RFC 9110 section 9.1: a token); nothing may be left.
_TOKEN: Final = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The same for the name of a protocol, which may have a version (RFC 9110 section 7.8).
_PROTOCOL: Final = _TOKEN + b"/"
_USUAL_METHODS: Final = frozenset(
    {b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"}
)
# The same for a scheme, which also starts with a letter (RFC 3986 section 3.1).
_SCHEME: Final = b"+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_USUAL_SCHEMES: Final = frozenset({b"http", b"https"})
_CONTROLS_AND_SPACE: Final = bytes(range(0x21)) + b"\x7f"
_NOT_IN_TARGET: Final = _CONTROLS_AND_SPACE + b"#"
_NOT_IN_AUTHORITY: Final = _CONTROLS_AND_SPACE + b"@/?#\\"
# Tables that change what must not be there: what translate() hands back is what it was given then.
_TARGETS: Final = bytes(octet ^ 1 if octet in _NOT_IN_TARGET else octet for octet in range(256))
_AUTHORITIES: Final = bytes(
    octet ^ 1 if octet in _NOT_IN_AUTHORITY else octet for octet in range(256)
)


def is_authority(value: bytes) -> bool:
    """Whether `:authority` or `host` has only characters that it may have."""
    return value.translate(_AUTHORITIES) == value


def take_pseudo_fields(fields: list[Field], head: RequestHead) -> int:
    """Read the fields that start with a colon; return where the regular ones begin."""
    method: bytes | None = None
    target: bytes | None = None
    scheme: bytes | None = None
    authority: bytes | None = None
    protocol: bytes | None = None
    position = 0
    count = len(fields)
    while position < count:
        name, value = fields[position]
        if name[0] != COLON:
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
        elif name == b":protocol" and protocol is None:
            protocol = value
        else:
            msg = "unknown or repeated pseudo-header field"
            raise MalformedFieldsError(msg)
    if protocol is not None:
        _set_protocol(head, protocol, method, authority)
    _set_control_data(head, method, target, scheme, authority)
    return position


def _set_protocol(
    head: RequestHead, protocol: bytes, method: bytes | None, authority: bytes | None
) -> None:
    """Check an extended CONNECT (RFC 8441 section 4); its other fields are those of a request."""
    if method != b"CONNECT" or not authority:
        msg = ":protocol without CONNECT or without :authority"
        raise MalformedFieldsError(msg)
    if not protocol or protocol.translate(None, _PROTOCOL):
        msg = ":protocol is not the name of a protocol"
        raise MalformedFieldsError(msg)
    head.protocol = protocol


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
        if not is_authority(authority):
            msg = ":authority has characters that it must not have"
            raise MalformedFieldsError(msg)
        head.authority = authority
    if method == b"CONNECT" and not head.protocol:
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
    if target.translate(_TARGETS) != target:
        msg = ":path has characters that it must not have"
        raise MalformedFieldsError(msg)
