"""Tests of the syntax of extension offers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_bridge._ws_extensions import parse_extensions


@pytest.mark.parametrize(
    ("values", "offers"),
    [
        ([], []),
        ([b""], []),
        ([b" , ,"], []),
        ([b"foo"], [("foo", [])]),
        ([b"foo, bar"], [("foo", []), ("bar", [])]),
        ([b"foo", b"bar ,"], [("foo", []), ("bar", [])]),
        ([b"foo;a;b=1"], [("foo", [("a", None), ("b", "1")])]),
        ([b"foo ; a = 1 \t,\tbar;a"], [("foo", [("a", "1")]), ("bar", [("a", None)])]),
        ([b'foo; a="10"'], [("foo", [("a", "10")])]),
        ([b'foo; a="1\\0", bar'], [("foo", [("a", "10")]), ("bar", [])]),
    ],
)
def test_that_offers_are_read(
    values: list[bytes], offers: list[tuple[str, list[tuple[str, str | None]]]]
) -> None:
    assert parse_extensions(values) == offers


@pytest.mark.parametrize(
    "value",
    [
        b"foo bar",
        b"foo;",
        b";a",
        b"foo;=1",
        b"foo;a=",
        b'foo;a="',
        b'foo;a=""',
        b'foo;a="1,2"',
        b'foo;a="x y"',
        b"foo;a=1=2",
        b"f\xf6\xf6",
    ],
)
def test_that_anything_else_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="malformed extension"):
        parse_extensions([value])


@given(st.lists(st.binary(max_size=40)))
def test_that_garbage_is_read_or_refused(values: list[bytes]) -> None:
    try:
        parse_extensions(values)
    except ValueError as error:
        assert "malformed" in str(error)  # noqa: PT017 - it may well be read


def test_that_a_long_field_takes_no_squared_time() -> None:
    assert len(parse_extensions([b"a;b=c," * 20_000])) == 20_000
    with pytest.raises(ValueError, match="malformed"):
        parse_extensions([b'a;b="' + b"\\" * 100_001])
