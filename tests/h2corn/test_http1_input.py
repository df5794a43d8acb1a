"""Received bytes: heads cut out of them, and what is refused before a head is whole."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._http1_errors import BadRequestError
from h2corn._http1_input import Http1Input
from h2corn._http1_limits import Http1Limits
from tests.h2corn.http1_shell import DEFAULT_LIMITS

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"


def has_begun(source: Http1Input) -> bool:
    """Return what it says now."""
    return source.has_begun


def status_of(*pieces: bytes, limits: Http1Limits = DEFAULT_LIMITS) -> int:
    """Return the status that refuses these pieces before a head is whole."""
    source = Http1Input(limits)
    try:
        for piece in pieces:
            source.add(piece)
            assert source.take_head() is None
    except BadRequestError as error:
        return error.status
    raise AssertionError("it was not refused")


@given(st.lists(st.integers(0, 80)))
def test_heads_in_any_pieces(cuts: list[int]) -> None:
    data = (HEAD + b"\r\n") * 2 + b"\r\n" + HEAD + b"\r\n" + b"GET"
    edges = [0, *sorted(cuts), len(data)]
    source = Http1Input(DEFAULT_LIMITS)
    heads = []
    for start, end in itertools.pairwise(edges):
        source.add(data[start:end])
        while (head := source.take_head()) is not None:
            heads.append(head)
    assert heads == [HEAD] * 3
    assert has_begun(source)


def test_nothing_has_begun() -> None:
    source = Http1Input(DEFAULT_LIMITS)
    assert source.take_head() is None
    assert not has_begun(source)
    source.add(HEAD + b"\r\n")
    assert has_begun(source)
    assert source.take_head() == HEAD
    assert not has_begun(source)


def test_incomplete_head_leaves_the_buffer() -> None:
    source = Http1Input(DEFAULT_LIMITS)
    source.add(HEAD)
    assert source.take_head() is None
    assert source.position == len(source.buffer)
    assert has_begun(source)
    source.add(b"")
    source.add(b"\r\nabc")
    assert source.take_head() == HEAD
    assert source.buffer[source.position :] == b"abc"


def test_clear() -> None:
    for pieces in ([HEAD], [HEAD + b"\r\n" + HEAD]):
        source = Http1Input(DEFAULT_LIMITS)
        for piece in pieces:
            source.add(piece)
            source.take_head()
        assert has_begun(source)
        source.clear()
        assert not has_begun(source)
        source.add(HEAD + b"\r\n")
        assert source.take_head() == HEAD


def test_refused_as_soon_as_the_request_line_is_there() -> None:
    assert status_of(b"GET /\r\n") == 400
    assert status_of(b"GET / HTTP", b"/2.0\r\n") == 505
    assert status_of(b"\r\n", b"G T / HTTP/1.1\r\n") == 400
    assert status_of(b"\n") == 400


def test_request_line_without_an_end() -> None:
    limits = Http1Limits(max_request_line=20)
    source = Http1Input(limits)
    source.add(b"GET /aaaaaa HTTP/1.1\r")
    assert source.take_head() is None
    source.add(b"\nHost: a\r\n\r\n")
    assert source.take_head() == b"GET /aaaaaa HTTP/1.1\r\nHost: a\r\n"
    assert status_of(b"GET /aaaaaaaaaaaaaaaa", b"a", limits=limits) == 414
    assert status_of(b"\r\nGET /aaaaaaaaaaaaaaaaa", limits=limits) == 414


def test_head_without_an_end() -> None:
    limits = Http1Limits(max_head=len(HEAD))
    source = Http1Input(limits)
    source.add(HEAD + b"\r")
    assert source.take_head() is None
    source.add(b"\n")
    assert source.take_head() == HEAD
    assert status_of(HEAD, b"A", b"b", limits=limits) == 431


def test_what_an_incomplete_head_may_hold_is_bounded() -> None:
    source = Http1Input(DEFAULT_LIMITS)
    source.add(HEAD)
    line = b"A: " + b"b" * 8_000 + b"\r\n"
    held = len(HEAD)
    while source.take_head() is None:
        try:
            source.add(line)
        except BadRequestError as error:
            refusal = error
            break
        held += len(line)
    assert refusal.status == 431
    assert 2**20 - len(line) < held <= 2**20


def test_empty_line_of_a_bare_lf_ends_the_head_at_once() -> None:
    source = Http1Input(DEFAULT_LIMITS)
    source.add(b"GET / HTTP/1.1\r\nHost: a\n\n")
    assert source.take_head() == b"GET / HTTP/1.1\r\nHost: a\n\n"


@pytest.mark.parametrize("data", [b"HEAD / HTTP/1.1\r\n", b"\r\nHEAD / x\r\n", b"HEAD /"])
def test_head_requests_are_known_before_they_are_read(data: bytes) -> None:
    source = Http1Input(DEFAULT_LIMITS)
    source.add(b"GET / HTTP/1.1\r\n\r\n" + data + b"\r\n")
    source.take_head()
    assert not source.is_head
    try:
        source.take_head()
    except BadRequestError:
        assert has_begun(source)
    assert source.is_head


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"", False), (b"\r", False), (b"\r\n", False), (b"G", True), (b"\r\nG", True)],
)
def test_an_empty_line_is_no_part_of_a_head(data: bytes, *, expected: bool) -> None:
    source = Http1Input(DEFAULT_LIMITS)
    source.add(data)
    assert source.take_head() is None
    assert source.has_head == expected
    source.clear()
    assert not source.has_head
