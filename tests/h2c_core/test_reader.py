"""Owns the tests of cutting received bytes into frames. Does not test what frames mean."""

from itertools import pairwise

import pytest
from h2.errors import ErrorCodes
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import PREFACE, RemoteProtocolError
from h2c_core._reader import FrameReader
from tests.h2c_core import wire

MAX = 16384


def read(reader: FrameReader, data: bytes) -> list[tuple[int, int, bytes, bool, bool]]:
    """What `next` finds in `data`: type, stream, payload, and whether it is first and last."""
    reader.feed(data)
    found = []
    while reader.next():
        payload = reader.data[reader.start : reader.stop]
        found.append((reader.kind, reader.stream_id, payload, reader.is_first, reader.is_last))
    return found


def started() -> FrameReader:
    reader = FrameReader(MAX)
    assert read(reader, PREFACE) == []
    return reader


def test_frames_in_one_read() -> None:
    assert read(started(), wire.ping(b"12345678") + wire.data(5, b"body") + wire.settings()) == [
        (6, 0, b"12345678", True, True),
        (0, 5, b"body", True, True),
        (4, 0, b"", True, True),
    ]


def test_preface_and_frames_in_one_read() -> None:
    assert read(FrameReader(MAX), PREFACE + wire.settings()) == [(4, 0, b"", True, True)]


def test_data_is_handed_on_in_the_pieces_that_came() -> None:
    reader = started()
    frame = wire.data(1, b"0123456789")
    assert read(reader, frame[:12]) == [(0, 1, b"012", True, False)]
    assert reader.length == 10
    assert read(reader, frame[12:15]) == [(0, 1, b"345", False, False)]
    assert read(reader, frame[15:] + wire.ping(b"12345678")) == [
        (0, 1, b"6789", False, True),
        (6, 0, b"12345678", True, True),
    ]


@pytest.mark.parametrize("frame", [wire.data(1, b"0123", padding=5), wire.headers(1, wire.GET)])
def test_other_frames_are_handed_on_whole(frame: bytes) -> None:
    reader = started()
    for at in range(len(frame) - 1):
        assert read(reader, frame[at : at + 1]) == []
    [(_, stream_id, payload, is_first, is_last)] = read(reader, frame[-1:])
    assert (stream_id, payload, is_first, is_last) == (1, frame[9:], True, True)


def test_large_frame_is_refused_by_its_header() -> None:
    header = (MAX + 1).to_bytes(3, "big") + b"\x42\0\0\0\0\0"
    with pytest.raises(RemoteProtocolError) as caught:
        read(started(), header)
    assert caught.value.error_code == ErrorCodes.FRAME_SIZE_ERROR


def test_wrong_preface_is_refused_at_once() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read(FrameReader(MAX), b"GET")
    assert caught.value.error_code == ErrorCodes.PROTOCOL_ERROR


@given(
    frames=st.lists(
        st.builds(
            wire.frame,
            st.integers(0, 12),
            st.integers(0, 255),
            st.integers(0, 2**31 - 1),
            st.binary(max_size=50),
        ),
        max_size=8,
    ),
    cuts=st.lists(st.integers(0, 500), max_size=10),
)
def test_any_split_gives_the_same_frames(frames: list[bytes], cuts: list[int]) -> None:
    data = PREFACE + b"".join(frames)
    reader = FrameReader(MAX)
    found: list[tuple[int, int, bytes]] = []
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, stop in pairwise(bounds):
        for kind, stream_id, payload, is_first, _ in read(reader, data[start:stop]):
            if is_first:
                found.append((kind, stream_id, payload))
            else:
                before = found.pop()
                found.append((kind, stream_id, before[2] + payload))
    expected = wire.FrameReader().feed(b"".join(frames))
    assert found == [(it.kind, it.stream_id, it.payload) for it in expected]


FOLLOWS = wire.data(5, b"next")


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (FOLLOWS, 4),
        (wire.data(5, b"next", end=True), 0),
        (wire.data(5, b"next", padding=1), 0),
        (wire.data(7, b"next"), 0),
        (wire.data(5, b""), 0),
        (wire.data(5, b"longer"), 0),
        (wire.frame(1, 0, 5, b"next"), 0),
        (FOLLOWS[:-1], 0),
        (FOLLOWS[:9], 0),
        (FOLLOWS[:3], 0),
        (b"", 0),
    ],
)
def test_small_data_that_follows_is_told(data: bytes, length: int) -> None:
    reader = FrameReader(MAX)
    reader.feed(PREFACE + wire.data(5, b"first") + data)
    assert reader.next()
    assert reader.small_data(5, 5) == length
    if length:
        assert reader.take(length) == b"next"
        assert reader.small_data(5, 5) == 0
        assert not reader.next()


def test_the_reserved_bit_of_small_data_is_ignored() -> None:
    reader = FrameReader(MAX)
    reader.feed(PREFACE + wire.data(5, b"first") + FOLLOWS[:5] + b"\x80" + FOLLOWS[6:])
    assert reader.next()
    assert reader.small_data(5, 5) == 4


def test_part_of_a_frame_is_known_until_it_is_whole() -> None:
    reader = FrameReader(MAX)
    frame = wire.headers(1, b"block")
    assert reader.unfinished() == 0
    read(reader, PREFACE + frame + frame[:3])
    first = reader.unfinished()
    assert first > 0
    read(reader, frame[3:11])
    known = reader.unfinished()
    for position in range(11, len(frame) - 1):
        read(reader, frame[position : position + 1])
        assert reader.unfinished() == known
    read(reader, frame[-1:])
    assert reader.unfinished() == 0
    read(reader, frame[:-1])
    assert reader.unfinished() not in {0, first, known}


@pytest.mark.parametrize("size", [4, 9, 12])
def test_part_of_a_padded_data_frame_is_not_told(size: int) -> None:
    reader = FrameReader(MAX)
    read(reader, PREFACE + wire.data(1, b"0123456789", padding=5)[:size])
    assert reader.unfinished() == 0


def test_frame_that_trickles_is_not_copied_with_each_byte() -> None:
    """A payload of 64 KiB in reads of one byte would be 2 GiB of copies."""
    reader = FrameReader(2**16)
    frame = wire.frame(1, 0, 1, bytes(2**16 - 1))
    read(reader, PREFACE + frame[:20])
    for position in range(20, len(frame) - 1):
        reader.feed(frame[position : position + 1])
        assert not reader.data
        assert not reader.next()
    assert len(read(reader, frame[-1:])) == 1
