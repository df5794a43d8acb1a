"""Owns the command line's form of the option table: its typer parameters, its help, its parsing.

Does not know any option by itself, and gives the flags' values as the text that they are: what is
right is for the table to say, about all of them at once.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from inspect import Parameter, Signature
from typing import Annotated, Final, Protocol

import typer
from typer.core import TyperCommand

from h2corn._command_options import COMMAND_OPTIONS
from h2corn._options import Kind, Row
from h2corn._target import APPLICATIONS, FACTORIES
from h2corn.config import OPTIONS

__all__ = ["FlagCommand", "signature"]

_TARGET_HELP: Final = (
    "The application as MODULE:ATTRIBUTE. Without it, the first that is there of "
    f"{', '.join((*APPLICATIONS, *FACTORIES))}; the last ones are called for it."
)

_EXIT_CODES: Final = (
    ("0", "The server was stopped, or what was asked for is done."),
    ("1", "No such application, an address cannot be listened on, or a file not written."),
    ("2", "The command line, a variable or the file of options is wrong."),
    ("3", "The application did not start."),
    ("4", "Workers crashed again and again."),
)


class _Formatter(Protocol):
    """What is used here of a help formatter, whose own type typer does not export."""

    def section(self, name: str) -> AbstractContextManager[None]: ...

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None: ...


class FlagCommand(TyperCommand):
    """A command made of a target and the flags of the table.

    Its help is plain text under the headings of the table's sections, and the exit codes: typer's
    own panels cut flags as long as ours off at 80 columns, and take twice the time.
    """

    # typer does not export the class of the contexts that it passes, hence the ignored overrides.

    def parse_args(  # type: ignore[override]
        self, ctx: typer.Context, args: list[str]
    ) -> list[str]:
        """Put the texts of all flags that were given into the context.

        typer's own way checks the type of each, for which it loads pydantic: two thirds more time
        before the application is loaded, and 10 MB for as long as the server runs.
        """
        if ctx.resilient_parsing:  # It is for a shell that completes, which typer knows all about.
            return super().parse_args(ctx, args)
        found, rest, _ = self.make_parser(ctx).parse_args(args=args)
        for parameter in self.get_params(ctx):
            raw = found.get(parameter.name)
            if parameter.is_eager or not parameter.expose_value:
                if raw is True:
                    # It is --version, --help, or for the completion of shells, and all ends here.
                    parameter.handle_parse_result(ctx, found, rest)
            elif isinstance(raw, str | bool | list):
                ctx.params[parameter.name] = raw
        if rest:
            ctx.fail(f"Unexpected argument {rest[0]!r} after the target.")
        return []

    def collect_usage_pieces(  # type: ignore[override]
        self, ctx: typer.Context
    ) -> list[str]:
        """Return what follows the name of the command in its usage line."""
        return ["[OPTIONS]", "[TARGET]"]

    def format_options(  # type: ignore[override]
        self, ctx: typer.Context, formatter: _Formatter
    ) -> None:
        """Write the target and the options of each section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            title = getattr(parameter, "rich_help_panel", None) or "General"
            record = parameter.get_help_record(ctx) or ("", "")
            if parameter.name == "target":
                record = ("TARGET", _TARGET_HELP)
            sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)
        with formatter.section("Exit codes"):
            formatter.write_dl(_EXIT_CODES)


def signature(*others: Parameter) -> Signature:
    """Return the signature of the function behind the command, from which typer makes its flags.

    Args:
        others: The flags that are not in the table.
    """
    target = typer.Argument(help=_TARGET_HELP, rich_help_panel="Application")
    return Signature(
        [
            Parameter(
                "target",
                Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[str | None, target],
            ),
            *map(_parameter, (*OPTIONS, *COMMAND_OPTIONS)),
            *others,
        ]
    )


def _parameter(row: Row) -> Parameter:
    option = typer.Option(
        *filter(None, (_declaration(row), row.option.short)),
        help=_help(row),
        metavar=row.metavar,
        rich_help_panel=row.option.section,
        show_default=False,
        autocompletion=_completion(row.choices) if row.choices else None,
    )
    annotation: object = Annotated[str | None, option]
    if row.kind is Kind.FLAG:
        annotation = Annotated[bool | None, option]
    elif row.kind in {Kind.TEXTS, Kind.RECORDS}:
        annotation = Annotated[list[str] | None, option]
    return Parameter(row.name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _completion(choices: Sequence[str]) -> Callable[[str], list[str]]:
    # typer looks at the names of the parameters, and takes nothing but a function.
    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


def _declaration(row: Row) -> str:
    return f"{row.flag}/{row.negative_flag}" if row.negative_flag else row.flag


def _help(row: Row) -> str:
    default = row.default_text
    if row.kind is Kind.FLAG:
        default = row.flag if row.default else row.negative_flag
    notes = [f"default: {default}"] if default else []
    if row.option.zero:
        notes.append(f"0: {row.option.zero}")
    return f"{row.option.help} ({'; '.join(notes)})" if notes else row.option.help
