"""Owns the templates: which live, which are ready, when one is started, stopped and killed.

Does not fork them, and does not decide what the failure of one means.
"""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from prefork._actions import Action, KillTemplate, StartTemplate, StopTemplate
from prefork._backoff import Backoff

__all__ = ["Loss", "Templates"]

_HASTE: Final = 1.0
"""Seconds until SIGKILL. A template has nothing to finish."""


class Loss(enum.Enum):
    """What the end of a template means."""

    EXPECTED = enum.auto()
    """It was told to end, or is not known."""
    FAILED = enum.auto()
    """It was never ready."""
    DIED = enum.auto()
    """It was ready. Another is started when one is needed."""


@dataclass(slots=True)
class _Template:
    is_ready: bool = False
    is_stopping: bool = False
    kill_at: float | None = None


class Templates:
    """The templates that live, by generation. Nothing is one where nothing is preloaded."""

    def __init__(self, actions: list[Action], *, is_preloading: bool) -> None:
        self._actions = actions
        self._is_preloading = is_preloading
        self._living: dict[int, _Template] = {}
        self._backoff = Backoff()

    @property
    def is_empty(self) -> bool:
        """Whether no template lives."""
        return not self._living

    def need(self, generation: int, now: float, start_timeout: float | None = None) -> bool:
        """Return whether workers of that generation can be started; see to it that they can be.

        Args:
            generation: of the plan.
            now: monotonic seconds.
            start_timeout: seconds until a template that is not ready is killed; None never.
        """
        if not self._is_preloading:
            return True
        template = self._living.get(generation)
        if template is None and self._backoff.allows(now):
            kill_at = None if start_timeout is None else now + start_timeout
            self._living[generation] = _Template(kill_at=kill_at)
            self._actions.append(StartTemplate(generation))
        return template is not None and template.is_ready and not template.is_stopping

    def keep(self, generations: Collection[int], now: float) -> None:
        """Stop the templates of other generations."""
        for generation, template in self._living.items():
            if generation not in generations and not template.is_stopping:
                template.is_stopping = True
                template.kill_at = now + _HASTE
                self._actions.append(StopTemplate(generation))

    def on_ready(self, generation: int) -> None:
        """Take note that workers can be started from it."""
        template = self._living.get(generation)
        if template is not None:
            template.is_ready = True
            if not template.is_stopping:
                template.kill_at = None
            self._backoff.clear()

    def on_exit(self, generation: int, now: float) -> Loss:
        """Take a template out; tell what its end means."""
        template = self._living.pop(generation, None)
        if template is None or template.is_stopping:
            return Loss.EXPECTED
        if template.is_ready:
            return Loss.DIED
        self._backoff.on_failed(now)
        return Loss.FAILED

    def clear_backoff(self) -> None:
        """Let the next one be started at once."""
        self._backoff.clear()

    def expire(self, now: float) -> None:
        """Kill those that were not ready, or did not end, in time."""
        for generation, template in self._living.items():
            if template.kill_at is not None and now >= template.kill_at:
                template.kill_at = None
                self._actions.append(KillTemplate(generation))

    def kill_all(self) -> None:
        """Kill those that were told to end."""
        self.expire(float("inf"))

    def next_deadline(self, now: float) -> float | None:
        """Return when `expire`, or a `need` that was not met, has something to do."""
        deadlines = [it.kill_at for it in self._living.values() if it.kill_at is not None]
        if self._backoff.retry_at > now:
            deadlines.append(self._backoff.retry_at)
        return min(deadlines, default=None)
