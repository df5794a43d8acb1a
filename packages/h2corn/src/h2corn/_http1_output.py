"""Owns the bytes that wait to be written on an HTTP/1 connection, and who has to wait for them.

Does not write them, nor know what they are.
"""

from io import FileIO
from typing import Protocol

from h2c_core import StreamHandler

__all__ = ["FileSender", "Http1Output", "OutputHandler"]


class FileSender(Protocol):
    """Sends a part of a file."""

    @property
    def sent(self) -> int:
        """Bytes that were sent."""

    async def run(self) -> None:
        """Send it, behind all that was queued before; nothing else is written meanwhile.

        Raises:
            OSError: it was not sent whole; a ConnectionError where that is the client's doing.
        """


class OutputHandler(Protocol):
    """Who writes."""

    def wants_write(self, urgent: bool) -> None:
        """Output appeared in an empty buffer, or the connection changed without any.

        `urgent` asks to write at once, since much is waiting. Never called from inside of
        `receive_data`.
        """

    def make_transfer(self, file: FileIO, offset: int, count: int) -> FileSender | None:
        """Return what sends `count` bytes of a file; None where files cannot be sent."""

    def unwritten(self) -> int:
        """Return how many bytes the transport holds."""


class Http1Output:
    """The bytes to send of one connection.

    Attributes:
        is_paused: the transport is full.
        is_blocked: `send` has said False, and there was no room since.
        waiter: is told when there is room again; None when nobody has more to send.
    """

    __slots__ = (
        "_handler",
        "_limit",
        "_parts",
        "_resumed",
        "_size",
        "is_blocked",
        "is_paused",
        "waiter",
    )

    def __init__(self, handler: OutputHandler, limit: int) -> None:
        self.is_paused = False
        self.is_blocked = False
        self.waiter: StreamHandler | None = None
        self._handler = handler
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._resumed = 0

    def send(self, data: bytes) -> bool:
        """Queue a part of a response; False when the next one has to wait."""
        parts = self._parts
        parts.append(data)
        self._size += len(data)
        if self._size > self._limit:
            # Empties the buffer as a rule.
            self._handler.wants_write(True)
        elif len(parts) == 1:
            self._handler.wants_write(False)
        if self.is_paused or self._size > self._limit:
            self.is_blocked = True
            return False
        return True

    def send_quietly(self, data: bytes) -> None:
        """Queue bytes from inside of `receive_data`, after which the shell writes anyway."""
        self._parts.append(data)
        self._size += len(data)

    def make_transfer(self, file: FileIO, offset: int, count: int) -> FileSender | None:
        """Return what sends `count` bytes of a file; None where files cannot be sent."""
        return self._handler.make_transfer(file, offset, count)

    def announce(self) -> None:
        """Let the shell look at the connection, which changed without output."""
        if not self._parts:
            self._handler.wants_write(False)

    def taken(self) -> tuple[int, int]:
        """Return what changes whenever the client takes something while the transport is full.

        A large part is all in the transport at once, and it is long until that has room again.
        """
        return self._resumed, self._handler.unwritten()

    def take(self) -> bytes:
        """Return what is to be written, and forget it."""
        parts = self._parts
        if not parts:
            return b""
        self._parts = []
        self._size = 0
        if self.is_blocked and not self.is_paused:
            self._unblock()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def resume(self) -> None:
        """The transport has room."""
        self.is_paused = False
        self._resumed += 1
        if self.is_blocked and self._size <= self._limit:
            self._unblock()

    def _unblock(self) -> None:
        self.is_blocked = False
        if self.waiter is not None:
            self.waiter.on_writable()
