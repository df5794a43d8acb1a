"""Who is trusted."""

from ipaddress import ip_address

import pytest

from asgi_bridge import TrustedPeers


@pytest.mark.parametrize(
    ("entries", "trusted", "others"),
    [
        (["127.0.0.1"], ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.2", "::1", None]),
        (["10.0.0.0/8"], ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0", None]),
        (["10.1.2.3/8"], ["10.9.9.9"], ["11.0.0.0"]),
        (["::1"], ["::1"], ["::2", "0.0.0.1", None]),
        (["2001:db8::/32"], ["2001:db8:ffff::"], ["2001:db9::", None]),
        (["fe80::/10"], ["fe80::1%eth0"], ["fec0::1"]),
        (["::ffff:192.0.2.0/120"], ["192.0.2.9", "::ffff:192.0.2.9"], ["192.0.3.1"]),
        (["::ffff:192.0.2.1"], ["192.0.2.1"], ["192.0.2.2"]),
        (["0.0.0.0/0"], ["1.2.3.4", "::ffff:1.2.3.4"], ["::1", None]),
        (["::/0"], ["2001:db8::1"], ["1.2.3.4", None]),
        (["unix"], [None], ["127.0.0.1"]),
        (["*"], [None, "127.0.0.1", "2001:db8::1"], []),
        ([], [], [None, "127.0.0.1"]),
    ],
)
def test_who_is_trusted(
    entries: list[str], trusted: list[str | None], others: list[str | None]
) -> None:
    peers = TrustedPeers(entries)
    assert [host for host in trusted if not peers.has_peer(host)] == []
    assert [host for host in others if peers.has_peer(host)] == []


@pytest.mark.parametrize(
    "entry",
    [
        *("", " ", "localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "[::1]", "**"),
        *("fe80::1%eth0", "fe80::1%eth0/64", "fe80::1%64", "10.0.0.0%8"),
    ],
)
def test_what_is_no_entry(entry: str) -> None:
    with pytest.raises(ValueError, match="must be an IP address, a network") as info:
        TrustedPeers(["127.0.0.1", entry])
    assert repr(entry) in str(info.value)


def test_addresses_are_asked_for_without_text() -> None:
    assert TrustedPeers(["10.0.0.0/8"]).has_address(ip_address("10.0.0.1"))
