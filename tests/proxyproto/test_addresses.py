"""Addresses are read strictly and written in one way."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyproto._addresses import read_ipv4, read_ipv6, write_ipv4, write_ipv6


@given(st.binary(min_size=4, max_size=4))
def test_ipv4_both_ways(packed: bytes) -> None:
    text = write_ipv4(packed)
    assert text == str(ipaddress.IPv4Address(packed))
    assert read_ipv4(text) == packed


@given(
    st.binary(min_size=16, max_size=16) | st.binary(min_size=4, max_size=4).map(bytes(12).__add__)
)
def test_ipv6_both_ways(packed: bytes) -> None:
    assert read_ipv6(write_ipv6(packed)) == packed
    assert read_ipv6(write_ipv6(packed).upper()) == packed
    assert read_ipv6(socket.inet_ntop(socket.AF_INET6, packed)) == packed
    assert read_ipv6(ipaddress.IPv6Address(packed).exploded) == packed


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        ("00000000000000000000000000000000", "::"),
        ("00000000000000000000000000000001", "::1"),
        ("20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"),
        ("20010000000000010000000000000001", "2001:0:0:1::1"),
        ("20010DB8000000000001000000000001", "2001:db8::1:0:0:1"),
        ("00000000000000000000ffffc0000201", "::ffff:192.0.2.1"),
    ],
)
def test_ipv6_is_written_as_rfc_5952_has_it(packed: str, text: str) -> None:
    assert write_ipv6(bytes.fromhex(packed)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "00.0.0.0", "1..3.4"),
        *("1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "1.2.3.-4", "0x1.2.3.4", "1.2.3.4\n", "1.2.3.\u0664"),
        *("127.1", "2130706433", "1.2.3.4/32", "1.2.3.1000", "::1", "1_0.2.3.4"),
    ],
)
def test_what_is_no_ipv4_address(text: str) -> None:
    assert read_ipv4(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ":",
            ":::",
            "1::2::3",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "12345::",
            "g::",
            "::1\n",
        ),
        *("::1%eth0", "[::1]", "::1/128", "1:2:3:4:5:6:7:8::", "::1.2.3", "::01.2.3.4", "1.2.3.4"),
        *(" ::1", "::-1", "::+1", "::0x1", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::\u0661"),
    ],
)
def test_what_is_no_ipv6_address(text: str) -> None:
    assert read_ipv6(text) is None
