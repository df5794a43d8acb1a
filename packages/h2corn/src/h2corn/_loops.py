"""Owns the event loop of a process that serves: which one it is, and how it is closed.

Does not run anything in it, and is of no use to a program that has a loop already.
"""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from importlib.util import find_spec
from threading import Thread
from typing import Final

from h2corn._threads import Threads
from h2corn.config import Config

__all__ = [
    "CLOSE_GRACE",
    "LOOP_DESCRIPTORS",
    "THREAD_GRACE",
    "close_loop",
    "new_loop",
    "threads_for",
]

CLOSE_GRACE: Final = 0.5
"""Seconds that what the application has left running gets to end when the server has."""

THREAD_GRACE: Final = 0.25
"""Seconds that threads get to end before that. A supervisor kills a worker that goes on for half a
second beyond the times of its options."""

LOOP_DESCRIPTORS: Final = 16
"""More than any loop opens for itself: uvloop takes about ten."""


def new_loop(config: Config) -> asyncio.AbstractEventLoop:
    """Return the loop that the options ask for.

    Raises:
        OSError: this process has too few descriptors left for one.
    """
    # Not left to the loops: uvloop aborts the process, and asyncio tells tracebacks of its own.
    with contextlib.ExitStack() as taken:
        for _ in range(LOOP_DESCRIPTORS):
            taken.callback(os.close, os.open(os.devnull, os.O_RDONLY))
    if config.loop == "asyncio" or (config.loop == "auto" and find_spec("uvloop") is None):
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - it is not there on every platform

    return uvloop.new_event_loop()


@contextlib.contextmanager
def threads_for(loop: asyncio.AbstractEventLoop, count: int) -> Iterator[None]:
    """Give a loop a default executor of so many threads, and end that in bounded time.

    What waits for a thread at the end is not begun. What runs in one gets `THREAD_GRACE` seconds,
    in which the loop runs as well, and is left behind then: a thread cannot be cancelled. Nor does
    the process wait for it at its end.
    """
    executor = Threads(count)
    loop.set_default_executor(executor)
    try:
        yield
    finally:
        ended = asyncio.Event()

        def end() -> None:
            executor.shutdown(wait=True, cancel_futures=True)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(ended.set)

        Thread(target=end, name="h2corn end", daemon=True).start()
        with contextlib.suppress(TimeoutError):
            loop.run_until_complete(asyncio.wait_for(ended.wait(), THREAD_GRACE))


def close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop as `asyncio.Runner` does, but without waiting for ever.

    A task that ignores its cancellation would hold a Runner until the process is killed.
    """
    try:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=CLOSE_GRACE))
        with contextlib.suppress(TimeoutError):
            loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), CLOSE_GRACE))
    finally:
        loop.close()
