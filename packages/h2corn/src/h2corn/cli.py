"""Owns the command `h2corn`: what it does with its flags, and its exit codes.

Does not know any option, and does not load the server before it is to run.

    0  the server was stopped, or the help or the version was asked for
    1  the target names no application, an address cannot be listened on, or a file not written
    2  the command line or the file of options is wrong
    3  the application did not start; what it said of that is on standard error
    4  workers crashed again and again
"""

import os
import platform
import sys
from collections.abc import Sequence
from inspect import Parameter
from typing import Annotated, Final, NoReturn, cast

import typer

from h2corn._command_options import (
    COMMAND_OPTIONS,
    CommandOptions,
    command_options,
    watch_rules,
)
from h2corn._console import write_error
from h2corn._escape import escape_unprintable
from h2corn._flags import FlagCommand, signature
from h2corn._sources import FlagValue, Sources
from h2corn._version import __version__
from h2corn.config import Config, ConfigError
from prefork import PreforkError, find_identity, inherited_addresses

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
    application = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
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
    target = str(flags.pop("target"))
    own = {row.name: flags.pop(row.name) for row in COMMAND_OPTIONS if row.name in flags}
    command, faults = command_options(own)
    inherited = tuple(map(str, inherited_addresses(os.environ, os.getpid())))
    sources = Sources(flags, command.config, inherited)
    try:
        config = sources.read()
    except ConfigError as error:
        faults = [*error.faults, *faults]
    if faults:
        _fail(EXIT_USAGE, *map(str, faults))
    _serve(target, config, sources, command)


def _serve(target: str, config: Config, sources: Sources, command: CommandOptions) -> None:
    # Loaded here, so that help, version and wrong options do not wait for the server.
    from h2corn._supervised import Reloading, can_supervise, supervise  # noqa: PLC0415

    if not can_supervise():
        _serve_in_process(target, config)
        return
    try:
        find_identity(config.user, config.group)
    except PreforkError as error:
        _fail(EXIT_USAGE, str(error))
    try:
        code = supervise(target, config, Reloading(sources.read, watch_rules(command)))
    except PreforkError as error:
        _fail(EXIT_FAILED, str(error))
    raise typer.Exit(code)


def _serve_in_process(target: str, config: Config) -> None:
    from h2corn._importer import TargetError, load_application  # noqa: PLC0415
    from h2corn.server import ListenError, serve  # noqa: PLC0415

    try:
        serve(load_application(target), config)
    except (TargetError, ListenError) as error:
        _fail(EXIT_FAILED, str(error))


def _fail(code: int, *messages: str) -> NoReturn:
    for message in messages:
        write_error(sys.stderr, escape_unprintable(message), os.environ)
    raise typer.Exit(code)


def _show_version(_is_asked: bool) -> None:
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
