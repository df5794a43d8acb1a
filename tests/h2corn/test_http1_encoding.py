"""The text of responses: status lines, field lines, refusals."""

from http import HTTPStatus

import pytest

from h2corn._http1_encoding import (
    KNOWN_FIELDS,
    KNOWN_LENGTHS,
    STATUS_LINES,
    encode_error,
    encode_field,
    encode_length,
    encode_section,
    status_line,
)
from h2corn._http1_errors import BadRequestError


def test_status_lines() -> None:
    assert status_line(200) == b"HTTP/1.1 200 OK\r\n"
    assert status_line(404) == b"HTTP/1.1 404 Not Found\r\n"
    # RFC 9112 section 4: the space stays where there is no reason phrase.
    assert status_line(299) == b"HTTP/1.1 299 \r\n"
    assert set(STATUS_LINES) == {int(status) for status in HTTPStatus}


def test_field_lines() -> None:
    for _ in range(2):
        assert encode_field((b"X-Y", b"a b")) == b"x-y: a b\r\n"
    assert encode_field((b"a", b"")) == b"a: \r\n"
    assert encode_field((b"a", b"\xe9\t\x01")) == b"a: \xe9\t\x01\r\n"


@pytest.mark.parametrize(
    "field",
    [
        (b"a", b"b\r\nc: d"),
        (b"a", b"b\nc"),
        (b"a", b"b\rc"),
        (b"a", b"b\x00"),
        (b"", b"b"),
        (b"a b", b"c"),
        (b"a:", b"b"),
        (b"a\r\nb", b"c"),
        (b"a\x00", b"b"),
        (b"\xe9", b"b"),
    ],
)
def test_unsafe_fields(field: tuple[bytes, bytes]) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match=r"header name|CR, LF or NUL"):
            encode_field(field)
    assert field not in KNOWN_FIELDS


def test_memo_is_bounded() -> None:
    for number in range(5000):
        encode_field((b"a", b"%d" % number))
        assert len(KNOWN_FIELDS) <= 1024
    long = (b"a", b"b" * 252)
    encode_field(long)
    assert long not in KNOWN_FIELDS


def test_sections_do_not_frame() -> None:
    fields = [
        (b"A", b"b"),
        (b"Content-Length", b"5"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Connection", b"close"),
        (b"c", b"d"),
    ]
    assert encode_section(fields) == b"a: b\r\nc: d\r\n"
    assert encode_section([]) == b""
    with pytest.raises(ValueError, match="header name"):
        encode_section([(b"a b", b"c")])


def test_refusals() -> None:
    error = BadRequestError(400, "no")
    head = (
        b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
        b"content-length: 3\r\nconnection: close\r\n\r\n"
    )
    assert encode_error(error, with_body=True) == head + b"no\n"
    assert encode_error(error, with_body=False) == head


def test_lengths_read_the_same_every_time_and_few_are_kept() -> None:
    for number in range(1000):
        field = (b"Content-Length", b"%d" % number)
        assert encode_length(field) == (number, b"content-length: %d\r\n" % number)
        assert KNOWN_LENGTHS[field] == encode_length(field)
        assert len(KNOWN_LENGTHS) <= 256


def test_error_with_added_fields() -> None:
    error = BadRequestError(400, "wrong")
    plain = encode_error(error, with_body=True)
    added = encode_error(error, with_body=True, added=b"a: b\r\n")
    assert added.replace(b"a: b\r\n", b"") == plain
    assert added.index(b"a: b\r\n") < added.index(b"\r\n\r\n")
