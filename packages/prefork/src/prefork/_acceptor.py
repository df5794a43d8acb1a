"""Owns the accepting of connections in the supervisor, as long as there are workers to take them.

Does not pass them on: `Dispatch` does. Where no worker has room, the listeners are not watched, and
connections wait where they are, in the kernel. Where no descriptor is free, they wait too, until a
worker has taken one of those in hand; with none in hand a spare descriptor is given up for one.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Protocol, TypeAlias

from prefork._dispatch import Dispatch
from prefork._loop import Loop, Urgency
from prefork._member import Accepted

__all__ = ["Acceptor", "Bound", "Spare"]

_PAUSE_SECONDS: Final = 0.5
"""After a failure that only time can mend: another process may have the descriptors."""

_QUIET_SECONDS: Final = 10.0
"""Between two lines of the log about that."""

_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_NOTHING: Final = {errno.EAGAIN, errno.EWOULDBLOCK}
_ONE_LOST: Final = {
    # Errors of the connection at hand, see accept(2): the next one is none the worse.
    errno.ECONNABORTED,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.EINTR,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ENOPROTOOPT,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.EPROTO,
    errno.ETIMEDOUT,
}


class Bound(Protocol):
    """A listener."""

    @property
    def socket(self) -> socket.socket: ...


_Numbered: TypeAlias = tuple[tuple[int, Bound], ...]


class Spare:
    """A descriptor that can be given up for a connection."""

    def __init__(self) -> None:
        self._number = os.open(os.devnull, os.O_RDONLY)

    @property
    def is_there(self) -> bool:
        """Whether it has not been given up."""
        return self._number >= 0

    def renew(self) -> None:
        """Have it again, if that is possible now."""
        if self._number < 0:
            with contextlib.suppress(OSError):
                self._number = os.open(os.devnull, os.O_RDONLY)

    def close(self) -> None:
        """Give it up."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)


class Acceptor:
    """Accepts from listeners while it is open.

    Attributes:
        spare: to be closed in a child.
    """

    def __init__(
        self,
        loop: Loop,
        dispatch: Dispatch,
        listeners: Sequence[Bound],
        clock: Callable[[], float],
        say: Callable[[str], object],
    ) -> None:
        self._loop = loop
        self._dispatch = dispatch
        self._listeners: _Numbered = tuple(enumerate(listeners))
        self._clock = clock
        self._say = say
        self.spare: Final = Spare()
        self._is_open = False
        self._adopted: _Numbered = ()
        self._watched: _Numbered = ()
        self._freed = 0
        self._pause_end = 0.0
        self._quiet_end = 0.0

    def set_open(self, is_open: bool) -> None:
        """Begin to accept, or end it; connections that were accepted stay in hand."""
        self._is_open = is_open
        self.update()

    def end(self) -> None:
        """Accept no more."""
        self.adopt(())
        self.set_open(False)

    def adopt(self, listeners: Iterable[tuple[int, Bound]]) -> None:
        """Accept from these too, open or not, and no longer from those of the last call.

        Args:
            listeners: each with its index in the listeners of every worker.
        """
        self._adopted = tuple(listeners)

    def update(self) -> None:
        """Watch the listeners, or do not, as the workers have room. To be called in each turn."""
        now = self._clock()
        if self._dispatch.freed != self._freed:
            self._freed = self._dispatch.freed
            self._pause_end = 0.0
            self.spare.renew()
        self._dispatch.flush(now)
        wanted = self._wanted()
        if not wanted or now < self._pause_end or not self._dispatch.has_room(now):
            wanted = ()
        if wanted == self._watched:
            return
        for _, listener in self._watched:
            self._loop.unwatch(listener.socket)
        self._watched = wanted
        for index, listener in wanted:
            accept = partial(self._accept, index, listener.socket)
            self._loop.watch(listener.socket, accept, Urgency.LISTENERS)

    def next_deadline(self, now: float) -> float | None:
        """Return when `update` is due although nothing has come."""
        ends = [self._dispatch.next_deadline(now)]
        if self._pause_end > now and self._wanted():
            ends.append(self._pause_end)
        return min((end for end in ends if end is not None), default=None)

    def close(self) -> None:
        """Accept no more, and give the spare descriptor back. The listeners stay open."""
        self.end()
        self.spare.close()

    def _wanted(self) -> _Numbered:
        return self._listeners + self._adopted if self._is_open else self._adopted

    def _accept(self, index: int, listener: socket.socket) -> None:
        # One a turn, after all workers were heard. Another one may come from a client whose last
        # connection has just ended, which its worker has told already: it would be counted still.
        now = self._clock()
        if now < self._pause_end or not self._dispatch.has_room(now):
            return
        try:
            sock, _ = listener.accept()
        except OSError as error:
            if error.errno not in _NOTHING and error.errno not in _ONE_LOST:
                self._on_failure(error, now)
        else:
            self._dispatch.give(Accepted(sock, index), now)

    def _on_failure(self, error: OSError, now: float) -> None:
        if error.errno in _EXHAUSTED and self.spare.is_there and not self._dispatch.in_hand:
            # With none in hand no worker will free one of ours.
            self.spare.close()
            return
        if now >= self._quiet_end:
            self._quiet_end = now + _QUIET_SECONDS
            self._say(
                f"cannot accept connections for now: {(error.strerror or str(error)).lower()}"
            )
        self._pause_end = now + _PAUSE_SECONDS
