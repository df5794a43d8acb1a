"""What a header says is read from it, TLV by TLV."""

import pickle

import pytest

from proxyproto import Decoder, Header, Mode
from tests.proxyproto.wire import INET_BLOCK, LINE, UNIX_BLOCK, UNIX_STREAM, header, ssl, tlv


def read(data: bytes) -> Header:
    found = Decoder().receive_data(data)
    assert found is not None
    return found


def test_views_of_the_registered_types() -> None:
    found = read(
        header(
            INET_BLOCK,
            tlv(0x01, b"h2"),
            tlv(0x02, "ä.example".encode()),
            tlv(0x04, b"padding"),
            tlv(0x05, b"\x00\xff"),
            ssl(3, 0, tlv(0x21, b"TLSv1.3"), tlv(0x22, b"someone")),
            tlv(0x30, b"blue"),
            tlv(0xE5, b"mine"),
        )
    )
    assert (found.alpn, found.authority, found.unique_id) == (b"h2", "ä.example", b"\x00\xff")
    assert found.ssl is not None
    assert (found.ssl.version, found.ssl.common_name) == ("TLSv1.3", "someone")
    assert found.ssl.is_verified
    assert found.netns == "blue"
    assert [kind for kind, _ in found.tlvs] == [0x01, 0x02, 0x04, 0x05, 0x20, 0x30, 0xE5]
    assert found.tlvs[-1].type == 0xE5
    assert found.tlvs[-1].value == found.get(0xE5) == b"mine"


@pytest.mark.parametrize("data", [LINE, header(), header(command=0x20)], ids=len)
def test_what_is_not_there_is_none(data: bytes) -> None:
    found = read(data)
    assert (found.alpn, found.authority, found.unique_id) == (None, None, None)
    assert (found.ssl, found.netns) == (None, None)
    assert (found.aws_vpc_endpoint_id, found.azure_private_endpoint_link_id) == (None, None)
    assert found.tlvs == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x01vpce-08d2bf15fac5001c9", "vpce-08d2bf15fac5001c9"),
        (b"\x01", ""),
        (b"\x02vpce-08d2bf15fac5001c9", None),
        (b"\x01\xff", None),
        (b"", None),
    ],
)
def test_endpoint_of_aws(value: bytes, expected: str | None) -> None:
    assert read(header(INET_BLOCK, tlv(0xEA, value))).aws_vpc_endpoint_id == expected
    behind = header(INET_BLOCK, tlv(0xEA, b"\x07"), tlv(0xEA, value))
    assert read(behind).aws_vpc_endpoint_id == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x01\x04\x03\x02\x01", 0x01020304),
        (b"\x01\xff\xff\xff\xff", 0xFFFFFFFF),
        (b"\x02\x04\x03\x02\x01", None),
        (b"\x01\x04\x03\x02", None),
        (b"\x01\x04\x03\x02\x01\x00", None),
        (b"", None),
    ],
)
def test_endpoint_of_azure(value: bytes, expected: int | None) -> None:
    assert read(header(INET_BLOCK, tlv(0xEE, value))).azure_private_endpoint_link_id == expected


def test_headers_that_say_the_same_are_equal() -> None:
    padded = header(UNIX_BLOCK, protocol=UNIX_STREAM)
    assert read(header()) == read(header())
    assert hash(read(header())) == hash(read(header()))
    assert read(LINE) == read(LINE)
    distinct = [
        read(LINE),
        read(header()),
        read(header(protocol=0x12)),
        read(header(INET_BLOCK, tlv(0x04, b""))),
        read(header(INET_BLOCK[:-1] + b"\0")),
        read(header(command=0x20)),
        read(header(protocol=0)),
        read(padded),
    ]
    assert len(set(distinct)) == len(distinct)
    assert read(LINE) != LINE


def test_local_headers_are_equal_whatever_their_block_was() -> None:
    assert read(header(command=0x20)) == read(header(b"", command=0x20, protocol=0))


def test_text() -> None:
    assert repr(read(LINE)) == (
        "Header(version=1, command=PROXY, family=INET, transport=STREAM, "
        "source=('203.0.113.7', 51000), destination=('198.51.100.1', 443), tlvs=())"
    )


def test_headers_can_be_pickled() -> None:
    for data in (LINE, header(INET_BLOCK, tlv(0x02, b"a"))):
        found = Decoder(Mode.ANY).receive_data(data)
        assert pickle.loads(pickle.dumps(found)) == found
