"""Owns the question how much memory a process has.

Does not judge the answer.
"""

import os
import sys
from pathlib import Path

__all__ = ["resident_bytes"]


def resident_bytes(pid: int) -> int | None:
    """Return the resident set size of a process, in bytes.

    Returns:
        None where it cannot be known: the process is gone, or this is not Linux.
    """
    if sys.platform != "linux":
        return None
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return None
