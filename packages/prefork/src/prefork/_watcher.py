"""Owns the watching process: a child that sees changes and asks the supervisor for a reload.

Does not know how changes are seen, nor what they are: that is the program's own `Hooks.watch`.
The child ends with the supervisor, even where it waits for something else.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from prefork._child import Closing
from prefork._process import Children
from prefork._status import ExitStatus

__all__ = ["Watcher", "WatcherProcess"]

_MOST_TEXT: Final = 1000
"""Bytes of one change."""
_CHUNK: Final = 2**16


class Watcher:
    """What `Hooks.watch` is called with, in a process of its own."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._rest = b""

    def changed(self, text: str) -> None:
        """Ask for a reload. Never blocks.

        Where many changes are waiting to be heard, one more is left out: a reload is due anyway.

        Args:
            text: what has changed, for the log.
        """
        line = " ".join(text.split()).encode("utf-8", "backslashreplace")[:_MOST_TEXT] + b"\n"
        data = self._rest or line
        try:
            count = self._socket.send(data, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            # The supervisor is gone, or has ended the watching.
            os._exit(0)
        self._rest = data[count:]


class WatcherProcess:
    """The supervisor's end of it."""

    def __init__(self, pid: int, sock: socket.socket) -> None:
        self.pid: Final = pid
        self._socket = sock
        self._is_ended = False
        self._text = b""

    @classmethod
    def start(
        cls,
        children: Children,
        watch: Callable[[Watcher], None],
        *,
        leave: Iterable[Closing] = (),
        prepare: Callable[[], object] | None = None,
    ) -> "WatcherProcess | ExitStatus":
        """Start a child that calls `watch`.

        Args:
            children: of this process.
            watch: calls `Watcher.changed`, and need not return.
            leave: what is closed in it.
            prepare: called in it first, as to drop privileges.
        """
        try:
            # Two directions: the child learns by its own that this end is closed.
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            return ExitStatus.not_started(f"no socket for it: {(error.strerror or '').lower()}")
        ours.setblocking(False)
        pid = children.start(
            partial(_watch, watch, theirs),
            leave=[ours, *leave],
            prepare=prepare,
            dies_with_parent=True,
        )
        theirs.close()
        if isinstance(pid, ExitStatus):
            ours.close()
            return pid
        return cls(pid, ours)

    def fileno(self) -> int:
        """Return the descriptor that is readable when `receive` should be called."""
        return self._socket.fileno()

    @property
    def is_ended(self) -> bool:
        """Whether the child watches no more."""
        return self._is_ended

    def receive(self) -> list[str]:
        """Return the changes told since the last call. Never blocks."""
        try:
            data = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return []
        except ConnectionError:
            data = b""
        self._is_ended = not data
        *lines, self._text = (self._text + data).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]

    def close(self) -> None:
        """Have no more of it: the child ends."""
        self._socket.close()


def _watch(watch: Callable[[Watcher], None], sock: socket.socket) -> None:
    threading.Thread(target=_end_with_peer, args=(sock,), name="prefork-watch", daemon=True).start()
    watch(Watcher(sock))


def _end_with_peer(sock: socket.socket) -> None:
    # Nothing is ever sent this way: it returns when the other end is closed.
    with contextlib.suppress(OSError):
        sock.recv(1)
    os._exit(0)
