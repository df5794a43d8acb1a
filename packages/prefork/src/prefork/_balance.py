"""Owns the choice of the worker that gets the next connection, and the counting that it rests on.

Does not pass connections: this is arithmetic, and time is an argument. A worker's live connections
are those of its last report and those passed since, less what it had taken by then: exact without
waiting for a report, so that connections which come together are spread as evenly as others.
"""

from collections.abc import Iterable
from math import inf
from typing import Final, TypeVar

__all__ = ["MOST_IN_FLIGHT", "REST_SECONDS", "SLOW_SECONDS", "Load", "least_loaded"]

MOST_IN_FLIGHT: Final = 64
"""Connections in one worker's channel. Each is a descriptor of the supervisor and a kernel buffer;
a worker that is this far behind is not the one to wait for."""

SLOW_SECONDS: Final = 0.1
"""A worker that has not taken a connection for so long is passed over while another one takes."""

REST_SECONDS: Final = 0.5
"""A worker that had no descriptor free, or no room in its channel, is left alone for so long."""


class Load:
    """What is known of one worker's connections.

    Attributes:
        slot: decides between workers that are equal otherwise.
    """

    def __init__(self, slot: int) -> None:
        self.slot: Final = slot
        self._live = 0
        self._tasks_open = 0
        self._passed = 0
        self._rest_end = 0.0
        self._reported_at = -inf
        # Sequence → when it was passed; the oldest first.
        self._in_flight: dict[int, float] = {}

    @property
    def connections(self) -> int:
        """Connections that it has or will have once it takes what is in its channel."""
        return self._live + len(self._in_flight)

    @property
    def in_flight(self) -> int:
        """Connections in its channel."""
        return len(self._in_flight)

    @property
    def rest_end(self) -> float:
        """When it may be given connections again after it refused one; 0 when it did not."""
        return self._rest_end

    def has_room(self, now: float) -> bool:
        """Whether it may be given one more."""
        return len(self._in_flight) < MOST_IN_FLIGHT and now >= self._rest_end

    @property
    def next_sequence(self) -> int:
        """Number of the next connection; the first one is 1."""
        return self._passed + 1

    def is_slow(self, now: float) -> bool:
        """Whether the oldest connection in its channel has waited for too long."""
        for passed in self._in_flight.values():
            return now - passed > SLOW_SECONDS
        return False

    def on_passed(self, now: float) -> int:
        """Count a connection that was put into its channel; return its sequence."""
        self._passed += 1
        self._in_flight[self._passed] = now
        return self._passed

    def on_refused(self, now: float) -> None:
        """Leave it alone for a while: it has no room for more."""
        self._rest_end = now + REST_SECONDS

    def on_returned(self, sequence: int, now: float) -> bool:
        """Take out a connection that it could not take.

        Returns:
            Whether it was in the channel.
        """
        self.on_refused(now)
        return self._in_flight.pop(sequence, None) is not None

    def on_reported(self, live: int, received: int, tasks_open: int, now: float) -> list[int]:
        """Take in a report.

        Args:
            live: connections that the worker has.
            received: how many it has taken off its channel in all.
            tasks_open: what it is busy with.
            now: monotonic seconds.

        Returns:
            The sequences that it has taken since the last report.
        """
        self._live = live
        self._tasks_open = tasks_open
        self._reported_at = now
        taken = [sequence for sequence in self._in_flight if sequence <= received]
        for sequence in taken:
            del self._in_flight[sequence]
        return taken

    def weight(self, now: float) -> tuple[bool, int, int, float, int]:
        """Return what workers are compared by: the least one gets the next connection.

        Of equal ones, it is the one last heard of: the other may have been blocked since.
        """
        heard = -self._reported_at
        return self.is_slow(now), self.connections, self._tasks_open, heard, self.slot


_Worker = TypeVar("_Worker")


def least_loaded(candidates: Iterable[tuple[_Worker, Load]], now: float) -> _Worker | None:
    """Return who gets the next connection.

    Args:
        candidates: the workers that serve, each with its load.
        now: monotonic seconds.

    Returns:
        None when there is no candidate, or none whose channel has room.
    """
    able = [(load.weight(now), worker) for worker, load in candidates if load.has_room(now)]
    return min(able, key=lambda entry: entry[0])[1] if able else None
