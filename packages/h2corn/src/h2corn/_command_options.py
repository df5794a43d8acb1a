"""Owns the options that the command has beside those of the server: its file, and `--reload`.

Does not read the file or watch anything. They are rows like those of `config`, but no file and no
program sets them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from h2corn._options import Fault, Option, Row, option, table
from h2corn._watch import WatchRules
from prefork import SUPPORTED

__all__ = [
    "COMMAND_OPTIONS",
    "DEFAULT_EXCLUDE",
    "DEFAULT_INCLUDE",
    "CommandOptions",
    "command_options",
    "watch_rules",
]

DEFAULT_INCLUDE: Final = ("*.py",)
DEFAULT_EXCLUDE: Final = (".*", ".py[cod]", ".sw.*", "~*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """What a command line says beside the options of the server."""

    config: str | None = option(
        None,
        Option(
            section="Application",
            short="-c",
            metavar="FILE",
            help="TOML file of options by their names, such as workers = 4; by default that of "
            "H2CORN_CONFIG, or else [tool.h2corn] of pyproject.toml in the current directory. "
            "Variables are above it, and flags above them.",
        ),
    )
    """Path of a TOML file."""

    env_file: str | None = option(
        None,
        Option(
            section="Application",
            metavar="FILE",
            help="File of environment variables, NAME=VALUE in each line, for the server and the "
            "application. Those that are set already are above it.",
        ),
    )
    """Path of a file of environment variables."""

    factory: bool = option(
        False,
        Option(
            section="Application",
            help="Call the target for the application, without arguments.",
        ),
    )
    """Whether the target makes the application when it is called."""

    app_dir: str | None = option(
        None,
        Option(
            section="Application",
            metavar="DIRECTORY",
            help="Directory that the application is imported from first; by default the current "
            "one.",
        ),
    )
    """Directory that the application is imported from first."""

    reload: bool = option(
        False,
        Option(
            section="Development",
            help="Start new workers when a file has changed, as SIGHUP does.",
        ),
    )
    """Whether files are watched."""

    reload_dir: tuple[str, ...] = option(
        (),
        Option(
            section="Development",
            metavar="DIRECTORY",
            help="Directory whose files are watched, with all that it holds; by default the "
            "current one. Repeat it for more.",
        ),
    )
    """Directories that are watched; none is the current one."""

    reload_include: tuple[str, ...] = option(
        (),
        Option(
            section="Development",
            metavar="PATTERN",
            help=f"Files that are watched beside {' '.join(DEFAULT_INCLUDE)}, such as *.html. "
            "Repeat it for more.",
        ),
    )
    """Patterns of files that are watched beside `DEFAULT_INCLUDE`."""

    reload_exclude: tuple[str, ...] = option(
        (),
        Option(
            section="Development",
            metavar="PATTERN",
            help=f"Files and directories that are not watched beside {' '.join(DEFAULT_EXCLUDE)}, "
            "such as tests. Repeat it for more.",
        ),
    )
    """Patterns of files and directories that are not watched beside `DEFAULT_EXCLUDE`."""

    check_config: bool = option(
        False,
        Option(
            section="General",
            help="Check the options, open the files of the logs, import the application if there "
            "is a target, and exit.",
        ),
    )
    """Whether all is only checked."""

    print_config: bool = option(
        False,
        Option(
            section="General",
            help="Print the options as TOML, each with where it is from, and exit.",
        ),
    )
    """Whether the options are only printed."""

    print_schema: bool = option(
        False,
        Option(
            section="General",
            help="Print a JSON schema of the TOML file, for editors, and exit.",
        ),
    )
    """Whether the schema of a file of options is only printed."""


COMMAND_OPTIONS: Final[tuple[Row, ...]] = table(CommandOptions)
"""Their rows."""


def command_options(given: Mapping[str, Any]) -> tuple[CommandOptions, list[Fault]]:
    """Return the options of a command line, and what is wrong with them.

    Args:
        given: by the name of its field what each flag has; one that was not given is not there.
    """
    values: dict[str, Any] = {
        name: tuple(raw) if isinstance(raw, list) else raw for name, raw in given.items()
    }
    options = CommandOptions(**values)
    faults = []
    if options.reload and not SUPPORTED:
        text = "needs worker processes, which this system has not"
        faults.append(Fault("reload", text, "--reload"))
    if not options.reload:
        faults += [
            Fault(row.name, "needs --reload", row.flag)
            for row in COMMAND_OPTIONS
            if row.name.startswith("reload_") and row.name in given
        ]
    directories = [("reload_dir", name) for name in options.reload_dir]
    if options.app_dir is not None:
        directories.append(("app_dir", options.app_dir))
    flags = {row.name: row.flag for row in COMMAND_OPTIONS}
    faults += [
        Fault(name, f"{path!r} is not a directory", flags[name])
        for name, path in directories
        if not Path(path).is_dir()
    ]
    return options, faults


def watch_rules(options: CommandOptions) -> WatchRules | None:
    """Return which files are watched; None where none are.

    What is given is added to the defaults. A default that is given to the opposite flag is none any
    more: `--reload-include .*` watches hidden files, too.
    """
    if not options.reload:
        return None
    include = [it for it in DEFAULT_INCLUDE if it not in options.reload_exclude]
    exclude = [it for it in DEFAULT_EXCLUDE if it not in options.reload_include]
    return WatchRules(
        tuple(str(Path(name).absolute()) for name in options.reload_dir or (".",)),
        (*include, *options.reload_include),
        (*exclude, *options.reload_exclude),
    )
