"""Owns how long a connection may live: seconds and requests, after which it is asked to move.

Does not ask it; `_protocol` does. A proxy opens its connections together and keeps them for ever:
each gets a little more or less time than the others, or they would all move at once.
"""

import random
from collections.abc import Callable
from math import inf
from typing import Final

__all__ = ["JITTER", "NO_END", "Lifetime"]

JITTER: Final = 0.1
"""Part of its time by which that of a connection may be longer or shorter."""


class Lifetime:
    """What a connection has at its beginning.

    Args:
        max_age: seconds; 0 is no limit.
        max_requests: requests; 0 is no limit.
        uniform: gives a random number between two others.

    Attributes:
        max_requests: what was given.
    """

    __slots__ = ("_max_age", "_uniform", "max_requests")

    def __init__(
        self,
        max_age: float = 0,
        max_requests: int = 0,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.max_requests: Final = max_requests
        self._max_age: Final = max_age
        self._uniform: Final = uniform

    def end(self, now: float) -> float:
        """Return when a connection that begins now is to move, in seconds; infinite for never."""
        if not self._max_age:
            return inf
        return now + self._max_age * self._uniform(1 - JITTER, 1 + JITTER)


NO_END: Final = Lifetime()
"""What lets a connection live for as long as its client wants."""
