"""Owns how much memory a piece of work leaves behind: objects, bytes, and pages of the process.

Does not do the work.
"""

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")


class Memory(NamedTuple):
    """What is in use after a collection of cycles."""

    objects: int
    """Blocks that the allocator of Python has given out: one or more an object."""
    tracked: int
    """Objects that the collector of cycles looks at."""
    traced: int
    """Bytes that Python's allocators have given out, of any size."""
    resident: int
    """Bytes of the process in memory, which tells of any other allocator too."""


def measure() -> Memory:
    """Return what is in use now; tracing must be on."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Memory(
        sys.getallocatedblocks(),
        len(gc.get_objects()),
        tracemalloc.get_traced_memory()[0],
        resident * PAGE,
    )


def growth(work: Callable[[int], None], warm_up: int, count: int) -> Memory:
    """Return what `work(count)` leaves behind once `work(warm_up)` has filled what is bounded."""
    was_tracing = tracemalloc.is_tracing()
    if not was_tracing:
        tracemalloc.start()
    try:
        work(warm_up)
        before = measure()
        work(count)
        after = measure()
    finally:
        if not was_tracing:
            tracemalloc.stop()
    return Memory(*(new - old for new, old in zip(after, before, strict=True)))
