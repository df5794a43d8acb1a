"""Owns the opening handshake: what a client has to ask, and the fields that accept it.

Does not send anything. Over HTTP/2 the same fields mean the same, without the key (RFC 8441, 5).
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from hashlib import sha1
from typing import Final

from asgi_bridge._messages import Field
from asgi_bridge._sink import RequestHead
from asgi_bridge._ws_extensions import Offer, parse_extensions

__all__ = [
    "accept_fields",
    "check_accept_fields",
    "check_handshake",
    "choose_subprotocol",
    "field_values",
    "offered_extensions",
    "parse_subprotocols",
]

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

_VERSION: Final = b"13"

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the key is hashed with (RFC 6455, 1.3)."""

_OWN: Final = b"sec-websocket-"
"""How the names begin of the fields that only the server may send."""

_HOP: Final = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"upgrade"})
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


def field_values(headers: Iterable[Field], name: bytes) -> list[bytes]:
    """Return the values of all fields of a name, in order."""
    return [value for key, value in headers if key == name]


def parse_subprotocols(headers: Iterable[Field]) -> list[str]:
    """Return the subprotocols that a client offers, in its order (RFC 6455, 11.3.4).

    Several fields count as one list; empty elements are left out (RFC 9110, 5.6.1).
    """
    offered = []
    for value in field_values(headers, b"sec-websocket-protocol"):
        offered += [item for part in value.decode("latin-1").split(",") if (item := part.strip())]
    return offered


def offered_extensions(headers: Iterable[Field]) -> list[Offer]:
    """Return the extensions that a client offers (RFC 6455, 9.1).

    Raises:
        ValueError: its fields do not follow the grammar.
    """
    return parse_extensions(field_values(headers, b"sec-websocket-extensions"))


def check_handshake(head: RequestHead) -> tuple[int, list[Field], bytes] | None:
    """Judge the head of a handshake (RFC 6455, 4.2.1; RFC 8441, 5).

    Returns:
        None for a good one; else the status, the fields and the body that refuse it.
    """
    headers = head.headers
    is_http2 = head.http_version == "2"
    if field_values(headers, b"sec-websocket-version") != [_VERSION]:
        fields = [(b"sec-websocket-version", _VERSION)]
        if not is_http2:  # RFC 9110, 15.5.22
            fields += [(b"connection", b"upgrade"), (b"upgrade", b"websocket")]
        return _refuse(426, fields, b"WebSocket version 13 only")
    if not is_http2 and not _is_key(field_values(headers, b"sec-websocket-key")):
        return _refuse(400, [], b"Invalid sec-websocket-key")
    if not all(map(_TOKEN.fullmatch, parse_subprotocols(headers))):
        return _refuse(400, [], b"Invalid sec-websocket-protocol")
    try:
        offered_extensions(headers)
    except ValueError:
        return _refuse(400, [], b"Invalid sec-websocket-extensions")
    return None


def choose_subprotocol(head: RequestHead, chosen: object) -> str | None:
    """Check the subprotocol that an application accepts with, None for none.

    Raises:
        TypeError: it is no str.
        ValueError: the client did not offer it: it would have to fail the connection (RFC 6455,
            4.1), and no log of the server's would tell why.
    """
    if chosen is None:
        return None
    if not isinstance(chosen, str):
        raise TypeError(f"a subprotocol is a str, not {type(chosen).__name__}")
    if chosen not in parse_subprotocols(head.headers):
        raise ValueError(f"a subprotocol that the client did not offer: {chosen!r}")
    return chosen


def accept_fields(head: RequestHead, subprotocol: str | None, extensions: bytes) -> list[Field]:
    """Make the fields that accept a handshake that was found good (RFC 6455, 4.2.2).

    Args:
        head: the head of the request.
        subprotocol: the chosen one of those offered, None for none.
        extensions: the extensions agreed on, empty for none.
    """
    fields: list[Field] = []
    if head.http_version != "2":
        (key,) = field_values(head.headers, b"sec-websocket-key")
        digest = sha1(key + _GUID, usedforsecurity=False).digest()
        fields.append((b"sec-websocket-accept", b2a_base64(digest, newline=False)))
    if subprotocol is not None:
        fields.append((b"sec-websocket-protocol", subprotocol.encode("ascii")))
    if extensions:
        fields.append((b"sec-websocket-extensions", extensions))
    return fields


def check_accept_fields(fields: list[Field]) -> list[Field]:
    """Check the names of the fields that an application accepts with.

    Returns:
        The fields without those of the hop, which the sink writes.

    Raises:
        ValueError: a field belongs to the handshake itself, where the application has
            `subprotocol` to say it, or frames a body that there is none of (RFC 9110, 8.6).
    """
    checked = []
    for field in fields:
        name = field[0].lower()
        if name.startswith(_OWN) or name in _FRAMING:
            raise ValueError(f"an application cannot accept a WebSocket with {name!r}")
        if name not in _HOP:
            checked.append(field)
    return checked


def _refuse(status: int, fields: list[Field], text: bytes) -> tuple[int, list[Field], bytes]:
    fields += [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
    ]
    return status, fields, text


def _is_key(keys: list[bytes]) -> bool:
    """Tell whether there is one key, 16 bytes in base64 (RFC 6455, 4.1)."""
    if len(keys) != 1 or len(keys[0]) != 24:
        return False
    try:
        return len(a2b_base64(keys[0], strict_mode=True)) == 16
    except Base64Error:
        return False
