"""Owns the live workers: whom to tell and to kill, and what they say and how they end.

Does not decide: what workers say and how they end goes to the policy, connections to `Dispatch`.
"""

import signal
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, Protocol

from prefork._actions import Start
from prefork._channel import Received
from prefork._child import Closing
from prefork._dispatch import Dispatch
from prefork._launch import Tools
from prefork._loop import Urgency
from prefork._member import Member
from prefork._options import Plan
from prefork._reasons import StopReason
from prefork._records import Kind, Record
from prefork._recruit import Spawn, recruit
from prefork._status import ExitStatus
from prefork._worker import Worker

__all__ = ["Crew", "Hearing"]

_MOST_RECORDS: Final = 256
"""Of one worker in one turn, so that signals are heard in between."""


class Hearing(Protocol):
    """Who decides what follows from a worker's words and end. `now` is monotonic seconds."""

    def on_ready(self, serial: int, now: float) -> None: ...
    def on_report(self, serial: int, tasks_done: int, now: float) -> None: ...
    def on_retire_asked(self, serial: int, now: float) -> None: ...
    def on_exit(self, serial: int, status: ExitStatus, now: float) -> None: ...


class Crew:
    """The live workers of all generations.

    Attributes:
        dispatch: the connections on their way to them.
    """

    def __init__(
        self,
        tools: Tools,
        hearing: Hearing,
        work: Callable[[Worker], None],
        on_first_ready: Callable[[], object] = lambda: None,
    ) -> None:
        self._tools = tools
        self._hearing = hearing
        self._work = work
        self._on_first_ready = on_first_ready
        self._members: dict[int, Member] = {}
        self._is_balanced = True
        self._was_any_ready = False
        self.dispatch: Final = Dispatch(self._members.values)

    def members(self) -> list[Member]:
        """Return all live workers, whatever they are doing."""
        return list(self._members.values())

    def belongings(self) -> Iterable[Closing]:
        """Return what no child may hold."""
        yield self.dispatch
        for member in self._members.values():
            yield member.channel

    def start(self, action: Start, plan: Plan, spawn: Spawn | None) -> None:
        """Start a worker, by the template where there is one."""
        member = recruit(self._tools, self._work, action, plan, spawn)
        if isinstance(member, ExitStatus):
            self._tools.logger.warning("a worker %s", member)
            self._hearing.on_exit(action.serial, member, self._tools.clock())
            return
        self._members[action.serial] = member
        hear = partial(self._hear, member)
        self._tools.loop.watch(member.channel, hear, Urgency.PROCESSES)

    def stop(self, serial: int, reason: StopReason) -> None:
        """Tell a worker to stop gracefully; from now on no connection is passed to it."""
        member = self._members.get(serial)
        if member is not None:
            member.is_stopping = True
            member.tell(Record(Kind.STOP, a=reason))

    def stop_now(self, serial: int) -> None:
        """Tell a worker to stop whatever is open."""
        member = self._members.get(serial)
        if member is not None:
            member.is_stopping = True
            member.tell(Record(Kind.STOP_NOW))

    def dump_stacks(self, serial: int) -> None:
        """Ask a hung worker for its stacks; from now on no connection is passed to it."""
        member = self._members.get(serial)
        if member is not None:
            member.is_hung = True
            self._signal(member, signal.SIGUSR2)

    def kill(self, serial: int) -> None:
        """End a worker by SIGKILL."""
        member = self._members.get(serial)
        if member is None:
            return
        member.is_hung = True
        if member.pid is None:
            # Its template is stuck, and will find this channel closed.
            self._bury(member, ExitStatus.not_started("its template did not answer"))
        else:
            self._signal(member, signal.SIGKILL)

    def set_balanced(self, is_balanced: bool) -> None:
        """Have connections passed from now on, or have the workers accept them."""
        if is_balanced != self._is_balanced:
            self._is_balanced = is_balanced
            for member in self._members.values():
                if member.is_serving:
                    member.tell(Record(Kind.HOLD if is_balanced else Kind.ACCEPT))

    def reopen_logs(self) -> None:
        """Tell all workers to open their log files anew."""
        for member in self._members.values():
            member.tell(Record(Kind.REOPEN))

    def flush(self) -> bool:
        """Send what waited for room in a channel. Returns whether something still waits."""
        for member in self._members.values():
            member.flush()
        return any(member.has_outbox for member in self._members.values())

    def on_exit(self, pid: int, status: ExitStatus) -> bool:
        """Take in the end of a process. Returns whether it was a worker."""
        for member in self._members.values():
            if member.pid == pid:
                self._bury(member, status)
                return True
        return False

    def close(self) -> None:
        """Let go of all. A worker that lives stops by itself when its channel is closed."""
        self.dispatch.close()
        for member in self.members():
            self._tools.loop.unwatch(member.channel)
            member.close()
        self._members.clear()

    def _signal(self, member: Member, number: int) -> None:
        if member.pid is not None:
            self._tools.children.kill(member.pid, number)

    def _hear(self, member: Member) -> None:
        for _ in range(_MOST_RECORDS):
            try:
                received = member.channel.receive()
            except ValueError:
                self._on_nonsense(member)
                return
            if received is None:
                break
            self._on_record(member, received)
            if member.serial not in self._members:
                return
        if member.channel.is_ended:
            member.is_gone = True
            self._tools.loop.unwatch(member.channel)
            if member.pid is None:
                self._bury(member, ExitStatus.not_started("its template did not fork it"))

    def _on_nonsense(self, member: Member) -> None:
        self._tools.logger.error("worker [%s] said what no worker says", member.pid)
        member.is_gone = True
        self._tools.loop.unwatch(member.channel)
        self._signal(member, signal.SIGKILL)

    def _on_record(self, member: Member, received: Received) -> None:
        now = self._tools.clock()
        record = received.record
        if record.kind is Kind.REPORT:
            self.dispatch.on_report(member, record, now)
            self._hearing.on_report(member.serial, record.e, now)
        elif record.kind is Kind.RETURNED:
            self.dispatch.on_returned(member, record.c, now)
        elif record.kind is Kind.READY and not member.is_ready:
            self._on_ready(member, now)
        elif record.kind is Kind.RETIRE:
            self._hearing.on_retire_asked(member.serial, now)
        elif record.kind is Kind.HELLO and member.pid is None:
            member.pid = record.c
            status = self._tools.children.adopt(record.c)
            if status is not None:
                self._bury(member, status)

    def _on_ready(self, member: Member, now: float) -> None:
        member.is_ready = True
        if member.is_stopping or member.is_hung:
            # It said so before it heard that it is to end.
            return
        self._tools.launch.listeners.listen(member.load.slot)
        if not self._was_any_ready:
            self._was_any_ready = True
            self._on_first_ready()
        if not self._is_balanced:
            member.tell(Record(Kind.ACCEPT))
        self._tools.logger.info(
            "Started worker [%s]",
            member.pid,
            extra={"event": "worker_started", "worker_pid": member.pid},
        )
        self._hearing.on_ready(member.serial, now)
        self.dispatch.flush(now)

    def _bury(self, member: Member, status: ExitStatus) -> None:
        if self._members.pop(member.serial, None) is None:
            return
        # What it said before its end counts: connections that it has must not go to another.
        self._last_words(member)
        self._tools.loop.unwatch(member.channel)
        member.close()
        now = self._tools.clock()
        self.dispatch.on_gone(member, now)
        self._tell_end(member, status)
        self._hearing.on_exit(member.serial, status, now)

    def _last_words(self, member: Member) -> None:
        try:
            while (received := member.channel.receive()) is not None:
                self._on_record(member, received)
        except ValueError:
            return

    def _tell_end(self, member: Member, status: ExitStatus) -> None:
        logger = self._tools.logger
        if member.is_stopping and (status.is_success or not member.is_ready):
            told = {"event": "worker_stopped", "worker_pid": member.pid}
            logger.info("Stopped worker [%s]", member.pid, extra=told)
        elif not member.is_ready and status.code in member.options.telling_codes:
            return
        elif member.pid is None:
            logger.warning("a worker %s", status)
        else:
            told = {"event": "worker_failed", "worker_pid": member.pid}
            logger.warning("worker [%s] %s", member.pid, status, extra=told)
