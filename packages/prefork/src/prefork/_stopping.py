"""Owns how workers are made to end: told, told again, killed when their time is over.

Does not decide which.
"""

from typing import Final

from prefork._actions import Action, DumpStacks, Kill, Level, Say, StopWorker, StopWorkerNow
from prefork._reasons import StopReason
from prefork._table import Member, State, Table

__all__ = ["GRACE", "HASTE", "Stopping"]

HASTE: Final = 1.0
"""Seconds until SIGKILL for a worker that has nothing to finish, or is not to finish it."""

GRACE: Final = 0.5
"""Seconds beyond its `stop_timeout` in which a worker ends by itself."""


class Stopping:
    """Ends workers of a table. Every method is given monotonic seconds."""

    def __init__(self, table: Table, actions: list[Action]) -> None:
        self._table = table
        self._actions = actions

    def retire(self, member: Member, reason: StopReason, now: float) -> None:
        """Tell a worker to stop. It leaves its slot."""
        timeout = member.options.stop_timeout
        if member.state is State.STARTING:
            member.kill_at = now + HASTE
        elif timeout is not None:
            member.kill_at = now + timeout + GRACE
        self._table.leave_slot(member)
        member.state = State.STOPPING
        self._actions.append(StopWorker(member.serial, reason))

    def retire_all(self, reason: StopReason, now: float) -> None:
        """Tell all workers to stop that were not told before."""
        for member in self._table.members.values():
            if member.state is not State.STOPPING:
                self.retire(member, reason, now)

    def condemn(self, member: Member, now: float) -> None:
        """Have a hung worker write its stacks, and kill it soon. It leaves its slot."""
        self._table.leave_slot(member)
        member.state = State.STOPPING
        member.kill_at = now + HASTE
        self._actions.append(DumpStacks(member.serial))

    def hurry(self, now: float) -> None:
        """Let no worker finish what it does."""
        for member in self._table.members.values():
            if not member.is_killed:
                self._actions.append(StopWorkerNow(member.serial))
                soon = now + HASTE
                member.kill_at = soon if member.kill_at is None else min(member.kill_at, soon)

    def kill_all(self) -> None:
        """Kill every worker that was not killed before."""
        for member in self._table.members.values():
            self._kill(member)

    def expire(self, now: float) -> None:
        """Kill those whose time is over."""
        for member in self._table.members.values():
            deadline = _deadline(member)
            if deadline is not None and now >= deadline:
                what = "end" if member.kill_at is not None else "become ready"
                text = f"Killing a worker that did not {what} in time"
                self._actions.append(Say(Level.WARNING, text))
                self._kill(member)

    def next_deadline(self) -> float | None:
        """Return when `expire` has something to do."""
        deadlines = [_deadline(member) for member in self._table.members.values()]
        return min((it for it in deadlines if it is not None), default=None)

    def _kill(self, member: Member) -> None:
        member.kill_at = None
        if not member.is_killed:
            member.is_killed = True
            self._actions.append(Kill(member.serial))


def _deadline(member: Member) -> float | None:
    timeout = member.options.start_timeout
    if member.state is State.STARTING and not member.is_killed and timeout is not None:
        return member.started_at + timeout
    return member.kill_at
