"""Owns what is done once in a while: the memory of the workers, the sign of life for a watchdog.

Does not judge the memory.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from prefork._member import Member
from prefork._memory import resident_bytes
from prefork._notify import Notifier

__all__ = ["Gauge"]

_SAMPLE_SECONDS: Final = 1.0


class _Hearing(Protocol):
    def on_memory(self, serial: int, size: int, now: float) -> None: ...


class Gauge:
    """The two intervals."""

    def __init__(self, clock: Callable[[], float], notifier: Notifier) -> None:
        self._clock = clock
        self._notifier = notifier
        self._next_sample = clock()
        self._next_sign = clock()

    def next_deadline(self) -> float:
        """Return when `tend` is due."""
        if self._notifier.watchdog_interval is None:
            return self._next_sample
        return min(self._next_sample, self._next_sign)

    def tend(self, members: Iterable[Member], hearing: _Hearing) -> None:
        """Do what is due."""
        now = self._clock()
        interval = self._notifier.watchdog_interval
        if interval is not None and now >= self._next_sign:
            self._next_sign = now + interval
            self._notifier.alive()
        if now >= self._next_sample:
            self._next_sample = now + _SAMPLE_SECONDS
            for member in members:
                if member.is_serving and member.options.max_memory:
                    self._sample(member, hearing, now)

    def _sample(self, member: Member, hearing: _Hearing, now: float) -> None:
        size = None if member.pid is None else resident_bytes(member.pid)
        if size is not None:
            hearing.on_memory(member.serial, size, now)
