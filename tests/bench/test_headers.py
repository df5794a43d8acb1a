"""What proxyproto is measured with is a header of three TLVs, another one each time."""

from types import SimpleNamespace

import pytest

from bench.micro.headers import COUNT, headers, read_header, read_result, spend
from bench.proxyproto import BARS, judge
from proxyproto import Decoder


@pytest.mark.parametrize("version", [1, 2])
def test_headers_are_all_different_and_good(version: int) -> None:
    made = headers(version)
    assert len(set(made)) == COUNT
    found = Decoder().receive_data(made[-1])
    assert found is not None
    assert found.version == version
    assert len(found.tlvs) == (3 if version == 2 else 0)


def test_both_are_asked_for_the_same() -> None:
    found = Decoder().receive_data(headers(2)[0])
    assert found is not None
    tlv = SimpleNamespace(alpn=b"h2", authority="example.com", unique_id=b"0000000000040000")
    ends = ("203.0.113.7", 40000), ("198.51.100.1", 443)
    rival = SimpleNamespace(peername=ends[0], sockname=ends[1], tlv=tlv)
    assert read_header(found) == read_result(rival)


def test_every_header_of_a_turn_is_read() -> None:
    seen: list[bytes] = []
    assert spend(seen.append, [b"a", b"b"]) >= 0
    assert seen == [b"a", b"b"]


def test_bars() -> None:
    name = "decode, version 2"
    assert judge(name, [(1.0, 3.1)] * 7)["is_met"]
    assert not judge(name, [(1.0, 2.9)] * 7)["is_met"]
    assert set(BARS) >= {name}
