"""Owns the last second of a connection: everything is said, and the client may not know it yet.

Does not answer anything. Closing a socket with unread bytes sends a reset, which destroys what the
client has not yet read of the last response (RFC 9112 section 9.6). So the sending half is shut
down first, and what still comes is read and dropped until the client closes as well.
"""

import asyncio
from typing import Final

from h2corn._connections import Connections

__all__ = ["DISCARD_LIMIT", "PATIENCE", "WRITE_TIMEOUT", "LingerProtocol"]

PATIENCE: Final = 1.0
"""Seconds that the client has to close after everything was written."""

WRITE_TIMEOUT: Final = 60.0
"""Seconds without a byte taken after which a client that does not read is given up, unless an
option says otherwise."""

DISCARD_LIMIT: Final = 16 * 1024 * 1024
"""Bytes that are read and dropped. An honest client has less under way: the windows of HTTP/2 hold
4 MiB here, the buffers of a kernel about 6. Who floods on is left to fill its own ones."""


class LingerProtocol(asyncio.Protocol):
    """Takes a transport over from a connection that has said all it had to say.

    Args:
        transport: not closing, with nothing more to be written but what its buffer holds.
        connections: whom the connection belongs to until it is gone.
        loop: the loop of the transport.
        has_eof: whether the client has closed its half already.
        timeout_write: seconds in which it must take something of what is left; 0 is no limit.
    """

    __slots__ = (
        "_connections",
        "_discardable",
        "_has_eof",
        "_left",
        "_loop",
        "_stalls",
        "_timeout_write",
        "_timer",
        "_transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        *,
        has_eof: bool,
        timeout_write: float = WRITE_TIMEOUT,
    ) -> None:
        self._transport = transport
        self._connections = connections
        self._loop = loop
        self._has_eof = has_eof
        self._discardable = DISCARD_LIMIT
        self._left = transport.get_write_buffer_size()
        self._stalls = 0
        self._timeout_write = timeout_write
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Shut down writing, and wait for the client."""
        transport = self._transport
        self._connections.add(self)
        if self._has_eof and not self._left:
            transport.close()
            return
        try:
            transport.write_eof()
        except OSError:
            # It has reset the connection, which asyncio was about to tell.
            transport.abort()
            return
        if not self._has_eof:
            transport.resume_reading()
        self._wait()

    def _wait(self) -> None:
        self._timer = self._loop.call_later(PATIENCE, self._look)

    def _look(self) -> None:
        left = self._transport.get_write_buffer_size()
        if left == 0 and (self._left == 0 or self._has_eof):
            self._transport.close()
            return
        # A client that reads slowly is given time for as long as it reads.
        self._stalls = 0 if left < self._left else self._stalls + 1
        self._left = left
        if self._timeout_write and self._stalls * PATIENCE >= self._timeout_write:
            self._transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Drop what comes after the end, as long as it is not too much."""
        if self._discardable > 0:
            self._discardable -= len(data)
            if self._discardable <= 0:
                self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Close, or keep what is not yet written from being lost."""
        self._has_eof = True
        return self._transport.get_write_buffer_size() > 0

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if self._timer is not None:
            self._timer.cancel()
        self._connections.discard(self)

    def start_drain(self, now: float) -> bool:
        """Nothing to do: the end is near."""
        return False

    def close_if_idle(self) -> None:
        """Nothing to do: the end is near."""

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()
