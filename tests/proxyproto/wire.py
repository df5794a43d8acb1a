"""Owns headers as bytes, put together here by hand: what is tested does not make its own input."""

import struct

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
INET_BLOCK = bytes([203, 0, 113, 7, 198, 51, 100, 1]) + struct.pack("!HH", 51000, 443)
INET6_BLOCK = (
    bytes.fromhex("20010db8000000000000000000000007" + "20010db8000000000000000000000001")
    + struct.pack("!HH", 51000, 443)
)  # fmt: skip
UNIX_BLOCK = b"/run/client".ljust(108, b"\0") + b"/run/server".ljust(108, b"\0")
TCP4, UDP4, TCP6, UDP6 = 0x11, 0x12, 0x21, 0x22
UNIX_STREAM, UNIX_DGRAM = 0x31, 0x32
PROXY, LOCAL = 0x21, 0x20
LINE = b"PROXY TCP4 203.0.113.7 198.51.100.1 51000 443\r\n"


def tlv(kind: int, value: bytes) -> bytes:
    """Return the bytes of a TLV."""
    return struct.pack("!BH", kind, len(value)) + value


def header(
    block: bytes = INET_BLOCK,
    *tlvs: bytes,
    protocol: int = TCP4,
    command: int = PROXY,
    length: int | None = None,
) -> bytes:
    """Return the bytes of a version 2 header, with any length in its field."""
    rest = block + b"".join(tlvs)
    size = len(rest) if length is None else length
    return SIGNATURE + struct.pack("!BBH", command, protocol, size) + rest


def ssl(client: int, verify: int, *tlvs: bytes) -> bytes:
    """Return the bytes of the TLV of the client's TLS."""
    return tlv(0x20, struct.pack("!BI", client, verify) + b"".join(tlvs))
