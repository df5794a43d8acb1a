"""Tests of frames as they are whole: made, unmasked, and read at once where they are small."""

import random

import pytest
from wsproto.frame_protocol import FrameProtocol

from asgi_bridge._ws_frames import encode_frame, read_small, unmask
from tests.asgi_bridge.websocket_fakes import BINARY, MASK, PING, TEXT, frame, server_frames

SIZES = [0, 1, 3, 125, 126, 127, 4095, 4096, 4097, 65535, 65536, 70001]

Frame = tuple[int, bytes]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mask", [MASK, bytes(4), b"\x00\x00\x00\x01"])
def test_that_unmasking_is_the_exclusive_or(size: int, mask: bytes) -> None:
    data = random.Random(size).randbytes(size)
    expected = bytes(byte ^ mask[index & 3] for index, byte in enumerate(data))
    assert unmask(data, mask) == expected
    assert unmask(bytearray(data), mask) == expected


@pytest.mark.parametrize("size", SIZES)
def test_that_a_frame_of_any_size_is_made(size: int) -> None:
    payload = random.Random(size).randbytes(size)
    data = encode_frame(0x82, payload)
    assert server_frames(data) == [(0x82, payload)]
    client = FrameProtocol(client=True, extensions=[])
    client.receive_bytes(data)
    found = b""
    for part in client.received_frames():
        assert isinstance(part.payload, bytes | bytearray)
        found += part.payload
    assert found == payload


@pytest.mark.parametrize("head", [0x81, 0x82, 0x88, 0x89, 0x8A, 0xC1, 0xC2])
def test_that_a_frame_of_any_kind_is_made(head: int) -> None:
    assert encode_frame(head, b"abc") == bytes((head, 3)) + b"abc"


@pytest.mark.parametrize("size", [0, 1, 64, 125])
def test_that_a_small_message_is_read_at_once(size: int) -> None:
    assert read_small(frame(TEXT, b"x" * size)) == "x" * size
    assert read_small(frame(BINARY, b"x" * size)) == b"x" * size


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        frame(TEXT, b"abc")[:-1],
        frame(TEXT, b"abc") + b"\x81",
        frame(TEXT, bytes(126)),
        frame(TEXT, b"abc", fin=False),
        frame(0, b"abc"),
        frame(PING, b"abc"),
        frame(TEXT, b"abc", rsv=4),
        frame(TEXT, b"\xff"),
        b"\x81\x03" + b"abcdefg",
    ],
)
def test_that_all_else_is_left_to_the_reader(data: bytes) -> None:
    assert read_small(data) is None
