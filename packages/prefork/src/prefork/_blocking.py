"""Owns the loop of a worker that has none: it waits for connections, counts them and reports.

Does not serve them. It knows that one is over when its socket has no descriptor any more, so that
whoever serves it need not say so.
"""

import errno
import selectors
import socket
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from prefork._listener import Listener
from prefork._messages import Accept, Connection, Hold, Message, ReopenLogs, Stop, StopNow
from prefork._options import Options

__all__ = ["serve_blocking"]

_MOST_ACCEPTED: Final = 16
"""Connections taken from one listener before the channel is looked at again."""
_PAUSE: Final = 0.5
"""Seconds without accepting, when there is no descriptor left for one more connection."""
_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class _Worker(Protocol):
    @property
    def options(self) -> Options: ...
    @property
    def listeners(self) -> Sequence[Listener]: ...
    def fileno(self) -> int: ...
    def poll(self) -> list[Message]: ...
    def report(self, connections: int, tasks_open: int, tasks_done: int) -> None: ...


class _Open:
    """The connections that are not over. Holds none of them open."""

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._total = 0

    def add(self, sock: socket.socket) -> socket.socket:
        sock.setblocking(True)
        self._sockets.add(sock)
        self._total += 1
        return sock

    def report_to(self, worker: _Worker) -> None:
        for sock in [sock for sock in self._sockets if sock.fileno() < 0]:
            self._sockets.discard(sock)
        count = len(self._sockets)
        worker.report(count, count, self._total - count)


class _Accepting:
    """Whether the listeners are watched, and what they give."""

    def __init__(self, selector: selectors.BaseSelector, listeners: Sequence[Listener]) -> None:
        self._selector = selector
        self._listeners = listeners
        self._is_wanted = False
        self._is_watching = False
        self._resume_at = 0.0

    def want(self, *, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self._watch(is_wanted)

    def resume(self, now: float) -> None:
        if self._is_wanted and not self._is_watching and now >= self._resume_at:
            self._watch(True)

    def accept(self, listener: socket.socket) -> Iterator[socket.socket]:
        for _ in range(_MOST_ACCEPTED):
            if not self._is_wanted:
                return
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._resume_at = time.monotonic() + _PAUSE
                    self._watch(False)
                # Else the client left before it was its turn.
                return
            yield sock

    def _watch(self, is_watching: bool) -> None:
        if is_watching == self._is_watching:
            return
        self._is_watching = is_watching
        for listener in self._listeners:
            if is_watching:
                self._selector.register(listener.socket, selectors.EVENT_READ, listener)
            else:
                self._selector.unregister(listener.socket)


def serve_blocking(
    worker: _Worker, reopen_logs: Callable[[], object] | None
) -> Iterator[socket.socket]:
    """Return the connections of a worker as they come, until it is told to stop."""
    opened = _Open()
    with selectors.DefaultSelector() as selector:
        selector.register(worker, selectors.EVENT_READ)
        accepting = _Accepting(selector, worker.listeners)
        is_stopping = False
        while True:
            opened.report_to(worker)
            accepting.resume(time.monotonic())
            ready = selector.select(min(worker.options.heartbeat_interval, _PAUSE))
            for message in worker.poll():
                if isinstance(message, Connection):
                    yield opened.add(message.socket)
                elif isinstance(message, Stop | StopNow):
                    # What has been read is served; what has not, the supervisor still has.
                    is_stopping = True
                elif isinstance(message, Accept | Hold):
                    accepting.want(is_wanted=isinstance(message, Accept))
                elif isinstance(message, ReopenLogs) and reopen_logs is not None:
                    reopen_logs()
                # Or a connection of the last one would not be collected before the next comes.
                del message
            if is_stopping:
                accepting.want(is_wanted=False)
                for listener in worker.listeners:
                    # Or clients would wait in its queue while the open connections end.
                    listener.close()
                opened.report_to(worker)
                return
            for key, _ in ready:
                if isinstance(key.data, Listener):
                    yield from map(opened.add, accepting.accept(key.data.socket))
