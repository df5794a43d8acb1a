"""Owns what a request of HTTP/1.1 says that goes on as HTTP/2 (RFC 7540 section 3.2).

Does not decide whether a connection is upgraded, and does not answer 101: whoever read the request
in HTTP/1.1 does. RFC 9113 has dropped the mechanism; clients still use it.
"""

from binascii import Error, a2b_base64
from typing import Final

from h2.errors import ErrorCodes

from h2c_core._fields import CONNECTION_SPECIFIC
from h2c_core._request_head import Field
from h2c_core.errors import RemoteProtocolError

__all__ = ["read_settings", "request_fields"]

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_BASE64: Final = bytes.maketrans(b"-_", b"+/")

_LEFT_OUT: Final = CONNECTION_SPECIFIC | {b"http2-settings"}


def read_settings(text: bytes) -> bytes:
    """Return the payload of SETTINGS that an HTTP2-Settings field holds as base64url.

    Raises:
        RemoteProtocolError: PROTOCOL_ERROR, it is not that.
    """
    msg = "HTTP2-Settings is not base64url"
    if text.translate(None, _ALPHABET):
        raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR)
    try:
        return a2b_base64(text.translate(_TO_BASE64) + b"=" * (-len(text) % 4))
    except Error as error:
        raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR) from error


def request_fields(
    method: bytes, target: bytes, scheme: bytes, headers: list[Field]
) -> list[Field]:
    """Return a request of HTTP/1.1 as the field section that it would have been in HTTP/2."""
    fields = [(b":method", method), (b":scheme", scheme), (b":path", target)]
    for name, value in headers:
        lowered = name.lower()
        if lowered in _LEFT_OUT or (lowered == b"te" and value.lower() != b"trailers"):
            continue
        fields.append((lowered, value))
    return fields
