"""Owns what a supervisor and its workers are told: options, the plan of a generation, hooks.

Does not act on them, and does not know where they come from.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prefork._watcher import Watcher

__all__ = ["MAX_WORKERS", "Hooks", "Options", "Plan"]

MAX_WORKERS: Final = 1024
"""Of one supervisor. A machine of 512 cores has room for two on each; the number of a typing error,
or of a key held down, has not."""

MAX_HEARTBEAT_INTERVAL: Final = 1.0
HEARTBEATS_PER_TIMEOUT: Final = 3
"""So that one late report is no sign of a hung worker."""

_MAX_ID: Final = 2**32 - 2
_MAX_UMASK: Final = 0o777


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How workers are supervised. Times are seconds, sizes bytes.

    Raises:
        ValueError: a value is out of its range; the text names it.
    """

    workers: int = 1
    """How many serve, 1 to 1024. SIGTTIN and SIGTTOU change the number of a running service."""

    max_tasks: int = 0
    """A worker that has done so many is replaced; 0 for no limit."""

    max_tasks_jitter: int = 0
    """At most so many are added to `max_tasks`, at random for each worker, so that workers of the
    same age are not due together."""

    max_memory: int = 0
    """A worker whose resident memory is larger is replaced; 0 for no limit."""

    heartbeat_timeout: float = 30.0
    """A ready worker that has not reported for so long is killed and replaced; 0 never."""

    stop_timeout: float | None = 30.0
    """How long a worker that was told to stop may go on; half a second later it is killed. None
    lets it go on for ever."""

    start_timeout: float | None = None
    """How long a worker may take until it is ready; then it is killed. So may the template that it
    is forked from. None waits for ever."""

    balance: bool = True
    """With more than one worker, the supervisor accepts the connections and passes each to the
    worker with the fewest."""

    outlives_failures: bool = False
    """A first start that fails, and workers that crash again and again, do not end the supervisor:
    it waits for the next reload. For development."""

    telling_codes: frozenset[int] = frozenset()
    """Exit codes of workers that have said themselves why they could not start: at the first start
    nothing is added to that."""

    user: int | None = None
    """The user id of the workers; None keeps the supervisor's. Fixed until the supervisor ends."""

    group: int | None = None
    """The group id of the workers; None keeps the supervisor's. Fixed until the supervisor ends."""

    umask: int | None = None
    """The file mode mask of the workers, 0 to 0o777; None keeps the supervisor's."""

    def __post_init__(self) -> None:
        _check_range("workers", self.workers, 1, MAX_WORKERS)
        for name in ("max_tasks", "max_tasks_jitter", "max_memory", "heartbeat_timeout"):
            _check_range(name, getattr(self, name), 0)
        if self.stop_timeout is not None:
            _check_range("stop_timeout", self.stop_timeout, 0)
        if self.start_timeout is not None and not self.start_timeout > 0:
            raise ValueError(f"start_timeout must be above 0, not {self.start_timeout}")
        for name, largest in (("user", _MAX_ID), ("group", _MAX_ID), ("umask", _MAX_UMASK)):
            value = getattr(self, name)
            if value is not None:
                _check_range(name, value, 0, largest)

    @property
    def heartbeat_interval(self) -> float:
        """Seconds between a worker's reports: a third of the timeout, and never above 1."""
        if not self.heartbeat_timeout:
            return MAX_HEARTBEAT_INTERVAL
        return min(self.heartbeat_timeout / HEARTBEATS_PER_TIMEOUT, MAX_HEARTBEAT_INTERVAL)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one generation of workers is started with. Made anew, in a child, by each reload."""

    options: Options = field(default_factory=Options)
    settings: object = None
    """What the workers need to know; handed to them as it is. Where `Hooks.reload` makes it, it
    comes from another process by pickle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What the program has done beside its workers."""

    reload: Callable[[], Plan] | None = None
    """Returns the plan of the next generation. Runs in a child; what it raises is said, and the old
    workers serve on. None: the same plan again."""

    preload: Callable[[object], None] | None = None
    """Imports what all workers share, in a template process that then forks them. Takes the
    settings of the plan. Linux only."""

    watch: Callable[["Watcher"], None] | None = None
    """Runs in a child for as long as the supervisor, and asks for a reload by `Watcher.changed`."""

    on_started: Callable[[], None] | None = None
    """Called in the supervisor when the first worker is ready."""

    on_reopen_logs: Callable[[], None] | None = None
    """Called in the supervisor when logs are to be opened anew, before its workers are told."""


def _check_range(name: str, value: float, smallest: int, largest: int | None = None) -> None:
    # Not a number is in no range.
    if not value >= smallest:
        raise ValueError(f"{name} must be at least {smallest}, not {value}")
    if largest is not None and value > largest:
        raise ValueError(f"{name} must be at most {largest}, not {value}")
