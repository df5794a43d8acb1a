"""Chunked request bodies: what is refused, where they end, and what comes of them."""

import pytest

from h2corn._http1_chunked import ChunkedBody
from h2corn._http1_limits import Http1Limits
from tests.h2corn.http1_rows import CHUNK, CHUNKED, CHUNKED_ROWS, LAST, Row
from tests.h2corn.http1_shell import DEFAULT_LIMITS, SMUGGLED, refusal_of


@pytest.mark.parametrize("row", CHUNKED_ROWS, ids=lambda row: f"{row.rule} ({row.section})")
@pytest.mark.parametrize("behind", [b"", SMUGGLED], ids=["alone", "more"])
def test_refusal(row: Row, behind: bytes) -> None:
    status, shell = refusal_of(CHUNKED + row.data + behind)
    assert status == row.status
    (request,) = shell.requests
    assert request.reset == 1
    assert request.trailers is None
    assert b"abc".startswith(request.body) or not request.body.strip(b"a")


def test_rules_differ() -> None:
    rows = CHUNKED_ROWS
    assert len({row.rule for row in rows}) == len({row.data for row in rows}) == len(rows)


def receive(body: ChunkedBody, *pieces: bytes) -> tuple[bytes, bytes]:
    """Return the body received, and what was not taken."""
    decoded = rest = b""
    for piece in pieces:
        rest += piece
        rest = rest[body.receive(rest, 0) :]
        decoded += body.take()
    return decoded, rest


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (LAST, b""),
        (CHUNK + LAST, b"abc"),
        (b"0\r\n\r\n", b""),
        (b"0000\r\n\r\n", b""),
        (b"0000000000000003\r\nabc\r\n" + LAST, b"abc"),
        (b"a\r\n0123456789\r\n" + b"A\r\n0123456789\r\n" + LAST, b"01234567890123456789"),
        (b"5\r\n0\r\n\r\n\r\n" + LAST, b"0\r\n\r\n"),
        (b"3;a\r\nabc\r\n0;b\r\n\r\n", b"abc"),
        (b'3;a=b;c="d \\" e"\r\nabc\r\n' + LAST, b"abc"),
        (b"3;" + b"a" * 252 + b"\r\nabc\r\n" + LAST, b"abc"),
    ],
)
def test_bodies(data: bytes, decoded: bytes) -> None:
    body = ChunkedBody(DEFAULT_LIMITS)
    assert receive(body, data + SMUGGLED) == (decoded, SMUGGLED)
    assert body.is_complete
    assert body.fault is None
    body = ChunkedBody(DEFAULT_LIMITS)
    assert receive(body, *[bytes([octet]) for octet in data]) == (decoded, b"")
    assert body.is_complete


def test_trailers() -> None:
    body = ChunkedBody(DEFAULT_LIMITS)
    section = b"A: b\r\nContent-Length: 5\r\nC:d\r\n\r\n"
    assert receive(body, CHUNK + b"0\r\n" + section + SMUGGLED) == (b"abc", SMUGGLED)
    assert body.trailers == [(b"a", b"b"), (b"c", b"d")]


def test_largest_trailers() -> None:
    body = ChunkedBody(Http1Limits(max_trailers=6))
    receive(body, b"0\r\nA: b\r\n\r\n")
    assert body.trailers == [(b"a", b"b")]
    body = ChunkedBody(Http1Limits(max_trailers=5))
    receive(body, b"0\r\nA: b\r\n\r\n")
    assert body.fault is not None
    assert body.fault.status == 431


def test_incomplete_lines_stay_with_the_caller() -> None:
    body = ChunkedBody(DEFAULT_LIMITS)
    assert receive(body, b"3;a") == (b"", b"3;a")
    body = ChunkedBody(DEFAULT_LIMITS)
    assert receive(body, b"3\r\nab") == (b"ab", b"")
    body = ChunkedBody(DEFAULT_LIMITS)
    assert receive(body, b"0\r\nA: b\r\n") == (b"", b"A: b\r\n")
    assert not body.is_complete


def test_body_before_a_fault_is_given() -> None:
    body = ChunkedBody(DEFAULT_LIMITS)
    assert receive(body, CHUNK + CHUNK + b"x\r\n")[0] == b"abcabc"
    assert body.fault is not None


@pytest.mark.parametrize("behind", [b"x\r\n", b"0\r\nA : b\r\n\r\n"])
def test_earlier_fault_wins(behind: bytes) -> None:
    body = ChunkedBody(DEFAULT_LIMITS)
    receive(body, b"3\r\nabcde" + behind)
    assert body.fault is not None
    assert body.fault.reason == "malformed chunk"


def test_small_chunks_are_left_for_the_next_turn() -> None:
    data = b"1\r\nx\r\n" * 3000
    body = ChunkedBody(DEFAULT_LIMITS)
    position = body.receive(data, 0)
    busy = [body.is_busy]
    taken = body.take()
    assert len(taken) * 6 == position < len(data)
    assert body.receive(data, position) == len(data)
    busy.append(body.is_busy)
    assert taken + body.take() == b"x" * 3000
    body.receive(b"1000\r\n" + b"y" * 4096 + b"\r\n" + LAST, 0)
    busy.append(body.is_busy)
    assert body.is_complete
    assert busy == [True, False, False]
