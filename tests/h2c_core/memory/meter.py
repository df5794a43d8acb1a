"""Owns how much memory a piece of work leaves behind: objects, bytes, and pages of the process.

Does not do the work. Pages tell only in a process of its own: one that has freed memory before, by
the tens of MiB where a suite ran in it, hands that out first, and takes it back page by page.
"""

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, TypeAlias

Work: TypeAlias = Callable[[int], None]
"""Does something so many times."""

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


def growth(make: Callable[[], Work], warm_up: int, count: int) -> Memory:
    """Return what `work(count)` leaves behind once `work(warm_up)` has filled what is bounded.

    Args:
        make: makes the work, in the new process that does it; must be picklable.
        warm_up: how often it is done first.
        count: how often it is done then.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_growth, make, warm_up, count).result()


def _growth(make: Callable[[], Work], warm_up: int, count: int) -> Memory:
    work = make()
    tracemalloc.start()
    work(warm_up)
    before = measure()
    work(count)
    after = measure()
    return Memory(*(new - old for new, old in zip(after, before, strict=True)))
