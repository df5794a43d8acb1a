"""Rows follow from dataclass fields."""

from dataclasses import dataclass

import pytest

from h2corn._options import Fault, Kind, Option, Row, option, table
from tests.h2corn.option_rows import OCTAL, PLAIN, ROWS


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


def test_a_fault_names_its_source_or_else_its_field() -> None:
    assert str(Fault("backlog", "is wrong")) == "backlog: is wrong"
    assert str(Fault("backlog", "is wrong", "--backlog")) == "--backlog: is wrong"
