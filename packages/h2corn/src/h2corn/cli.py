"""Owns the command `h2corn`: what it does with its flags, and its exit codes.

Does not know any option, and does not load the server before it is to run. `_flags` says what the
exit codes mean.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn, cast

import typer

from h2corn._collector import resume
from h2corn._command_options import (
    COMMAND_OPTIONS,
    CommandOptions,
    command_options,
    watch_rules,
)
from h2corn._console import write_error, write_text
from h2corn._escape import escape_unprintable
from h2corn._flag_values import FlagValue
from h2corn._flags import FlagCommand, signature
from h2corn._printed import printed
from h2corn._sources import Found, Sources
from h2corn._target import APPLICATIONS, FACTORIES, Target, find_target
from h2corn._version import __version__
from h2corn.config import OPTIONS, Config, ConfigError
from prefork import Identity, PreforkError, find_identity, inherited_addresses

if TYPE_CHECKING:
    from h2corn._worker import Assignment

__all__ = ["main"]

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit.

    Args:
        arguments: What stands after the name of the command; by default that of this process.

    Raises:
        SystemExit: Always.
    """
    _fill_standard_descriptors()
    application = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    text = "Serve an ASGI application over HTTP/2 cleartext."
    application.command(cls=FlagCommand, help=text)(_command)
    application(args=arguments)


def _fill_standard_descriptors() -> None:
    """Open the null device in place of standard descriptors that are closed.

    A listener would get their numbers otherwise, and what is meant for a terminal would go there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _command(**given: object) -> None:
    """Serve the target with what the flags of the signature below were given."""
    flags = {name: cast("FlagValue", raw) for name, raw in given.items() if raw is not None}
    text = flags.pop("target", None)
    own = {row.name: flags.pop(row.name) for row in COMMAND_OPTIONS if row.name in flags}
    command, faults = command_options(own)
    if command.print_schema:
        _print_schema()
    sources = Sources(
        flags,
        environ=dict(os.environ),
        file=command.config,
        env_file=command.env_file,
        inherited=tuple(map(str, inherited_addresses(os.environ, os.getpid()))),
        has_project=True,
    )
    try:
        found = sources.find()
    except ConfigError as error:
        faults = [*error.faults, *faults]
    if faults:
        _fail(EXIT_USAGE, *map(str, faults))
    target = None if text is None else Target(str(text), command.factory, command.app_dir)
    if command.print_config:
        typer.echo(printed(OPTIONS, found.config, found.places), nl=False)
        raise typer.Exit
    if command.check_config:
        _check(target, found)
    _serve(target or _found_target(command), found, sources, command)


def _print_schema() -> NoReturn:
    import json  # noqa: PLC0415

    from h2corn._schema import schema  # noqa: PLC0415

    typer.echo(json.dumps(schema(OPTIONS), indent=2))
    raise typer.Exit


def _check(target: Target | None, found: Found) -> NoReturn:
    """Open the files of the logs, import the application if there is one, and exit."""
    from h2corn._log_setup import check_logs  # noqa: PLC0415
    from h2corn._worker import Assignment  # noqa: PLC0415

    try:
        check_logs(found.config, _identity(found.config))
    except ConfigError as error:
        _fail(EXIT_USAGE, *map(str, found.placed(error.faults)), config=found.config)
    if target is not None:
        Assignment(target, found.config, variables=found.variables).load()
    typer.echo("The options are right." if target is None else f"{target} is right.")
    raise typer.Exit


def _found_target(command: CommandOptions) -> Target:
    """Return the target that is meant where none is given, and say which it is."""
    target = find_target(command.app_dir, is_factory=command.factory)
    if target is None:
        looked_for = ", ".join(FACTORIES if command.factory else (*APPLICATIONS, *FACTORIES))
        place = Path(command.app_dir or ".").absolute()
        _fail(EXIT_USAGE, f"no target is given, and {place} has none of {looked_for}")
    write_text(sys.stderr, f"Serving {target}, as no target is given\n")
    return target


def _serve(target: Target, found: Found, sources: Sources, command: CommandOptions) -> None:
    # Loaded here, so that help, version and wrong options do not wait for the server.
    from h2corn._supervised import Reloading, can_supervise, supervise  # noqa: PLC0415
    from h2corn._worker import Assignment  # noqa: PLC0415

    resume()
    config, assignment = found.config, Assignment(target, found.config, variables=found.variables)
    if not can_supervise():
        _serve_in_process(assignment, found)
        return
    _identity(config)

    def read() -> tuple[Config, Mapping[str, str]]:
        again = sources.find()
        return again.config, again.variables

    try:
        code = supervise(assignment, Reloading(read, watch_rules(command)))
    except ConfigError as error:
        _fail(EXIT_USAGE, *map(str, found.placed(error.faults)), config=config)
    except PreforkError as error:
        _fail(EXIT_FAILED, str(error), config=config)
    raise typer.Exit(code)


def _identity(config: Config) -> Identity:
    """Return whom workers run as, if there is such a user."""
    try:
        return find_identity(config.user, config.group)
    except PreforkError as error:
        _fail(EXIT_USAGE, str(error), config=config)


def _serve_in_process(assignment: "Assignment", found: Found) -> None:
    from h2corn.server import ListenError, serve  # noqa: PLC0415

    try:
        serve(assignment.load(), assignment.config)
    except ConfigError as error:
        _fail(EXIT_USAGE, *map(str, found.placed(error.faults)), config=found.config)
    except ListenError as error:
        _fail(EXIT_FAILED, str(error), config=found.config)


def _fail(code: int, *messages: str, config: Config | None = None) -> NoReturn:
    event = "cli_error" if config is not None and config.log_format == "json" else ""
    for message in messages:
        write_error(sys.stderr, escape_unprintable(message), os.environ, event)
    raise typer.Exit(code)


def _show_version(is_asked: bool) -> None:
    if not is_asked:
        return
    import platform  # noqa: PLC0415

    from h2c_core import COMPILED  # noqa: PLC0415
    from h2c_core import __version__ as engine_version  # noqa: PLC0415

    python = f"{platform.python_implementation()} {platform.python_version()}"
    engine = "compiled" if COMPILED else "plain Python"
    typer.echo(f"h2corn {__version__}\nh2c-core {engine_version} ({engine})\n{python}")
    raise typer.Exit


_VERSION_FLAG: Final = typer.Option(
    "--version",
    help="Show the versions of the server and its engine, and exit.",
    callback=_show_version,
    is_eager=True,
)

# typer makes the flags from the signature.
_command.__dict__["__signature__"] = signature(
    Parameter(
        "version",
        Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, _VERSION_FLAG],
    )
)
