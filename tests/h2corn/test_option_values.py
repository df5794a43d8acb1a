"""Values are read, and checked, by their rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._option_values import fault_of, parse_text
from tests.h2corn.option_rows import ROWS


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("whole", "3", 3),
        ("whole", " -3 ", -3),
        ("maybe", "660", 0o660),
        ("maybe", "0o660", 0o660),
        ("number", "5", 5.0),
        ("number", "0.25", 0.25),
        ("number", ".5", 0.5),
        ("number", "5.", 5.0),
        ("flag", "Yes", True),
        ("flag", "0", False),
        ("text", " a ", " a "),
        ("texts", "a", "a"),
        ("choice", "pink", "pink"),
    ],
)
def test_text_is_parsed_by_its_row(name: str, text: str, value: object) -> None:
    parsed = parse_text(ROWS[name], text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("whole", "", "must be a whole number, not ''"),
        ("whole", "1.0", "must be a whole number, not '1.0'"),
        ("whole", "1_000", "must be a whole number, not '1_000'"),
        ("whole", "\u0663", "must be a whole number"),
        ("whole", "9" * 5000, "must be a whole number"),
        ("maybe", "689", "must be an octal number, not '689'"),
        ("number", "nan", "must be a number, not 'nan'"),
        ("number", "inf", "must be a number, not 'inf'"),
        ("number", "1e3", "must be a number, not '1e3'"),
        ("number", ".", "must be a number, not '.'"),
        ("flag", "maybe", "must be true or false, not 'maybe'"),
    ],
)
def test_text_of_another_form_is_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_text(ROWS[name], text)


def test_nothing_is_none_where_that_is_a_value() -> None:
    assert parse_text(ROWS["maybe"], "") is parse_text(ROWS["maybe"], " ") is None
    with pytest.raises(ValueError, match="must be a whole number, not ''"):
        parse_text(ROWS["whole"], "")


@given(st.sampled_from(sorted(ROWS)), st.text())
def test_any_text_is_a_value_or_a_value_error(name: str, text: str) -> None:
    try:
        value = parse_text(ROWS[name], text)
    except ValueError:
        return
    assert isinstance(value, bool | int | float | str) or (
        ROWS[name].is_optional and not text.strip()
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("flag", 1, "must be True or False, not 1"),
        ("flag", None, "must be True or False, not None"),
        ("whole", 1, None),
        ("whole", 8, None),
        ("whole", 0, "must be from 1 to 8, not 0"),
        ("whole", 9, "must be from 1 to 8, not 9"),
        ("whole", True, "must be a whole number, not True"),
        ("whole", 2.0, "must be a whole number, not 2.0"),
        ("whole", "2", "must be a whole number, not '2'"),
        ("maybe", None, None),
        ("maybe", 0o777, None),
        ("maybe", 0o1000, "must be from 0 to 777, not 1000"),
        ("number", 10, None),
        ("number", 0.0001, None),
        ("number", 0, "must be above 0, not 0"),
        ("number", 10.5, "must be at most 10, not 10.5"),
        ("number", 10.0000001, "must be at most 10, not 10.0000001"),
        ("number", float("nan"), "must be finite, not nan"),
        ("number", float("inf"), "must be finite, not inf"),
        ("number", True, "must be a number, not True"),
        ("number", "1", "must be a number, not '1'"),
        ("least", 10**400, None),
        ("least", 2.5, "must be at least 3, not 2.5"),
        ("text", "", None),
        ("text", b"", "must be a string, not b''"),
        ("texts", (), None),
        ("texts", "ab", "must be a tuple of strings, not 'ab'"),
        ("texts", ("a", 1), "must be a tuple of strings, not ('a', 1)"),
        ("choice", "blue", None),
        ("choice", "pink", "must be red, green or blue, not 'pink'"),
        ("choice", [], "must be red, green or blue, not []"),
    ],
)
def test_faults_of_values(name: str, value: object, message: str | None) -> None:
    assert fault_of(ROWS[name], value) == message
