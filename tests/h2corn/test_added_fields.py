"""Fields for every response are read from text, and what could not be in every response is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_bridge import DefaultHeaders
from h2corn._added_fields import fault_of_fields, parse_field


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("a: b", (b"a", b"b")),
        ("X-Frame-Options:DENY", (b"x-frame-options", b"DENY")),
        ("a: \t b c\td ", (b"a", b"b c\td")),
        ("a:", (b"a", b"")),
        ("a: b: c", (b"a", b"b: c")),
        ("a: \xe9", (b"a", b"\xe9")),
    ],
)
def test_field(text: str, field: tuple[bytes, bytes]) -> None:
    assert parse_field(text) == field
    assert fault_of_fields([text], []) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        ":",
        ": b",
        "a b: c",
        "a : b",
        "\u0130: a",
        "a: b\r\nc: d",
        "a: \x00",
        "a: \x7f",
        "a: \u20ac",
    ],
)
def test_no_field(text: str) -> None:
    with pytest.raises(ValueError, match="must be NAME: VALUE") as caught:
        parse_field(text)
    assert str(caught.value).isprintable()
    assert fault_of_fields(["a: b", text], []) == str(caught.value)


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection", "upgrade"])
def test_field_of_one_message(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name.lower()} speaks of one message"):
        parse_field(f"{name}: 1")


def test_field_that_is_added_anyway() -> None:
    assert fault_of_fields(["Date: a"], ["date"]) == (
        "date is added anyway; switch that off with date_header"
    )
    assert fault_of_fields(["Date: a"], ["server"]) is None


@given(st.text(), st.text())
def test_what_is_taken_here_can_be_added(name: str, value: str) -> None:
    try:
        field = parse_field(f"{name}:{value}")
    except ValueError:
        return
    DefaultHeaders(float, extra=[field])
