"""Owns the last resort of a worker: a timer that ends it, and tells its stacks.

Does not run in Python: faulthandler's thread needs no interpreter, so that it ends a process that
is blocked in a loop or in C and whose supervisor is no longer there to kill it.
"""

import faulthandler
import select
import threading
import time
from collections.abc import Callable
from typing import Final

from prefork._child import stderr_descriptor

__all__ = ["DeadMan"]

_BEAT_GRACE: Final = 5.0
"""Seconds that the supervisor has to kill a silent worker, before the worker does."""
_STOP_GRACE: Final = 1.0
"""The same after the time for a graceful stop; the supervisor kills half a second after it."""
_REARM_INTERVAL: Final = 1.0
"""Seconds. Arming starts a thread, 30 microseconds, and reports may be many a second."""


class DeadMan:
    """The timer of this process; faulthandler has only one."""

    def __init__(
        self, heartbeat_timeout: float | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Not armed until the first beat.

        Args:
            heartbeat_timeout: seconds without a beat that make a worker a hung one; None or 0
                never does.
        """
        self._limit = heartbeat_timeout + _BEAT_GRACE if heartbeat_timeout else None
        self._clock = clock
        self._descriptor = stderr_descriptor()
        self._next_arming = 0.0
        self._is_stopping = False

    def beat(self) -> None:
        """Put the end off. Call as often as you like."""
        if self._limit is None or self._is_stopping:
            return
        now = self._clock()
        if now >= self._next_arming:
            self._next_arming = now + _REARM_INTERVAL
            self._arm(self._limit + _REARM_INTERVAL)

    def stop(self, timeout: float | None) -> None:
        """Fix the end: from now on beats count no more.

        Args:
            timeout: seconds that the work has to end; None is for ever.
        """
        self._is_stopping = True
        if timeout is None:
            faulthandler.cancel_dump_traceback_later()
        else:
            self._arm(timeout + _STOP_GRACE)

    def watch(self, descriptor: int, timeout: float) -> None:
        """Fix the end when the other end of a channel is closed, in a thread that waits for that.

        For a worker that may be silent for any time: if it is blocked when its supervisor dies, it
        does not hear of it.

        Args:
            descriptor: of the channel, which stays open until the process ends.
            timeout: seconds that the work has to end then.
        """
        threading.Thread(target=self._watch, args=(descriptor, timeout), daemon=True).start()

    def _watch(self, descriptor: int, timeout: float) -> None:
        poll = select.poll()
        # Of a hangup alone, which is always told: what can be read is the main thread's.
        poll.register(descriptor, 0)
        poll.poll()
        if not self._is_stopping:
            self.stop(timeout)

    def _arm(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds, file=self._descriptor, exit=True)
