"""The command line follows from the table, in what it shows and in what it takes."""

from inspect import Parameter
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from h2corn._command_options import COMMAND_OPTIONS
from h2corn._flags import FlagCommand, signature
from h2corn._options import Kind, Row
from h2corn.config import OPTIONS

ROWS = (*OPTIONS, *COMMAND_OPTIONS)


def run(*arguments: str, columns: int = 80) -> tuple[int, str, dict[str, object]]:
    """Return exit code, output and what the command was given, of a command with the flags."""
    given: dict[str, object] = {}

    def command(**values: object) -> None:
        given.update(values)

    annotation = Annotated[bool, typer.Option("--version", is_eager=True)]
    version = Parameter("version", Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
    command.__dict__["__signature__"] = signature(version)
    application = typer.Typer(add_completion=False, rich_markup_mode=None)
    application.command(cls=FlagCommand, help="About it.")(command)
    done = CliRunner().invoke(
        application, arguments, prog_name="h2corn", env={"COLUMNS": str(columns)}
    )
    return done.exit_code, done.output, given


def test_help_is_readable_at_80_columns() -> None:
    code, text, _ = run("--help")
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "Usage: h2corn [OPTIONS] [TARGET]"
    assert max(map(len, lines)) <= 80
    words = text.split()
    for row in ROWS:
        assert row.flag in words
        assert row.negative_flag in {"", *words}
        assert row.option.short in {"", *(word.rstrip(",") for word in words)}
        assert (row.metavar or "--help") in words


def test_help_has_what_every_row_says() -> None:
    text = " ".join(run("--help", columns=200)[1].split())
    for row in ROWS:
        assert row.option.help in text
        if row.default_text and row.kind is not Kind.FLAG:
            assert f"(default: {row.default_text}" in text
    assert "(default: 1048576; 0: no limit)" in text
    assert "(default: --http1)" in text


def test_help_has_a_heading_for_each_section() -> None:
    lines = run("--help")[1].splitlines()
    headings = [line[:-1] for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == [*dict.fromkeys(row.option.section for row in ROWS), "Exit codes"]


def test_only_the_target_is_needed() -> None:
    code, _, given = run("main:app")
    assert code == 0
    assert given.pop("target") == "main:app"
    assert not given.pop("version")
    assert given == dict.fromkeys([row.name for row in ROWS])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_flag_gives_its_text(row: Row) -> None:
    for flag in filter(None, (row.flag, row.option.short)):
        if row.kind is Kind.FLAG:
            assert run(flag, "main:app")[2][row.name] is True
            assert run("main:app", row.negative_flag)[2][row.name] is False
        elif row.kind in {Kind.TEXTS, Kind.RECORDS}:
            assert run(flag, "a", "main:app", flag, "b")[2][row.name] == ["a", "b"]
        else:
            assert run(flag, "any", "main:app")[2][row.name] == "any"
            assert run("main:app", flag, "first", flag, "last")[2][row.name] == "last"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["main:app", "other:app"], "Unexpected argument 'other:app' after the target"),
        (["main:app", "--porf", "1"], "--porf"),
        (["main:app", "--port"], "requires an argument"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str], message: str) -> None:
    code, text, given = run(*arguments)
    assert code == 2
    assert message in text
    assert given == {}
