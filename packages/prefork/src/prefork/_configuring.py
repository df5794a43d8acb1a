"""Owns the plans of the generations, and the errand that makes a new one.

Does not decide whether a plan is used. Only one errand is under way at a time.
"""

import signal
from collections.abc import Callable
from typing import Final, Protocol

from prefork._errand import Errand, ErrandFailure
from prefork._launch import Tools
from prefork._loop import Urgency
from prefork._options import Options, Plan
from prefork._status import ExitStatus

__all__ = ["Configuring"]


class _Hearing(Protocol):
    def on_configured(self, options: Options, now: float) -> None: ...
    def on_configure_failed(self, text: str, now: float) -> None: ...


class Configuring:
    """The plans, by generation; the first one is 1."""

    def __init__(
        self, tools: Tools, hearing: _Hearing, first: Plan, reload: Callable[[], Plan] | None
    ) -> None:
        self._tools = tools
        self._hearing = hearing
        self._reload = reload
        self._plans: Final = {1: first}
        self._errand: Errand | None = None
        self._generation = 1

    def plan(self, generation: int) -> Plan:
        """Return the plan of a generation."""
        return self._plans[generation]

    def forget_before(self, generation: int) -> None:
        """Forget the plans of older generations, of which no worker will be started any more."""
        for old in [one for one in self._plans if one < generation]:
            del self._plans[old]

    def start(self, generation: int) -> None:
        """Make the plan of a generation; the policy hears what comes of it."""
        self._generation = generation
        if self._reload is None:
            self._take(self._plans[max(self._plans)])
            return
        launch = self._tools.launch
        errand = Errand.start(
            self._tools.children,
            self._reload,
            leave=launch.leave(),
            prepare=launch.prepare_reader(),
        )
        if isinstance(errand, ExitStatus):
            self._hearing.on_configure_failed(f"the reader {errand}", self._tools.clock())
            return
        self._errand = errand
        self._tools.loop.watch(errand, self._on_readable, Urgency.PROCESSES)

    def close(self) -> None:
        """End what is under way."""
        if self._errand is not None:
            self._tools.children.kill(self._errand.pid, signal.SIGKILL)
            self._drop()

    def belongings(self) -> list[Errand]:
        """Return what no child may hold."""
        return [] if self._errand is None else [self._errand]

    def _on_readable(self) -> None:
        result = None if self._errand is None else self._errand.receive()
        if result is None:
            return
        self._drop()
        if isinstance(result, ErrandFailure):
            self._hearing.on_configure_failed(result.text, self._tools.clock())
        else:
            self._take(result)

    def _take(self, plan: Plan) -> None:
        self._plans[self._generation] = plan
        options = self._tools.launch.adjusted(plan.options)
        self._hearing.on_configured(options, self._tools.clock())

    def _drop(self) -> None:
        if self._errand is not None:
            self._tools.loop.unwatch(self._errand)
            self._errand.close()
            self._errand = None
