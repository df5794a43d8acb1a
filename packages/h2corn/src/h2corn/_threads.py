"""Owns the threads in which a loop of the server runs what would block it.

Does not decide how long their end may take; `_loops` does.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

__all__ = ["Threads"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Job: TypeAlias = Callable[[], None]


class Threads(ThreadPoolExecutor):
    """At most so many threads, which no process waits for at its end.

    The interpreter joins those of its own executors before it ends, so that one call that blocks
    would hold a stop for as long as it takes. Loops accept no executor of another type.

    Args:
        count: how many; each is started when it is needed first.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._limit: Final = count
        self._jobs: Final[SimpleQueue[tuple[Future[Any], _Job] | None]] = SimpleQueue()
        self._members: Final[list[Thread]] = []
        self._change: Final = Lock()
        self._free = 0  # threads, less the calls that run and those that wait
        self._is_closed = False

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Call something in a thread as soon as one is free.

        Raises:
            RuntimeError: `shutdown` was called, or the system has no thread to give.
        """
        future: Future[_T] = Future()
        with self._change:
            if self._is_closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._free <= 0 and len(self._members) < self._limit:
                self._add_thread()
            self._free -= 1
            self._jobs.put((future, partial(_run, future, partial(fn, *args, **kwargs))))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin nothing more than what waits, nor that either where it is cancelled."""
        dropped: list[Future[Any]] = []
        with self._change:
            self._is_closed = True
            while cancel_futures:
                try:
                    job = self._jobs.get_nowait()
                except Empty:
                    break
                if job is not None:
                    dropped.append(job[0])
            for _ in self._members:
                self._jobs.put(None)
        for future in dropped:
            future.cancel()
        for thread in self._members if wait else ():
            thread.join()

    def _add_thread(self) -> None:
        thread = Thread(target=self._work, name=f"h2corn {len(self._members) + 1}", daemon=True)
        thread.start()
        self._members.append(thread)
        self._free += 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job[1]()
            del job  # or its result lives until the next one
            with self._change:
                self._free += 1


def _run(future: Future[_T], call: Callable[[], _T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - it is for whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)
