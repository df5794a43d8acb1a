"""Version 1: what section 2.1 allows is read, and every rule of it refuses something."""

import pytest

from proxyproto import EncodeError, Family, InvalidHeaderError, Transport, encode_v1
from proxyproto._v1 import parse_v1

GOOD = {
    "longest IPv4": (
        b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535",
        (("255.255.255.255", 65535), ("255.255.255.255", 65535)),
    ),
    "port 0": (b"PROXY TCP4 0.0.0.0 1.2.3.4 0 0", (("0.0.0.0", 0), ("1.2.3.4", 0))),
    "IPv6": (b"PROXY TCP6 2001:db8::7 ::1 51000 443", (("2001:db8::7", 51000), ("::1", 443))),
    "upper case": (b"PROXY TCP6 2001:DB8::A ::1 1 2", (("2001:db8::a", 1), ("::1", 2))),
    "longest IPv6": (
        b"PROXY TCP6 %s %s 65535 65535" % ((b"ffff:" * 8)[:-1], (b"FFFF:" * 8)[:-1]),
        ((("ffff:" * 8)[:-1], 65535), (("ffff:" * 8)[:-1], 65535)),
    ),
    "mapped, as inet_ntop writes it": (
        b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:c000:202 1 2",
        (("::ffff:192.0.2.1", 1), ("::ffff:192.0.2.2", 2)),
    ),
}

BAD = {
    "no protocol": b"PROXY ",
    "protocol in lower case": b"PROXY tcp4 1.2.3.4 5.6.7.8 1 2",
    "a protocol of version 2 only": b"PROXY UDP4 1.2.3.4 5.6.7.8 1 2",
    "a longer name": b"PROXY TCP44 1.2.3.4 5.6.7.8 1 2",
    "a longer UNKNOWN": b"PROXY UNKNOWNS",
    "UNKNOWN in lower case": b"PROXY unknown",
    "two spaces behind PROXY": b"PROXY  TCP4 1.2.3.4 5.6.7.8 1 2",
    "two spaces behind the protocol": b"PROXY TCP4  1.2.3.4 5.6.7.8 1 2",
    "two spaces behind the source": b"PROXY TCP4 1.2.3.4  5.6.7.8 1 2",
    "two spaces behind the destination": b"PROXY TCP4 1.2.3.4 5.6.7.8  1 2",
    "two spaces behind the source port": b"PROXY TCP4 1.2.3.4 5.6.7.8 1  2",
    "a space at the end": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 ",
    "a tab": b"PROXY TCP4 1.2.3.4\t5.6.7.8 1 2",
    "no ports": b"PROXY TCP4 1.2.3.4 5.6.7.8",
    "one port": b"PROXY TCP4 1.2.3.4 5.6.7.8 1",
    "one more part": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3",
    "three numbers in the source": b"PROXY TCP4 1.2.3 5.6.7.8 1 2",
    "five numbers in the source": b"PROXY TCP4 1.2.3.4.5 5.6.7.8 1 2",
    "a number above 255": b"PROXY TCP4 1.2.3.256 5.6.7.8 1 2",
    "a leading zero in the source": b"PROXY TCP4 1.2.3.04 5.6.7.8 1 2",
    "a leading zero in the destination": b"PROXY TCP4 1.2.3.4 05.6.7.8 1 2",
    "a name in place of an address": b"PROXY TCP4 localhost 5.6.7.8 1 2",
    "IPv6 as TCP4": b"PROXY TCP4 ::1 ::1 1 2",
    "IPv4 as TCP6": b"PROXY TCP6 1.2.3.4 5.6.7.8 1 2",
    "a destination of another family": b"PROXY TCP6 ::1 5.6.7.8 1 2",
    "two double colons": b"PROXY TCP6 1::2::3 ::1 1 2",
    "112 bits": b"PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2",
    "144 bits": b"PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2",
    "five digits": b"PROXY TCP6 12345::1 ::1 1 2",
    "a zone": b"PROXY TCP6 fe80::1%eth0 ::1 1 2",
    "brackets": b"PROXY TCP6 [::1] ::1 1 2",
    "a source port above 65535": b"PROXY TCP4 1.2.3.4 5.6.7.8 65536 2",
    "a destination port above 65535": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536",
    "a port of six digits": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 100000",
    "a leading zero in the source port": b"PROXY TCP4 1.2.3.4 5.6.7.8 01 2",
    "a leading zero in the destination port": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 00",
    "a sign": b"PROXY TCP4 1.2.3.4 5.6.7.8 +1 2",
    "a negative port": b"PROXY TCP4 1.2.3.4 5.6.7.8 -1 2",
    "an underscore": b"PROXY TCP4 1.2.3.4 5.6.7.8 1_0 2",
    "a port in hexadecimal": b"PROXY TCP4 1.2.3.4 5.6.7.8 0x1 2",
    "an empty port": b"PROXY TCP4 1.2.3.4 5.6.7.8  2",
    "a byte that is not US-ASCII": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 \xb2",
    "digits of another script": "PROXY TCP4 1.2.3.4 5.6.7.8 1 \u0662".encode(),
    "a single CR in front of the CRLF": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r",
    "a single LF in place of the CRLF": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\nGET / HTTP/1.1",
    "a NUL": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\0",
}


@pytest.mark.parametrize("name", GOOD)
def test_good_lines(name: str) -> None:
    line, ends = GOOD[name]
    header = parse_v1(line)
    assert (header.source, header.destination) == ends
    assert header.version == 1
    assert header.family is (Family.INET if b"TCP4" in line else Family.INET6)
    assert header.transport is Transport.STREAM
    assert header.tlvs == ()


@pytest.mark.parametrize("name", BAD)
def test_bad_lines(name: str) -> None:
    with pytest.raises(InvalidHeaderError):
        parse_v1(BAD[name])


@pytest.mark.parametrize(
    "rest", [b"", b" ", b" TCP4 x", b" ::1 ::1 1 2", b" \xff\0\r", b"  1"], ids=repr
)
def test_what_follows_unknown_is_ignored(rest: bytes) -> None:
    header = parse_v1(b"PROXY UNKNOWN" + rest)
    assert (header.source, header.destination) == (None, None)
    assert (header.family, header.transport) == (Family.UNSPEC, Transport.UNSPEC)


def test_lines_are_made() -> None:
    assert encode_v1() == b"PROXY UNKNOWN\r\n"
    assert (
        encode_v1(("203.0.113.7", 51000), ("198.51.100.1", 443))
        == b"PROXY TCP4 203.0.113.7 198.51.100.1 51000 443\r\n"
    )
    assert (
        encode_v1(("2001:DB8:0::7", 0), ("::ffff:192.0.2.1", 65535))
        == b"PROXY TCP6 2001:db8::7 ::ffff:192.0.2.1 0 65535\r\n"
    )


@pytest.mark.parametrize(
    ("source", "destination", "reason"),
    [
        (("1.2.3.4", 1), None, "both ends or none"),
        (None, ("1.2.3.4", 1), "both ends or none"),
        (("1.2.3.4", 1), ("::1", 2), "one address family"),
        (("localhost", 1), ("1.2.3.4", 2), "no address"),
        (("1.2.3.4", -1), ("1.2.3.4", 2), "-1"),
        (("1.2.3.4", 1), ("1.2.3.4", 65536), "65536"),
        (("1.2.3.4 5.6.7.8 1 2\r\n", 1), ("1.2.3.4", 2), "no address"),
    ],
)
def test_lines_that_cannot_be_made(
    source: tuple[str, int] | None, destination: tuple[str, int] | None, reason: str
) -> None:
    with pytest.raises(EncodeError, match=reason):
        encode_v1(source, destination)
