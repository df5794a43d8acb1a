"""Owns the policy of the supervisor: what follows from each thing that happens to it.

Does not act, log or look at a clock. Each input takes what happened and the monotonic time, and
leaves its actions to be taken.
"""

from random import Random
from typing import Final

from prefork._actions import Action, Level
from prefork._failures import Failures
from prefork._options import MAX_WORKERS, Options
from prefork._reasons import StopReason
from prefork._recycling import reason_of_memory, reason_of_tasks
from prefork._reload import Reload
from prefork._status import ExitStatus
from prefork._table import Member, State
from prefork._templates import Loss
from prefork._upkeep import Phase, Upkeep

__all__ = ["Policy"]

_ALIVE: Final = {Phase.FIRST, Phase.RUNNING, Phase.WAITING}


class Policy:
    """Decides for one supervisor, from `start` to the action `End`.

    What has happened is to be told before `on_timer` is called: a supervisor that was itself
    stopped for a while must read the reports of its workers before it takes them for hung. Workers
    and templates that are not known (any more) are ignored.
    """

    def __init__(self, options: Options, *, is_preloading: bool, random: Random) -> None:
        self._upkeep = Upkeep(options, random, is_preloading=is_preloading)
        self._table = self._upkeep.table
        self._generations = self._upkeep.generations
        self._failures = Failures(self._upkeep)
        self._reload = Reload(self._upkeep, self._failures)
        self._signals = 0
        self._now = 0.0

    @property
    def options(self) -> Options:
        """Of the generation that serves."""
        return self._generations.options

    @property
    def generation(self) -> int:
        """The one that serves. Of those before it no worker will be started."""
        return self._generations.current

    def take_actions(self) -> list[Action]:
        """Return what is to be done, in order, and forget it."""
        actions = self._upkeep.actions[:]
        self._upkeep.actions.clear()
        return actions

    def next_deadline(self) -> float | None:
        """Return when `on_timer` is to be called; None while only events matter."""
        return self._upkeep.next_deadline(self._now)

    # The service

    def start(self, now: float) -> None:
        """Begin. Once."""
        self._upkeep.phase = Phase.FIRST
        self._upkeep.resize(self.options.workers, now)
        self._keep_up(now)

    def stop(self, now: float) -> None:
        """Stop gracefully; at the second call soon, at the third at once."""
        upkeep = self._upkeep
        if upkeep.phase is Phase.ENDED:
            return
        self._signals += 1
        if self._signals == 1:
            if upkeep.phase is not Phase.STOPPING:
                upkeep.say(Level.INFO, "Stopping")
                self._failures.wind_down(now)
        elif self._signals == 2:
            upkeep.say(Level.WARNING, "Stopping at once")
            upkeep.stopping.hurry(now)
        else:
            upkeep.stopping.kill_all()
            upkeep.templates.kill_all()
        self._keep_up(now)

    def scale(self, step: int, now: float) -> None:
        """Want so many workers more, or fewer."""
        upkeep = self._upkeep
        if upkeep.phase not in _ALIVE:
            return
        wanted = min(max(self._table.wanted + step, 1), MAX_WORKERS)
        if wanted == self._table.wanted:
            upkeep.say(Level.WARNING, f"The number of workers stays {wanted}")
        else:
            upkeep.say(Level.INFO, f"The number of workers is now {wanted}")
            upkeep.resize(wanted, now)
        self._keep_up(now)

    def on_timer(self, now: float) -> None:
        """Do what is due."""
        self._upkeep.stopping.expire(now)
        self._upkeep.templates.expire(now)
        if self._upkeep.phase is Phase.RUNNING:
            for member in list(self._table.in_state(State.READY)):
                timeout = member.options.heartbeat_timeout
                # Those after the one that was the last straw are told to stop already.
                is_ready = member.state is State.READY
                if is_ready and timeout and now >= member.reported_at + timeout:
                    self._failures.on_hung(member, now)
        self._keep_up(now)

    def on_held_up(self, now: float) -> None:
        """Begin the waiting for reports anew: for a while, this process has not run."""
        for member in self._table.in_state(State.READY):
            member.reported_at = now

    # Workers

    def on_ready(self, serial: int, now: float) -> None:
        """Let a worker serve, in the place of the one that it replaces."""
        member = self._table.find(serial, State.STARTING)
        if member is None or member.is_killed:
            return
        member.state = State.READY
        member.ready_at = member.reported_at = now
        slot = self._table.slots[member.slot]
        if slot.replacement is member and slot.member is not None:
            self._upkeep.stopping.retire(slot.member, StopReason.RESTARTED, now)
            self._upkeep.roll.backoff.clear()
        self._upkeep.phase = Phase.RUNNING
        self._reload.on_ready(member.generation, now)
        self._keep_up(now)

    def on_report(self, serial: int, tasks_done: int, now: float) -> None:
        """Take note that a worker is alive, and what it has done in all."""
        member = self._table.find(serial, State.READY)
        if member is not None:
            member.reported_at = now
            self._recycle(member, reason_of_tasks(member.max_tasks, tasks_done), now)

    def on_memory(self, serial: int, size: int, now: float) -> None:
        """Take note of how many bytes a worker has."""
        member = self._table.find(serial, State.READY)
        if member is not None:
            self._recycle(member, reason_of_memory(member.options, size), now)

    def on_retire_asked(self, serial: int, now: float) -> None:
        """Take note that a worker wants to be replaced."""
        member = self._table.find(serial, State.READY)
        if member is not None:
            self._recycle(member, "it was told to end", now)

    def on_exit(self, serial: int, status: ExitStatus, now: float) -> None:
        """Take a worker out: it has ended, or could not be started."""
        table, generations = self._table, self._generations
        member = table.members.get(serial)
        if member is None:
            return
        is_replacement = table.is_replacement(member)
        slot = table.leave_slot(member)
        del table.members[serial]
        if slot is not None:
            if is_replacement:
                self._upkeep.roll.backoff.on_failed(now)
                generations.on_failed()
            else:
                self._failures.on_lost(slot, member, status, now)
            if member.state is State.STARTING and member.generation == generations.candidate:
                self._reload.abandon(f"its first worker {status} before it was ready", now)
        self._keep_up(now)

    # Reloads and templates

    def reload(self, now: float) -> None:
        """Replace all workers by a new generation, or do so once more after the running reload."""
        if self._upkeep.phase in _ALIVE:
            self._reload.ask(now)
            self._keep_up(now)

    def on_configured(self, options: Options, now: float) -> None:
        """Go on with the reload: its plan has these options."""
        self._reload.on_configured(options, now)
        self._keep_up(now)

    def on_configure_failed(self, text: str, now: float) -> None:
        """Abandon the reload: there is no plan, for that reason."""
        self._reload.on_configure_failed(text, now)
        self._keep_up(now)

    def on_template_ready(self, generation: int, now: float) -> None:
        """Start what waited for the template."""
        self._upkeep.templates.on_ready(generation)
        self._keep_up(now)

    def on_template_exit(self, generation: int, status: ExitStatus, now: float) -> None:
        """Take a template out: it has ended, or could not be started."""
        loss = self._upkeep.templates.on_exit(generation, now)
        if loss is Loss.DIED:
            self._upkeep.say(Level.WARNING, f"The template {status}")
        elif loss is Loss.FAILED and generation == self._generations.candidate:
            self._reload.abandon(f"its template {status} before it was ready", now)
        elif loss is Loss.FAILED:
            self._failures.on_template_failed(status, now)
        self._keep_up(now)

    def _recycle(self, member: Member, reason: str, now: float) -> None:
        if reason and not member.recycle_reason:
            member.recycle_reason = reason
            self._upkeep.say(Level.INFO, f"Replacing a worker: {reason}")
            self._keep_up(now)

    def _keep_up(self, now: float) -> None:
        self._now = now
        self._upkeep.keep_up(now)
        self._reload.begin_if_asked()
