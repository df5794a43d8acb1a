"""Owns the layouts of RFC 9113 section 6 and RFC 9218 section 7.1 as data: frames in hexadecimal.

Does not use the engine nor the builders of the tests: the octets were written from the figures.
"""

from typing import Final, NamedTuple

from tests.h2c_core.wire import Kind


class Vector(NamedTuple):
    """One frame: its octets, and what they say."""

    name: str
    octets: str
    """In hexadecimal digits; the blanks part the fields of the layout."""
    kind: Kind
    flags: int
    stream_id: int
    payload: bytes
    """All behind the frame header: padding, priority and identifiers as well."""

    @property
    def wire(self) -> bytes:
        return bytes.fromhex(self.octets)


# :method GET, :scheme http, :path / and :authority www.example.com (RFC 7541 appendix C.3.1).
BLOCK: Final = bytes.fromhex("828684410f7777772e6578616d706c652e636f6d")
_BLOCK: Final = BLOCK.hex()

VECTORS: Final = [
    # 6.1: [pad length (8)] data [padding]
    Vector("DATA", "000005 00 00 00000001 68656c6c6f", Kind.DATA, 0x00, 1, b"hello"),
    Vector("DATA, END_STREAM", "000005 00 01 00000001 68656c6c6f", Kind.DATA, 0x01, 1, b"hello"),
    Vector("DATA, empty", "000000 00 01 00000001", Kind.DATA, 0x01, 1, b""),
    Vector(
        "DATA, padded",
        "000009 00 08 00000001 03 68656c6c6f 000000",
        Kind.DATA,
        0x08,
        1,
        b"\x03hello\0\0\0",
    ),
    Vector(
        "DATA, padded by nothing",
        "000006 00 09 00000001 00 68656c6c6f",
        Kind.DATA,
        0x09,
        1,
        b"\0hello",
    ),
    Vector("DATA, all padding", "000003 00 08 00000001 02 0000", Kind.DATA, 0x08, 1, b"\x02\0\0"),
    # 6.2: [pad length (8)] [exclusive (1) dependency (31) weight (8)] block [padding]
    Vector("HEADERS", f"000014 01 04 00000003 {_BLOCK}", Kind.HEADERS, 0x04, 3, BLOCK),
    Vector("HEADERS, END_STREAM", f"000014 01 05 00000003 {_BLOCK}", Kind.HEADERS, 0x05, 3, BLOCK),
    Vector(
        "HEADERS, priority",
        f"000019 01 25 00000003 80000001 c8 {_BLOCK}",
        Kind.HEADERS,
        0x25,
        3,
        b"\x80\0\0\x01\xc8" + BLOCK,
    ),
    Vector(
        "HEADERS, padded",
        f"000017 01 0d 00000003 02 {_BLOCK} 0000",
        Kind.HEADERS,
        0x0D,
        3,
        b"\x02" + BLOCK + b"\0\0",
    ),
    Vector(
        "HEADERS, padded, priority",
        f"00001c 01 2d 00000003 02 00000000 0f {_BLOCK} 0000",
        Kind.HEADERS,
        0x2D,
        3,
        b"\x02\0\0\0\0\x0f" + BLOCK + b"\0\0",
    ),
    # 6.3: exclusive (1) dependency (31) weight (8)
    Vector("PRIORITY", "000005 02 00 00000005 00000003 07", Kind.PRIORITY, 0, 5, b"\0\0\0\x03\x07"),
    Vector(
        "PRIORITY, exclusive",
        "000005 02 00 00000005 8000000b ff",
        Kind.PRIORITY,
        0,
        5,
        b"\x80\0\0\x0b\xff",
    ),
    # 6.4: error code (32)
    Vector("RST_STREAM", "000004 03 00 00000001 00000008", Kind.RST_STREAM, 0, 1, b"\0\0\0\x08"),
    Vector(
        "RST_STREAM, largest code",
        "000004 03 00 7fffffff ffffffff",
        Kind.RST_STREAM,
        0,
        2**31 - 1,
        b"\xff\xff\xff\xff",
    ),
    # 6.5.1: identifier (16) value (32), any number of times
    Vector("SETTINGS", "000000 04 00 00000000", Kind.SETTINGS, 0, 0, b""),
    Vector("SETTINGS, ACK", "000000 04 01 00000000", Kind.SETTINGS, 0x01, 0, b""),
    Vector(
        "SETTINGS, three",
        "000012 04 00 00000000 0001 00001000 0004 00010000 0005 00004000",
        Kind.SETTINGS,
        0,
        0,
        b"\0\x01\0\0\x10\0\0\x04\0\x01\0\0\0\x05\0\0\x40\0",
    ),
    # 6.6: [pad length (8)] reserved (1) promised stream (31) block [padding]
    Vector(
        "PUSH_PROMISE",
        f"000018 05 04 00000001 00000002 {_BLOCK}",
        Kind.PUSH_PROMISE,
        0x04,
        1,
        b"\0\0\0\x02" + BLOCK,
    ),
    # 6.7: opaque data (64)
    Vector(
        "PING",
        "000008 06 00 00000000 0123456789abcdef",
        Kind.PING,
        0,
        0,
        b"\x01#Eg\x89\xab\xcd\xef",
    ),
    Vector(
        "PING, ACK",
        "000008 06 01 00000000 0123456789abcdef",
        Kind.PING,
        1,
        0,
        b"\x01#Eg\x89\xab\xcd\xef",
    ),
    # 6.8: reserved (1) last stream (31) error code (32) debug data
    Vector(
        "GOAWAY",
        "000008 07 00 00000000 00000007 00000000",
        Kind.GOAWAY,
        0,
        0,
        b"\0\0\0\x07\0\0\0\0",
    ),
    Vector(
        "GOAWAY, debug data",
        "00000c 07 00 00000000 7fffffff 0000000b 63616c6d",
        Kind.GOAWAY,
        0,
        0,
        b"\x7f\xff\xff\xff\0\0\0\x0bcalm",
    ),
    # 6.9: reserved (1) increment (31)
    Vector(
        "WINDOW_UPDATE, connection",
        "000004 08 00 00000000 00010000",
        Kind.WINDOW_UPDATE,
        0,
        0,
        b"\0\x01\0\0",
    ),
    Vector(
        "WINDOW_UPDATE, stream",
        "000004 08 00 00000001 7fff0000",
        Kind.WINDOW_UPDATE,
        0,
        1,
        b"\x7f\xff\0\0",
    ),
    # 6.10: block
    Vector(
        "CONTINUATION", "000003 09 00 00000003 828684", Kind.CONTINUATION, 0, 3, b"\x82\x86\x84"
    ),
    Vector(
        "CONTINUATION, END_HEADERS",
        "000003 09 04 00000003 828684",
        Kind.CONTINUATION,
        0x04,
        3,
        b"\x82\x86\x84",
    ),
    # RFC 9218 section 7.1: reserved (1) stream (31) field value
    Vector(
        "PRIORITY_UPDATE",
        "00000a 10 00 00000000 00000003 753d302c2069",
        Kind.PRIORITY_UPDATE,
        0,
        0,
        b"\0\0\0\x03u=0, i",
    ),
]

BY_NAME: Final = {vector.name: vector for vector in VECTORS}
