"""Owns the tables of one service, and how they are brought to what is wanted.

Does not hear what happens; `_policy` does, and changes the wishes. `keep_up` then compares them
with what is there and asks for the difference, so that no order of events leaves anything undone.

    NEW --start--> FIRST --ready--> RUNNING --stop, crash loop--> STOPPING --nothing lives--> ENDED
                    |  ^               |
                    |  '--- reload ----+---- WAITING
                    '--- failed -------'---->  '  in place of STOPPING, where failures are outlived
"""

import enum
from random import Random

from prefork._actions import (
    Action,
    Announce,
    End,
    Event,
    Level,
    Say,
    SetBalanced,
    Start,
)
from prefork._generations import Generations
from prefork._options import Options
from prefork._reasons import StopReason
from prefork._recycling import draw_max_tasks
from prefork._roll import Roll
from prefork._stopping import Stopping
from prefork._table import Slot, State, Table
from prefork._templates import Templates

__all__ = ["Phase", "Upkeep"]


class Phase(enum.Enum):
    """What the service is about."""

    NEW = enum.auto()
    FIRST = enum.auto()
    """Nothing was ready yet: one worker is started alone, so that an error is told once."""
    RUNNING = enum.auto()
    WAITING = enum.auto()
    """It failed, and the next reload may be the cure."""
    STOPPING = enum.auto()
    ENDED = enum.auto()


class Upkeep:
    """The tables, and the actions that they call for."""

    def __init__(self, options: Options, random: Random, *, is_preloading: bool) -> None:
        self.actions: list[Action] = []
        self.phase = Phase.NEW
        self.table = Table()
        self.stopping = Stopping(self.table, self.actions)
        self.templates = Templates(self.actions, is_preloading=is_preloading)
        self.generations = Generations(options)
        self.roll = Roll()
        self.end = End(0, "")
        """How it will end, unless something else ends it first."""
        self._random = random
        self._is_balanced: bool | None = None
        self._is_started = False
        self._is_settled = False

    def say(self, level: Level, text: str) -> None:
        """Ask for a line in the log."""
        self.actions.append(Say(level, text))

    def resize(self, wanted: int, now: float) -> None:
        """Want so many workers. The slots that came last go first."""
        table = self.table
        while table.wanted < wanted:
            table.slots.append(Slot(table.wanted))
        while table.wanted > wanted:
            slot = table.slots[-1]
            for member in (slot.replacement, slot.member):
                if member is not None:
                    self.stopping.retire(member, StopReason.STOPPED, now)
            table.slots.pop()

    def clear_backoff(self) -> None:
        """Let everything that waits be tried at once."""
        self.roll.backoff.clear()
        self.templates.clear_backoff()
        for slot in self.table.slots:
            slot.backoff.clear()

    def keep_up(self, now: float) -> None:
        """Ask for what is wanted and is not there."""
        if self.phase in {Phase.NEW, Phase.ENDED}:
            return
        if self.phase is Phase.STOPPING:
            self._wind_up(now)
            return
        self._balance()
        if self.phase is Phase.WAITING:
            self.templates.keep((), now)
            return
        self._fill(now)
        self._replace(now)
        self._announce()
        self.templates.keep(self.generations.kept, now)

    def next_deadline(self, now: float) -> float | None:
        """Return when time alone calls for something, after a `keep_up` at that time."""
        deadlines = [self.stopping.next_deadline(), self.templates.next_deadline(now)]
        if self.phase in {Phase.FIRST, Phase.RUNNING}:
            deadlines.append(self._next_heartbeat())
            waits = [slot.backoff for slot in self.table.slots if slot.member is None]
            waits.append(self.roll.backoff)
            deadlines.extend(wait.retry_at for wait in waits if wait.retry_at > now)
        return min((it for it in deadlines if it is not None), default=None)

    def _balance(self) -> None:
        is_balanced = self.generations.options.balance and self.table.wanted > 1
        if is_balanced is not self._is_balanced:
            self._is_balanced = is_balanced
            self.actions.append(SetBalanced(is_balanced))

    def _fill(self, now: float) -> None:
        for slot in self.table.slots:
            if slot.member is None and slot.backoff.allows(now):
                self._start(slot, self.generations.current, self.generations.options, now)
            if self.phase is Phase.FIRST:
                return

    def _replace(self, now: float) -> None:
        slot = self.roll.choose(self.table, self.generations, now)
        if slot is not None:
            self._start(slot, self.generations.newest, self.generations.newest_options, now)

    def _start(self, slot: Slot, generation: int, options: Options, now: float) -> None:
        if self.templates.need(generation, now, options.start_timeout):
            max_tasks = draw_max_tasks(options, self._random)
            member = self.table.add(slot, generation, options, max_tasks, now)
            self.actions.append(Start(member.serial, slot.index, generation, max_tasks))

    def _announce(self) -> None:
        table, generations = self.table, self.generations
        if not self._is_started and table.is_any_ready:
            self._is_started = True
            self.actions.append(Announce(Event.STARTED))
        if not self._is_settled and all(
            slot.member is not None and slot.member.state is State.READY for slot in table.slots
        ):
            self._is_settled = True
            self.actions.append(Announce(Event.SETTLED))
        if not generations.is_following:
            return
        missing = table.wanted - table.count_ready(generations.current)
        if not missing:
            self.say(Level.INFO, "Reloaded")
        elif generations.is_hopeless:
            text = f"Reloaded, but {missing} of {table.wanted} workers did not follow"
            self.say(Level.WARNING, text)
        else:
            return
        generations.finish()
        self.actions.append(Announce(Event.RELOADED))

    def _next_heartbeat(self) -> float | None:
        return min(
            (
                member.reported_at + member.options.heartbeat_timeout
                for member in self.table.in_state(State.READY)
                if member.options.heartbeat_timeout
            ),
            default=None,
        )

    def _wind_up(self, now: float) -> None:
        self.templates.keep((), now)
        if not self.table.members and self.templates.is_empty:
            self.phase = Phase.ENDED
            self.actions.append(self.end)
