"""Owns the connections and the application of one server, from the first request to the last.

Does not bind, run the application's lifespan, or decide when it begins and ends.
"""

import asyncio
import contextvars
import logging
import socket
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from asgi_bridge import ASGIApp
from h2corn._accept import Acceptor, connect, start_accepting
from h2corn._application import Application
from h2corn._assembly import (
    concurrency_limit,
    http1_maker,
    http2_maker,
    lifetime_of,
    request_options,
)
from h2corn._connections import GOING_AWAY, Connections
from h2corn._drain import StopRequest, drain
from h2corn._log_setup import Logs
from h2corn._proxies import proxies_of
from h2corn._proxy_start import begin
from h2corn._shell import Shell
from h2corn._sniff import Acceptance, StartProtocol
from h2corn.config import Config
from prefork import Listener, ListenError

__all__ = ["Serving"]


class Serving:
    """What serves, in the running loop.

    Args:
        app: the application, started.
        config: the options.
        state: what the lifespan has put into its state.
        logger: told of faults.
        on_change: called when a connection has come or gone. Must only record.

    Attributes:
        application: the requests.
        connections: the connections.
    """

    def __init__(
        self,
        app: ASGIApp,
        config: Config,
        state: dict[str, object],
        logger: logging.Logger,
        on_change: Callable[[], None] | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop: Final = loop
        self._config: Final = config
        self._logger: Final = logger
        self._logs: Final = Logs(loop, config, sys.stderr)
        self._acceptors: Final[list[Acceptor]] = []
        self._connecting: Final[set[asyncio.Task[None]]] = set()
        self._on_change: Final = on_change
        self.connections: Final = Connections(on_change)
        limit = concurrency_limit(app, config)
        options = request_options(config, limit)
        self.application: Final = Application(
            app if limit is None else limit,
            loop=loop,
            logger=logger,
            options=options,
            state=state,
            access_log=self._logs.access,
        )
        self._acceptance: Final = Acceptance(
            Shell(
                loop,
                self.connections,
                contextvars.copy_context(),
                logger,
                config.timeout_write,
                lifetime_of(config),
            ),
            self.application,
            http2_maker(config),
            http1_maker(config, options.default_headers) if config.http1 else None,
            config.timeout_handshake,
            config.limit_connections or sys.maxsize,
            proxies_of(config),
        )

    @property
    def connection_count(self) -> int:
        """Connections that are open, those included that were taken and are not set up."""
        return len(self.connections) + len(self._acceptance.expected)

    async def start_accepting(self, listeners: Iterable[Listener]) -> None:
        """Accept the connections of listeners, which stay the caller's.

        Raises:
            ListenError: one of them cannot listen.
        """
        for listener in listeners:
            sock = listener.socket.dup()
            try:
                acceptor = await start_accepting(
                    self._loop,
                    sock,
                    partial(begin, self._acceptance),
                    backlog=self._config.backlog,
                    logger=self._logger,
                )
            except OSError as error:
                sock.close()
                raise ListenError(listener.address, error) from error
            self._acceptors.append(acceptor)

    def stop_accepting(self) -> None:
        """Accept no more, until `start_accepting` is called again."""
        while self._acceptors:
            self._acceptors.pop().close()

    def take(self, sock: socket.socket) -> None:
        """Serve a connection that somebody else has accepted."""
        protocol = begin(self._acceptance)
        self._acceptance.expected.add(protocol)
        task = self._loop.create_task(self._connect(sock, protocol))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, sock: socket.socket, protocol: StartProtocol) -> None:
        try:
            await connect(self._loop, sock, lambda: protocol, self._logger)
        finally:
            # It may have been lost, or turned away.
            self._acceptance.expected.discard(protocol)
            if self._on_change is not None:
                self._on_change()

    async def drain(self, stop: StopRequest, code: int = GOING_AWAY) -> None:
        """End all connections, of which no new ones come.

        Args:
            stop: asked at once, it cuts the time short.
            code: what WebSockets are closed with.
        """
        if self._connecting:
            await asyncio.wait(self._connecting)
        await drain(
            self.connections,
            self.application,
            stop,
            timeout=self._config.timeout_graceful_shutdown,
            logger=self._logger,
            code=code,
        )
        await self._acceptance.places.close()
        self._logs.close()
