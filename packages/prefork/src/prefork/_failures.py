"""Owns what follows from failures: another attempt, or the end of the service.

Does not hear of ends that were asked for.
"""

from typing import Final

from prefork._actions import Announce, End, Event, Level
from prefork._crash_loop import EXIT_CRASH_LOOP, PROVEN_AGE, CrashLoop
from prefork._reasons import StopReason
from prefork._status import ExitStatus
from prefork._table import Member, Slot, State
from prefork._upkeep import Phase, Upkeep

__all__ = ["Failures"]

_FAILED: Final = 1
"""The exit code where a worker has ended with 0 before it was ready."""


class Failures:
    """Decides whether it is worth going on."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep
        self._crash_loop = CrashLoop()

    def clear(self) -> None:
        """Forget them all: what is tried next is another thing."""
        self._crash_loop.clear()
        self._upkeep.clear_backoff()

    def on_lost(self, slot: Slot, member: Member, status: ExitStatus, now: float) -> None:
        """Decide after a worker that was to serve in that slot has ended by itself."""
        if member.state is State.STARTING:
            self._upkeep.generations.on_failed()
            if self._upkeep.phase is Phase.FIRST:
                self._give_up_at_first("worker", status, now)
                return
        if member.time_ready(now) >= PROVEN_AGE:
            slot.backoff.clear()
            self._crash_loop.clear()
        else:
            slot.backoff.on_failed(now)
            self._on_ended_young(now)

    def on_hung(self, member: Member, now: float) -> None:
        """Replace a worker that does not report, without delay: its timeout was one."""
        upkeep = self._upkeep
        timeout = member.options.heartbeat_timeout
        text = f"A worker has not reported for {timeout:g} s: it is asked for its stacks and killed"
        upkeep.say(Level.ERROR, text)
        time_ready = member.time_ready(now)
        slot = upkeep.table.slots[member.slot]
        upkeep.stopping.condemn(member, now)
        slot.backoff.clear()
        if time_ready < PROVEN_AGE:
            self._on_ended_young(now)

    def on_template_failed(self, status: ExitStatus, now: float) -> None:
        """Decide after a template of the serving generation was not ready before its end."""
        upkeep = self._upkeep
        upkeep.generations.on_failed()
        if upkeep.phase is Phase.FIRST:
            self._give_up_at_first("template", status, now)
        elif upkeep.phase is Phase.RUNNING:
            upkeep.say(Level.WARNING, f"The template {status} before it was ready")
            self._on_ended_young(now)

    def wind_down(self, now: float) -> None:
        """Stop everything, to end."""
        upkeep = self._upkeep
        upkeep.phase = Phase.STOPPING
        upkeep.generations.finish()
        upkeep.actions.append(Announce(Event.STOPPING))
        upkeep.stopping.retire_all(StopReason.STOPPED, now)

    def _on_ended_young(self, now: float) -> None:
        table = self._upkeep.table
        is_proven_serving = any(
            it.time_ready(now) >= PROVEN_AGE for it in table.in_state(State.READY)
        )
        if self._crash_loop.on_ended_young(
            workers=table.wanted, is_proven_serving=is_proven_serving
        ):
            text = f"{self._crash_loop.count} times in a row a worker ended too soon"
            self._give_up(EXIT_CRASH_LOOP, text, now)

    def _give_up_at_first(self, what: str, status: ExitStatus, now: float) -> None:
        text = f"The first {what} {status} before it was ready"
        options = self._upkeep.generations.options
        if status.code in options.telling_codes and not options.outlives_failures:
            text = ""
        self._give_up(status.exit_code or _FAILED, text, now)

    def _give_up(self, code: int, text: str, now: float) -> None:
        upkeep = self._upkeep
        if upkeep.phase not in {Phase.FIRST, Phase.RUNNING}:
            return
        if not upkeep.generations.options.outlives_failures:
            upkeep.end = End(code, text)
            if text and upkeep.table.members:
                upkeep.say(Level.ERROR, f"{text}: stopping all")
            self.wind_down(now)
            return
        upkeep.phase = Phase.WAITING
        upkeep.say(Level.ERROR, f"{text}; waiting for the next reload")
        upkeep.stopping.retire_all(StopReason.STOPPED, now)
        if upkeep.generations.is_reloading and not upkeep.generations.is_configuring:
            upkeep.generations.finish()
            upkeep.actions.append(Announce(Event.RELOADED))
