"""Owns the front door of prefork: a supervisor of worker processes that knows not what they do.

Does not hold code. Start with `Supervisor`, which runs a callable in as many processes as its
`Plan` says, each with a `Worker` to talk to the supervisor by.
"""

from prefork._address import Address, FdAddress, TcpAddress, UnixAddress, parse_address
from prefork._crash_loop import EXIT_CRASH_LOOP
from prefork._listener import Listener
from prefork._listeners import Listeners
from prefork._messages import Accept, Connection, Hold, Message, ReopenLogs, Stop, StopNow
from prefork._options import Hooks, Options, Plan
from prefork._privileges import Identity, acting_as, find_identity
from prefork._reasons import StopReason
from prefork._supervisor import SUPPORTED, Supervisor
from prefork._systemd import inherited_addresses
from prefork._version import __version__
from prefork._watcher import Watcher
from prefork._worker import Worker
from prefork.errors import ListenError, PreforkError, UnsupportedError

__all__ = [
    "EXIT_CRASH_LOOP",
    "SUPPORTED",
    "Accept",
    "Address",
    "Connection",
    "FdAddress",
    "Hold",
    "Hooks",
    "Identity",
    "ListenError",
    "Listener",
    "Listeners",
    "Message",
    "Options",
    "Plan",
    "PreforkError",
    "ReopenLogs",
    "Stop",
    "StopNow",
    "StopReason",
    "Supervisor",
    "TcpAddress",
    "UnixAddress",
    "UnsupportedError",
    "Watcher",
    "Worker",
    "__version__",
    "acting_as",
    "find_identity",
    "inherited_addresses",
    "parse_address",
]
