"""Owns whose word is taken: the addresses of proxies that an operator names.

Does not know what they say.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

__all__ = ["IPAddress", "TrustedPeers"]

IPAddress = IPv4Address | IPv6Address

EVERYBODY: Final = "*"
UNIX: Final = "unix"

_MAPPED_PREFIX: Final = 96
"""Bits in front of an IPv4 address that is written as one of IPv6 (RFC 4291, 2.5.5.2)."""


class TrustedPeers:
    """The peers whose word is taken.

    An IPv4 address is the same in the IPv6 form that it has on a socket for both (RFC 4291,
    2.5.5.2).

    Args:
        entries: addresses, networks in CIDR notation (RFC 4632), `unix` for whoever connects to a
            Unix socket, or `*` for everybody. The bits of a network behind its prefix are ignored.

    Raises:
        ValueError: an entry is none of these; the text names it.
    """

    __slots__ = ("_addresses", "_everybody", "_networks", "_unix")

    def __init__(self, entries: Iterable[str]) -> None:
        self._everybody = False
        self._unix = False
        addresses: set[IPAddress] = set()
        networks: list[IPv4Network | IPv6Network] = []
        for entry in entries:
            if entry == EVERYBODY:
                self._everybody = True
            elif entry == UNIX:
                self._unix = True
            else:
                network = _network(entry)
                if network.num_addresses == 1:
                    addresses.add(network.network_address)
                else:
                    networks.append(network)
        self._addresses = frozenset(addresses)
        self._networks = tuple(networks)

    def has_address(self, address: IPAddress) -> bool:
        """Return whether the word of whoever has an IP address is taken."""
        if self._everybody:
            return True
        plain = unmapped(address)
        return plain in self._addresses or any(plain in network for network in self._networks)

    def has_peer(self, host: str | None) -> bool:
        """Return whether the word of a connection's peer is taken.

        Args:
            host: its IP address, with a zone where a socket names one; None for the peer on a Unix
                socket.
        """
        if host is None:
            return self._everybody or self._unix
        return self.has_address(ip_address(host.partition("%")[0]))


def unmapped(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that one of IPv6 stands for, or else the address itself."""
    return (address.version == 6 and address.ipv4_mapped) or address


def _network(entry: str) -> IPv4Network | IPv6Network:
    wanted = f"must be an IP address, a network such as 10.0.0.0/8, unix or *, not {entry!r}"
    # A zone would be left out of all comparisons.
    if "%" in entry:
        raise ValueError(wanted)
    try:
        network = ip_network(entry, strict=False)
    except ValueError:
        raise ValueError(wanted) from None
    mapped = isinstance(network, IPv6Network) and network.network_address.ipv4_mapped
    if mapped:
        return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX))
    return network
