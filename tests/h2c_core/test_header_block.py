"""Owns the tests of field blocks until they are decoded. Does not test HPACK or requests."""

import hpack
import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits, RemoteProtocolError
from h2c_core._header_block import HeaderBlock
from tests.h2c_core.wire import GET

LIMITS = Limits(max_header_block_size=100, max_continuation_frames=3)


def begun(fragment: bytes = b"") -> HeaderBlock:
    block = HeaderBlock(LIMITS)
    block.begin(7, fragment, end_stream=True, is_valid=False)
    return block


def test_fragments_are_joined() -> None:
    block = begun(b"one")
    assert block.stream_id == 7
    assert block.end_stream
    assert not block.is_valid
    block.proceed(b"")
    block.proceed(b"two")
    assert block.whole() == b"onetwo"
    assert block.stream_id == 0


def test_next_block_starts_empty() -> None:
    block = begun(b"one")
    block.whole()
    block.begin(9, b"two", end_stream=False, is_valid=True)
    block.proceed(b"")
    block.proceed(b"")
    block.proceed(b"")
    assert block.whole() == b"two"


@pytest.mark.parametrize("last", [b"x" * 41, b"x" * 1000])
def test_too_large(last: bytes) -> None:
    block = begun(b"x" * 60)
    with pytest.raises(RemoteProtocolError) as caught:
        block.proceed(last)
    assert caught.value.error_code == ErrorCodes.ENHANCE_YOUR_CALM
    assert caught.value.stream_id == 7


def test_too_many() -> None:
    block = begun()
    for _ in range(3):
        block.proceed(b"")
    with pytest.raises(RemoteProtocolError) as caught:
        block.proceed(b"")
    assert caught.value.error_code == ErrorCodes.ENHANCE_YOUR_CALM


def test_first_fragment_too_large() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        begun(bytes(101))
    assert caught.value.error_code == ErrorCodes.ENHANCE_YOUR_CALM


def test_whole_block_too_large() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        HeaderBlock(LIMITS).decode(bytes(101))
    assert caught.value.error_code == ErrorCodes.ENHANCE_YOUR_CALM


def test_decodes() -> None:
    block = HeaderBlock(LIMITS)
    encoder = hpack.Encoder()
    assert block.decode(encoder.encode(GET)) == GET
    assert block.decode(encoder.encode(GET)) == GET


def test_fault_in_the_coding_is_a_compression_error() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        HeaderBlock(LIMITS).decode(b"\x80")
    assert caught.value.error_code == ErrorCodes.COMPRESSION_ERROR


def test_list_above_the_limit_is_none() -> None:
    block = HeaderBlock(Limits(max_header_fields=3))
    assert block.decode(hpack.Encoder().encode(GET)) is None
    assert block.decode(hpack.Encoder().encode(GET[:3])) == GET[:3]
