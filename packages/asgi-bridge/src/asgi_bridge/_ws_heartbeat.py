"""Owns the times of a session's pings: when one is due, and when the client counts as gone.

Does not read a clock, hold a timer or send anything.
"""

from enum import Enum, auto
from math import inf

__all__ = ["Beat", "Heartbeat"]


class Beat(Enum):
    """What is to be done when the time has come."""

    NOTHING = auto()
    PING = auto()
    DEAD = auto()


class Heartbeat:
    """The pings of one session.

    Whatever arrives after a ping answers it, not only the pong: that may have to wait behind a
    large message on a slow line.

    Args:
        interval: seconds between pings.
        timeout: seconds that something may take to arrive after one, 0 for ever.
        now: the time, in seconds.
    """

    __slots__ = ("_deadline", "_interval", "_mark", "_ping_at", "_timeout")

    def __init__(self, interval: float, timeout: float, now: float) -> None:
        self._interval = interval
        self._timeout = timeout
        self._ping_at = now + interval
        self._deadline = inf
        self._mark = 0

    def next_deadline(self) -> float:
        """Return when `on_timer` is to be called next, in seconds."""
        return min(self._ping_at, self._deadline)

    def on_timer(self, now: float, received: int, *, is_deaf: bool, is_full: bool) -> Beat:
        """Tell what is due.

        Args:
            now: the time, in seconds.
            received: bytes that have arrived in all.
            is_deaf: the server itself does not read, so that silence says nothing.
            is_full: there is no room for a ping; one more of what the client does not take would
                tell it nothing.
        """
        if self._deadline < inf:
            if received != self._mark:
                self._deadline = inf
            elif is_deaf:
                self._deadline = max(self._deadline, now + self._timeout)
            elif now >= self._deadline:
                return Beat.DEAD
        if now < self._ping_at:
            return Beat.NOTHING
        self._ping_at = now + self._interval
        if is_full:
            return Beat.NOTHING
        if self._timeout and self._deadline == inf:
            self._deadline = now + self._timeout
            self._mark = received
        return Beat.PING
