"""Owns how fast a connection is written and read: when, how much in one turn, and when to stop.

Does not decide what is said. The engine is told when the transport is full, and the transport when
the engine is, so that a connection holds a bounded number of bytes whatever either side does.
"""

import asyncio
from abc import abstractmethod
from io import FileIO
from time import monotonic
from typing import Final

from h2corn._sendfile import FileTransfer, can_send_files
from h2corn._shell import Engine, Shell

__all__ = ["BURST", "READ_LIMIT", "WRITE_LIMIT", "PacedProtocol"]

WRITE_LIMIT: Final = 64 * 1024
"""Bytes that the transport may hold before the engine is told to wait: as much as the engine gives
at once. They lie behind the kernel's buffer, which is what keeps a fast client busy, so that more
would only be more memory: with what one write adds, a connection holds 128 KiB here at most, but
for answers to a client that does not read, see `READ_LIMIT`."""

READ_LIMIT: Final = 2 * WRITE_LIMIT
"""Bytes unread by the client above which nothing more is read from it: acknowledgements, resets and
heads of responses are sent however full the transport is, and who does not take them must not be
able to ask for more."""

BURST: Final = 4
"""Writes of 64 KiB in one turn, the same measure as that of a task that sends: 256 KiB."""

LONG_READ: Final = 64 * 1024
"""Bytes of one read from which on it is looked at how long it took. uvloop reads up to 32 times in
a row while it gets 250 KiB each time, before it looks at another connection."""

READ_TURN: Final = 0.005
"""Seconds after which a connection with more to read lets others have the loop."""

# Who has stopped the reading.
_BY_ENGINE: Final = 1
_BY_OUTPUT: Final = 2
_BY_TURN: Final = 4


class PacedProtocol(asyncio.Protocol):
    """The sides of a connection's protocol that face the transport's limits.

    A base class and not a part: it shares the state of the connection, and every read and write
    goes through it.
    """

    __slots__ = (
        "_engine",
        "_is_over",
        "_is_paused",
        "_may_write_now",
        "_reading_stops",
        "_shell",
        "_transfer",
        "_transport",
        "_unwritten",
        "_write_due",
        "_writes_left",
    )

    _engine: Engine
    """The wire engine; there is none any more when the connection is over."""

    def __init__(self, shell: Shell, transport: asyncio.Transport) -> None:
        self._shell = shell
        self._transport = transport
        self._is_over = False
        self._is_paused = False
        self._reading_stops = 0
        self._transfer: FileTransfer | None = None
        self._write_due = False
        self._may_write_now = False
        self._unwritten = 0
        self._writes_left = BURST

    @abstractmethod
    def _flush(self) -> None:
        """End a turn: write, and look at what became of the engine."""

    # Writing

    def wants_write(self, urgent: bool) -> None:
        """The engine has output: write it with what else this turn of the loop brings, or now."""
        if urgent and self._writes_left and not self._is_over:
            self._writes_left -= 1
            self._write(1)
        if not self._write_due:
            self._write_due = True
            self._shell.loop.call_soon(self._flush, context=self._shell.context)

    def write_at_once(self, data: bytes) -> bool:
        """Write the first message of a session in a turn, which is its only one as a rule.

        To plan a flush for it costs more than the rest of its way through the shell. Any other
        waits for the flush, which writes all that the turn brings at once.

        Returns:
            Whether it was written.
        """
        if not self._may_write_now or self._write_due or self._is_over:
            return False
        self._may_write_now = False
        self._transport.write(data)
        return True

    def _write(self, count: int) -> bool:
        """Write pieces of at most 64 KiB and a little; whether there may be more."""
        if self._transfer is not None:
            return False
        engine = self._engine
        data = engine.data_to_send()
        while data:
            self._transport.write(data)
            if self._is_paused and self._transport.get_write_buffer_size() > READ_LIMIT:
                self._stop_reading(_BY_OUTPUT)
            count -= 1
            if len(data) < WRITE_LIMIT or self._transport.is_closing():
                return False
            if not count:
                return True
            data = engine.data_to_send()
        return False

    def pause_writing(self) -> None:
        """The transport is full: applications wait."""
        self._is_paused = True
        self._unwritten = self.unwritten()
        if not self._is_over:
            self._engine.pause_output()

    def resume_writing(self) -> None:
        """The transport has room."""
        if self._transfer is not None:
            self._transfer.on_drained()
            return
        self._is_paused = False
        if not self._is_over:
            self._engine.resume_output()
            self._allow_reading(_BY_OUTPUT)
            self._flush()

    def _note_taken(self) -> None:
        """Tell the engine of a transport that is full still, but less so: its client does read."""
        left = self.unwritten()
        if left < self._unwritten:
            self._engine.pause_output()
        self._unwritten = left

    def unwritten(self) -> int:
        """Return how many bytes the transport holds."""
        return self._transport.get_write_buffer_size()

    # Files, which go past the engine and the transport

    def make_transfer(self, file: FileIO, offset: int, count: int) -> FileTransfer | None:
        """Return what sends `count` bytes of a file; None where files cannot be sent."""
        loop, transport = self._shell.loop, self._transport
        if self._is_over or not can_send_files(loop, transport):
            return None
        return FileTransfer(loop, transport, self, file, offset, count)

    def begin_transfer(self, transfer: FileTransfer) -> None:
        """Write all that comes before the file, and nothing more until `end_transfer`."""
        if self._is_over:
            raise ConnectionAbortedError("the connection is over")
        # It has room again when it holds nothing.
        self._transport.set_write_buffer_limits(0)
        while data := self._engine.data_to_send():
            self._transport.write(data)
        self._transfer = transfer
        self.pause_writing()

    def note_transfer(self) -> None:
        """The client has taken something: it still reads."""
        self._engine.resume_output()
        self._engine.pause_output()

    def end_transfer(self) -> None:
        """Go on with what the engine has to say."""
        self._transfer = None
        if not self._is_over:
            self._is_paused = False
            self._transport.set_write_buffer_limits(WRITE_LIMIT)
            self._engine.resume_output()
            self._allow_reading(_BY_OUTPUT)
            self.wants_write(False)

    # Reading

    def pause_reading(self) -> None:
        """The engine has enough."""
        self._stop_reading(_BY_ENGINE)

    def resume_reading(self) -> None:
        """The engine wants more."""
        self._allow_reading(_BY_ENGINE)

    def _share(self, since: float) -> None:
        """Read no more in this iteration of the loop if the turn since then was long."""
        if monotonic() - since > READ_TURN and not self._is_over:
            self._stop_reading(_BY_TURN)
            loop = self._shell.loop
            loop.call_soon(self._allow_reading, _BY_TURN, context=self._shell.context)

    def _stop_reading(self, reason: int) -> None:
        if not self._reading_stops and not self._is_over:
            self._transport.pause_reading()
        self._reading_stops |= reason

    def _allow_reading(self, reason: int) -> None:
        if self._reading_stops == reason and not self._is_over:
            self._transport.resume_reading()
        self._reading_stops &= ~reason
