"""Owns the calls of Linux's prctl(2), which Python has no name for.

Does not decide who makes them. Elsewhere than on Linux a process adopts none, and says so, and
does not die with its parent.
"""

import functools
import os
import signal
import sys
import time
from typing import Final

from prefork.errors import UnsupportedError

__all__ = ["become_subreaper", "die_with_adopter", "die_with_parent", "outlive_parent"]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36

_ADOPTION_PAUSE: Final = 0.001
"""Seconds. The parent has nothing more to do than to end."""


@functools.cache
def _prctl() -> object | None:
    if sys.platform != "linux":
        return None
    try:
        import ctypes  # noqa: PLC0415 - not every Python has it, and few programs come here

        return ctypes.CDLL(None, use_errno=True).prctl
    except (ImportError, OSError, AttributeError):
        return None


def become_subreaper() -> None:
    """Become the parent of all descendants that lose theirs.

    Raises:
        UnsupportedError: it cannot be done on this system.
    """
    prctl = _prctl()
    if not callable(prctl) or prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise UnsupportedError(
            "preloading needs Linux: nowhere else does a process adopt the workers"
            " that its template forked"
        )


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends, where the system can do that.

    Args:
        parent: its process id, taken before the fork. Where it is dead already, this call does
            not return.
    """
    prctl = _prctl()
    if callable(prctl):
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def die_with_adopter(parent: int, adopter: int) -> None:
    """Have this process killed when whoever adopts it ends, as `die_with_parent` does.

    Args:
        parent: the process id of the parent that is about to end.
        adopter: that of the process that adopts this one then. Where it is dead already, this call
            does not return.
    """
    while os.getppid() == parent:
        time.sleep(_ADOPTION_PAUSE)
    die_with_parent(adopter)


def outlive_parent() -> None:
    """Undo `die_with_parent`."""
    prctl = _prctl()
    if callable(prctl):
        prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)
