"""A header is collected from any pieces, within its bounds, and nothing behind it is lost."""

import pytest

from proxyproto import (
    DEFAULT_MAX_V2_SIZE,
    Decoder,
    DecoderStateError,
    Header,
    HeaderTooLongError,
    IncompleteHeaderError,
    InvalidHeaderError,
    Mode,
    SignatureError,
)
from tests.proxyproto.wire import INET_BLOCK, LINE, SIGNATURE, header, tlv

HEADERS = {
    "v1": LINE,
    "unknown": b"PROXY UNKNOWN\r\n",
    "v2": header(),
    "v2 with TLVs": header(INET_BLOCK, tlv(0x02, b"example.com"), tlv(0x05, b"id")),
    "local": header(b"", command=0x20, protocol=0),
}
LONGEST_LINE = b"PROXY UNKNOWN " + b"x" * 91 + b"\r\n"


def drip(decoder: Decoder, data: bytes, size: int) -> None:
    """Feed the data in pieces."""
    for at in range(0, len(data), size):
        decoder.receive_data(data[at : at + size])


each_header = pytest.mark.parametrize("data", HEADERS.values(), ids=list(HEADERS))


@each_header
@pytest.mark.parametrize("rest", [b"", b"GET / HTTP/1.1\r\n", b"\r\n", LINE, header()], ids=len)
def test_what_follows_is_left_over(data: bytes, rest: bytes) -> None:
    decoder = Decoder()
    assert isinstance(decoder.receive_data(data + rest), Header)
    assert decoder.left_over == rest


@each_header
def test_byte_by_byte(data: bytes) -> None:
    expected = Decoder().receive_data(data)
    for mode in (Mode.ANY, Mode.V1 if data.startswith(b"P") else Mode.V2):
        decoder = Decoder(mode)
        for at in range(len(data) - 1):
            assert decoder.receive_data(data[at : at + 1]) is None
            assert decoder.receive_data(b"") is None
        assert decoder.receive_data(data[-1:] + b"rest") == expected
        assert decoder.left_over == b"rest"


@each_header
def test_other_version(data: bytes) -> None:
    decoder = Decoder(Mode.V2 if data.startswith(b"P") else Mode.V1)
    with pytest.raises(SignatureError):
        decoder.receive_data(data[:1])


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "data",
    [
        *(b"GET / HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n", b"\x16\x03\x01", b"\0", b"\n", b" PROXY"),
        *(b"PROXY\tTCP4", b"PROXYT", b"proxy ", b"PROXY\r\n", b"\r\n\r\n\r\n", b"\r\nPROXY "),
    ],
    ids=repr,
)
def test_no_header(mode: Mode, data: bytes) -> None:
    with pytest.raises(SignatureError):
        Decoder(mode).receive_data(data)
    with pytest.raises(SignatureError):
        drip(Decoder(mode), data, 1)


# Bounds


def test_longest_line() -> None:
    assert len(LONGEST_LINE) == 107
    assert Decoder().receive_data(LONGEST_LINE + b"rest") is not None


@pytest.mark.parametrize("piece", [1, 50, 1000])
@pytest.mark.parametrize(
    "data", [LONGEST_LINE.replace(b"x", b"xx", 1), b"PROXY UNKNOWN " + b"x" * 1000], ids=len
)
def test_longer_lines(data: bytes, piece: int) -> None:
    start = data[: 106 // piece * piece]
    decoder = Decoder()
    drip(decoder, start, piece)
    with pytest.raises(HeaderTooLongError):
        decoder.receive_data(data[len(start) : len(start) + piece])


def test_default_limit_of_version_2() -> None:
    room = DEFAULT_MAX_V2_SIZE - len(header()) - 3
    assert Decoder().receive_data(header(INET_BLOCK, tlv(0x04, bytes(room)))) is not None
    with pytest.raises(HeaderTooLongError, match="4097 bytes is longer than 4096"):
        Decoder().receive_data(header(INET_BLOCK, tlv(0x04, bytes(room + 1)))[:16])


def test_other_limits_of_version_2() -> None:
    largest = header(INET_BLOCK, tlv(0x04, bytes(65535 - 15)))
    assert Decoder(max_v2_size=len(largest)).receive_data(largest) is not None
    local = header(b"", command=0x20)
    assert Decoder(max_v2_size=16).receive_data(local) is not None
    with pytest.raises(HeaderTooLongError):
        Decoder(max_v2_size=27).receive_data(header())
    with pytest.raises(ValueError, match="at least 16"):
        Decoder(max_v2_size=15)


# Its end


@pytest.mark.parametrize("data", [b"", LINE[:-1], header()[:-1], SIGNATURE], ids=len)
def test_end_of_the_stream_in_a_header(data: bytes) -> None:
    decoder = Decoder()
    decoder.receive_data(data)
    with pytest.raises(IncompleteHeaderError, match=f"after {len(data)} bytes"):
        decoder.receive_eof()
    with pytest.raises(DecoderStateError):
        decoder.receive_data(LINE[len(data) :])


def test_end_of_the_stream_behind_a_header() -> None:
    decoder = Decoder()
    decoder.receive_data(LINE)
    decoder.receive_eof()


def test_one_header_is_all() -> None:
    decoder = Decoder()
    decoder.receive_data(LINE)
    for data in (LINE, b""):
        with pytest.raises(DecoderStateError):
            decoder.receive_data(data)


@pytest.mark.parametrize("data", [b"x", b"PROXY TCP5\r\n", header(b"")], ids=len)
def test_nothing_follows_an_error(data: bytes) -> None:
    decoder = Decoder()
    with pytest.raises(InvalidHeaderError):
        decoder.receive_data(data)
    with pytest.raises(DecoderStateError):
        decoder.receive_data(LINE)
    decoder.receive_eof()
