"""Owns the tests of the buffer of a request's body."""

import pytest

from asgi_bridge._body import SMALL_CHUNK, RequestBody

WINDOW = 256 * 1024


def objects(body: RequestBody) -> int:
    """Count the objects that hold bytes."""
    return len(body._chunks) + bool(body._tail)


def drain(body: RequestBody) -> list[bytes]:
    chunks = []
    while not body.is_empty:
        chunks.append(body.take())
    return chunks


def test_nothing_is_empty() -> None:
    body = RequestBody()
    assert body.is_empty
    assert body.take() == b""
    assert not body.is_ended
    assert not body.is_expected


def test_expectation_is_kept() -> None:
    assert RequestBody(is_expected=True).is_expected


@pytest.mark.parametrize("size", [1, SMALL_CHUNK, 100_000])
def test_first_chunk_is_kept_by_reference(size: int) -> None:
    body = RequestBody()
    chunk = bytes(size)
    body.add(chunk)
    assert not body.is_empty
    assert body.take() is chunk
    assert body.is_empty


def test_large_chunks_are_kept_by_reference_and_in_order() -> None:
    body = RequestBody()
    chunks = [bytes([i]) * SMALL_CHUNK for i in range(5)]
    for chunk in chunks:
        body.add(chunk)
    assert [id(chunk) for chunk in drain(body)] == [id(chunk) for chunk in chunks]


def test_small_chunks_are_joined() -> None:
    body = RequestBody()
    for i in range(256):
        body.add(bytes([i]))
    assert drain(body) == [b"\x00", bytes(range(1, 256))]


def test_small_chunks_between_large_ones_keep_their_place() -> None:
    body = RequestBody()
    large = bytes(SMALL_CHUNK)
    for chunk in (large, b"a", b"b", large, b"c"):
        body.add(chunk)
    assert drain(body) == [large, b"ab", large, b"c"]


def test_empty_chunk_is_nothing() -> None:
    body = RequestBody()
    body.add(b"")
    assert body.is_empty
    body.add(b"a")
    body.add(b"")
    assert drain(body) == [b"a"]


@pytest.mark.parametrize(
    "pattern",
    [[1], [2], [SMALL_CHUNK - 1], [SMALL_CHUNK], [SMALL_CHUNK, 1], [1, 1, SMALL_CHUNK]],
    ids=str,
)
def test_objects_are_bounded_however_the_window_is_cut(pattern: list[int]) -> None:
    body = RequestBody()
    filled = 0
    while filled + sum(pattern) <= WINDOW:
        for size in pattern:
            body.add(bytes(size))
            filled += size
    assert objects(body) <= 2 * WINDOW / SMALL_CHUNK + 2
    assert sum(map(len, drain(body))) == filled
    assert objects(body) == 0
