"""Tests of reading a client's frames, however they are cut."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol

from asgi_bridge._ws_close import CloseError
from asgi_bridge._ws_frame_reader import FrameReader
from tests.asgi_bridge.websocket_fakes import BINARY, MASK, PING, TEXT, frame

SIZES = [0, 1, 3, 125, 126, 127, 4095, 4096, 4097, 65535, 65536, 70001]

Frame = tuple[int, bytes]


def read_all(reader: FrameReader) -> list[Frame]:
    """Read frames, their parts joined; the last one perhaps not whole."""
    frames: list[Frame] = []
    while reader.read():
        if reader.is_first:
            frames.append((reader.head, reader.payload))
        else:
            frames[-1] = (reader.head, frames[-1][1] + reader.payload)
    return frames


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize("size", SIZES)
def test_that_a_frame_of_any_size_is_read(size: int) -> None:
    payload = random.Random(size).randbytes(size)
    reader = FrameReader()
    reader.feed(frame(BINARY, payload))
    assert read_all(reader) == [(0x82, payload)]
    assert reader.size == size
    assert reader.is_last
    assert not reader.has_bytes


@given(
    st.lists(st.tuples(st.sampled_from([0x81, 0x82, 0x01, 0x80, 0x89]), st.binary(max_size=200))),
    st.lists(st.integers(min_value=0), max_size=20),
)
def test_that_frames_are_read_the_same_however_cut(frames: list[Frame], places: list[int]) -> None:
    # A control frame is whole or not there, and 200 bytes are more than one holds.
    frames = [(head, data[:125] if head & 8 else data) for head, data in frames]
    data = b"".join(frame(head & 15, part, fin=head >= 128) for head, part in frames)
    reader = FrameReader()
    found: list[Frame] = []
    consumed = 0
    for chunk in cut(data, places):
        reader.feed(chunk)
        while reader.read():
            if reader.is_first:
                found.append((reader.head, b""))
            found[-1] = (reader.head, found[-1][1] + reader.payload)
            consumed += reader.consumed
            reader.consumed = 0
    assert found == frames
    assert consumed == len(data)
    assert not reader.has_bytes
    assert reader.is_last


@given(st.binary(max_size=60), st.lists(st.integers(min_value=0), max_size=8))
def test_that_garbage_is_read_or_refused_whatever_its_cut(data: bytes, places: list[int]) -> None:
    def run(chunks: list[bytes]) -> tuple[list[Frame], int]:
        reader = FrameReader()
        found: list[Frame] = []
        for chunk in chunks:
            reader.feed(chunk)
            try:
                while reader.read():
                    if reader.is_first:
                        found.append((reader.head, b""))
                    found[-1] = (reader.head, found[-1][1] + reader.payload)
            except CloseError as error:
                return found, error.code
        return found, 0

    assert run([data]) == run(cut(data, places))


@given(st.integers(0, 255), st.integers(0, 255), st.binary(min_size=14, max_size=200))
def test_that_it_decides_on_a_header_as_wsproto_does(first: int, second: int, rest: bytes) -> None:
    data = bytes((first, second)) + rest
    reader = FrameReader()
    reader.feed(data)
    code = 0
    try:
        reader.read()
    except CloseError as error:
        code = error.code
    oracle = FrameProtocol(client=False, extensions=[])
    oracle.receive_bytes(data)
    expected = 0
    try:
        next(iter(oracle.received_frames()), None)
    except Exception as error:  # noqa: BLE001 - it raises ParseFailed, IndexError and its like
        expected = int(getattr(error, "code", 1002))
    opcode = first & 15
    if opcode in {0, 8} or opcode == 1:
        # What depends on messages and payloads is not for frames to tell.
        assert code in {0, expected} or expected == 0
    else:
        assert code == expected


HUGE = b"\xff" + (1 << 63).to_bytes(8, "big") + MASK


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x91\x80" + MASK, "reserved bit"),
        (b"\xa1\x80" + MASK, "reserved bit"),
        (b"\xc1\x80" + MASK, "reserved bit"),  # RSV1 without an extension
        (b"\x83\x80" + MASK, "opcode"),
        (b"\x87\x80" + MASK, "opcode"),
        (b"\x8b\x80" + MASK, "opcode"),
        (b"\x8f\x80" + MASK, "opcode"),
        (b"\x81\x00", "masked"),
        (b"\x81\x7e\x00\x7e", "masked"),
        (b"\x09\x80" + MASK, "control"),
        (b"\x89\xfe\x00\x7e" + MASK, "control"),
        (b"\x81\xfe\x00\x7d" + MASK, "length"),
        (b"\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff" + MASK, "length"),
        (b"\x82" + HUGE, "length"),
    ],
)
def test_that_a_frame_that_breaks_a_rule_is_refused(data: bytes, what: str) -> None:
    reader = FrameReader()
    reader.feed(data)
    with pytest.raises(CloseError, match=what) as caught:
        reader.read()
    assert caught.value.code == 1002


def test_that_a_fault_of_the_first_two_bytes_is_seen_at_once() -> None:
    reader = FrameReader()
    reader.feed(b"\x81")
    assert not reader.read()
    reader.feed(b"\x05")
    with pytest.raises(CloseError):
        reader.read()


@pytest.mark.parametrize("opcode", [0, 8, 9, 10])
def test_that_rsv1_is_for_the_first_frame_of_a_message(opcode: int) -> None:
    reader = FrameReader()
    reader.allow_compressed()
    reader.feed(frame(TEXT, b"x", rsv=4))
    assert read_all(reader) == [(0xC1, b"x")]
    reader.feed(frame(opcode, rsv=4))
    with pytest.raises(CloseError):
        reader.read()


def test_that_a_payload_is_given_as_it_arrives() -> None:
    reader = FrameReader()
    data = frame(TEXT, b"abcdefgh")
    reader.feed(data[:6])
    assert reader.read()
    assert (reader.payload, reader.size, reader.is_first, reader.is_last) == (b"", 8, True, False)
    assert not reader.read()
    reader.feed(data[6:9])
    assert reader.read()
    assert (reader.payload, reader.is_first, reader.is_last) == (b"abc", False, False)
    reader.feed(data[9:])
    assert reader.read()
    assert (reader.payload, reader.is_first, reader.is_last) == (b"defgh", False, True)


def test_that_a_control_frame_is_given_whole() -> None:
    reader = FrameReader()
    data = frame(PING, b"ping")
    reader.feed(data[:-1])
    assert not reader.read()
    assert reader.has_bytes
    reader.feed(data[-1:])
    assert read_all(reader) == [(0x89, b"ping")]


def test_that_many_small_chunks_are_no_squared_work() -> None:
    """A megabyte fed in single bytes while nothing is read, then read, is copied once."""
    reader = FrameReader()
    data = frame(BINARY, bytes(1 << 18)) * 2
    for index in range(len(data)):
        reader.feed(data[index : index + 1])
    assert [len(payload) for _, payload in read_all(reader)] == [1 << 18, 1 << 18]


def test_that_what_was_read_is_let_go_of() -> None:
    reader = FrameReader()
    one = frame(BINARY, bytes(40_000))
    reader.feed(one)
    for _ in range(20):
        reader.feed(one)
        assert reader.read()
        assert len(reader._buffer) <= 4 * len(one)
    reader.clear()
    assert not reader.has_bytes
