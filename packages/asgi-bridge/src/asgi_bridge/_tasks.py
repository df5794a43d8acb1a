"""Owns the start of the task that runs an application, which differs between versions of Python.

Does not hold the task, nor look at how it ends.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine

__all__ = ["STARTS_AT_ONCE", "start_task"]

STARTS_AT_ONCE: bool = sys.version_info >= (3, 12)
"""Whether the first step is taken inside of `start_task`. One that is not can be cancelled before
it: the coroutine does not run at all then."""

# Called with what the oldest Python does not know.
_Task: Callable[..., asyncio.Task[None]] = asyncio.Task


def start_task(
    coroutine: Coroutine[object, None, None], loop: asyncio.AbstractEventLoop
) -> asyncio.Task[None]:
    """Run a coroutine, on 3.12 and later at once as far as it gets without waiting."""
    if STARTS_AT_ONCE:
        return _Task(coroutine, loop=loop, eager_start=True)
    return _Task(coroutine, loop=loop)
