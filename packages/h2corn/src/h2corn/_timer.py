"""Owns the one timer of a connection: armed for the engine's deadlines, early rather than anew.

Does not know what is due; the engine does.
"""

import asyncio
from collections.abc import Callable
from math import inf
from typing import Final

from h2corn._shell import Shell

__all__ = ["DeadlineTimer"]


class DeadlineTimer:
    """Calls back when the time has come that it was last set to.

    A deadline that moves away does not move the timer: that would cost something with every
    request. The timer fires when it would have, and is set to what the engine says then.

    Args:
        shell: has the loop, and the context of the call.
        callback: gets the time in seconds.
    """

    __slots__ = ("_callback", "_handle", "_shell", "at")

    at: float
    """When it fires, in seconds of the loop's clock; infinite where it does not."""

    def __init__(self, shell: Shell, callback: Callable[[float], None]) -> None:
        self.at = inf
        self._shell: Final = shell
        self._callback: Final = callback
        self._handle: asyncio.TimerHandle | None = None

    def advance(self, deadline: float) -> None:
        """Fire then, which is earlier than it would have."""
        if self._handle is not None:
            self._handle.cancel()
        self.at = deadline
        shell = self._shell
        self._handle = shell.loop.call_at(deadline, self._fire, context=shell.context)

    def cancel(self) -> None:
        """Fire no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        # Loops round to milliseconds and may call early: for the engine it is as late as it asked.
        now = max(self._shell.loop.time(), self.at)
        self._handle = None
        self.at = inf
        self._callback(now)
