"""Owns the table of workers: their states, and which of them serves in which slot.

Does not decide, and asks nothing of the supervisor. A worker that was told to stop has left its
slot; it stays in the table until its end.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from prefork._backoff import Backoff
from prefork._options import Options

__all__ = ["Member", "Slot", "State", "Table"]


class State(enum.Enum):
    """What is expected of a worker."""

    STARTING = enum.auto()
    READY = enum.auto()
    STOPPING = enum.auto()
    """It was told to stop, or is hung; its end is no surprise."""


@dataclass(slots=True, eq=False)
class Member:
    """One worker, from its start to its end. Times are monotonic seconds."""

    serial: int
    slot: int
    generation: int
    options: Options
    """Those that it was started with, and keeps to."""
    max_tasks: int
    started_at: float
    state: State = State.STARTING
    ready_at: float = 0.0
    reported_at: float = 0.0
    recycle_reason: str = ""
    """Why it is to be replaced; empty where it is not."""
    kill_at: float | None = None
    is_killed: bool = False

    def time_ready(self, now: float) -> float:
        """Return for how long it has been ready, 0 when it is not."""
        return now - self.ready_at if self.state is State.READY else 0.0


@dataclass(slots=True, eq=False)
class Slot:
    """The place of one wanted worker."""

    index: int
    member: Member | None = None
    """Starting or ready."""
    replacement: Member | None = None
    """Starting, while `member` is ready."""
    backoff: Backoff = field(default_factory=Backoff)


class Table:
    """The slots of the workers that are wanted, and all workers that live."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self.members: dict[int, Member] = {}
        self._last_serial = 0

    @property
    def wanted(self) -> int:
        """How many workers are to serve."""
        return len(self.slots)

    def add(
        self, slot: Slot, generation: int, options: Options, max_tasks: int, now: float
    ) -> Member:
        """Enter a worker that starts: in an empty slot, or as the replacement of a ready one."""
        self._last_serial += 1
        member = Member(self._last_serial, slot.index, generation, options, max_tasks, now)
        self.members[member.serial] = member
        if slot.member is None:
            slot.member = member
        else:
            slot.replacement = member
        return member

    def leave_slot(self, member: Member) -> Slot | None:
        """Take a worker out of its slot, where its replacement steps in.

        Returns:
            The slot; None where the worker was in none any more.
        """
        slot = self.slots[member.slot] if member.slot < len(self.slots) else None
        if slot is None or member.state is State.STOPPING:
            return None
        if slot.replacement is member:
            slot.replacement = None
        else:
            slot.member, slot.replacement = slot.replacement, None
        return slot

    def is_replacement(self, member: Member) -> bool:
        """Whether it starts while the worker of its slot serves."""
        return any(slot.replacement is member for slot in self.slots)

    def find(self, serial: int, state: State) -> Member | None:
        """Return the worker of that number where it lives and is in that state."""
        member = self.members.get(serial)
        return member if member is not None and member.state is state else None

    def in_state(self, state: State) -> Iterator[Member]:
        """Iterate over the workers in that state."""
        return (member for member in self.members.values() if member.state is state)

    @property
    def is_any_ready(self) -> bool:
        """Whether at least one worker serves."""
        return any(True for _ in self.in_state(State.READY))

    def count_ready(self, generation: int) -> int:
        """Return how many slots are served by a worker of that generation."""
        return sum(
            slot.member is not None
            and slot.member.state is State.READY
            and slot.member.generation == generation
            for slot in self.slots
        )
