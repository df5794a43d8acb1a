"""Version 2: what section 2.2 allows is read, and every rule of it refuses something."""

import struct

import pytest

from proxyproto import (
    ChecksumError,
    Command,
    EncodeError,
    Endpoint,
    Family,
    Header,
    HeaderTooLongError,
    InvalidHeaderError,
    SignatureError,
    Transport,
    encode_v2,
)
from proxyproto._crc32c import crc32c
from proxyproto._v2 import measure_v2, parse_v2
from tests.proxyproto.wire import (
    INET6_BLOCK,
    INET_BLOCK,
    LOCAL,
    SIGNATURE,
    TCP4,
    TCP6,
    UDP4,
    UDP6,
    UNIX_BLOCK,
    UNIX_DGRAM,
    UNIX_STREAM,
    header,
    ssl,
    tlv,
)

LIMIT = 1000

INET_ENDS = ("203.0.113.7", 51000), ("198.51.100.1", 443)
INET6_ENDS = ("2001:db8::7", 51000), ("2001:db8::1", 443)
UNIX_ENDS = b"/run/client", b"/run/server"
FORMS: dict[int, tuple[bytes, Family, Transport, tuple[Endpoint, Endpoint]]] = {
    TCP4: (INET_BLOCK, Family.INET, Transport.STREAM, INET_ENDS),
    UDP4: (INET_BLOCK, Family.INET, Transport.DGRAM, INET_ENDS),
    TCP6: (INET6_BLOCK, Family.INET6, Transport.STREAM, INET6_ENDS),
    UDP6: (INET6_BLOCK, Family.INET6, Transport.DGRAM, INET6_ENDS),
    UNIX_STREAM: (UNIX_BLOCK, Family.UNIX, Transport.STREAM, UNIX_ENDS),
    UNIX_DGRAM: (UNIX_BLOCK, Family.UNIX, Transport.DGRAM, UNIX_ENDS),
}
UNSPECIFIED = [0x00, 0x01, 0x02, 0x10, 0x20, 0x30]
UNASSIGNED = sorted(set(range(256)) - set(FORMS) - set(UNSPECIFIED))

BAD = {
    **{f"command {n:#x}": header(command=0x20 | n) for n in range(2, 16)},
    **{f"version {n}": header(command=n << 4 | 1) for n in range(16) if n != 2},
    **{f"local, version {n}": header(command=n << 4) for n in range(16) if n != 2},
    **{f"family and transport {n:#04x}": header(protocol=n) for n in UNASSIGNED},
    "IPv4 addresses one byte short": header(INET_BLOCK[:-1]),
    "IPv6 addresses one byte short": header(INET6_BLOCK[:-1], protocol=TCP6),
    "IPv6 with IPv4 addresses": header(protocol=TCP6),
    "Unix addresses one byte short": header(UNIX_BLOCK[:-1], protocol=UNIX_STREAM),
    "no addresses": header(b""),
    "a byte behind the addresses": header(INET_BLOCK + b"\0"),
    "a TLV that is cut off": header(INET_BLOCK, tlv(0x04, b"abc")[:-1]),
    "a TLV that the length cuts off": header(INET_BLOCK, tlv(0x04, b"a"), length=15),
    "a malformed TLV": header(INET_BLOCK, ssl(0, 0)[:-1]),
}


def read(data: bytes) -> Header:
    size = measure_v2(data, LIMIT)
    assert size
    return parse_v2(data[:size])


def with_checksum(data: bytes, *, error: int = 0) -> bytes:
    """Put the right checksum, or one with an error, where four zeros mark its place."""
    at = data.index(tlv(0x03, bytes(4))) + 3
    return data[:at] + struct.pack("!I", crc32c(data) ^ error) + data[at + 4 :]


@pytest.mark.parametrize("protocol", FORMS, ids=hex)
def test_addresses(protocol: int) -> None:
    block, family, transport, ends = FORMS[protocol]
    found = read(header(block, tlv(0xE1, b"mine"), protocol=protocol))
    assert (found.version, found.command) == (2, Command.PROXY)
    assert (found.family, found.transport) == (family, transport)
    assert (found.source, found.destination) == ends
    assert found.tlvs == ((0xE1, b"mine"),)
    made = encode_v2(*ends, transport=transport, tlvs=[(0xE1, b"mine")])
    assert made == header(block, tlv(0xE1, b"mine"), protocol=protocol)


@pytest.mark.parametrize("name", BAD)
def test_bad_headers(name: str) -> None:
    with pytest.raises(InvalidHeaderError):
        read(BAD[name])


@pytest.mark.parametrize("protocol", UNSPECIFIED, ids=hex)
@pytest.mark.parametrize("block", [b"", INET_BLOCK, tlv(0x02, b"a"), b"\xff" * 7], ids=len)
def test_what_is_unspecified_is_ignored(protocol: int, block: bytes) -> None:
    found = read(header(block, protocol=protocol))
    assert found.command is Command.PROXY
    assert (found.source, found.destination, found.tlvs) == (None, None, ())
    assert found.get(0x02) is None
    assert (found.family << 4 | found.transport) == protocol


@pytest.mark.parametrize("protocol", [0x00, TCP4, TCP6, 0x33, 0xFF], ids=hex)
@pytest.mark.parametrize("block", [b"", INET_BLOCK, tlv(0x02, b"a"), b"\xff" * 7], ids=len)
def test_the_block_of_a_local_header_is_discarded(protocol: int, block: bytes) -> None:
    found = read(header(block, protocol=protocol, command=LOCAL))
    assert found.command is Command.LOCAL
    assert (found.family, found.transport) == (Family.UNSPEC, Transport.UNSPEC)
    assert (found.source, found.destination, found.tlvs) == (None, None, ())


def test_unix_paths_may_be_empty_abstract_or_full() -> None:
    block = b"\0name".ljust(108, b"\0") + b"p" * 108
    assert read(header(block, protocol=UNIX_STREAM)).source == b"\0name"
    assert read(header(block, protocol=UNIX_STREAM)).destination == b"p" * 108
    assert read(header(bytes(216), protocol=UNIX_STREAM)).source == b""


# Before the header is whole


@pytest.mark.parametrize("size", range(17))
def test_too_few_bytes_to_tell(size: int) -> None:
    assert measure_v2(header()[:size], LIMIT) == (28 if size == 16 else 0)


@pytest.mark.parametrize("at", range(12))
def test_each_byte_of_the_signature_counts(at: int) -> None:
    wrong = bytearray(header())
    wrong[at] ^= 1
    for size in (at + 1, 16, len(wrong)):
        with pytest.raises(SignatureError):
            measure_v2(bytes(wrong[:size]), LIMIT)


def test_wrong_bytes_are_refused_as_they_come() -> None:
    with pytest.raises(SignatureError):
        measure_v2(SIGNATURE + b"\x11", LIMIT)
    with pytest.raises(InvalidHeaderError, match="command 2"):
        measure_v2(SIGNATURE + b"\x22", LIMIT)
    with pytest.raises(InvalidHeaderError, match="0x13"):
        measure_v2(SIGNATURE + b"\x21\x13", LIMIT)
    assert measure_v2(SIGNATURE + b"\x20\x13", LIMIT) == 0


def test_length_is_limited() -> None:
    assert measure_v2(header(length=LIMIT - 16), LIMIT) == LIMIT
    with pytest.raises(HeaderTooLongError, match="1001 bytes is longer than 1000"):
        measure_v2(header(length=LIMIT - 15)[:16], LIMIT)
    with pytest.raises(HeaderTooLongError):
        measure_v2(header(command=LOCAL, length=0xFFFF), LIMIT)


# The checksum


@pytest.mark.parametrize("before", [b"", tlv(0x02, b"a"), tlv(0x04, tlv(0x03, b"abcd"))], ids=len)
@pytest.mark.parametrize("after", [b"", tlv(0x30, b"a")], ids=len)
def test_checksum(before: bytes, after: bytes) -> None:
    data = header(INET_BLOCK, before, tlv(0x03, bytes(4)), after)
    assert read(with_checksum(data)).get(0x03) is not None
    for bit in range(32):
        with pytest.raises(ChecksumError):
            read(with_checksum(data, error=1 << bit))


def test_checksum_is_of_every_byte() -> None:
    data = with_checksum(header(INET_BLOCK, tlv(0x03, bytes(4)), tlv(0xE0, b"ab")))
    changeable = [*range(16, 28), len(data) - 1, len(data) - 2]
    for at in changeable:
        wrong = bytearray(data)
        wrong[at] ^= 0x40
        with pytest.raises(ChecksumError):
            read(bytes(wrong))


def test_checksum_is_made_last() -> None:
    data = encode_v2(*INET_ENDS, tlvs=[(0x02, b"example.com")], checksum=True)
    blank = header(INET_BLOCK, tlv(0x02, b"example.com"), tlv(0x03, bytes(4)))
    assert data == with_checksum(blank)
    assert read(data).authority == "example.com"


# What is made


def test_headers_without_ends() -> None:
    assert encode_v2() == SIGNATURE + b"\x21\0\0\0"
    assert encode_v2(command=Command.LOCAL) == SIGNATURE + b"\x20\0\0\0"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"source": ("1.2.3.4", 1)}, "both ends or none"),
        ({"destination": ("1.2.3.4", 1)}, "both ends or none"),
        ({"source": ("1.2.3.4", 1), "destination": ("::1", 1)}, "one address family"),
        ({"source": ("1.2.3.4", 1), "destination": b"/run/a"}, "one address family"),
        ({"source": b"/run/a", "destination": ("1.2.3.4", 1)}, "one address family"),
        ({"source": b"a" * 109, "destination": b""}, "at most 108"),
        ({"source": b"", "destination": b"a" * 109}, "at most 108"),
        ({"source": b"a\0", "destination": b""}, "ends with a NUL"),
        ({"source": ("a", 1), "destination": ("1.2.3.4", 1)}, "no address"),
        ({"source": ("1.2.3.4", 65536), "destination": ("1.2.3.4", 1)}, "65536"),
        ({"command": Command.LOCAL, "source": b"", "destination": b""}, "LOCAL"),
        ({"transport": Transport.UNSPEC, "source": b"", "destination": b""}, "transport"),
        ({"tlvs": [(0x02, b"a")]}, "no addresses"),
        ({"checksum": True}, "no addresses"),
        ({"source": b"", "destination": b"", "tlvs": [(0x03, bytes(4))]}, "CRC32C"),
        ({"source": b"", "destination": b"", "tlvs": [(0x04, bytes(65535))]}, "over 65535"),
    ],
)
def test_headers_that_cannot_be_made(arguments: dict[str, object], reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        encode_v2(**arguments)  # type: ignore[arg-type]
