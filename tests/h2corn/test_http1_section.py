"""A field section reads the same whether it was seen before or not, and few of them are kept."""

import pytest

from h2corn import _http1_section
from h2corn._http1_errors import BadRequestError
from h2corn._http1_fields import CLOSE, TRAILERS
from h2corn._http1_head import read_head
from h2corn._http1_limits import Http1Limits
from h2corn._http1_section import read_section

LIMITS = Http1Limits()
KNOWN = b"Host: example.com\r\nAccept: */*\r\nConnection: close\r\nTE: trailers\r\n"


@pytest.fixture(autouse=True)
def memo(monkeypatch: pytest.MonkeyPatch) -> dict[bytes, object]:
    known: dict[bytes, object] = {}
    monkeypatch.setattr(_http1_section, "_known_sections", known)
    return known


def test_section_reads_the_same_every_time(memo: dict[bytes, object]) -> None:
    for _ in range(4):
        section = read_section(KNOWN, LIMITS)
        assert [name for name, _ in section.fields] == [b"host", b"accept", b"connection", b"te"]
        assert (section.hosts, section.authority, section.cookies) == (1, b"example.com", 0)
        assert section.flags == CLOSE | TRAILERS
        assert section.framing == []
    assert list(memo) == [KNOWN]


@pytest.mark.parametrize(
    "line",
    [
        b"Authorization: Basic c2VjcmV0",
        b"Cookie: a=1",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"X-Request-Id: 1",
        b"X-Long: " + b"x" * 600,
    ],
    ids=lambda line: line.partition(b":")[0].decode(),
)
def test_section_with_a_line_that_nobody_keeps_is_not_kept(
    memo: dict[bytes, object], line: bytes
) -> None:
    for _ in range(4):
        section = read_section(KNOWN + line + b"\r\n", LIMITS)
        assert len(section.fields) == 5
    assert memo == {}


def test_number_of_sections_kept_is_bounded(memo: dict[bytes, object]) -> None:
    most = 0
    for number in range(1000):
        for _ in range(2):
            read_section(b"Host: example.com\r\nX-Number: %d\r\n" % number, LIMITS)
        most = max(most, len(memo))
    assert most == 128


@pytest.mark.parametrize("times", [1, 4], ids=["new", "known"])
def test_limit_of_fields_holds_for_sections_that_are_known(times: int) -> None:
    for _ in range(times - 1):
        read_section(KNOWN, LIMITS)
    assert read_section(KNOWN, Http1Limits(max_fields=4)).hosts == 1
    with pytest.raises(BadRequestError) as caught:
        read_section(KNOWN, Http1Limits(max_fields=3))
    assert caught.value.status == 431


def test_what_becomes_of_one_request_is_nothing_to_the_next() -> None:
    fields = b"Host: example.com\r\nAccept: */*\r\n"
    for _ in range(4):
        moved = read_head(b"GET http://other.example/ HTTP/1.1\r\n" + fields, LIMITS)
        assert moved.headers[0] == (b"host", b"other.example")
        moved.headers.clear()
        head = read_head(b"GET / HTTP/1.1\r\n" + fields, LIMITS)
        assert head.headers == [(b"host", b"example.com"), (b"accept", b"*/*")]


@pytest.mark.parametrize("text", [b"Host: a", b"Host: a\nAccept: */*\r\n", b" Host: a\r\n"])
def test_malformed_sections_are_refused_every_time(memo: dict[bytes, object], text: bytes) -> None:
    for _ in range(3):
        with pytest.raises(BadRequestError) as caught:
            read_section(text, LIMITS)
        assert caught.value.status == 400
    assert memo == {}
