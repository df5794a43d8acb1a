"""The client of the benchmark writes and reads frames as wsproto does."""

import zlib

import pytest
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import FrameProtocol, Opcode

from bench.echo.frames import Deflate, FrameReader, text_frame

SIZES = [0, 1, 3, 4, 64, 125, 126, 127, 65535, 65536, 70000]
AGREED = "permessage-deflate; server_max_window_bits=12; client_max_window_bits=11"
RESETS = AGREED + "; server_no_context_takeover; client_no_context_takeover"


def deflate() -> PerMessageDeflate:
    extension = PerMessageDeflate()
    extension.accept("permessage-deflate; client_max_window_bits")
    extension._enabled = True
    extension.server_max_window_bits = 12
    extension.client_max_window_bits = 11
    return extension


def read_by_wsproto(data: bytes, extensions: list[Extension]) -> list[str]:
    server = FrameProtocol(client=False, extensions=extensions)
    server.receive_bytes(data)
    texts: list[str] = []
    whole = ""
    for frame in server.received_frames():
        assert frame.opcode is Opcode.TEXT
        assert isinstance(frame.payload, str)
        whole += frame.payload
        if frame.message_finished:
            texts.append(whole)
            whole = ""
    return texts


@pytest.mark.parametrize("size", SIZES)
def test_messages_sent(size: int) -> None:
    text = "abcdefg"[: size % 7] + "0123456" * (size // 7)
    data = text_frame(text.encode(), b"\x01\x80\xfe\x55")
    assert read_by_wsproto(data, []) == [text]


@pytest.mark.parametrize("size", SIZES)
def test_messages_received_in_pieces(size: int) -> None:
    payload = b"x" * size
    server = FrameProtocol(client=False, extensions=[])
    data = bytes(server.send_data("x" * size, fin=True) + server.send_data("behind", fin=True))
    reader = FrameReader()
    found = []
    step = max(1, len(data) // 50)
    for start in range(0, len(data), step):
        found += reader.feed(data[start : start + step])
    assert found == [(payload, False), (b"behind", False)]


def test_compressed_messages_both_ways() -> None:
    texts = [f"message {number} " * 50 for number in range(5)]
    agreed = Deflate.parse(AGREED)
    assert agreed == Deflate(client_bits=11, server_bits=12)
    frames = [
        text_frame(payload, bytes(4), is_compressed=True)
        for payload in agreed.compress([text.encode() for text in texts])
    ]
    assert read_by_wsproto(b"".join(frames), [deflate()]) == texts
    server = FrameProtocol(client=False, extensions=[deflate()])
    inflate = agreed.decompressor()
    for payload, is_compressed in FrameReader().feed(
        b"".join(server.send_data(text, fin=True) for text in texts)
    ):
        assert is_compressed
        assert inflate.read(payload).decode() == texts.pop(0)
    assert texts == []


def test_without_context_each_message_stands_alone() -> None:
    agreed = Deflate.parse(RESETS)
    assert agreed.client_resets
    assert agreed.server_resets
    first, second = agreed.compress([b"the same"] * 2)
    assert first == second
    inflate = agreed.decompressor()
    assert [inflate.read(first), inflate.read(first)] == [b"the same"] * 2


def test_with_context_the_second_message_is_shorter() -> None:
    first, second = Deflate().compress([b"the same once more"] * 2)
    assert len(second) < len(first)


@pytest.mark.parametrize("value", ["x-webkit-deflate-frame", ""])
def test_another_extension_is_none(value: str) -> None:
    with pytest.raises(ConnectionError):
        Deflate.parse(value)


@pytest.mark.parametrize(
    "data",
    [b"\x88\x02\x03\xe8", b"\x01\x01a", b"\x82\x01a", b"\x81\x81\0\0\0\0a"],
    ids=["close", "fragment", "binary", "masked"],
)
def test_what_was_not_asked_for_is_an_error(data: bytes) -> None:
    with pytest.raises(ConnectionError):
        FrameReader().feed(data)


def test_pings_are_passed_over() -> None:
    assert FrameReader().feed(b"\x89\x01p\x81\x01a") == [(b"a", False)]


def test_corrupt_compression_is_an_error() -> None:
    with pytest.raises(zlib.error):
        Deflate().decompressor().read(b"\xff\xff\xff")
