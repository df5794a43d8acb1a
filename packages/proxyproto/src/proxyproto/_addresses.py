"""Owns addresses as text: the strict reading of it, and the one way to write each address.

Does not know where in a header they stand. Text is what `socket.getpeername` would give: IPv4 as
four decimal numbers, IPv6 as RFC 5952 has it.
"""

import re
from ipaddress import AddressValueError, IPv6Address
from typing import Final

__all__ = ["read_ipv4", "read_ipv6", "write_ipv4", "write_ipv6"]

OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4: Final = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}", re.ASCII)
IPV6: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}", re.ASCII)
DECIMAL: Final = tuple(map(str, range(256)))
MAPPED: Final = bytes(10) + b"\xff\xff"
"""What IPv4-mapped addresses begin with (RFC 4291, section 2.5.5.2)."""


def read_ipv4(text: str) -> bytes | None:
    """Return the 4 bytes of an address, or None where the text is not one.

    Leading zeros are refused: some readers take such numbers for octal ones.
    """
    if IPV4.fullmatch(text) is None:
        return None
    return bytes(map(int, text.split(".")))


def read_ipv6(text: str) -> bytes | None:
    """Return the 16 bytes of an address, or None where the text is not one.

    Takes upper and lower case, and the mixed notation (`::ffff:192.0.2.1`) that `inet_ntop` gives
    senders for IPv4-mapped addresses; no zone.
    """
    if IPV6.fullmatch(text) is None:
        return None
    try:
        return IPv6Address(text).packed
    except AddressValueError:
        return None


def write_ipv4(packed: bytes) -> str:
    """Return the text of an IPv4 address of 4 bytes."""
    first, second, third, fourth = packed
    return f"{DECIMAL[first]}.{DECIMAL[second]}.{DECIMAL[third]}.{DECIMAL[fourth]}"


def write_ipv6(packed: bytes) -> str:
    """Return the text of an IPv6 address of 16 bytes (RFC 5952).

    For IPv4-mapped addresses the standard library's own text differs between its versions.
    """
    if packed.startswith(MAPPED):
        return "::ffff:" + write_ipv4(packed[12:])
    return str(IPv6Address(packed))
