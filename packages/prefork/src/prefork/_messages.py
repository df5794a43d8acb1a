"""Owns what a worker is told: one small class for each thing that may have come.

Does not know how it came. The listeners that `Accept` and `Hold` speak of are the worker's own.
"""

import socket
from dataclasses import dataclass
from typing import TypeAlias

from prefork._reasons import StopReason

__all__ = ["Accept", "Connection", "Hold", "Message", "ReopenLogs", "Stop", "StopNow"]


@dataclass(frozen=True, slots=True)
class Stop:
    """End gracefully: take no more, finish what is open. Comes once."""

    reason: StopReason


@dataclass(frozen=True, slots=True)
class StopNow:
    """End at once, whatever is open. May come with no `Stop` before it."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that the supervisor accepted for this worker, which now owns it."""

    socket: socket.socket
    """Not blocking."""
    listener: int
    """Index in `Worker.listeners` of the listener that it came from."""


@dataclass(frozen=True, slots=True)
class Accept:
    """Accept connections from the listeners, until `Hold` or `Stop`."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Accept no more from the listeners. Connections come as `Connection` from now on."""


@dataclass(frozen=True, slots=True)
class ReopenLogs:
    """Open the log files anew: they were moved away."""


Message: TypeAlias = Stop | StopNow | Connection | Accept | Hold | ReopenLogs
