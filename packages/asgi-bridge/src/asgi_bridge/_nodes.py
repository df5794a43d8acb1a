"""Owns how proxies write where a request has come from: an address, perhaps with a port.

Does not know which fields hold such texts, or whether they are to be believed.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

from asgi_bridge._trust import IPAddress, unmapped

__all__ = ["Node", "read_member", "read_node", "read_port"]

NODE_SIZE: Final = 64
"""Characters that a node may have. The longest address with its brackets and port has 53."""

MAX_PORT: Final = 65_535

_bracketed: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::(.*))?").fullmatch
_dotted: Final = re.compile(r"([0-9]+\.[0-9.]+)(?::(.*))?").fullmatch
_is_port: Final = re.compile(r"[0-9]{1,5}").fullmatch
_is_obfuscated: Final = re.compile(r"_[A-Za-z0-9._-]+").fullmatch
_is_hidden: Final = re.compile(r"unknown|_[A-Za-z0-9._-]+", re.IGNORECASE).fullmatch


class Node(NamedTuple):
    """Who made a request, in the words of the one who received it."""

    address: IPAddress | None
    """None where it is not told (RFC 7239, 6.2 and 6.3)."""
    port: int
    """0 where it is not told."""


def read_node(text: str) -> Node | None:
    """Read a node of `Forwarded` (RFC 7239, 6); None where it is none.

    An IPv6 address stands in brackets. The address may be `unknown` or an identifier that hides it,
    and the port such an identifier.
    """
    if len(text) > NODE_SIZE:
        return None
    match = _bracketed(text)
    if match is not None:
        return _node(IPv6Address, match[1], _hideable_port(match[2]))
    match = _dotted(text)
    if match is not None:
        return _node(IPv4Address, match[1], _hideable_port(match[2]))
    name, colon, port = text.partition(":")
    if not _is_hidden(name) or _hideable_port(port if colon else None) is None:
        return None
    return Node(None, 0)


def read_member(text: str) -> Node | None:
    """Read a member of `X-Forwarded-For`; None where it is no address.

    Nobody has defined these. Proxies write addresses of both kinds, with a port or without, and
    those of IPv6 without brackets where there is none.
    """
    if len(text) > NODE_SIZE:
        return None
    match = _bracketed(text)
    if match is not None:
        return _node(IPv6Address, match[1], _port(match[2]))
    match = _dotted(text)
    if match is not None:
        return _node(IPv4Address, match[1], _port(match[2]))
    # A zone means nothing on another machine.
    return None if "%" in text else _node(IPv6Address, text, 0)


def read_port(text: str) -> int | None:
    """Read the number of a port; None where it is none."""
    number = int(text) if _is_port(text) else 0
    return number if 0 < number <= MAX_PORT else None


def _port(text: str | None) -> int | None:
    return 0 if text is None else read_port(text)


def _hideable_port(text: str | None) -> int | None:
    return 0 if text is not None and _is_obfuscated(text) else _port(text)


def _node(kind: type[IPv4Address] | type[IPv6Address], text: str, port: int | None) -> Node | None:
    if port is None:
        return None
    try:
        return Node(unmapped(kind(text)), port)
    except AddressValueError:
        return None
