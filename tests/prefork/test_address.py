"""Addresses are what their text says, and their text is what they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefork._address import (
    MAX_FD,
    MAX_PORT,
    MAX_UNIX_PATH,
    Address,
    FdAddress,
    TcpAddress,
    UnixAddress,
    parse_address,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", TcpAddress("127.0.0.1", 8000)),
        ("localhost:0", TcpAddress("localhost", 0)),
        ("my-host.example.:65535", TcpAddress("my-host.example.", 65535)),
        ("[::1]:8000", TcpAddress("::1", 8000)),
        ("[fe80::1%eth0]:80", TcpAddress("fe80::1%eth0", 80)),
        ("unix:/run/app.sock", UnixAddress("/run/app.sock")),
        ("unix:app:1.sock", UnixAddress("app:1.sock")),
        ("fd://0", FdAddress(0)),
        (f"fd://{MAX_FD}", FdAddress(MAX_FD)),
    ],
)
def test_parse_and_str_are_inverse(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not an address; expected HOST:PORT"),
        ("localhost", "is not an address"),
        ("http://127.0.0.1:8000", "is not an address"),
        ("/run/app.sock", "is not an address"),
        (":8000", "has no host; 0.0.0.0 is every IPv4 interface"),
        ("*:8000", "has no host"),
        ("::1:8000", "more than one colon"),
        ("[::1:8000", "more than one colon"),
        ("[localhost]:8000", "no IPv6 address in its brackets"),
        ("[]:8000", "no IPv6 address in its brackets"),
        ("[::1]", "more than one colon"),
        ("my host:80", "no valid host name"),
        ("a,b:80", "no valid host name"),
        ("user@host:80", "no valid host name"),
        ("host\x1b:80", "no valid host name"),
        ("256.0.0.1:80", "no valid host name or IPv4 address"),
        ("1.2.3:80", "no valid host name or IPv4 address"),
        ("localhost:", "no port from 0 to 65535"),
        ("localhost:65536", "no port"),
        ("localhost:-1", "no port"),
        ("localhost:8_0", "no port"),
        ("localhost: 80", "no port"),
        ("localhost:\u0663", "no port"),
        ("localhost:" + "9" * 5000, "no port"),
        ("unix:", "names no socket path"),
        ("unix:a\0b", "names no socket path"),
        ("fd://", "no file descriptor number"),
        ("fd://-1", "no file descriptor number"),
        (f"fd://{MAX_FD + 1}", "no file descriptor number"),
    ],
)
def test_wrong_text_is_named_with_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as caught:
        parse_address(text)
    assert repr(text) in str(caught.value)


def test_longest_socket_path() -> None:
    # Two bytes each: the limit counts bytes.
    path = "é" * (MAX_UNIX_PATH // 2)
    assert parse_address(f"unix:{path}a") == UnixAddress(f"{path}a")
    with pytest.raises(ValueError, match="has a path of 108 bytes"):
        parse_address(f"unix:{path}aa")


@given(st.text())
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert parse_address(str(address)) == address


@given(st.ip_addresses(), st.integers(0, MAX_PORT))
def test_every_ip_address(host: object, port: int) -> None:
    address = TcpAddress(str(host), port)
    assert parse_address(str(address)) == address
