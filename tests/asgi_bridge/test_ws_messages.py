"""Tests of putting messages together from frames."""

import random
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import FrameProtocol, ParseFailed

from asgi_bridge._ws_close import CloseError
from asgi_bridge._ws_deflate import Deflate, Inflater
from asgi_bridge._ws_messages import PART, WAIT, MessageReader
from tests.asgi_bridge.websocket_fakes import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    deflated,
    frame,
)

Found = list[tuple[int, str | bytes]]


def make_reader(max_size: int = 0, *, deflates: bool = False) -> MessageReader:
    reader = MessageReader(max_size)
    if deflates:
        reader.expand_with(Inflater(Deflate()))
    return reader


def read_all(reader: MessageReader, *chunks: bytes) -> tuple[Found, int]:
    """Return what was complete, and the code of the fault that ended it or 0."""
    found: Found = []
    for chunk in chunks:
        reader.frames.feed(chunk)
        try:
            while (kind := reader.read()) != WAIT:
                if kind >= 8:
                    found.append((kind, reader.frames.payload))
                elif kind != PART:
                    found.append((kind, reader.value))
        except CloseError as error:
            return found, error.code
    return found, 0


def single(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


def test_that_messages_are_read() -> None:
    data = frame(TEXT, "gr\u00fc\u00dfe".encode()) + frame(BINARY, b"\x00\xff") + frame(TEXT)
    expected = [(TEXT, "gr\u00fc\u00dfe"), (BINARY, b"\x00\xff"), (TEXT, "")]
    assert read_all(make_reader(), data) == (expected, 0)
    assert read_all(make_reader(), *single(data)) == (expected, 0)


def test_that_fragments_are_put_together_around_control_frames() -> None:
    data = (
        frame(TEXT, b"a\xe2", fin=False)
        + frame(PING, b"1")
        + frame(CONTINUATION, b"\x82", fin=False)
        + frame(CONTINUATION, b"", fin=False)
        + frame(PONG, b"2")
        + frame(CONTINUATION, b"\xacb")
    )
    expected = [(PING, b"1"), (PONG, b"2"), (TEXT, "a\u20acb")]
    assert read_all(make_reader(), data) == (expected, 0)
    assert read_all(make_reader(), *single(data)) == (expected, 0)


def test_that_the_size_of_a_message_is_that_of_its_bytes() -> None:
    reader = make_reader()
    read_all(reader, frame(TEXT, "\u20ac".encode()))
    assert reader.size == 3


@pytest.mark.parametrize(
    "frames",
    [
        [frame(CONTINUATION, b"x")],
        [frame(CONTINUATION, b"x", fin=False)],
        [frame(TEXT, b"x"), frame(CONTINUATION, b"x")],
        [frame(TEXT, b"x", fin=False), frame(TEXT, b"x")],
        [frame(TEXT, b"x", fin=False), frame(BINARY, b"x", fin=False)],
    ],
)
def test_that_fragments_out_of_order_are_refused(frames: list[bytes]) -> None:
    assert read_all(make_reader(), *frames)[1] == 1002


@pytest.mark.parametrize(
    "text",
    [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"ab\xc3("],
)
def test_that_text_is_utf8(text: bytes) -> None:
    assert read_all(make_reader(), frame(TEXT, text)) == ([], 1007)
    assert read_all(make_reader(), *single(frame(TEXT, text))) == ([], 1007)
    ends = [frame(TEXT, text, fin=False), frame(CONTINUATION)]
    assert read_all(make_reader(), *ends) == ([], 1007)


@pytest.mark.parametrize(
    ("good", "bad"),
    [(b"", b"\xff"), (b"\xce\xba", b"\xed\xa0"), (b"abc\xf4", b"\x90"), (b"\xe0", b"\x80")],
)
def test_that_the_first_wrong_byte_ends_it(good: bytes, bad: bytes) -> None:
    """However much of the message, or of the frame, is still to come."""
    for data in (
        frame(TEXT, good + bad, fin=False),
        frame(TEXT, good + bad + bytes(1000))[: 8 + len(good + bad)],
    ):
        reader = make_reader()
        start = data[: len(data) - len(bad)]
        assert read_all(reader, start) == ([], 0)
        assert read_all(reader, data[len(start) :]) == ([], 1007)


def test_that_nothing_is_held_that_cannot_become_a_character() -> None:
    """Of all beginnings of two bytes, exactly those of a character are waited on."""
    codes = [*range(0x80, 0x800), *range(0x800, 0xD800, 64), *range(0xE000, 0x110000, 64)]
    good = {chr(code).encode()[:2] for code in codes}
    for first in range(0xC0, 0x100):
        for second in (0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0):
            start = bytes((first, second))
            is_good = start in good or any(start == text[:2] for text in good)
            _, code = read_all(make_reader(), frame(TEXT, start, fin=False))
            assert code == (0 if is_good else 1007), start


def test_that_binary_messages_are_not_looked_at() -> None:
    assert read_all(make_reader(), frame(BINARY, b"\xff", fin=False)) == ([], 0)


@pytest.mark.parametrize("kind", [TEXT, BINARY])
def test_that_a_message_is_bounded(kind: int) -> None:
    reader = make_reader(10)
    assert read_all(reader, frame(kind, b"x" * 10))[1] == 0
    halves = [frame(kind, b"x" * 5, fin=False), frame(CONTINUATION, b"x" * 5)]
    assert read_all(reader, *halves)[1] == 0
    assert read_all(reader, frame(kind, b"x" * 11)) == ([], 1009)


def test_that_fragments_are_bounded_together() -> None:
    reader = make_reader(10)
    assert read_all(reader, frame(TEXT, b"x" * 5, fin=False))[1] == 0
    assert read_all(reader, frame(CONTINUATION, b"x" * 6)) == ([], 1009)


def test_that_a_length_is_refused_before_its_payload_comes() -> None:
    reader = make_reader(1000)
    assert read_all(reader, frame(BINARY, bytes(1001))[:8]) == ([], 1009)


def test_that_no_bound_is_none() -> None:
    assert read_all(make_reader(), frame(BINARY, bytes(1 << 20)))[0] == [(BINARY, bytes(1 << 20))]


def test_that_tiny_fragments_cost_no_objects() -> None:
    """A hundred thousand fragments of one byte are held in little more than their bytes."""
    reader = make_reader(1 << 20)
    reader.frames.feed(frame(TEXT, b"x", fin=False))
    reader.frames.feed(frame(CONTINUATION, b"x", fin=False) * 100_000)
    while reader.read() != WAIT:
        pass
    assert sys.getsizeof(reader._held) < 130_000
    reader.frames.feed(frame(CONTINUATION))
    assert reader.read() == TEXT
    assert reader.value == "x" * 100_001
    assert not reader._held


def test_that_compressed_messages_are_expanded() -> None:
    reader = make_reader(100, deflates=True)
    data = deflated("gr\u00fc\u00dfe".encode())
    assert read_all(reader, frame(TEXT, data, rsv=4))[0] == [(TEXT, "gr\u00fc\u00dfe")]
    parts = frame(BINARY, data[:2], fin=False, rsv=4) + frame(PING) + frame(CONTINUATION, data[2:])
    found = [(PING, b""), (BINARY, "gr\u00fc\u00dfe".encode())]
    assert read_all(reader, *single(parts))[0] == found
    assert read_all(reader, frame(TEXT, b"plain"))[0] == [(TEXT, "plain")]


def test_that_compressed_messages_are_refused_where_none_were_agreed_on() -> None:
    assert read_all(make_reader(), frame(TEXT, deflated(b"x"), rsv=4)) == ([], 1002)


def test_that_a_compressed_message_is_bounded_as_it_expands() -> None:
    data = deflated(bytes(1000))
    assert read_all(make_reader(1000, deflates=True), frame(BINARY, data, rsv=4))[1] == 0
    assert read_all(make_reader(999, deflates=True), frame(BINARY, data, rsv=4)) == ([], 1009)
    cut = [frame(BINARY, data[:3], fin=False, rsv=4), frame(CONTINUATION, data[3:])]
    assert read_all(make_reader(999, deflates=True), *cut) == ([], 1009)


def test_that_compressed_text_is_checked_as_it_expands() -> None:
    compressor = zlib.compressobj(wbits=-15)
    data = compressor.compress(b"\xff") + compressor.flush(zlib.Z_SYNC_FLUSH)
    assert read_all(make_reader(0, deflates=True), frame(TEXT, data, fin=False, rsv=4)) == (
        [],
        1007,
    )


def test_that_what_was_held_is_let_go_of() -> None:
    reader = make_reader(0, deflates=True)
    read_all(reader, frame(TEXT, b"x" * 100, fin=False) + frame(CONTINUATION, b"y" * 10)[:9])
    reader.clear()
    assert not reader._held
    assert reader._inflater is None
    assert not reader.frames.has_bytes


KINDS = st.sampled_from([CONTINUATION, TEXT, BINARY, PING, PONG])
PAYLOADS = st.one_of(st.binary(max_size=20), st.text(max_size=10).map(str.encode))
MASKS = st.binary(min_size=4, max_size=4)
PLAIN = st.builds(frame, KINDS, PAYLOADS, fin=st.booleans() | st.just(True), mask=MASKS)
COMPRESSED = st.builds(frame, KINDS, PAYLOADS.map(deflated), rsv=st.just(4), mask=MASKS)
FRAMES = PLAIN | COMPRESSED


def consult(data: bytes, *, deflates: bool) -> tuple[Found, int]:
    """Read as wsproto does."""
    extensions: list[Extension] = []
    if deflates:
        extension = PerMessageDeflate()
        extension.accept("permessage-deflate")
        extensions.append(extension)
    oracle = FrameProtocol(client=False, extensions=extensions)
    oracle.receive_bytes(data)
    found: Found = []
    held = b""
    try:
        for part in oracle.received_frames():
            payload = part.payload
            assert not isinstance(payload, tuple)  # the one of a close frame, which none is
            octets = payload.encode() if isinstance(payload, str) else bytes(payload)
            if part.opcode >= 8:
                found.append((int(part.opcode), octets))
                continue
            held += octets
            if part.message_finished:
                found.append((int(part.opcode), held.decode() if part.opcode == TEXT else held))
                held = b""
    except ParseFailed as error:
        return found, int(error.code)
    return found, 0


@given(st.lists(FRAMES, max_size=6), st.booleans(), st.integers(0, 1000))
def test_that_it_decides_as_wsproto_does(frames: list[bytes], deflates: bool, seed: int) -> None:
    data = b"".join(frames)
    expected = consult(data, deflates=deflates)
    assert read_all(make_reader(deflates=deflates), data) == expected
    rng = random.Random(seed)
    chunks = []
    while data:
        size = rng.randint(1, 9)
        chunks.append(data[:size])
        data = data[size:]
    assert read_all(make_reader(deflates=deflates), *chunks) == expected
