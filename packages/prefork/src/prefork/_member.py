"""Owns what the supervisor holds of one worker: its process, its channel, what is on the way to it.

Does not decide anything. A record that the channel has no room for waits here, and so do copies of
the descriptors that were passed, until the worker says that it has them.
"""

import socket
from collections import deque
from typing import Final

from prefork._actions import Start
from prefork._balance import Load
from prefork._channel import Channel, Sent
from prefork._options import Options
from prefork._records import Record
from prefork._value import Value

__all__ = ["Accepted", "Member"]


class Accepted(Value):
    """A connection that the supervisor accepted."""

    socket: socket.socket
    listener: int
    """Index in the listeners of every worker."""


class Member:
    """One worker, from its start until its process is gone.

    Attributes:
        pid: None while a template has yet to say it.
        kept: sequence → the connection that waits in the channel under this number.
    """

    def __init__(self, action: Start, options: Options, channel: Channel) -> None:
        self.serial: Final = action.serial
        self.generation: Final = action.generation
        self.options: Final = options
        self.channel: Final = channel
        self.load: Final = Load(action.slot)
        self.kept: Final[dict[int, Accepted]] = {}
        self.pid: int | None = None
        self.is_ready = False
        self.is_stopping = False
        self.is_hung = False
        self.is_gone = False
        self._outbox: deque[Record] = deque()

    @property
    def is_serving(self) -> bool:
        """Whether connections may be passed to it."""
        return self.is_ready and not (self.is_stopping or self.is_hung or self.is_gone)

    @property
    def has_outbox(self) -> bool:
        """Whether records wait for room in the channel."""
        return bool(self._outbox) and not self.is_gone

    def tell(self, record: Record) -> None:
        """Send a record, now or when there is room. Records keep their order."""
        self._outbox.append(record)
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as there is room."""
        while self._outbox and not self.is_gone:
            sent = self.channel.send(self._outbox[0])
            if sent is Sent.FULL:
                return
            if sent is Sent.GONE:
                self.is_gone = True
                self._outbox.clear()
                return
            self._outbox.popleft()

    def close(self) -> None:
        """Close the channel; what is kept is not touched."""
        self.is_gone = True
        self.channel.close()
