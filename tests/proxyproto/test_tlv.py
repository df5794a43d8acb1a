"""TLVs: well-formed ones are kept, known or not, and every rule of theirs refuses something."""

import pytest

from proxyproto import TLV, ClientSSL, EncodeError, InvalidHeaderError, SSLInfo, TLVType
from proxyproto._tlv import check_tlvs, encode_tlvs, find_tlv, read_tlvs
from tests.proxyproto.wire import ssl, tlv

BAD = {
    "a type alone": b"\x04",
    "half a length": b"\x04\x00",
    "a value that is cut off": tlv(0x04, b"abc")[:-1],
    "a length of all ones": b"\x04\xff\xff",
    "a length beyond the end, behind a good one": tlv(0x04, b"") + b"\xe1\x00\x01",
    "an authority that is not UTF-8": tlv(0x02, b"\xff"),
    "an authority that ends inside of a character": tlv(0x02, "ä".encode()[:1]),
    "an authority in UTF-16's surrogates": tlv(0x02, b"\xed\xa0\x80"),
    "a checksum of 24 bits": tlv(0x03, bytes(3)),
    "a checksum of 40 bits": tlv(0x03, bytes(5)),
    "a unique id of 129 bytes": tlv(0x05, bytes(129)),
    "a namespace that is not US-ASCII": tlv(0x30, b"\x80"),
    "TLS without all of verify": tlv(0x20, bytes(4)),
    "TLS with half a TLV": tlv(0x20, bytes(5) + b"\x21\x00"),
    "TLS with a TLV that is cut off": tlv(0x20, bytes(5) + tlv(0x21, b"TLSv1.3")[:-1]),
    "TLS with a version that is not US-ASCII": ssl(1, 0, tlv(0x21, b"\x80")),
    "TLS with a Common Name that is not UTF-8": ssl(1, 0, tlv(0x22, b"\xff")),
    "TLS with a cipher that is not US-ASCII": ssl(1, 0, tlv(0x23, b"\x80")),
    "TLS with a signature algorithm that is not US-ASCII": ssl(1, 0, tlv(0x24, b"\x80")),
    "TLS with a key algorithm that is not US-ASCII": ssl(1, 0, tlv(0x25, b"\x80")),
    "TLS with a group that is not US-ASCII": ssl(1, 0, tlv(0x26, b"\x80")),
    "TLS with a signature scheme that is not US-ASCII": ssl(1, 0, tlv(0x27, b"\x80")),
    "TLS with two Common Names": ssl(1, 0, tlv(0x22, b"a"), tlv(0x22, b"b")),
    "two protocols": tlv(0x01, b"h2") + tlv(0x01, b"h2"),
    "two authorities": tlv(0x02, b"a") + tlv(0x02, b"a"),
    "two authorities with one in between": tlv(0x02, b"a") + tlv(0x05, b"") + tlv(0x02, b"a"),
    "two checksums": tlv(0x03, bytes(4)) + tlv(0x03, bytes(4)),
    "two unique ids": tlv(0x05, b"a") + tlv(0x05, b"a"),
    "two TLS": ssl(0, 0) + ssl(0, 0),
    "two namespaces": tlv(0x30, b"a") + tlv(0x30, b"a"),
}

GOOD = {
    "none": b"",
    "an empty one": tlv(0xE1, b""),
    "an unknown one, twice": tlv(0xE1, b"a") + tlv(0xE1, b"b"),
    "of clouds, twice": tlv(0xEA, b"\1a") + tlv(0xEA, b"\2b") + tlv(0xEE, b"") + tlv(0xEE, b""),
    "padding, twice": tlv(0x04, bytes(3)) + tlv(0x04, b""),
    "each type": b"".join(tlv(kind, b"") for kind in range(256) if kind not in {0x03, 0x20}),
    "in falling order": b"".join(tlv(kind, b"") for kind in (0xFF, 0x30, 0x05, 0x02, 0x01)),
    "a unique id of 128 bytes": tlv(0x05, b"\xff" * 128),
    "an authority of UTF-8": tlv(0x02, "ä.example".encode()),
    "TLS without TLVs": ssl(0, 0),
    "TLS with unknown TLVs": ssl(0xFF, 0xFFFFFFFF, tlv(0x2F, b"\xff"), tlv(0x2F, b"")),
    "TLS with a certificate": ssl(3, 0, tlv(0x28, b"\x30\x82\xff")),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_tlvs(name: str) -> None:
    data = GOOD[name]
    check_tlvs(b"x" + data, 1)
    found = read_tlvs(b"x" + data, 1)
    assert b"".join(tlv(kind, value) for kind, value in found) == data
    assert encode_tlvs(found) == data


@pytest.mark.parametrize("name", BAD)
def test_bad_tlvs(name: str) -> None:
    with pytest.raises(InvalidHeaderError):
        check_tlvs(b"xy" + BAD[name], 2)


def test_the_checksum_is_found() -> None:
    data = tlv(0x30, b"abc") + tlv(0x03, b"1234") + tlv(0x04, b"5")
    at = check_tlvs(data, 0)
    assert data[at : at + 4] == b"1234"
    assert check_tlvs(tlv(0x04, tlv(0x03, b"1234")), 0) == 0


def test_the_first_of_a_type_is_found() -> None:
    data = b"xyz" + tlv(0xE1, tlv(0xE0, b"inside")) + tlv(0xE0, b"a") + tlv(0xE0, b"b")
    assert find_tlv(data, 3, 0xE0) == b"a"
    assert find_tlv(data, 3, 0xE2) is None
    assert find_tlv(data, len(data), 0xE0) is None


@pytest.mark.parametrize(
    ("tlvs", "reason"),
    [
        ([(-1, b"")], "no byte"),
        ([(256, b"")], "no byte"),
        ([(0x04, bytes(65536))], "longer than 65535"),
        ([(0x05, bytes(129))], "UNIQUE_ID.*longer than 128"),
        ([(0x02, b"\xff")], "AUTHORITY.*not UTF-8"),
        ([(0x30, b"a"), (0x30, b"b")], "NETNS.*twice"),
    ],
)
def test_tlvs_that_cannot_be_made(tlvs: list[tuple[int, bytes]], reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        encode_tlvs(tlvs)


def test_tls_both_ways() -> None:
    info = SSLInfo(
        ClientSSL.SSL | ClientSSL.CERT_CONN,
        0,
        (
            TLV(TLVType.SSL_VERSION, b"TLSv1.3"),
            TLV(TLVType.SSL_CN, "Jürgen".encode()),
            TLV(TLVType.SSL_CIPHER, b"TLS_AES_128_GCM_SHA256"),
            TLV(TLVType.SSL_SIG_ALG, b"RSA-SHA256"),
            TLV(TLVType.SSL_KEY_ALG, b"RSA2048"),
            TLV(TLVType.SSL_GROUP, b"X25519"),
            TLV(TLVType.SSL_SIG_SCHEME, b"rsa_pss_rsae_sha256"),
            TLV(TLVType.SSL_CLIENT_CERT, b"\x30\x82"),
            TLV(0x2F, b"unknown"),
        ),
    )
    kind, value = info.encode()
    assert kind == TLVType.SSL
    found = SSLInfo.decode(value)
    assert found == info
    assert (found.version, found.common_name) == ("TLSv1.3", "Jürgen")
    assert found.cipher == "TLS_AES_128_GCM_SHA256"
    assert (found.signature_algorithm, found.key_algorithm) == ("RSA-SHA256", "RSA2048")
    assert (found.group, found.signature_scheme) == ("X25519", "rsa_pss_rsae_sha256")
    assert found.client_certificate == b"\x30\x82"


def test_what_tls_does_not_tell_is_none() -> None:
    info = SSLInfo(ClientSSL.SSL, 0)
    assert (info.version, info.common_name, info.cipher, info.group) == (None,) * 4
    assert (info.signature_algorithm, info.key_algorithm, info.signature_scheme) == (None,) * 3
    assert info.client_certificate is None


@pytest.mark.parametrize(
    ("client", "verify", "is_verified"),
    [(1, 0, False), (3, 0, True), (5, 0, True), (7, 0, True), (3, 18, False), (0, 0, False)],
)
def test_no_certificate_is_not_a_verified_one(client: int, verify: int, is_verified: bool) -> None:
    """Senders write 0, "verified", where there was nothing to verify."""
    assert SSLInfo(ClientSSL(client), verify).is_verified is is_verified


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (SSLInfo(ClientSSL(0x100), 0), "8 bits"),
        (SSLInfo(ClientSSL.SSL, 1 << 32), "32"),
        (SSLInfo(ClientSSL.SSL, -1), "32"),
        (SSLInfo(ClientSSL.SSL, 0, (TLV(TLVType.SSL_VERSION, b"\xff"),)), "SSL_VERSION"),
    ],
)
def test_tls_that_cannot_be_made(info: SSLInfo, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        info.encode()
