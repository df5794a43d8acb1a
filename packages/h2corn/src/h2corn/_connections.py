"""Owns the list of a server's open connections, and what is asked of all of them when it stops.

Does not decide when; `_drain` does.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

__all__ = ["GOING_AWAY", "SERVICE_RESTART", "Connections", "ServedConnection"]

GOING_AWAY: Final = 1001
"""Why a WebSocket is closed by a server that stops (RFC 6455 section 7.4.1)."""

SERVICE_RESTART: Final = 1012
"""The same where another process goes on serving: the client may come back at once. Registered
with IANA behind the RFC."""


class ServedConnection(Protocol):
    """One connection in any part of its life."""

    def start_drain(self, now: float) -> bool:
        """End when what runs is done; True when nothing runs, and it stays open until told."""

    def close_if_idle(self) -> None:
        """End now, or when the request has ended that runs."""

    def abort(self) -> None:
        """End at once, whatever runs."""


class Connections:
    """The open connections of one server.

    Args:
        on_change: called when one has come or gone. Must only record: in mid-turn one that passes
            from one protocol to the next is counted twice.

    Attributes:
        close_code: what WebSockets are closed with that begin while the server stops.
        is_draining: the server stops; who comes now is drained from the beginning.
    """

    __slots__ = ("_idle", "_on_change", "_open", "_waiters", "close_code", "is_draining")

    def __init__(self, on_change: Callable[[], None] | None = None) -> None:
        self.close_code = GOING_AWAY
        self.is_draining = False
        self._on_change: Final = on_change
        self._open: Final[set[ServedConnection]] = set()
        self._idle: Final[set[ServedConnection]] = set()
        self._waiters: Final[list[asyncio.Future[None]]] = []

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: ServedConnection) -> None:
        """Take a connection in."""
        self._open.add(connection)
        if self._on_change is not None:
            self._on_change()

    def discard(self, connection: ServedConnection) -> None:
        """Forget a connection, if it is known."""
        self._open.discard(connection)
        self._idle.discard(connection)
        if self._on_change is not None:
            self._on_change()
        if self._waiters and len(self._open) == len(self._idle):
            self._wake()

    def start_drain(self, now: float, code: int = GOING_AWAY) -> None:
        """Tell every connection, and those still to come, that the server stops.

        Args:
            now: the time in seconds, of the loop's clock.
            code: what becomes the `close_code`.
        """
        self.is_draining = True
        self.close_code = code
        for connection in list(self._open):
            self.drain(connection, now)

    def drain(self, connection: ServedConnection, now: float) -> None:
        """Tell one connection that the server stops."""
        if connection.start_drain(now) and connection in self._open:
            self._idle.add(connection)

    def close_idle(self) -> None:
        """Close those on which nothing runs."""
        idle = list(self._idle)
        self._idle.clear()
        for connection in idle:
            connection.close_if_idle()

    def abort(self) -> None:
        """Close all of them at once."""
        for connection in list(self._open):
            connection.abort()

    async def wait_idle(self) -> None:
        """Wait until all that are left have nothing to do."""
        while len(self._open) > len(self._idle):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()
