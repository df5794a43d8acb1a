"""The values of some parameters are hidden, however their names are spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._query_mask import QueryMask

MASK = QueryMask(["token", "api key", "Schlüssel"])


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        (b"/token=1", b"/token=1"),
        (b"/?a=1", b"/?a=1"),
        (b"/?token=1", b"/?token=***"),
        (b"/?a=1&token=1=2&b=3", b"/?a=1&token=***&b=3"),
        (b"/?token", b"/?token"),
        (b"/?token=", b"/?token=***"),
        (b"/?TOKEN=1&%74%6f%6Ben=2", b"/?TOKEN=***&%74%6f%6Ben=***"),
        (b"/?api+key=1&api%20key=2", b"/?api+key=***&api%20key=***"),
        (b"/?schl%C3%BCssel=1", b"/?schl%C3%BCssel=***"),
        (b"/?%ff=1", b"/?%ff=1"),
        (b"/?a=1;token=2;b=3&c=4", b"/?a=1;token=***&c=4"),
        (b"/?token=1;2", b"/?token=***"),
        (b"/??token=1&token=2", b"/??token=1&token=***"),
    ],
)
def test_what_is_hidden(url: bytes, masked: bytes) -> None:
    assert MASK(url) == masked


def test_no_names_hide_nothing() -> None:
    assert QueryMask([])(b"/?token=1") == b"/?token=1"


@given(st.binary(), st.binary().filter(lambda value: b"&" not in value))
def test_nothing_of_a_value_is_left(rest: bytes, value: bytes) -> None:
    assert MASK(b"/?token=" + value + b"&" + rest).startswith(b"/?token=***&")
