"""Owns the generations: the one that serves, the one that is tried, and what a reload has reached.

Does not start workers.
"""

from dataclasses import replace
from typing import Final

from prefork._options import Options

__all__ = ["MAX_FAILURES", "Generations"]

MAX_FAILURES: Final = 5
"""Starts that may fail while the rest follows a new version that is proven."""


class Generations:
    """The numbers and options of the generations. The first is 1.

    A reload makes a plan (`is_configuring`), tries it with one worker (`candidate`), adopts it, and
    is over when all workers have followed.
    """

    def __init__(self, options: Options) -> None:
        self.current = 1
        self.options = options
        """Of the current one."""
        self.candidate: int | None = None
        self.is_reloading = False
        self.is_configuring = False
        self.is_asked = False
        """A reload is to begin, after the one that is running."""
        self._last = 1
        self._candidate_options = options
        self._failures = 0

    @property
    def newest(self) -> int:
        """The one that workers are replaced by."""
        return self.current if self.candidate is None else self.candidate

    @property
    def newest_options(self) -> Options:
        """The options of the newest."""
        return self.options if self.candidate is None else self._candidate_options

    @property
    def kept(self) -> tuple[int, ...]:
        """Those that workers may still be started of."""
        return (self.current, self.newest)

    @property
    def is_following(self) -> bool:
        """Whether a new generation was adopted, and not all workers are of it yet."""
        return self.is_reloading and not self.is_configuring and self.candidate is None

    @property
    def is_hopeless(self) -> bool:
        """Whether too much failed for the rest to follow."""
        return self._failures >= MAX_FAILURES

    def is_to_follow(self, generation: int) -> bool:
        """Whether a worker of that generation is to be replaced by one of the newest."""
        return self.is_reloading and generation < self.newest

    def begin(self) -> int:
        """Begin a reload. Return the number of the generation to be made."""
        self.is_reloading = self.is_configuring = True
        self.is_asked = False
        self.candidate = None
        self._failures = 0
        self._last += 1
        return self._last

    def propose(self, options: Options) -> list[str]:
        """Make the new generation the candidate.

        Returns:
            The options that differ and cannot change: the names of them.
        """
        fixed = [name for name in ("user", "group") if _differs(name, options, self.options)]
        self.is_configuring = False
        self.candidate = self._last
        self._candidate_options = replace(options, user=self.options.user, group=self.options.group)
        return fixed

    def adopt(self) -> bool:
        """Make the candidate the current one.

        Returns:
            Whether the number of workers is another in it.
        """
        is_resized = self.options.workers != self._candidate_options.workers
        self.current = self.newest
        self.options = self._candidate_options
        self.candidate = None
        return is_resized

    def on_failed(self) -> None:
        """Count a start that failed; of use while the rest follows."""
        if self.is_following:
            self._failures += 1

    def finish(self) -> None:
        """End the reload, done or abandoned."""
        self.is_reloading = self.is_configuring = False
        self.candidate = None


def _differs(name: str, options: Options, others: Options) -> bool:
    return bool(getattr(options, name) != getattr(others, name))
