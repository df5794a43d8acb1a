"""Owns the sockets that a service manager passes: which descriptors they are (sd_listen_fds(3)).

Does not look at them: `_listener` does, when it takes them over.
"""

from collections.abc import Mapping

from prefork._address import FdAddress

__all__ = ["inherited_addresses"]

FIRST_DESCRIPTOR = 3
"""SD_LISTEN_FDS_START."""

MOST_SOCKETS = 256
"""More than a unit has; a number above it is taken for a mistake, and for no sockets."""


def inherited_addresses(environ: Mapping[str, str], pid: int) -> tuple[FdAddress, ...]:
    """Return the sockets that were passed to this process.

    Args:
        environ: has LISTEN_PID and LISTEN_FDS.
        pid: the number of this process; what was passed to another one is not taken, and neither
            is anything where a number is malformed.
    """
    count = _number(environ.get("LISTEN_FDS", ""))
    if _number(environ.get("LISTEN_PID", "")) != pid or not 1 <= count <= MOST_SOCKETS:
        return ()
    return tuple(FdAddress(FIRST_DESCRIPTOR + index) for index in range(count))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else -1
