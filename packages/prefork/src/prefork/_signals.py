"""Owns the signals of the supervisor: they are put in line, and the loop takes them from there.

Does not act on any. The handlers do nothing at all: the interpreter writes the number of each
signal into a socket before it calls one, which keeps their order, counts two of a kind as two,
and wakes the loop up.
"""

import contextlib
import signal
import socket
import sys
from types import FrameType
from typing import Final

from prefork.errors import PreforkError

__all__ = ["Signals"]

_READ_SIZE: Final = 4096

if sys.platform == "win32":
    _NUMBERS: Final = (signal.SIGINT, signal.SIGTERM)
else:
    _NUMBERS: Final = (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGTTIN,
        signal.SIGTTOU,
        signal.SIGUSR1,
        signal.SIGCHLD,
    )


class Signals:
    """The signals that came, in order, from `install` to `restore`."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._handlers: dict[int, object] = {}
        self._wakeup = -1
        self._is_installed = False

    def install(self) -> None:
        """Take the signals over.

        Raises:
            PreforkError: this is not the main thread, the only one that may.
        """
        try:
            # A full socket holds thousands of signals that the loop has yet to see.
            self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        except ValueError as error:
            raise PreforkError("a supervisor runs in the main thread only") from error
        self._is_installed = True
        for number in _NUMBERS:
            self._handlers[number] = signal.signal(number, _do_nothing)

    def restore(self) -> None:
        """Put back what was there before, and close the socket. Safe to call more than once."""
        if self._is_installed:
            self._is_installed = False
            for number, handler in self._handlers.items():
                # None is a handler that was not made in Python: there is no way back to it.
                signal.signal(number, signal.SIG_DFL if handler is None else handler)  # type: ignore[arg-type]
            signal.set_wakeup_fd(self._wakeup)
        self.close()

    def close(self) -> None:
        """Close the socket only: for a child, whose handlers are not ours."""
        self._reader.close()
        self._writer.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when signals have come."""
        return self._reader.fileno()

    def take(self) -> list[int]:
        """Return the numbers of the signals that have come, the oldest first. Never blocks."""
        numbers: list[int] = []
        with contextlib.suppress(BlockingIOError, InterruptedError):
            while data := self._reader.recv(_READ_SIZE):
                numbers.extend(data)
        return numbers


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Be a handler, so that the number goes to the socket and system calls are interrupted."""
