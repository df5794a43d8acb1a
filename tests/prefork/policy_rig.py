"""Owns a policy with a clock that the test moves, and what it has asked for so far.

Does not check anything but that the deadlines of the policy lie ahead.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from prefork._actions import (
    Action,
    Announce,
    End,
    Event,
    Kill,
    Say,
    Start,
    StopWorker,
)
from prefork._options import Options
from prefork._policy import Policy
from prefork._reasons import StopReason
from prefork._status import ExitStatus

T = TypeVar("T")

CRASHED = ExitStatus.exited(3)
ENDED = ExitStatus.exited(0)


class Rig:
    """A supervisor that does nothing, and tells the policy what the test wants to have happened."""

    def __init__(self, options: Options | None = None, *, is_preloading: bool = False) -> None:
        self.now = 100.0
        self.options = options or Options()
        self.policy = Policy(self.options, is_preloading=is_preloading, random=Random(1))
        self.log: list[Action] = []

    def take(self) -> list[Action]:
        """Return what was asked for since the last call."""
        actions = self.policy.take_actions()
        self.log += actions
        return actions

    def of(self, kind: type[T], actions: Sequence[Action] | None = None) -> list[T]:
        found = self.take() if actions is None else actions
        return [it for it in found if isinstance(it, kind)]

    def start(self) -> list[Action]:
        self.policy.start(self.now)
        return self.take()

    def ready(self, *serials: int) -> list[Action]:
        for serial in serials:
            self.policy.on_ready(serial, self.now)
        return self.take()

    def exit(self, serial: int, status: ExitStatus = CRASHED) -> list[Action]:
        self.policy.on_exit(serial, status, self.now)
        return self.take()

    def stop(self) -> list[Action]:
        self.policy.stop(self.now)
        return self.take()

    def reload(self, options: Options | None = None) -> list[Action]:
        """Ask for a reload; configure it too where options are given."""
        self.policy.reload(self.now)
        if options is not None:
            self.policy.on_configured(options, self.now)
        return self.take()

    def serve(self) -> list[int]:
        """Start all workers and make them ready; return their serials."""
        self.start()
        actions = self.ready(1)
        serials = [1, *(it.serial for it in self.of(Start, actions))]
        self.ready(*serials[1:])
        return serials

    def beat(self) -> None:
        for serial in range(1, 200):
            self.policy.on_report(serial, 0, self.now)

    def advance(self, seconds: float, *, beating: bool = True) -> list[Action]:
        """Let time pass; every deadline is kept to the moment."""
        end = self.now + seconds
        actions = self.take()
        while True:
            deadline = self.policy.next_deadline()
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            if beating:
                self.beat()
            self.policy.on_timer(self.now)
            after = self.policy.next_deadline()
            assert after is None or after > self.now
            actions += self.take()
        self.now = end
        if beating:
            self.beat()
        return actions

    def said(self, actions: Sequence[Action]) -> str:
        return "\n".join(it.text for it in self.of(Say, actions))

    def events(self, actions: Sequence[Action]) -> list[Event]:
        return [it.event for it in self.of(Announce, actions)]

    def started(self, actions: Sequence[Action]) -> list[tuple[int, int, int]]:
        """Serial, slot and generation of the workers that are to be started."""
        return [(it.serial, it.slot, it.generation) for it in self.of(Start, actions)]

    def stopped(self, actions: Sequence[Action]) -> list[tuple[int, StopReason]]:
        return [(it.serial, it.reason) for it in self.of(StopWorker, actions)]

    def killed(self, actions: Sequence[Action]) -> list[int]:
        return [it.serial for it in self.of(Kill, actions)]

    def ended(self, actions: Sequence[Action]) -> End | None:
        ends = self.of(End, actions)
        return ends[0] if ends else None
