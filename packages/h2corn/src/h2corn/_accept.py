"""Owns the accepting of connections: from a listening socket to a transport and its protocol.

Does not bind. Loops accept by themselves, but the selector loop of asyncio must not: short of
descriptors it logs a traceback for every place in the backlog and plans as many attempts, each of
which does the same (56,000 in half a minute when tried). For it there is a `SelectorAcceptor`.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from typing import Final, Protocol

__all__ = ["PAUSE", "Acceptor", "SelectorAcceptor", "connect", "start_accepting"]

PAUSE: Final = 0.5
"""Seconds without accepting after an attempt that failed: out of descriptors, of memory, or what
else accept(2) knows. Some of it passes at once, but nothing tells which."""

BATCH: Final = 32
"""Connections accepted before those that are open have their turn."""


class Acceptor(Protocol):
    """Whoever accepts the connections of one listener; an `asyncio.Server` is one."""

    def close(self) -> None:
        """Accept no more and close the listening socket. What was accepted lives on."""


async def start_accepting(
    loop: asyncio.AbstractEventLoop,
    sock: socket.socket,
    protocol_factory: Callable[[], asyncio.Protocol],
    *,
    backlog: int,
    logger: logging.Logger,
) -> Acceptor:
    """Accept the connections of a socket, which is closed by the acceptor.

    Raises:
        OSError: the socket cannot listen.
    """
    # Here, because uvloop closes a server that cannot listen without a word.
    sock.listen(backlog)
    if isinstance(loop, asyncio.SelectorEventLoop):
        acceptor = SelectorAcceptor(loop, sock, protocol_factory, logger)
        acceptor.resume()
        return acceptor
    if not hasattr(socket, "AF_UNIX") or sock.family != socket.AF_UNIX:
        return await loop.create_server(protocol_factory, sock=sock, backlog=backlog)
    if sys.version_info >= (3, 13):
        # The file is the listener's to remove; an inherited one nobody's.
        return await loop.create_unix_server(
            protocol_factory, sock=sock, backlog=backlog, cleanup_socket=False
        )
    else:  # noqa: RET505 - for mypy, which takes what follows a true check for unreachable
        return await loop.create_unix_server(protocol_factory, sock=sock, backlog=backlog)


class SelectorAcceptor:
    """Accepts connections on a loop that watches sockets.

    Args:
        loop: the loop.
        sock: the socket, listening and not blocking.
        protocol_factory: makes a protocol for each connection.
        logger: is told when connections cannot be accepted.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        protocol_factory: Callable[[], asyncio.Protocol],
        logger: logging.Logger,
    ) -> None:
        self._loop = loop
        self._socket = sock
        self._protocol_factory = protocol_factory
        self._logger = logger
        self._pause: asyncio.TimerHandle | None = None
        self._connecting: set[asyncio.Task[None]] = set()

    def resume(self) -> None:
        """Accept what comes, now or after a pause."""
        self._pause = None
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Accept no more."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _accept(self) -> None:
        for _ in range(BATCH):
            try:
                sock, _address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue  # it left while it waited
            except OSError as error:
                self._wait(error)
                return
            task = self._loop.create_task(
                connect(self._loop, sock, self._protocol_factory, self._logger)
            )
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    def _wait(self, error: OSError) -> None:
        self._logger.warning(
            "cannot accept connections for %g seconds: %s", PAUSE, (error.strerror or "").lower()
        )
        self._loop.remove_reader(self._socket)
        self._pause = self._loop.call_later(PAUSE, self.resume)


async def connect(
    loop: asyncio.AbstractEventLoop,
    sock: socket.socket,
    protocol_factory: Callable[[], asyncio.Protocol],
    logger: logging.Logger,
) -> None:
    """Give a connection that was accepted its transport and protocol.

    Args:
        loop: the loop.
        sock: the connection.
        protocol_factory: makes the protocol.
        logger: is told when it was lost meanwhile.
    """
    sock.setblocking(False)
    try:
        await loop.connect_accepted_socket(protocol_factory, sock)
    except OSError as error:
        sock.close()
        logger.debug("a connection was lost while it was accepted: %r", error)
