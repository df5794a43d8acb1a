"""Owns a worker's side of the control channel: what it is told, and what it says of itself.

Does not accept connections, nor wait for anything: a program with an event loop watches `fileno`
and calls `poll`; one that blocks uses `connections`. Both report at least every heartbeat interval.
"""

import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from prefork._blocking import serve_blocking
from prefork._channel import Channel, Received, Sent
from prefork._deadman import DeadMan
from prefork._listener import Listener
from prefork._messages import Accept, Connection, Hold, Message, ReopenLogs, Stop, StopNow
from prefork._options import Options
from prefork._prctl import outlive_parent
from prefork._reasons import StopReason
from prefork._records import Kind, Record
from prefork._value import Value

__all__ = ["Assignment", "Worker", "run_worker"]

_MOST_RECORDS: Final = 64
"""Records that one `poll` takes, or a burst of connections would hold up those that are open."""

_PLAIN: Final[dict[Kind, Message]] = {
    Kind.STOP_NOW: StopNow(),
    Kind.ACCEPT: Accept(),
    Kind.HOLD: Hold(),
    Kind.REOPEN: ReopenLogs(),
}


class Assignment(Value):
    """What a worker is started with."""

    index: int
    """Of its slot: 0 to the number of workers less one."""
    generation: int
    """How many reloads came before it."""
    max_tasks: int
    """Tasks after which it will be replaced, its jitter counted in; 0 is never."""
    listeners: tuple[Listener, ...]
    options: Options
    settings: object
    """`Plan.settings`, which is the program's own."""


class Worker:
    """What the work is called with. For the main thread of the process alone."""

    def __init__(self, channel: Channel, assignment: Assignment) -> None:
        self.index: Final = assignment.index
        self.generation: Final = assignment.generation
        self.max_tasks: Final = assignment.max_tasks
        self.listeners: Final = assignment.listeners
        self.options: Final = assignment.options
        self.settings: Final = assignment.settings
        self._channel = channel
        self._dead_man = DeadMan(assignment.options.heartbeat_timeout)
        self._outbox: deque[Record] = deque([Record(Kind.HELLO, c=os.getpid())])
        self._is_ready = False
        self._is_stopping = False
        self._is_retiring = False
        self._received = 0
        self._connections = 0
        self._tasks_open = 0
        self._tasks_done = 0
        self._has_report = False
        self._flush()

    def fileno(self) -> int:
        """Return the descriptor that is readable when `poll` has something to return.

        Once the supervisor is gone it is so for ever. Watch it no longer after
        `Stop(StopReason.ORPHANED)`, nor after any `Stop` when `poll` returns nothing.
        """
        return self._channel.fileno()

    def ready(self) -> None:
        """Say that this worker can serve. From here on SIGTERM asks for a graceful replacement.

        Raises:
            RuntimeError: it has been said.
        """
        if self._is_ready:
            raise RuntimeError("this worker has said that it is ready")
        self._is_ready = True
        signal.signal(signal.SIGTERM, self._on_sigterm)
        self._dead_man.beat()
        if not self.options.heartbeat_timeout and self.options.stop_timeout is not None:
            self._dead_man.watch(self._channel.fileno(), self.options.stop_timeout)
        outlive_parent()
        self._outbox.append(Record(Kind.READY))
        self._flush()

    def report(self, connections: int, tasks_open: int, tasks_done: int) -> None:
        """Say how this worker is loaded, and that it lives. Never blocks.

        To be called at least every `options.heartbeat_interval` seconds; more often makes the
        choice of a worker for a new connection better.

        Args:
            connections: those open.
            tasks_open: tasks begun and not done.
            tasks_done: tasks done since the start.
        """
        self._connections = connections
        self._tasks_open = tasks_open
        self._tasks_done = tasks_done
        self._has_report = True
        self._dead_man.beat()
        self._flush()

    def poll(self) -> list[Message]:
        """Return what has come. Never blocks, and takes a bounded number: `fileno` tells of more.

        `Stop` comes once. What is returned after it can be ignored, but for `Connection` and
        `StopNow`.
        """
        messages: list[Message] = []
        before = self._received
        for _ in range(_MOST_RECORDS):
            received = self._channel.receive()
            if received is None:
                break
            message = self._message(received)
            if message is not None:
                messages.append(message)
        if self._channel.is_ended and not self._is_stopping:
            messages.append(self._stop(StopReason.ORPHANED))
        if self._received != before:
            # At once: until then the supervisor keeps its own descriptor of each.
            self._has_report = True
        self._flush()
        return messages

    def connections(
        self, *, reopen_logs: Callable[[], object] | None = None
    ) -> Iterator[socket.socket]:
        """Wait for connections and return them, blocking sockets, until this worker shall stop.

        Made for a thread a connection. Meanwhile it reports, one connection being one task; a
        connection is over when its socket is closed, in whatever thread, or collected. Whoever
        serves connections in the loop itself must be done with each within
        `options.heartbeat_timeout`, or is taken for hung.

        Args:
            reopen_logs: called when log files shall be opened anew.
        """
        return serve_blocking(self, reopen_logs)

    def _message(self, received: Received) -> Message | None:
        record = received.record
        if record.kind is Kind.CONNECTION:
            return self._connection(received)
        for descriptor in received.descriptors:
            os.close(descriptor)
        if record.kind is Kind.STOP:
            return None if self._is_stopping else self._stop(StopReason(record.a))
        return _PLAIN.get(record.kind)

    def _connection(self, received: Received) -> Connection | None:
        self._received += 1
        if not received.descriptors:
            self._outbox.append(Record(Kind.RETURNED, c=received.record.c))
            return None
        self._connections += 1
        index = received.record.a
        like = self.listeners[index].socket
        # Named rather than asked of the system: four calls less, and macOS has no answer for a
        # connection that was reset meanwhile.
        sock = socket.socket(like.family, like.type, like.proto, received.descriptors[0])
        sock.setblocking(False)
        return Connection(sock, index)

    def _stop(self, reason: StopReason) -> Stop:
        self._is_stopping = True
        self._dead_man.stop(self.options.stop_timeout)
        return Stop(reason)

    def _on_sigterm(self, number: int, frame: object) -> None:
        # Only noted: it may have come between any two steps of what sends.
        self._is_retiring = True

    def _flush(self) -> None:
        if self._is_retiring and not self._is_stopping:
            self._is_retiring = False
            self._outbox.append(Record(Kind.RETIRE))
        while self._outbox:
            if self._channel.send(self._outbox[0]) is not Sent.DONE:
                # Of reports only the newest is of use, and it has absolute numbers: it can wait.
                return
            self._outbox.popleft()
        if self._has_report:
            report = Record(
                Kind.REPORT,
                b=self._connections,
                c=self._received,
                d=self._tasks_open,
                e=self._tasks_done,
            )
            self._has_report = self._channel.send(report) is not Sent.DONE


def run_worker(work: Callable[[Worker], None], channel: Channel, assignment: Assignment) -> None:
    """Do the work of one process."""
    work(Worker(channel, assignment))
