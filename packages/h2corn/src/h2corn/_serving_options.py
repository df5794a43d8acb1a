"""Owns the options about the application and the addresses that it is served on.

Does not check them; `config` does.
"""

from dataclasses import dataclass
from typing import Literal

from h2corn._bind_rules import DEFAULT_BIND
from h2corn._options import MAX_INT31, Option, option, time_limit

__all__ = ["ServingOptions"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class ServingOptions:
    """What is served, and where."""

    root_path: str = option(
        "",
        Option(
            section="Application",
            short="-r",
            metavar="PATH",
            help="Path that the application is mounted at, such as /api.",
        ),
    )
    """ASGI `root_path`: empty, or a path that starts but does not end with a slash."""

    loop: Literal["auto", "asyncio", "uvloop"] = option(
        "auto",
        Option(
            section="Application",
            help="Event loop. auto is uvloop where it is installed.",
        ),
    )
    """Event loop that `serve` runs; `Server.serve` runs in the one that it is called in."""

    lifespan: Literal["auto", "on", "off"] = option(
        "auto",
        Option(
            section="Application",
            help="Whether the application has a lifespan: auto finds out, on fails where it has "
            "none, off does not ask.",
        ),
    )
    """`auto` takes an application that raises or returns before its startup is complete for one
    without a lifespan, `on` takes that for a failure, `off` never calls it for its lifespan."""

    timeout_lifespan_startup: float = option(
        60.0,
        time_limit(
            section="Application",
            help="Time that the application's lifespan startup may take.",
        ),
    )
    """Seconds that the application's lifespan startup may take; 0 is no limit."""

    timeout_lifespan_shutdown: float = option(
        30.0,
        time_limit(
            section="Application",
            help="Time that the application's lifespan shutdown may take.",
        ),
    )
    """Seconds that the application's lifespan shutdown may take; 0 is no limit."""

    cancel_on_disconnect: bool = option(
        False,
        Option(
            section="Application",
            help="Cancel the application's task when its client leaves. Otherwise it is told by "
            "http.disconnect, and by an OSError of send.",
        ),
    )
    """Whether a request's task is cancelled when its client leaves, and not only told of it.

    Over HTTP/1 a client that closes its half of the connection has left: as a rule it has closed
    both, which shows only when something is written. Work behind a complete response goes on."""

    bind: tuple[str, ...] = option(
        DEFAULT_BIND,
        Option(
            section="Listeners",
            short="-b",
            metavar="ADDRESS",
            variable_separator=",",
            help="Address to listen on: HOST:PORT, [IPV6]:PORT, unix:PATH or fd://N. "
            "Repeat it for more listeners.",
        ),
    )
    """Addresses to listen on."""

    host: str | None = option(
        None,
        Option(
            section="Listeners",
            metavar="HOST",
            help="Host of the one TCP listener. Not together with --bind.",
        ),
    )
    """Host of the one TCP listener: sets `bind`, and is set by it; None with other listeners."""

    port: int | None = option(
        None,
        Option(
            section="Listeners",
            short="-p",
            metavar="PORT",
            minimum=0,
            maximum=65535,
            help="Port of the one TCP listener; 0 takes a free one. Not together with --bind.",
        ),
    )
    """Port of the one TCP listener: sets `bind`, and is set by it; None with other listeners."""

    uds_permissions: int | None = option(
        None,
        Option(
            section="Listeners",
            metavar="OCTAL",
            minimum=0,
            maximum=0o777,
            is_octal=True,
            help="Permissions of Unix domain sockets, such as 660. Without it, as the umask says.",
        ),
    )
    """Permissions of Unix domain sockets; None leaves them to the umask."""

    backlog: int = option(
        1024,
        Option(
            section="Listeners",
            metavar="CONNECTIONS",
            minimum=1,
            maximum=MAX_INT31,
            help="Connections that may wait to be accepted. The operating system may lower it.",
        ),
    )
    """Connections that may wait to be accepted."""
