"""Owns the tests of the layout of frames, against hyperframe and against bytes written by hand.

Does not test what frames mean.
"""

from hyperframe.frame import (
    ContinuationFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import _frames

STREAMS = st.integers(1, 2**31 - 1)
CODES = st.integers(0, 2**32 - 1)


def read(data: bytes) -> list[Frame]:
    """The frames in `data`, as hyperframe reads them."""
    frames = []
    while data:
        found, length = Frame.parse_frame_header(memoryview(data[:9]))
        found.parse_body(memoryview(data[9 : 9 + length]))
        frames.append(found)
        data = data[9 + length :]
    return frames


def test_frame_header_by_hand() -> None:
    header = _frames.frame_header(0x012345, 0x42, 0x99, 0x7ABCDEF0)
    assert header == b"\x01\x23\x45\x42\x99\x7a\xbc\xde\xf0"


@given(length=st.integers(0, 2**24 - 1), kind=st.integers(0, 255), flags=st.integers(0, 255))
def test_frame_header_is_read_back(length: int, kind: int, flags: int) -> None:
    header = _frames.frame_header(length, kind, flags, 2**31 - 1)
    assert _frames.uint24(header, 0) == length
    assert (header[3], header[4]) == (kind, flags)
    assert _frames.uint31(header, 5) == 2**31 - 1


@given(STREAMS, st.sampled_from([0, 1, 125, 255, 256, 257, 65535, 65536]))
def test_data_frame_is_made_of_its_tail(stream_id: int, size: int) -> None:
    payload = bytes(size)
    header = _frames.frame_header(size, _frames.DATA, 0, stream_id)
    assert _frames.data_frame(_frames.data_tail(stream_id), payload) == header + payload


def test_reserved_bit_is_ignored() -> None:
    assert _frames.uint31(b"..\x80\0\0\x07", 2) == 7
    assert _frames.uint31(b"\xff\xff\xff\xff", 0) == 2**31 - 1


@given(st.lists(st.tuples(st.integers(0, 2**16 - 1), CODES), unique_by=lambda pair: pair[0]))
def test_settings(values: list[tuple[int, int]]) -> None:
    [found] = read(_frames.settings(values))
    assert isinstance(found, SettingsFrame)
    assert found.settings == dict(values)
    assert "ACK" not in found.flags


def test_settings_acknowledgement() -> None:
    [found] = read(_frames.SETTINGS_ACK)
    assert isinstance(found, SettingsFrame)
    assert "ACK" in found.flags


@given(opaque=st.binary(min_size=8, max_size=8), ack=st.booleans())
def test_ping(opaque: bytes, ack: bool) -> None:
    [found] = read(_frames.ping(opaque, ack=ack))
    assert isinstance(found, PingFrame)
    assert found.opaque_data == opaque
    assert ("ACK" in found.flags) == ack


@given(stream_id=STREAMS, code=CODES)
def test_rst_stream(stream_id: int, code: int) -> None:
    [found] = read(_frames.rst_stream(stream_id, code))
    assert isinstance(found, RstStreamFrame)
    assert (found.stream_id, found.error_code) == (stream_id, code)


@given(stream_id=st.integers(0, 2**31 - 1), increment=st.integers(1, 2**31 - 1))
def test_window_update(stream_id: int, increment: int) -> None:
    [found] = read(_frames.window_update(stream_id, increment))
    assert isinstance(found, WindowUpdateFrame)
    assert (found.stream_id, found.window_increment) == (stream_id, increment)


@given(last=st.integers(0, 2**31 - 1), code=CODES, debug=st.binary(max_size=300))
def test_goaway(last: int, code: int, debug: bytes) -> None:
    [found] = read(_frames.goaway(last, code, debug))
    assert isinstance(found, GoAwayFrame)
    assert (found.last_stream_id, found.error_code) == (last, code)
    assert found.additional_data == debug[: len(found.additional_data)]
    assert len(found.additional_data) == min(len(debug), 200)


@given(
    size=st.one_of(st.integers(0, 100000), st.sampled_from([16383, 16384, 16385, 32768, 32769])),
    limit=st.sampled_from([16384, 20000]),
    end=st.booleans(),
)
def test_field_blocks_are_cut(size: int, limit: int, end: bool) -> None:
    block = bytes(index % 251 for index in range(size))
    found = read(_frames.header_frames(7, block, limit, end_stream=end))
    assert [type(it) for it in found] == [HeadersFrame, *[ContinuationFrame] * (len(found) - 1)]
    assert len(found) == max(-(-size // limit), 1)
    assert all(it.stream_id == 7 and it.body_len <= limit for it in found)
    assert b"".join(it.data for it in found) == block  # type: ignore[attr-defined]
    assert ["END_HEADERS" in it.flags for it in found] == [*[False] * (len(found) - 1), True]
    assert ("END_STREAM" in found[0].flags) == end
