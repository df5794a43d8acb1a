"""Owns the start of one worker: its channel, its assignment, its process or the template's.

Does not wait for it. Whatever is missing is a result, for the policy tries again later.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from prefork._actions import Start
from prefork._channel import Channel
from prefork._launch import Tools
from prefork._member import Member
from prefork._options import Plan
from prefork._status import ExitStatus
from prefork._worker import Assignment, Worker, run_worker
from prefork.errors import PreforkError

__all__ = ["Spawn", "recruit"]

Spawn: TypeAlias = Callable[[Assignment, Channel], ExitStatus | None]
"""Has a template fork a worker, which says its process id later."""


def recruit(
    tools: Tools,
    work: Callable[[Worker], None],
    action: Start,
    plan: Plan,
    spawn: Spawn | None,
) -> Member | ExitStatus:
    """Start a worker.

    Args:
        tools: of the supervisor.
        work: what it does.
        action: which one.
        plan: of its generation.
        spawn: None where there is no template.

    Returns:
        The worker, or why there is none.
    """
    launch = tools.launch
    try:
        assignment = Assignment(
            index=action.slot,
            generation=action.generation,
            max_tasks=action.max_tasks,
            listeners=launch.listeners.of_slot(action.slot),
            options=plan.options,
            settings=plan.settings,
        )
        ours, theirs = Channel.pair()
    except PreforkError as error:
        # The slot's own listener cannot be bound.
        return ExitStatus.not_started(str(error))
    except OSError as error:
        return ExitStatus.not_started((error.strerror or str(error)).lower())
    launch.slots.add(action.slot)
    try:
        started: int | ExitStatus | None
        if spawn is None:
            started = tools.children.start(
                partial(run_worker, work, theirs, assignment),
                leave=[ours, *launch.leave(action.slot)],
                prepare=launch.prepare(plan.options),
                # Until it is ready: it may be blocked, and it serves nobody yet.
                dies_with_parent=True,
            )
        else:
            started = spawn(assignment, theirs)
    finally:
        theirs.close()
    if isinstance(started, ExitStatus):
        ours.close()
        return started
    member = Member(action, plan.options, ours)
    member.pid = started
    return member
