"""Owns the live templates: it starts, ends and hears them, and has them fork workers.

Does not decide, nor wait: a worker that a template was asked for tells its process id itself.
"""

import signal
from collections.abc import Callable
from functools import partial
from typing import Protocol

from prefork._channel import Channel, Sent
from prefork._launch import Tools
from prefork._loop import Urgency
from prefork._options import Plan
from prefork._status import ExitStatus
from prefork._template import Preload, Template
from prefork._worker import Assignment, Worker

__all__ = ["Preloading"]


class _Hearing(Protocol):
    def on_template_ready(self, generation: int, now: float) -> None: ...
    def on_template_exit(self, generation: int, status: ExitStatus, now: float) -> None: ...


class Preloading:
    """The templates, by generation."""

    def __init__(
        self,
        tools: Tools,
        hearing: _Hearing,
        work: Callable[[Worker], None],
        load: Callable[[object], None],
    ) -> None:
        self._tools = tools
        self._hearing = hearing
        self._work = work
        self._load = load
        self._templates: dict[int, Template] = {}

    def start(self, generation: int, plan: Plan) -> None:
        """Start the template of a generation, which loads the program."""
        launch = self._tools.launch
        listeners = launch.listeners.of_slot(0)
        template = Template.start(
            self._tools.children,
            Preload(
                generation=generation,
                plan=plan,
                load=self._load,
                work=self._work,
                addresses=[listener.address for listener in listeners],
            ),
            leave=launch.leave(),
            prepare=launch.prepare(plan.options),
        )
        if isinstance(template, ExitStatus):
            self._hearing.on_template_exit(generation, template, self._tools.clock())
            return
        self._templates[generation] = template
        self._tools.loop.watch(template, partial(self._on_readable, template), Urgency.PROCESSES)

    def spawn(self, assignment: Assignment, control: Channel) -> ExitStatus | None:
        """Ask a template for a worker. Returns why it cannot be asked; None when it was."""
        template = self._templates.get(assignment.generation)
        if template is None or template.fileno() < 0:
            return ExitStatus.not_started("its template is gone")
        try:
            sent = template.spawn(assignment, control)
        except ValueError as error:
            return ExitStatus.not_started(str(error))
        return None if sent is Sent.DONE else ExitStatus.not_started("its template does not listen")

    def stop(self, generation: int) -> None:
        """Let a template end."""
        template = self._templates.get(generation)
        if template is not None:
            self._release(template)

    def kill(self, generation: int) -> None:
        """End a template by SIGKILL."""
        template = self._templates.get(generation)
        if template is not None:
            self._tools.children.kill(template.pid, signal.SIGKILL)

    def on_exit(self, pid: int, status: ExitStatus) -> bool:
        """Take in the end of a process. Returns whether it was a template."""
        for template in self._templates.values():
            if template.pid == pid:
                self._release(template)
                del self._templates[template.generation]
                self._hearing.on_template_exit(template.generation, status, self._tools.clock())
                return True
        return False

    def belongings(self) -> list[Template]:
        """Return what no child may hold."""
        return list(self._templates.values())

    def close(self) -> None:
        """Let all of them end."""
        for template in self._templates.values():
            self._release(template)
        self._templates.clear()

    def _on_readable(self, template: Template) -> None:
        try:
            is_ready = template.receive()
        except ValueError:
            self.kill(template.generation)
            self._release(template)
            return
        if is_ready:
            self._hearing.on_template_ready(template.generation, self._tools.clock())
        if template.is_ended:
            # Its process is waited for.
            self._release(template)

    def _release(self, template: Template) -> None:
        if template.fileno() >= 0:
            self._tools.loop.unwatch(template)
            template.close()
