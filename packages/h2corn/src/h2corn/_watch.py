"""Owns the watching of files for `--reload`: which of them count, and how a change is seen.

Does not reload anything; it tells a prefork `Watcher`, which does not say what came of it. With
watchfiles installed the operating system tells of changes, else the times of the files are looked
at twice a second.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Final, Protocol

__all__ = [
    "INTERVAL",
    "Snapshot",
    "Told",
    "WatchRules",
    "describe",
    "polled_changes",
    "snapshot",
    "watch",
]

INTERVAL: Final = 0.5
"""Seconds between two looks at the files."""

MOST_NAMES: Final = 3
"""Files that are named of those that changed together."""

Snapshot = dict[str, tuple[int, int]]
"""Time of modification and size of each file."""


class Told(Protocol):
    """Who is told of changes; a prefork `Watcher` is one."""

    def changed(self, text: str) -> None:
        """Take in that something has changed."""


@dataclass(frozen=True, slots=True)
class WatchRules:
    """The files that count.

    A pattern without a slash is compared with each part of a path below its directory when it
    excludes, and with its last part when it includes; one with slashes with the end of the path.
    """

    directories: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def is_watched(self, path: str) -> bool:
        """Return whether a file counts."""
        name = os.path.basename(path)  # noqa: PTH119 - one of thousands each time
        if not any(_matches(pattern, path, [name]) for pattern in self.include):
            return False
        return not self.is_excluded(path)

    def is_excluded(self, path: str) -> bool:
        """Return whether a file or directory is left out, by itself or with one that it is in."""
        parts = self._below(path)
        return any(_matches(pattern, path, parts) for pattern in self.exclude)

    def _below(self, path: str) -> tuple[str, ...]:
        for directory in self.directories:
            if path.startswith(directory + os.sep):
                return PurePath(path[len(directory) + 1 :]).parts
        return PurePath(path).parts[-1:]


def _matches(pattern: str, path: str, parts: Iterable[str]) -> bool:
    if "/" in pattern:
        return PurePath(path).match(pattern)
    return any(fnmatch(part, pattern) for part in parts)


def watch(rules: WatchRules, before: Snapshot, told: Told) -> None:
    """Tell of every change, for ever.

    Args:
        rules: the files.
        before: how they were before anything was started that loads them.
        told: whom to tell.
    """
    if changed := {path for path, _ in before.items() ^ snapshot(rules).items()}:
        told.changed(describe(changed))
    seen = _system_changes if find_spec("watchfiles") is not None else polled_changes
    for paths in seen(rules):
        told.changed(describe(paths))


def describe(paths: Iterable[str]) -> str:
    """Return what is said of files that changed together."""
    names = [os.path.relpath(path) for path in sorted(paths)]
    more = len(names) - MOST_NAMES
    shown = ", ".join(names[:MOST_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def _system_changes(rules: WatchRules) -> Iterator[set[str]]:
    watchfiles = import_module("watchfiles")

    def is_watched(_change: object, path: str) -> bool:
        return rules.is_watched(path)

    for changes in watchfiles.watch(
        *rules.directories, watch_filter=is_watched, raise_interrupt=False
    ):
        yield {path for _, path in changes}


def polled_changes(
    rules: WatchRules, sleep: Callable[[float], object] | None = None
) -> Iterator[set[str]]:
    """Yield the files that were added, changed or removed between two looks.

    Args:
        rules: the files.
        sleep: waits between two looks.
    """
    before = snapshot(rules)
    while True:
        (sleep or time.sleep)(INTERVAL)
        now = snapshot(rules)
        if now != before:
            yield {path for path, _ in before.items() ^ now.items()}
        before = now


def snapshot(rules: WatchRules) -> Snapshot:
    """Return how the files are now."""
    found: Snapshot = {}
    for directory in rules.directories:
        for path in _files(rules, directory):
            try:
                status = Path(path).stat()
            except OSError:
                continue  # It has just gone.
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


def _files(rules: WatchRules, top: str) -> Iterator[str]:
    for directory, names, files in os.walk(top):
        # Not looked into: what is excluded, caches, and virtual environments, whose files are many.
        names[:] = [
            name
            for name in names
            if name != "__pycache__"
            and not rules.is_excluded(os.path.join(directory, name))  # noqa: PTH118
            and not os.path.exists(os.path.join(directory, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
        ]
        for name in files:
            path = os.path.join(directory, name)  # noqa: PTH118 - one of thousands
            if rules.is_watched(path):
                yield path
