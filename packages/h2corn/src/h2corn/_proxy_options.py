"""Owns the options about the proxy in front of the server: who it is, and what it is believed.

Does not check them; `config` does.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from h2corn._options import Option, option

__all__ = ["ProxyOptions", "ProxyProtocolMode"]

ProxyProtocolMode: TypeAlias = Literal["off", "v1", "v2", "auto"]
"""Which versions of the PROXY protocol are spoken: none, one of them, or either."""


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class ProxyOptions:
    """Who is believed, and what."""

    proxy_headers: bool = option(
        False,
        Option(
            section="Proxy",
            help="Believe what trusted proxies say in headers: client, scheme and host of a "
            "request follow. Forwarding headers that are not believed never reach the application.",
        ),
    )
    """Whether the fields of `forwarded_fields` are believed of the peers in `forwarded_allow_ips`;
    those that are not believed never reach the application."""

    forwarded_allow_ips: tuple[str, ...] = option(
        ("127.0.0.1", "::1", "unix"),
        Option(
            section="Proxy",
            metavar="PEERS",
            separator=",",
            help="Proxies that are trusted: IP addresses, networks such as 10.0.0.0/8, unix for "
            "whoever connects to a Unix socket, * for everybody. Separated by commas; repeat it "
            "for more.",
        ),
    )
    """Proxies that are trusted: IP addresses, networks in CIDR notation, `unix` or `*`."""

    forwarded_fields: tuple[str, ...] = option(
        ("for", "proto"),
        Option(
            section="Proxy",
            metavar="FIELDS",
            separator=",",
            help="What is believed: of for, proto, host, port and prefix the headers of the "
            "X Forwarded family, or forwarded alone, the header of RFC 7239. Only name what the "
            "proxy sets, or takes away, in every request. Separated by commas; repeat it for more.",
        ),
    )
    """What is believed: of `for`, `proto`, `host`, `port` and `prefix` the X-Forwarded fields of
    these names, or `forwarded` alone (RFC 7239)."""

    proxy_protocol: ProxyProtocolMode = option(
        "off",
        Option(
            section="Proxy",
            help="Versions of the PROXY protocol of which every connection must have a header; "
            "auto is either. Only connections of trusted proxies are taken then.",
        ),
    )
    """Versions of the PROXY protocol, `auto` being either, of which every connection must have a
    header; only those of the peers in `forwarded_allow_ips` are taken then."""
