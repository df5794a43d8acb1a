"""Owns the supervisor's care for the watching process: its start, its words, its end.

Does not read files. A watcher that ends is told of, and the service goes on without it.
"""

from collections.abc import Callable
from typing import Final

from prefork._launch import Tools
from prefork._loop import Urgency
from prefork._status import ExitStatus
from prefork._watcher import Watcher, WatcherProcess

__all__ = ["Watching"]

_MOST_NAMED: Final = 3
"""Changes that the log names."""


class Watching:
    """The watching process, if there is one."""

    def __init__(
        self, tools: Tools, watch: Callable[[Watcher], None] | None, on_change: Callable[[], object]
    ) -> None:
        self._tools = tools
        self._watch = watch
        self._on_change = on_change
        self._process: WatcherProcess | None = None

    def start(self) -> None:
        """Start it, if the program wants one."""
        if self._watch is None:
            return
        launch = self._tools.launch
        process = WatcherProcess.start(
            self._tools.children,
            self._watch,
            leave=launch.leave(),
            prepare=launch.prepare(launch.options),
        )
        if isinstance(process, ExitStatus):
            self._tools.logger.warning("changes will not be seen: the watcher %s", process)
            return
        self._process = process
        self._tools.loop.watch(process, self._on_readable, Urgency.PROCESSES)

    def on_exit(self, pid: int, status: ExitStatus) -> bool:
        """Take in the end of a process. Returns whether it was the watcher."""
        process = self._process
        if process is None or process.pid != pid:
            return False
        # What it said before its end counts.
        self._hear(process)
        self.close()
        self._tools.logger.warning("changes will not be seen any more: the watcher %s", status)
        return True

    def close(self) -> None:
        """Let it end."""
        if self._process is not None:
            self._tools.loop.unwatch(self._process)
            self._process.close()
            self._process = None

    def belongings(self) -> list[WatcherProcess]:
        """Return what no child may hold."""
        return [] if self._process is None else [self._process]

    def _on_readable(self) -> None:
        process = self._process
        if process is None:
            return
        self._hear(process)
        if process.is_ended:
            # Its process is waited for.
            self._tools.loop.unwatch(process)

    def _hear(self, process: WatcherProcess) -> None:
        changes = list(dict.fromkeys(process.receive()))
        if changes:
            more = f" and {len(changes) - _MOST_NAMED} more" if len(changes) > _MOST_NAMED else ""
            named = ", ".join(changes[:_MOST_NAMED])
            self._tools.logger.info("Reloading: %s%s changed", named, more)
            self._on_change()
