"""Owns the tests of the request head that is made of a decoded field section.

Does not test the rules of RFC 9113 section 8 one by one (conformance), nor characters, which the
decoder checks.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core import Field, RequestHead
from h2c_core._fields import check_trailers, parse_request_head
from h2c_core._request_head import MalformedFieldsError
from tests.h2c_core.wire import GET, POST, request

NAMES = st.sampled_from([b"accept", b"x-a", b"x-b", b"cookie", b"user-agent"])
VALUES = st.binary(max_size=10).map(lambda value: value.strip(b" \t"))


def parse(fields: list[Field], *, end: bool = False) -> RequestHead:
    return parse_request_head(fields, end_stream=end)


def test_plain_request() -> None:
    head = parse(request((b"accept", b"*/*")), end=True)
    assert (head.method, head.target, head.scheme) == (b"GET", b"/", b"http")
    assert head.authority == b"front.example"
    assert head.headers == [(b"host", b"front.example"), (b"accept", b"*/*")]
    assert head.http_version == "2"
    assert head.end_stream
    assert not head.expect_continue
    assert head.content_length == -1


def test_headers_are_exact_tuples_of_exact_bytes() -> None:
    head = parse(request((b"cookie", b"a"), (b"cookie", b"b"), (b"x", b"y")))
    assert type(head.headers) is list
    assert all(
        type(pair) is tuple and [type(it) for it in pair] == [bytes, bytes] for pair in head.headers
    )


@pytest.mark.parametrize(
    ("value", "length"), [(b"0", 0), (b"5", 5), (b"007", 7), (b"9" * 18, 10**18 - 1)]
)
def test_content_length(value: bytes, length: int) -> None:
    assert parse(request((b"content-length", value), base=POST)).content_length == length


@pytest.mark.parametrize(
    ("value", "end", "expected"),
    [
        (b"100-continue", False, True),
        (b"100-Continue", False, True),
        (b"100-continue", True, False),
        (b"200-ok", False, False),
    ],
)
def test_expectation(value: bytes, end: bool, expected: bool) -> None:
    assert parse(request((b"expect", value), base=POST), end=end).expect_continue == expected


def test_expectation_without_a_body_is_none() -> None:
    """Nothing would be held back: with a content-length of 0 there is no body to wait for."""
    fields = request((b"expect", b"100-continue"), (b"content-length", b"0"), base=POST)
    assert not parse(fields, end=True).expect_continue


@given(st.lists(st.tuples(NAMES, VALUES), max_size=12))
def test_regular_fields_are_kept_in_order(fields: list[Field]) -> None:
    head = parse([*GET, *fields])
    assert head.headers[0] == (b"host", b"front.example")
    rest = head.headers[1:]
    assert [it for it in rest if it[0] != b"cookie"] == [it for it in fields if it[0] != b"cookie"]
    cookies = [value for name, value in fields if name == b"cookie"]
    joined = [value for name, value in rest if name == b"cookie"]
    assert joined == ([b"; ".join(cookies)] if cookies else [])


def test_ten_thousand_crumbs_are_one_cookie() -> None:
    head = parse([*GET, *[(b"cookie", b"a=1")] * 10000])
    assert head.headers[1:] == [(b"cookie", b"; ".join([b"a=1"] * 10000))]


@pytest.mark.parametrize("host", [b"front.example", b"Front.EXAMPLE"])
def test_host_that_agrees_is_dropped(host: bytes) -> None:
    head = parse(request((b"host", host), (b"host", host)))
    assert head.headers == [(b"host", b"front.example")]


def test_trailers_that_are_allowed() -> None:
    check_trailers([])
    check_trailers([(b"x-sum", b"1"), (b"te", b"trailers"), (b"content-length", b"5")])


@pytest.mark.parametrize("name", [b":path", b":", b"connection", b"upgrade", b"keep-alive"])
def test_trailers_that_are_not(name: bytes) -> None:
    with pytest.raises(MalformedFieldsError):
        check_trailers([(b"x-sum", b"1"), (name, b"value")])
