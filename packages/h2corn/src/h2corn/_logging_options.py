"""Owns the options about logs: what is written, in which form, and where.

Does not check what depends on files; `_log_setup` does, before anything is bound.
"""

from dataclasses import dataclass
from typing import Literal

from h2corn._options import Option, option

__all__ = ["LoggingOptions"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class LoggingOptions:
    """What is told of the server and its requests."""

    access_log: bool = option(
        True,
        Option(section="Logging", help="Write a line for each request, to standard error."),
    )
    """Whether a line for each request is written."""

    log_format: Literal["text", "json"] = option(
        "text",
        Option(
            section="Logging",
            help="Form of all lines: text, or json for one JSON object a line.",
        ),
    )
    """Form of all lines: text, or one JSON object each."""

    access_log_format: str = option(
        "",
        Option(
            section="Logging",
            metavar="FORMAT",
            help="Form of a request's line, in the atoms of gunicorn, such as "
            "'%(h)s \"%(r)s\" %(s)s %(b)s'. Without it the line is that of the README.",
        ),
    )
    """Form of a request's line, in gunicorn's atoms; empty is the line of the README."""

    access_log_file: str | None = option(
        None,
        Option(
            section="Logging",
            metavar="FILE",
            help="File that requests are logged to instead of standard error; - is standard "
            "output. SIGUSR1 opens it anew.",
        ),
    )
    """Path of the file that requests are logged to; `-` is standard output, None standard error."""

    log_config: str | None = option(
        None,
        Option(
            section="Logging",
            metavar="FILE",
            help="Configuration of Python's logging: TOML or JSON for dictConfig, or INI for "
            "fileConfig. The loggers are h2corn and h2corn.access.",
        ),
    )
    """Path of a configuration of Python's logging: TOML, JSON or INI."""

    log_mask_query: tuple[str, ...] = option(
        (),
        Option(
            section="Logging",
            metavar="NAMES",
            separator=",",
            help="Query parameters whose values are logged as ***, such as token. Upper case is "
            "not told from lower case. Separated by commas; repeat it for more.",
        ),
    )
    """Names of query parameters whose values are logged as `***`, in any case and spelling."""
