"""Rows follow from dataclass fields, and checks and parsers from rows."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2corn._options import Fault, Kind, Option, Row, fault_of, option, parse_text, table

PLAIN = Option(section="Application", help="Help.")
RANGE = Option(section="Application", help="Help.", minimum=1, maximum=8)
OCTAL = Option(section="Application", help="Help.", is_octal=True, minimum=0, maximum=0o777)
ABOVE = Option(section="Application", help="Help.", unit="seconds", above=0, maximum=10)
LEAST = Option(section="Application", help="Help.", minimum=3)


@dataclass(frozen=True, kw_only=True)
class Sample:
    flag: bool = option(True, PLAIN)
    whole: int = option(2, RANGE)
    maybe: int | None = option(None, OCTAL)
    number: float = option(0.5, ABOVE)
    least: float = option(3.0, LEAST)
    text: str = option("", Option(section="Application", help="Help.", metavar="PATH"))
    texts: tuple[str, ...] = option(("a", "b"), PLAIN)
    choice: Literal["red", "green", "blue"] = option("red", PLAIN)
    _private: int = field(default=0)


ROWS = {row.name: row for row in table(Sample)}


def test_rows_have_what_the_fields_say() -> None:
    assert ROWS["flag"] == Row("flag", Kind.FLAG, False, (), True, PLAIN)
    assert ROWS["maybe"] == Row("maybe", Kind.INTEGER, True, (), None, OCTAL)
    assert ROWS["choice"].choices == ("red", "green", "blue")
    assert [row.kind for row in ROWS.values()] == [
        Kind.FLAG,
        Kind.INTEGER,
        Kind.INTEGER,
        Kind.NUMBER,
        Kind.NUMBER,
        Kind.TEXT,
        Kind.TEXTS,
        Kind.CHOICE,
    ]


def test_what_the_help_shows_of_a_row() -> None:
    shown = [(row.flag, row.negative_flag, row.metavar, row.default_text) for row in ROWS.values()]
    assert shown[0] == ("--flag", "--no-flag", None, "True")
    assert shown[3] == ("--number", "", "SECONDS", "0.5")
    assert [default for *_, default in shown] == ["True", "2", "", "0.5", "3", "", "a,b", "red"]
    assert ROWS["text"].metavar == "PATH"
    assert ROWS["choice"].metavar == "red|green|blue"


def test_a_flag_may_have_another_name_than_its_field() -> None:
    named = Option(section="Application", help="Help.", flag="--header")
    row = Row("response_headers", Kind.TEXTS, False, (), (), named)
    assert row.flag == "--header"


def test_a_field_that_is_no_option_is_refused() -> None:
    @dataclass
    class Wrong:
        count: int = 1

    with pytest.raises(TypeError, match=r"Wrong\.count is not an option"):
        table(Wrong)


def test_a_type_that_no_row_has_is_refused() -> None:
    @dataclass
    class Wrong:
        raw: bytes | int = option(b"", PLAIN)

    with pytest.raises(TypeError, match="no option can have the type"):
        table(Wrong)


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
    assert parse_text(ROWS["maybe"], "") is None
    with pytest.raises(ValueError, match="must be a whole number, not ''"):
        parse_text(ROWS["whole"], "")


@given(st.sampled_from(sorted(ROWS)), st.text())
def test_any_text_is_a_value_or_a_value_error(name: str, text: str) -> None:
    try:
        value = parse_text(ROWS[name], text)
    except ValueError:
        return
    assert isinstance(value, bool | int | float | str) or (ROWS[name].is_optional and not text)


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


def test_a_fault_names_its_source_or_else_its_field() -> None:
    assert str(Fault("backlog", "is wrong")) == "backlog: is wrong"
    assert str(Fault("backlog", "is wrong", "--backlog")) == "--backlog: is wrong"
