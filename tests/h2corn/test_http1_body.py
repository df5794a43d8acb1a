"""Bodies of known length, cut out of a buffer that may hold more."""

from h2corn._http1_body import LengthBody, RequestBody
from h2corn._http1_chunked import ChunkedBody
from tests.h2corn.http1_shell import DEFAULT_LIMITS


def test_both_bodies_answer_the_same_questions() -> None:
    bodies: list[RequestBody] = [LengthBody(3), ChunkedBody(DEFAULT_LIMITS)]
    assert [body.least_left for body in bodies] == [3, 0]
    for body in bodies:
        assert not body.is_complete
        assert not body.is_busy
        assert body.fault is None
        assert body.trailers == []


def test_body_in_pieces() -> None:
    body = LengthBody(5)
    assert body.receive(b"xab", 1) == 3
    assert (body.take(), body.least_left, body.is_complete) == (b"ab", 3, False)
    assert body.receive(b"", 0) == 0
    assert (body.take(), body.is_complete) == (b"", False)
    assert body.receive(b"cdeGET", 0) == 3
    assert (body.take(), body.least_left, body.is_complete) == (b"cde", 0, True)


def test_whole_buffer_is_not_copied() -> None:
    body = LengthBody(10)
    buffer = b"abcde"
    body.receive(buffer, 0)
    assert body.take() is buffer
