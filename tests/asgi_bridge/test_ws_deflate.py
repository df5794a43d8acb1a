"""Tests of permessage-deflate: what is agreed on, and that no message expands beyond its bounds."""

import random
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_bridge._ws_close import CloseError
from asgi_bridge._ws_deflate import Deflate, Deflater, Inflater, negotiate
from asgi_bridge._ws_extensions import parse_extensions
from tests.asgi_bridge.websocket_fakes import deflated

TAIL = b"\x00\x00\xff\xff"

MIB = 1 << 20


def answer(offer: bytes) -> bytes | None:
    """Return what a field is answered with."""
    agreed = negotiate(parse_extensions([offer]))
    return None if agreed is None else agreed.to_field()


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (b"permessage-deflate", b"permessage-deflate; server_max_window_bits=12"),
        (b"Permessage-Deflate", b"permessage-deflate; server_max_window_bits=12"),
        (
            b"permessage-deflate; client_max_window_bits",
            b"permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
        ),
        (
            b"permessage-deflate; client_max_window_bits=10",
            b"permessage-deflate; server_max_window_bits=12; client_max_window_bits=10",
        ),
        (
            b"permessage-deflate; client_max_window_bits=8",
            b"permessage-deflate; server_max_window_bits=12; client_max_window_bits=8",
        ),
        (
            b'permessage-deflate; client_max_window_bits="15"',
            b"permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
        ),
        (
            b"permessage-deflate; server_max_window_bits=9",
            b"permessage-deflate; server_max_window_bits=9",
        ),
        (
            b"permessage-deflate; server_max_window_bits=15",
            b"permessage-deflate; server_max_window_bits=12",
        ),
        (
            b"permessage-deflate; server_no_context_takeover",
            b"permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
        ),
        (
            b"permessage-deflate; client_no_context_takeover",
            b"permessage-deflate; client_no_context_takeover; server_max_window_bits=12",
        ),
        (b"x-webkit-deflate-frame", None),
        (b"permessage-deflate; unknown", None),
        (b"permessage-deflate; server_max_window_bits", None),
        (b"permessage-deflate; server_max_window_bits=8", None),
        (b"permessage-deflate; server_max_window_bits=16", None),
        (b"permessage-deflate; server_max_window_bits=09", None),
        (b"permessage-deflate; client_max_window_bits=7", None),
        (b"permessage-deflate; client_max_window_bits=x", None),
        (b"permessage-deflate; server_no_context_takeover=1", None),
        (b"permessage-deflate; client_no_context_takeover=x", None),
        (b"permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
        (b"permessage-deflate; client_max_window_bits; client_max_window_bits=9", None),
    ],
)
def test_that_an_offer_is_answered(offer: bytes, expected: bytes | None) -> None:
    assert answer(offer) == expected


def test_that_the_first_good_offer_is_taken() -> None:
    offers = (
        b"foo, permessage-deflate; server_max_window_bits=8, "
        b"permessage-deflate; server_max_window_bits=10, permessage-deflate"
    )
    assert answer(offers) == b"permessage-deflate; server_max_window_bits=10"


def expand(agreed: Deflate, messages: list[bytes]) -> list[bytes]:
    """Expand as a client does, with a window no larger than was agreed on."""
    found = []
    decompressor = zlib.decompressobj(-agreed.server_max_window_bits)
    for message in messages:
        found.append(decompressor.decompress(message + TAIL))
        if agreed.server_no_context_takeover:
            decompressor = zlib.decompressobj(-agreed.server_max_window_bits)
    return found


@pytest.mark.parametrize("bits", range(9, 13))
@pytest.mark.parametrize("forgets", [False, True])
def test_that_a_client_can_expand_what_is_sent(bits: int, forgets: bool) -> None:
    agreed = Deflate(server_no_context_takeover=forgets, server_max_window_bits=bits)
    rng = random.Random(bits)
    messages = [
        b"".join(rng.choice([b"alpha", b"beta", b"gamma"]) for _ in range(size))
        for size in (1, 100, 5000, 5000)
    ]
    messages.append(rng.randbytes(70_000))
    deflater = Deflater(agreed)
    assert expand(agreed, [deflater.deflate(message) for message in messages]) == messages


def test_that_the_context_is_kept_where_it_may() -> None:
    message = random.Random(1).randbytes(1000)
    keeping = Deflater(Deflate())
    keeping.deflate(message)
    assert len(keeping.deflate(message)) < 100
    forgetting = Deflater(Deflate(server_no_context_takeover=True))
    forgetting.deflate(message)
    assert len(forgetting.deflate(message)) > 900


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 50), st.booleans())
def test_that_what_a_client_sends_is_expanded_however_cut(
    messages: list[bytes], size: int, forgets: bool
) -> None:
    inflater = Inflater(Deflate(client_no_context_takeover=forgets))
    compressor = zlib.compressobj(wbits=-15)
    for message in messages:
        if forgets:
            compressor = zlib.compressobj(wbits=-15)
        data = (compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
        parts = [data[start : start + size] for start in range(0, len(data), size)]
        found = b"".join(inflater.inflate(part, 1000, is_last=False) for part in parts)
        found += inflater.inflate(b"", 1000 - len(found), is_last=True)
        assert found == message


@pytest.mark.parametrize("bits", [8, 9, 10, 12, 15])
def test_that_every_window_of_a_client_is_taken(bits: int) -> None:
    message = bytes(range(256)) * 200
    inflater = Inflater(Deflate(client_max_window_bits=bits, is_client_limited=True))
    # zlib takes 8 for 9 in its own format only, so that 9 is what such a client uses.
    data = deflated(message, max(bits, 9))
    assert inflater.inflate(data, -1, is_last=True) == message


def test_that_a_message_may_be_as_long_as_its_bound() -> None:
    inflater = Inflater(Deflate())
    assert inflater.inflate(deflated(bytes(1000)), 1000, is_last=True) == bytes(1000)
    with pytest.raises(CloseError) as caught:
        inflater.inflate(deflated(bytes(1001)), 1000, is_last=True)
    assert caught.value.code == 1009


def test_that_nothing_may_follow_a_message_that_is_full() -> None:
    inflater = Inflater(Deflate())
    assert inflater.inflate(deflated(b""), 0, is_last=True) == b""
    with pytest.raises(CloseError):
        inflater.inflate(deflated(b"x"), 0, is_last=True)


def test_that_a_bomb_costs_no_more_than_the_bound() -> None:
    bomb = deflated(bytes(200 * MIB))
    assert len(bomb) < MIB
    inflater = Inflater(Deflate())
    tracemalloc.start()
    try:
        with pytest.raises(CloseError) as caught:
            inflater.inflate(bomb, MIB, is_last=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == 1009
    assert peak < 4 * MIB


def test_that_a_bound_of_none_expands_all() -> None:
    assert len(Inflater(Deflate()).inflate(deflated(bytes(MIB)), -1, is_last=True)) == MIB


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x07", b"\x00\x01\x00\x01\x00x"])
def test_that_what_is_no_deflate_is_refused(data: bytes) -> None:
    with pytest.raises(CloseError) as caught:
        Inflater(Deflate()).inflate(data, 1000, is_last=True)
    assert caught.value.code == 1007


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_that_garbage_is_expanded_or_refused(first: bytes, second: bytes) -> None:
    inflater = Inflater(Deflate())
    try:
        data = inflater.inflate(first, 100, is_last=False)
        data += inflater.inflate(second, 100 - len(data), is_last=True)
    except CloseError as error:
        assert error.code in {1007, 1009}  # noqa: PT017 - it may well be read
    else:
        assert len(data) <= 100


def test_that_a_stream_may_end_inside_a_message() -> None:
    """RFC 7692, 7.2.3.4: a final block, with a byte of zero behind it."""
    compressor = zlib.compressobj(wbits=-15)
    data = compressor.compress(b"Hello") + compressor.flush(zlib.Z_FINISH) + b"\x00"
    inflater = Inflater(Deflate())
    assert inflater.inflate(data, 100, is_last=True) == b"Hello"
    assert inflater.inflate(deflated(b"again"), 100, is_last=True) == b"again"


def test_that_a_message_ends_its_stream_only_so_often() -> None:
    empty = zlib.compressobj(wbits=-15).flush(zlib.Z_FINISH)
    assert Inflater(Deflate()).inflate(empty * 15 + b"\x00", 100, is_last=True) == b""
    with pytest.raises(CloseError) as caught:
        Inflater(Deflate()).inflate(empty * 17 + b"\x00", 100, is_last=True)
    assert caught.value.code == 1007


def test_that_nothing_is_allocated_before_it_is_needed() -> None:
    deflater, inflater = Deflater(Deflate()), Inflater(Deflate(client_no_context_takeover=True))
    assert deflater._compressor is None
    assert inflater._decompressor is None
    inflater.inflate(deflated(b"x"), 10, is_last=True)
    assert inflater._decompressor is None
