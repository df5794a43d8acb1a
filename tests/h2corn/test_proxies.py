"""What is known of a connection's ends, by its peer and by its PROXY header."""

import pytest

from h2corn._adapters import Peers
from h2corn._proxies import NO_PROXIES, Proxies, describe, proxies_of
from h2corn.config import Config
from proxyproto import (
    TLV,
    ClientSSL,
    Command,
    Decoder,
    Endpoint,
    Header,
    Mode,
    SSLInfo,
    TLVType,
    encode_v1,
    encode_v2,
)

PEERS = Peers(("127.0.0.1", 5), ("127.0.0.1", 8000))
SOURCE = ("203.0.113.9", 4711)
DESTINATION = ("192.0.2.1", 443)


def decoded(data: bytes) -> Header:
    header = Decoder().receive_data(data)
    assert header is not None
    return header


def header_v2(source: Endpoint = SOURCE, destination: Endpoint = DESTINATION, *tlvs: TLV) -> Header:
    return decoded(encode_v2(source, destination, tlvs=tlvs))


def proxies(*trusted: str, fields: tuple[str, ...] = ("for", "proto")) -> Proxies:
    return proxies_of(
        Config(proxy_headers=True, forwarded_allow_ips=trusted, forwarded_fields=fields)
    )


def heard(peers: Peers) -> tuple[bool, str | None]:
    """Return whether the peer names the client of a request, and which scheme it names."""
    assert peers.word is not None
    headers = [(b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-proto", b"https")]
    believed = peers.word.hear(headers)
    return (False, None) if believed is None else (believed.names_client, believed.scheme)


def test_a_peer_that_is_trusted() -> None:
    known = proxies("127.0.0.1")
    assert known.trust(PEERS)
    assert heard(known.meet(PEERS)) == (True, "https")


def test_one_that_is_not() -> None:
    known = proxies("192.0.2.1")
    assert not known.trust(PEERS)
    assert heard(known.meet(PEERS)) == (False, None)


def test_one_on_a_unix_socket() -> None:
    peers = Peers(None, ("/run/socket", None))
    assert proxies("unix").trust(peers)
    assert heard(proxies("unix").meet(peers)) == (True, "https")
    assert not proxies("127.0.0.1").trust(peers)


def test_without_proxy_headers_nothing_is_believed() -> None:
    known = proxies_of(Config(forwarded_allow_ips=("*",)))
    assert heard(known.meet(PEERS)) == (False, None)


@pytest.mark.parametrize(
    ("name", "mode"), [("off", None), ("v1", Mode.V1), ("v2", Mode.V2), ("auto", Mode.ANY)]
)
def test_modes(name: str, mode: Mode | None) -> None:
    assert proxies_of(Config.from_mapping({"proxy_protocol": name})).mode is mode
    assert NO_PROXIES.mode is None


def test_the_ends_are_those_of_the_header() -> None:
    peers = proxies("127.0.0.1").follow(PEERS, header_v2())
    assert (peers.client, peers.server) == (SOURCE, DESTINATION)


def test_paths_of_unix_sockets() -> None:
    peers = proxies("127.0.0.1").follow(PEERS, header_v2(b"/run/a", b"/run/\xe4"))
    assert (peers.client, peers.server) == (None, ("/run/\udce4", None))


@pytest.mark.parametrize(
    "data", [b"PROXY UNKNOWN\r\n", encode_v2(command=Command.LOCAL), encode_v2()]
)
def test_where_it_names_none_they_are_the_connections_own(data: bytes) -> None:
    peers = proxies("127.0.0.1").follow(proxies("127.0.0.1").meet(PEERS), decoded(data))
    assert (peers.client, peers.server) == (PEERS.client, PEERS.server)
    assert peers.proxy_protocol is not None
    assert heard(peers) == (True, "https")


def test_a_client_behind_the_header_does_not_name_another_one() -> None:
    peers = proxies("127.0.0.1").follow(PEERS, header_v2())
    assert heard(peers) == (False, "https")


def test_a_trusted_proxy_behind_it_does() -> None:
    peers = proxies("127.0.0.1", "203.0.113.0/24").follow(PEERS, header_v2())
    assert heard(peers) == (True, "https")


def test_version_1_says_nothing_more() -> None:
    header = decoded(encode_v1(SOURCE, DESTINATION))
    assert describe(header) == {"version": 1, "command": "PROXY", "tlvs": ()}


def test_a_connection_of_the_proxy_itself() -> None:
    header = decoded(encode_v2(command=Command.LOCAL))
    assert describe(header) == {"version": 2, "command": "LOCAL", "tlvs": ()}


def test_all_that_has_a_name() -> None:
    tls = SSLInfo(
        ClientSSL.SSL | ClientSSL.CERT_CONN,
        0,
        (
            TLV(TLVType.SSL_VERSION, b"TLSv1.3"),
            TLV(TLVType.SSL_CN, "Jörg".encode()),
            TLV(TLVType.SSL_CIPHER, b"TLS_AES_128_GCM_SHA256"),
            TLV(TLVType.SSL_SIG_ALG, b"RSA-SHA256"),
            TLV(TLVType.SSL_KEY_ALG, b"RSA2048"),
            TLV(TLVType.SSL_GROUP, b"X25519"),
            TLV(TLVType.SSL_SIG_SCHEME, b"rsa_pss_rsae_sha256"),
            TLV(TLVType.SSL_CLIENT_CERT, b"\x30"),
            TLV(0x2F, b"more"),
        ),
    )
    header = header_v2(
        SOURCE,
        DESTINATION,
        TLV(TLVType.ALPN, b"h2"),
        TLV(TLVType.AUTHORITY, b"example.org"),
        TLV(TLVType.UNIQUE_ID, b"\x01\x02"),
        tls.encode(),
        TLV(TLVType.NETNS, b"blue"),
        TLV(TLVType.NOOP, b"\0\0"),
        TLV(TLVType.AWS, b"\x01vpce-08d2bf15fac5001c9"),
        TLV(TLVType.AZURE, b"\x01\x01\x02\x00\x00"),
        TLV(0xE7, b"own"),
    )
    assert describe(header) == {
        "version": 2,
        "command": "PROXY",
        "alpn": b"h2",
        "authority": "example.org",
        "unique_id": b"\x01\x02",
        "netns": "blue",
        "aws_vpc_endpoint_id": "vpce-08d2bf15fac5001c9",
        "azure_private_endpoint_link_id": 513,
        "ssl": {
            "client": 3,
            "verify": 0,
            "is_verified": True,
            "version": "TLSv1.3",
            "common_name": "Jörg",
            "cipher": "TLS_AES_128_GCM_SHA256",
            "signature_algorithm": "RSA-SHA256",
            "key_algorithm": "RSA2048",
            "group": "X25519",
            "signature_scheme": "rsa_pss_rsae_sha256",
            "client_certificate": b"\x30",
            "tlvs": ((0x2F, b"more"),),
        },
        "tlvs": (
            (0xEA, b"\x01vpce-08d2bf15fac5001c9"),
            (0xEE, b"\x01\x01\x02\x00\x00"),
            (0xE7, b"own"),
        ),
    }


def test_what_is_told_of_tls_without_a_certificate() -> None:
    tls = SSLInfo(ClientSSL.SSL, 1).encode()
    assert describe(header_v2(SOURCE, DESTINATION, tls))["ssl"] == {
        "client": 1,
        "verify": 1,
        "is_verified": False,
        "tlvs": (),
    }
