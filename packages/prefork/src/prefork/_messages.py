"""Owns what a worker is told: one small class for each thing that may have come.

Does not know how it came. The listeners that `Accept` and `Hold` speak of are the worker's own.
"""

import socket
from typing import TypeAlias

from prefork._reasons import StopReason
from prefork._value import Value

__all__ = ["Accept", "Connection", "Hold", "Message", "ReopenLogs", "Stop", "StopNow"]


class Stop(Value):
    """End gracefully: take no more, finish what is open. Comes once."""

    reason: StopReason


class StopNow(Value):
    """End at once, whatever is open. May come with no `Stop` before it."""


class Connection(Value):
    """A connection that the supervisor accepted for this worker, which now owns it."""

    socket: socket.socket
    """Not blocking."""
    listener: int
    """Index in `Worker.listeners` of the listener that it came from."""


class Accept(Value):
    """Accept connections from the listeners, until `Hold` or `Stop`."""


class Hold(Value):
    """Accept no more from the listeners. Connections come as `Connection` from now on."""


class ReopenLogs(Value):
    """Open the log files anew: they were moved away."""


Message: TypeAlias = Stop | StopNow | Connection | Accept | Hold | ReopenLogs
