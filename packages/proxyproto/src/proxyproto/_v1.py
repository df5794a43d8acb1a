"""Owns version 1 of the protocol: one line of text (section 2.1).

Does not collect the line: it comes whole, without the CRLF that ends it.
"""

from typing import Final

from proxyproto._addresses import read_ipv4, read_ipv6, write_ipv4, write_ipv6
from proxyproto._header import (
    FIXED_SIZE,
    FORMS,
    LAYOUTS,
    UNSPEC,
    Command,
    Family,
    Header,
    Transport,
)
from proxyproto.errors import EncodeError, InvalidHeaderError

__all__ = ["CRLF", "MAX_V1_SIZE", "PREFIX", "encode_v1", "parse_v1", "read_host"]

PREFIX: Final = b"PROXY "
CRLF: Final = b"\r\n"
MAX_V1_SIZE: Final = 107
"""Bytes of the longest line that the specification can make, its end included."""
MAX_PORT: Final = 0xFFFF
FIELDS: Final = 5
FAMILIES: Final = {"TCP4": Family.INET, "TCP6": Family.INET6}
READERS: Final = {Family.INET: read_ipv4, Family.INET6: read_ipv6}


def parse_v1(line: bytes) -> Header:
    """Read a line that begins with `PREFIX`, without its CRLF.

    Raises:
        InvalidHeaderError: it is not as section 2.1 has it.
    """
    rest = line[len(PREFIX) :]
    if rest == b"UNKNOWN" or rest.startswith(b"UNKNOWN "):
        return Header(1, Command.PROXY, UNSPEC)
    try:
        fields = rest.decode("ascii").split(" ")
    except UnicodeDecodeError:
        raise InvalidHeaderError("the line is not US-ASCII") from None
    family = FAMILIES.get(fields[0])
    if family is None:
        raise InvalidHeaderError("the protocol is none of TCP4, TCP6 and UNKNOWN")
    if len(fields) != FIELDS:
        raise InvalidHeaderError("the line does not have its six parts with one space between")
    read = READERS[family]
    source, destination = read(fields[1]), read(fields[2])
    if source is None or destination is None:
        raise InvalidHeaderError(f"an address is not one of {fields[0]}")
    addresses = LAYOUTS[family].pack(
        source, destination, _read_port(fields[3]), _read_port(fields[4])
    )
    form = FORMS[family << 4 | Transport.STREAM]
    return Header(1, Command.PROXY, form, bytes(FIXED_SIZE) + addresses)


def _read_port(text: str) -> int:
    # `int` takes signs, spaces, underscores and digits of other scripts as well.
    if text.isdecimal() and (text == "0" or text[0] != "0"):
        port = int(text)
        if port <= MAX_PORT:
            return port
    raise InvalidHeaderError("a port is no decimal number from 0 to 65535 without leading zeros")


def encode_v1(
    source: tuple[str, int] | None = None, destination: tuple[str, int] | None = None
) -> bytes:
    """Make a line of version 1, for TCP over IPv4 or IPv6; `UNKNOWN` without addresses.

    Args:
        source: host and port of the client.
        destination: host and port that it has connected to.

    Raises:
        EncodeError: a host is no address, a port is out of range, families differ, or only one end
            is there.
    """
    if source is None and destination is None:
        return b"PROXY UNKNOWN\r\n"
    if source is None or destination is None:
        raise EncodeError("a header has both ends or none")
    (family, packed), (other, packed_destination) = read_host(source), read_host(destination)
    if family is not other:
        raise EncodeError("both ends have to be of one address family")
    name, write = ("TCP4", write_ipv4) if family is Family.INET else ("TCP6", write_ipv6)
    hosts = f"{write(packed)} {write(packed_destination)}"
    return f"PROXY {name} {hosts} {source[1]} {destination[1]}\r\n".encode("ascii")


def read_host(endpoint: tuple[str, int]) -> tuple[Family, bytes]:
    """Return the family and the packed address of an end.

    Raises:
        EncodeError: the host is no address, or the port out of range.
    """
    host, port = endpoint
    if not 0 <= port <= MAX_PORT:
        raise EncodeError(f"the port {port} is not from 0 to {MAX_PORT}")
    for family, read in READERS.items():
        packed = read(host)
        if packed is not None:
            return family, packed
    raise EncodeError(f"the host {host!r} is no address of IPv4 or IPv6")
