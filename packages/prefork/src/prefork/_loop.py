"""Owns the waiting: which descriptors are watched, and who is called when one is readable.

Does not know what they are. Within a turn the more urgent are called first, and whoever is taken
out by one call is not called by the same turn any more.
"""

import enum
import selectors
from collections.abc import Callable
from typing import Protocol

__all__ = ["Loop", "Urgency", "Watched"]


class Watched(Protocol):
    """Whatever has a descriptor."""

    def fileno(self) -> int: ...


class Urgency(enum.IntEnum):
    """Who is called first in a turn."""

    SIGNALS = 0
    PROCESSES = 1
    """What a worker has to say makes room for the connections that follow."""
    LISTENERS = 2


class Loop:
    """Readable descriptors and their callbacks."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def watch(self, watched: Watched, callback: Callable[[], object], urgency: Urgency) -> None:
        """Call back in each turn in which this is readable."""
        self._selector.register(watched, selectors.EVENT_READ, (urgency, callback))

    def unwatch(self, watched: Watched) -> None:
        """Watch it no longer. It must be open; one that is not watched is passed over."""
        try:
            self._selector.unregister(watched)
        except (KeyError, ValueError):
            return

    def is_watched(self, watched: Watched) -> bool:
        """Whether it is watched."""
        return watched in self._selector.get_map()

    def turn(self, seconds: float) -> None:
        """Wait until something is readable, at most so long, and call whom it concerns."""
        ready = [key for key, _ in self._selector.select(max(0.0, seconds))]
        ready.sort(key=lambda key: int(key.data[0]))
        for key in ready:
            # A number may belong to another one by now; the object does not.
            if self._selector.get_map().get(key.fd) is key:
                key.data[1]()

    def close(self) -> None:
        """Close the selector. In a child this leaves the one of the parent as it is."""
        self._selector.close()
