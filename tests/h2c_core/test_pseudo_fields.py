"""Owns the tests of reading pseudo-header fields where they stand, beside the rules one by one.

Does not test those rules (conformance, section 8).
"""

import pytest

from h2c_core import Field, RequestHead
from h2c_core._pseudo_fields import take_pseudo_fields
from h2c_core._request_head import MalformedFieldsError
from tests.h2c_core.wire import GET


def taken(fields: list[Field]) -> tuple[int, RequestHead]:
    head = RequestHead([], end_stream=True)
    return take_pseudo_fields(fields, head), head


@pytest.mark.parametrize("count", [0, 1, 3])
def test_says_where_the_regular_fields_begin(count: int) -> None:
    position, head = taken([*GET, *[(b"x", b"y")] * count])
    assert position == len(GET)
    assert (head.method, head.target, head.scheme) == (b"GET", b"/", b"http")
    assert head.authority == b"front.example"
    assert head.headers == []


def test_order_of_pseudo_fields_is_free() -> None:
    _, head = taken(list(reversed(GET)))
    assert (head.method, head.target, head.scheme) == (b"GET", b"/", b"http")


@pytest.mark.parametrize("method", [b"GET", b"PURGE", b"M-SEARCH", b"get"])
def test_any_token_is_a_method(method: bytes) -> None:
    assert taken([(b":method", method), *GET[1:]])[1].method == method


@pytest.mark.parametrize("method", [b"", b"GET ", b"G\x00T", b"G(T)"])
def test_what_is_no_token_is_no_method(method: bytes) -> None:
    with pytest.raises(MalformedFieldsError):
        taken([(b":method", method), *GET[1:]])
