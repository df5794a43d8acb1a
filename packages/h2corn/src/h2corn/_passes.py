"""Owns how many applications start before other connections have their turn.

Does not start them. Where an application runs at once (Python 3.12 and later) a pass sees for
itself how long it takes. On 3.11 the loop runs all that a pass has started in its next turn,
however long that takes, so that there the last pass decides about the size of the next one.
"""

import asyncio
import sys
from time import monotonic
from typing import Final

__all__ = ["PASS_COUNT", "PASS_SECONDS", "RUNS_AT_ONCE", "PassMeter"]

PASS_COUNT: Final = 16
"""Applications that one pass starts at most."""

PASS_SECONDS: Final = 0.001
"""Seconds after which a pass starts no further application."""

RUNS_AT_ONCE: Final = sys.version_info >= (3, 12)
"""Whether a task makes its first step when it is created."""


class PassMeter:
    """Finds the size of passes whose applications run later.

    It begins with one, doubles while they are quick and halves when they are not: of 255 that take
    1.5 ms each, no more than two ever run in one turn of the loop.

    Attributes:
        size: how many applications the next pass may start.
    """

    __slots__ = ("_begin", "size")

    def __init__(self) -> None:
        self.size = 1
        self._begin = 0.0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note when the applications run that are started next."""
        # A loop calls in the order of the planning: this, the applications, the next pass.
        loop.call_soon(self._note)

    def _note(self) -> None:
        self._begin = monotonic()

    def end(self) -> None:
        """Judge the pass whose applications have just run."""
        if monotonic() - self._begin >= PASS_SECONDS:
            self.size = max(1, self.size // 2)
        else:
            self.size = min(PASS_COUNT, self.size * 2)
