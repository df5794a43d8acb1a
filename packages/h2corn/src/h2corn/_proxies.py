"""Owns what the server knows of a connection's ends: by whom it is made, and for whom.

Does not read anything: `proxyproto` reads headers, and `asgi_bridge` the fields of requests.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, cast

from asgi_bridge import ClientTLS, ForwardingRules, ProxyProtocol, TrustedPeers
from h2corn._adapters import Client, Peers
from h2corn.config import Config
from proxyproto import Endpoint, Header, Mode, SSLInfo, TLVType

__all__ = ["NO_PROXIES", "Proxies", "describe", "proxies_of"]

_NAMED = {
    TLVType.ALPN: "alpn",
    TLVType.AUTHORITY: "authority",
    TLVType.UNIQUE_ID: "unique_id",
    TLVType.NETNS: "netns",
}
_NAMED_OF_CLOUDS = ("aws_vpc_endpoint_id", "azure_private_endpoint_link_id")
_NAMED_OF_TLS = {
    TLVType.SSL_VERSION: "version",
    TLVType.SSL_CN: "common_name",
    TLVType.SSL_CIPHER: "cipher",
    TLVType.SSL_SIG_ALG: "signature_algorithm",
    TLVType.SSL_KEY_ALG: "key_algorithm",
    TLVType.SSL_GROUP: "group",
    TLVType.SSL_SIG_SCHEME: "signature_scheme",
    TLVType.SSL_CLIENT_CERT: "client_certificate",
}
"""What applications find by name. Their TLVs, and those that are done with when a header has been
read, are not among the others."""
_READ = frozenset({*_NAMED, TLVType.CRC32C, TLVType.NOOP, TLVType.SSL})
_READ_OF_TLS = frozenset(_NAMED_OF_TLS)


_MODES = {"v1": Mode.V1, "v2": Mode.V2, "auto": Mode.ANY}


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies in front of a server."""

    trusted: TrustedPeers
    rules: ForwardingRules
    mode: Mode | None
    """Versions of the PROXY protocol that are spoken; None for none."""

    def meet(self, peers: Peers) -> Peers:
        """Return what is known of a connection that was accepted."""
        return replace(peers, word=self.rules.word_of(_host(peers.client)))

    def trust(self, peers: Peers) -> bool:
        """Return whether the one who has connected may send a PROXY header."""
        return self.trusted.has_peer(_host(peers.client))

    def follow(self, peers: Peers, header: Header) -> Peers:
        """Return what is known of a connection behind its header.

        Args:
            peers: of the connection, as it was accepted.
            header: from whoever is trusted.
        """
        source, destination = header.source, header.destination
        known = replace(peers, proxy_protocol=describe(header))
        if source is None or destination is None:
            return known
        client = None if isinstance(source, bytes) else source
        # Whoever sends the header may pass on requests of many, or bytes of one. What one says of
        # himself counts only where the next proxy would be believed it.
        names_client = self.trusted.has_peer(_host(client))
        word = self.rules.word_of(_host(peers.client), names_client=names_client)
        return replace(known, client=client, server=_server(destination), word=word)


NO_PROXIES: Final = Proxies(TrustedPeers(()), ForwardingRules(TrustedPeers(()), ()), None)
"""Of a server that trusts nobody."""


def proxies_of(config: Config) -> Proxies:
    """Return the proxies that options name."""
    trusted = TrustedPeers(config.forwarded_allow_ips)
    fields = config.forwarded_fields if config.proxy_headers else ()
    mode = _MODES.get(config.proxy_protocol)
    return Proxies(trusted, ForwardingRules(trusted, fields), mode)


def describe(header: Header) -> ProxyProtocol:
    """Return what applications see of a header."""
    known = {
        "version": header.version,
        "command": header.command.name,
        "tlvs": tuple((kind, value) for kind, value in header.tlvs if kind not in _READ),
        **_present(header, (*_NAMED.values(), *_NAMED_OF_CLOUDS)),
    }
    if header.ssl is not None:
        known["ssl"] = _describe_tls(header.ssl)
    return cast("ProxyProtocol", known)


def _describe_tls(ssl: SSLInfo) -> ClientTLS:
    known = {
        "client": int(ssl.client),
        "verify": ssl.verify,
        "is_verified": ssl.is_verified,
        "tlvs": tuple((kind, value) for kind, value in ssl.tlvs if kind not in _READ_OF_TLS),
        **_present(ssl, _NAMED_OF_TLS.values()),
    }
    return cast("ClientTLS", known)


def _present(told: Header | SSLInfo, names: Iterable[str]) -> dict[str, object]:
    values = {name: getattr(told, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _host(client: Client) -> str | None:
    return None if client is None else client[0]


def _server(destination: Endpoint) -> tuple[str, int | None]:
    return (os.fsdecode(destination), None) if isinstance(destination, bytes) else destination
