"""Owns the course of a reload: asked, configured, tried by one worker, adopted or abandoned.

Does not replace the workers that are to follow; that is upkeep.
"""

from prefork._actions import Announce, Configure, Event, Level
from prefork._failures import Failures
from prefork._options import Options
from prefork._reasons import StopReason
from prefork._table import State
from prefork._upkeep import Phase, Upkeep

__all__ = ["Reload"]


class Reload:
    """Leads one generation to the next."""

    def __init__(self, upkeep: Upkeep, failures: Failures) -> None:
        self._upkeep = upkeep
        self._generations = upkeep.generations
        self._failures = failures

    def ask(self, now: float) -> None:
        """Ask for one; while one is running, for one more afterwards."""
        generations = self._generations
        generations.is_asked = True
        if generations.candidate is not None and generations.options.outlives_failures:
            # Who edits the program waits for no version that is out of date.
            self.abandon("there is a newer version", now, Level.INFO)

    def begin_if_asked(self) -> None:
        """Begin the reload that was asked for, unless another one is running."""
        generations = self._generations
        is_alive = self._upkeep.phase in {Phase.FIRST, Phase.RUNNING, Phase.WAITING}
        if is_alive and generations.is_asked and not generations.is_reloading:
            generation = generations.begin()
            self._upkeep.say(Level.INFO, "Reloading")
            self._upkeep.actions.extend((Announce(Event.RELOADING), Configure(generation)))

    def on_configured(self, options: Options, now: float) -> None:
        """Try the new generation by one worker, or adopt it where nothing serves."""
        if not self._generations.is_configuring:
            return
        for name in self._generations.propose(options):
            text = f"The {name} of the workers does not change at a reload; restart for it"
            self._upkeep.say(Level.WARNING, text)
        # What was tried in vain may work now.
        self._failures.clear()
        if not self._upkeep.table.is_any_ready:
            self._adopt(now)

    def on_configure_failed(self, text: str, now: float) -> None:
        """Abandon the reload: there is no plan."""
        if self._generations.is_configuring:
            self.abandon(text, now)

    def on_ready(self, generation: int, now: float) -> None:
        """Adopt the generation when it is the new one: its first worker is ready."""
        if generation == self._generations.candidate:
            self._adopt(now)

    def abandon(self, reason: str, now: float, level: Level = Level.ERROR) -> None:
        """Go on with the generation that serves."""
        upkeep, candidate = self._upkeep, self._generations.candidate
        for member in list(upkeep.table.in_state(State.STARTING)):
            if member.generation == candidate:
                upkeep.stopping.retire(member, StopReason.STOPPED, now)
        self._generations.finish()
        text = f"Reload abandoned: {reason}"
        if upkeep.table.is_any_ready:
            text += "; the old workers serve on"
        elif upkeep.phase is Phase.WAITING:
            text += "; waiting for the next reload"
        upkeep.say(level, text)
        upkeep.actions.append(Announce(Event.RELOADED))

    def _adopt(self, now: float) -> None:
        upkeep, generations = self._upkeep, self._generations
        if generations.adopt():
            upkeep.resize(generations.options.workers, now)
        if upkeep.phase is Phase.WAITING:
            upkeep.phase = Phase.FIRST
        self._failures.clear()
        # These serve nobody yet, and would be replaced next.
        for member in list(upkeep.table.in_state(State.STARTING)):
            if member.generation < generations.current:
                upkeep.stopping.retire(member, StopReason.RESTARTED, now)
