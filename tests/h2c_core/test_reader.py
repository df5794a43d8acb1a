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
