"""Owns what the policy asks of the supervisor, as values.

Does not carry it out. Workers are named by serial numbers, which are never used twice.
"""

import enum
from typing import TypeAlias

from prefork._reasons import StopReason
from prefork._value import Value

__all__ = [
    "Action",
    "Announce",
    "Configure",
    "DumpStacks",
    "End",
    "Event",
    "Kill",
    "KillTemplate",
    "Level",
    "Say",
    "SetBalanced",
    "Start",
    "StartTemplate",
    "StopTemplate",
    "StopWorker",
    "StopWorkerNow",
]


class Event(enum.Enum):
    """What the service manager, or the program, may want to know."""

    STARTED = enum.auto()
    """The first worker is ready. Once."""
    SETTLED = enum.auto()
    """All workers that are wanted were ready, for the first time. Once."""
    RELOADING = enum.auto()
    RELOADED = enum.auto()
    """The reload is over, whether it was done or abandoned."""
    STOPPING = enum.auto()
    """Once, before the workers are told."""


class Level(enum.IntEnum):
    """How loud something is said; the numbers of `logging`."""

    INFO = 20
    WARNING = 30
    ERROR = 40


class Start(Value):
    """Start a worker: with the plan of that generation, and by its template where there are any."""

    serial: int
    slot: int
    generation: int
    max_tasks: int
    """After which the worker will be replaced, its jitter included; 0 for never."""


class StopWorker(Value):
    """Tell a worker to stop gracefully. Once for each worker."""

    serial: int
    reason: StopReason


class StopWorkerNow(Value):
    """Tell a worker to stop whatever is open."""

    serial: int


class Kill(Value):
    """End a worker by SIGKILL."""

    serial: int


class DumpStacks(Value):
    """Ask a hung worker to write its stacks. It serves no more, and is killed soon."""

    serial: int


class Configure(Value):
    """Make the plan of that generation, in a child."""

    generation: int


class StartTemplate(Value):
    """Start the template of that generation. None of that generation lives."""

    generation: int


class StopTemplate(Value):
    """Tell a template to end; nothing will be started by it."""

    generation: int


class KillTemplate(Value):
    """End a template by SIGKILL."""

    generation: int


class SetBalanced(Value):
    """Whether the supervisor accepts the connections, or the workers do. Comes before any Start."""

    is_balanced: bool


class Announce(Value):
    """Something has come about."""

    event: Event


class Say(Value):
    """Write a line to the log."""

    level: Level
    text: str


class End(Value):
    """Nothing lives any more: end the supervisor. The last action."""

    code: int
    text: str
    """The last line of the log, an error; empty after an ordinary stop."""


Action: TypeAlias = (
    Start
    | StopWorker
    | StopWorkerNow
    | Kill
    | DumpStacks
    | Configure
    | StartTemplate
    | StopTemplate
    | KillTemplate
    | SetBalanced
    | Announce
    | Say
    | End
)
