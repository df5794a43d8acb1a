"""Owns how long to wait before the next attempt: not at all, then 0.1 s, doubling up to 1 s.

Does not know what is attempted.
"""

from typing import Final

__all__ = ["FIRST_DELAY", "LONGEST_DELAY", "Backoff"]

FIRST_DELAY: Final = 0.1
LONGEST_DELAY: Final = 1.0
"""Short, since an operator waits for the cure to show; long enough that failing costs little."""


class Backoff:
    """The time of the next attempt at one thing."""

    def __init__(self) -> None:
        self.retry_at = float("-inf")
        """No attempt before this time."""
        self._delay = 0.0

    def on_failed(self, now: float) -> None:
        """Wait, and longer than the last time."""
        self._delay = min(self._delay * 2 or FIRST_DELAY, LONGEST_DELAY)
        self.retry_at = now + self._delay

    def clear(self) -> None:
        """Let the next attempt be at once, and its failure be the first."""
        self._delay = 0.0
        self.retry_at = float("-inf")

    def allows(self, now: float) -> bool:
        """Whether the next attempt may be made."""
        return now >= self.retry_at
