"""What is an address, as proxies write them. The table of forwarding has more of it."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis.strategies import integers, ip_addresses, text

from asgi_bridge._nodes import Node, read_member, read_node, read_port
from asgi_bridge._trust import IPAddress, unmapped

PORTS = integers(1, 65_535)


def written(address: IPAddress, port: int) -> str:
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"{host}:{port}" if port else host


@given(ip_addresses(), PORTS | integers(0, 0))
def test_both_read_what_is_written_in_full(address: IPAddress, port: int) -> None:
    expected = Node(unmapped(address), port)
    assert read_node(written(address, port)) == expected
    assert read_member(written(address, port)) == expected


@given(ip_addresses(v=6))
def test_brackets_are_for_the_one_what_they_are_not_for_the_other(address: IPAddress) -> None:
    assert read_node(str(address)) is None
    assert read_member(str(address)) == Node(unmapped(address), 0)


@given(text(max_size=70))
def test_whatever_stands_there_is_an_address_or_nothing(value: str) -> None:
    for node in (read_node(value), read_member(value)):
        assert node is None or node.address is None or ip_address(str(node.address))


@pytest.mark.parametrize("value", ["unknown", "UNKNOWN", "_gazonk", "_a.b-c_d", "_a:80", "_a:_b"])
def test_what_hides_is_for_one_of_them(value: str) -> None:
    assert read_node(value) == Node(None, 0)
    assert read_member(value) is None


@pytest.mark.parametrize("value", ["_", "_a b", "_a:", "_a:0", "_a:_", "unknown:x", "known", ":_a"])
def test_what_does_not_hide(value: str) -> None:
    assert read_node(value) is None


@pytest.mark.parametrize(
    "value", ["", "0", "00000", "65536", "100000", "+1", "-1", " 1", "1 ", "x", "१"]
)
def test_what_is_no_port(value: str) -> None:
    assert read_port(value) is None


@given(PORTS)
def test_what_is_one(port: int) -> None:
    assert read_port(str(port)) == port
