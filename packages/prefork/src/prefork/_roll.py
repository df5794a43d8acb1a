"""Owns the roll: which worker is replaced next, one at a time, while it serves on.

Does not start or stop them.
"""

from prefork._backoff import Backoff
from prefork._generations import Generations
from prefork._table import Slot, State, Table

__all__ = ["Roll"]


class Roll:
    """Chooses the slot whose worker gets a replacement."""

    def __init__(self) -> None:
        self.backoff = Backoff()
        """After a replacement that failed."""

    def choose(self, table: Table, generations: Generations, now: float) -> Slot | None:
        """Return the slot to start a replacement in; None for none, or not at this time."""
        if not self.backoff.allows(now):
            return None
        found = None
        for slot in table.slots:
            if slot.replacement is not None:
                return None
            member = slot.member
            if member is None:
                continue
            if member.state is not State.READY:
                # A candidate that stepped in for the worker that it was to replace.
                if member.generation == generations.candidate:
                    return None
                continue
            is_old = generations.is_to_follow(member.generation)
            if found is None and (member.recycle_reason or is_old):
                found = slot
        return found
