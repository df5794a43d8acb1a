"""Owns one policy: what goes for the requests of a path in place of the options of the same names.

Does not check itself: `config` does, so that all that is wrong is told at once. Does not match.
"""

from dataclasses import KW_ONLY, dataclass
from typing import Final

from h2corn._options import MAX_INT63, Option, option, required, time_limit

__all__ = ["ALL_BELOW", "RequestPolicy"]

ALL_BELOW: Final = "/*"
"""End of a path that stands for itself and all below it."""


def _path_fault(path: str) -> str | None:
    """Return what is wrong with the path of a policy, or None."""
    base = path.removesuffix(ALL_BELOW)
    if not path.startswith("/") or not path.isprintable() or "*" in base:
        return f"must start with a slash, and may end in {ALL_BELOW}, not {path!r}"
    if not {"%", "?", "#"}.isdisjoint(path):
        return f"must be written without encoding or query, not {path!r}"
    if "//" in path or not {".", ".."}.isdisjoint(base.split("/")):
        return f"must have no empty segment, . or .., not {path!r}"
    return None


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What goes for the requests of one path, in place of the options of the same names.

    `None` leaves it to the option. The first policy whose path fits is the one that goes.
    """

    path: str = required(
        Option(
            section="Limits",
            help="Path that the application sees, decoded and without its root path: /upload, or "
            "/upload/* with all below it.",
            check=_path_fault,
        )
    )
    """Decoded path, without the application's root path: `/upload`, or `/upload/*` with all that is
    below it."""

    _: KW_ONLY

    max_request_body_size: int | None = option(
        None,
        Option(
            section="Limits",
            unit="bytes",
            minimum=0,
            maximum=MAX_INT63,
            zero="no limit",
            help="Size of a request body.",
        ),
    )
    """Bytes of a request body; 0 is no limit."""

    timeout_request_body_idle: float | None = option(
        None,
        time_limit(section="Timeouts", help="Time without a byte of a request body."),
    )
    """Seconds without a byte of a request body; 0 is no limit."""

    h2_timeout_response_stall: float | None = option(
        None,
        time_limit(
            section="HTTP/2",
            help="Time that a response may wait for a client which opens no window.",
        ),
    )
    """Seconds that a response may wait for an HTTP/2 client which opens no window; 0 is no limit.
    HTTP/1 has no windows."""
