"""Owns the life of a service: it brings events to the policy, and its actions to who does them.

Does not decide, and does not carry out anything itself.
"""

import signal
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from prefork._acceptor import Acceptor
from prefork._actions import (
    Action,
    Announce,
    Configure,
    DumpStacks,
    End,
    Event,
    Kill,
    KillTemplate,
    Say,
    SetBalanced,
    Start,
    StartTemplate,
    StopTemplate,
    StopWorker,
    StopWorkerNow,
)
from prefork._configuring import Configuring
from prefork._crew import Crew
from prefork._gauge import Gauge
from prefork._launch import Tools
from prefork._loop import Urgency
from prefork._notify import Notifier
from prefork._options import Hooks, Plan
from prefork._policy import Policy
from prefork._preloading import Preloading
from prefork._signals import Signals
from prefork._watching import Watching
from prefork._worker import Worker

__all__ = ["Service"]

_STOPPING: Final = frozenset({signal.SIGINT, signal.SIGTERM})

_REAP_SECONDS: Final = 1.0
"""A child that ended is waited for at SIGCHLD, and anyway so often."""

_RETRY_SECONDS: Final = 0.05
"""Until a record is sent again that a channel had no room for."""


_HELD_UP_SECONDS: Final = 1.0
"""A turn that takes so much longer than it was to: this process was stopped, or had no processor.
Whatever it was may have met the workers too."""


class Service:
    """One run of a supervisor."""

    def __init__(
        self,
        tools: Tools,
        work: Callable[[Worker], None],
        plan: Plan,
        hooks: Hooks,
        signals: Signals,
        notifier: Notifier,
    ) -> None:
        self._tools = tools
        self._hooks = hooks
        self._signals = signals
        self._notifier = notifier
        policy = Policy(
            tools.launch.adjusted(plan.options),
            is_preloading=hooks.preload is not None,
            random=Random(),  # noqa: S311 - jitter
        )
        self._policy = policy
        self._crew = Crew(tools, policy, work, self._call_on_started)
        self._configuring = Configuring(tools, policy, plan, hooks.reload)
        self._preloading: Preloading | None = None
        if hooks.preload is not None:
            self._preloading = Preloading(tools, policy, work, hooks.preload)
        self._watching = Watching(tools, hooks.watch, self._reload)
        self._acceptor = Acceptor(
            tools.loop,
            self._crew.dispatch,
            tools.launch.listeners.of_slot(0),
            tools.clock,
            tools.logger.warning,
        )
        self._gauge = Gauge(tools.clock, notifier)
        self._next_reap = 0.0
        self._end: End | None = None
        self._handlers: Final = self._action_handlers()
        tools.launch.belongings.extend(
            [
                lambda: [tools.loop, signals, notifier, self._acceptor.spare],
                self._crew.belongings,
                self._configuring.belongings,
                self._watching.belongings,
            ]
        )
        if self._preloading is not None:
            tools.launch.belongings.append(self._preloading.belongings)

    def run(self) -> int:
        """Serve until the policy ends it; return the exit code."""
        tools = self._tools
        tools.loop.watch(self._signals, self._on_signals, Urgency.SIGNALS)
        self._policy.start(tools.clock())
        self._execute()
        self._watching.start()
        heard_until = tools.clock()
        while self._end is None:
            seconds = max(0.0, self._seconds_to_wait())
            tools.loop.turn(seconds)
            self._tend(heard_until)
            self._execute()
            now = tools.clock()
            if now - heard_until > seconds + _HELD_UP_SECONDS:
                self._policy.on_held_up(now)
            heard_until = now
        if self._end.text:
            tools.logger.error("%s", self._end.text)
        return self._end.code

    def close(self) -> None:
        """Give back what is held. Workers that still live, after an error, stop by themselves."""
        self._acceptor.close()
        self._configuring.close()
        self._watching.close()
        self._crew.close()
        if self._preloading is not None:
            self._preloading.close()

    def _seconds_to_wait(self) -> float:
        now = self._tools.clock()
        if self._crew.flush():
            return _RETRY_SECONDS
        deadlines = (
            self._policy.next_deadline(),
            self._acceptor.next_deadline(now),
            self._gauge.next_deadline(),
            self._next_reap,
        )
        return min(deadline for deadline in deadlines if deadline is not None) - now

    def _tend(self, heard_until: float) -> None:
        """Do what is due in each turn, after everybody was heard.

        Args:
            heard_until: what was said by then was heard. Something may have held this process up
                since, and a worker is not to blame for what was not read.
        """
        if self._tools.clock() >= self._next_reap:
            self._reap()
        self._gauge.tend(self._crew.members(), self._policy)
        deadline = self._policy.next_deadline()
        if deadline is not None and heard_until >= deadline:
            self._policy.on_timer(heard_until)
        listeners = self._tools.launch.listeners
        if listeners.reuse_port:
            attended = {it.load.slot for it in self._crew.members() if it.is_serving}
            self._acceptor.adopt(listeners.unattended(attended))
        self._acceptor.update()

    def _execute(self) -> None:
        while self._end is None and (actions := self._policy.take_actions()):
            for action in actions:
                self._handlers[type(action)](action)

    def _on_signals(self) -> None:
        now = self._tools.clock()
        numbers = self._signals.take()
        if not _STOPPING.isdisjoint(numbers):
            # Once: who signals a process and then its group, as timeout(1) does, means one stop.
            self._policy.stop(now)
        for number in numbers:
            if number in _STOPPING:
                continue
            if number == signal.SIGHUP:
                self._policy.reload(now)
            elif number in {signal.SIGTTIN, signal.SIGTTOU}:
                self._policy.scale(1 if number == signal.SIGTTIN else -1, now)
            elif number == signal.SIGUSR1:
                self._call("on_reopen_logs", self._hooks.on_reopen_logs)
                self._crew.reopen_logs()
        # First: a signal to the whole group ends children that are to end anyway.
        self._execute()
        self._reap()

    def _reload(self) -> None:
        self._policy.reload(self._tools.clock())

    def _reap(self) -> None:
        self._next_reap = self._tools.clock() + _REAP_SECONDS
        for pid, status in self._tools.children.reap():
            if self._crew.on_exit(pid, status) or self._watching.on_exit(pid, status):
                continue
            if self._preloading is not None:
                self._preloading.on_exit(pid, status)

    # --------------------------------------------------------------------------- actions

    def _action_handlers(self) -> Mapping[type[Action], Callable[[Any], object]]:
        crew = self._crew
        handlers: dict[type[Action], Callable[[Any], object]] = {
            Start: self._start,
            StopWorker: lambda action: crew.stop(action.serial, action.reason),
            StopWorkerNow: lambda action: crew.stop_now(action.serial),
            Kill: lambda action: crew.kill(action.serial),
            DumpStacks: lambda action: crew.dump_stacks(action.serial),
            Configure: lambda action: self._configuring.start(action.generation),
            SetBalanced: self._set_balanced,
            Announce: self._announce,
            Say: lambda action: self._tools.logger.log(action.level, "%s", action.text),
            End: self._on_end,
        }
        if (preloading := self._preloading) is not None:
            handlers[StartTemplate] = self._start_template
            handlers[StopTemplate] = lambda action: preloading.stop(action.generation)
            handlers[KillTemplate] = lambda action: preloading.kill(action.generation)
        return handlers

    def _start(self, action: Start) -> None:
        plan = self._configuring.plan(action.generation)
        spawn = None if self._preloading is None else self._preloading.spawn
        self._crew.start(action, plan, spawn)

    def _start_template(self, action: StartTemplate) -> None:
        if self._preloading is not None:
            plan = self._configuring.plan(action.generation)
            self._preloading.start(action.generation, plan)

    def _set_balanced(self, action: SetBalanced) -> None:
        self._crew.set_balanced(action.is_balanced)
        self._acceptor.set_open(action.is_balanced)

    def _announce(self, action: Announce) -> None:
        if action.event is Event.RELOADING:
            self._notifier.reloading()
        elif action.event is Event.STOPPING:
            self._notifier.stopping()
            self._begin_to_stop()
        elif action.event is not Event.STARTED:
            self._notifier.ready()
            self._configuring.forget_before(self._policy.generation)

    def _call_on_started(self) -> None:
        self._call("on_started", self._hooks.on_started)

    def _call(self, name: str, hook: Callable[[], None] | None) -> None:
        if hook is not None:
            try:
                hook()
            except Exception:
                self._tools.logger.exception("the %s hook failed", name)

    def _begin_to_stop(self) -> None:
        self._configuring.close()
        self._watching.close()
        self._acceptor.end()
        # Clients that come now are refused at once, when the workers have done the same.
        self._tools.launch.listeners.close()

    def _on_end(self, action: End) -> None:
        self._end = action
