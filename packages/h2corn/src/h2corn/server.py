"""Owns a server from the binding of its addresses to the end of its last connection.

Does not stop by itself, install a signal handler or print anything when it is embedded; `serve`
does that for programs whose only business it is.
"""

import asyncio
import contextvars
import logging
import sys
from typing import Final

from asgi_bridge import ASGIApp, Lifespan
from h2corn._accept import Acceptor, start_accepting
from h2corn._application import Application
from h2corn._assembly import (
    access_log_of,
    concurrency_limit,
    http1_maker,
    http2_maker,
    request_options,
)
from h2corn._connections import Connections
from h2corn._drain import StopRequest, drain
from h2corn._foreground import run_in_foreground
from h2corn._listeners import Listener, ListenError, open_listeners
from h2corn._shell import Shell
from h2corn._sniff import Acceptance
from h2corn.config import Config

__all__ = ["ListenError", "Server", "serve"]

logger: Final = logging.getLogger("h2corn")


class Server:
    """An ASGI server inside of a running event loop.

    It installs no signal handlers and writes nothing but its logs: records of the logger
    `h2corn`, and the access log on standard error. Several servers can run in one loop.

    Args:
        app: the application.
        config: the options; by default those of `Config()`.
    """

    def __init__(self, app: ASGIApp, config: Config | None = None) -> None:
        self.app: Final = app
        self.config: Final = Config() if config is None else config
        self._stop: StopRequest | None = None
        self._is_asked_to_stop = False
        self._has_ended = False
        self._addresses: tuple[str, ...] = ()
        self._waiters: Final[list[asyncio.Future[None]]] = []

    @property
    def addresses(self) -> tuple[str, ...]:
        """What the server listens on, with real ports; empty while it does not.

        `http://127.0.0.1:8000`, `http://[::1]:8000`, `unix:PATH` or `fd://N`, in the order of
        `bind`.
        """
        return self._addresses

    async def serve(self) -> None:
        """Serve until `shutdown` is called, and then until what runs has ended.

        Cancelled, it stops at once.

        Raises:
            ListenError: an address cannot be listened on; an OSError.
            LifespanError: the application failed to start.
            RuntimeError: this server serves already.
        """
        if self._stop is not None:
            raise RuntimeError("this Server already has an active serve() call")
        # First this, then the look at what was asked before; `shutdown` does it the other way
        # round, so that none is lost between the two.
        stop = self._stop = StopRequest(asyncio.get_running_loop())
        self._has_ended = False
        try:
            if not self._is_asked_to_stop:
                await self._serve(stop)
        finally:
            self._stop = None
            self._is_asked_to_stop = False
            self._has_ended = True
            self._addresses = ()
            self._tell_waiters(_ended())

    async def wait_started(self) -> None:
        """Wait until `serve`, called in the same loop, accepts connections.

        Raises:
            RuntimeError: `serve` ended before it came to that, or has ended since.
        """
        # A task that is to call `serve` once more may have been made just now.
        await asyncio.sleep(0)
        if self._has_ended:
            raise _ended()
        if not self._addresses:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    def shutdown(self, *, at_once: bool = False) -> None:
        """Let `serve` return, from any thread or signal handler.

        No connection is accepted any more, and those that are open end when what runs on them
        has, at the latest after `timeout_graceful_shutdown`. Called before `serve`, it lets that
        return without having served.

        Args:
            at_once: wait neither for requests nor for the application's lifespan.
        """
        self._is_asked_to_stop = True
        stop = self._stop
        if stop is not None:
            stop.ask(at_once=at_once)

    async def _serve(self, stop: StopRequest) -> None:
        config = self.config
        listeners = open_listeners(
            config.addresses, backlog=config.backlog, permissions=config.uds_permissions
        )
        try:
            lifespan = Lifespan(self.app, logger, config.lifespan)
            if not await stop.run_until_asked(lifespan.startup(config.timeout_lifespan_startup)):
                return
            try:
                await self._serve_requests(stop, listeners, lifespan.state)
            except asyncio.CancelledError:
                stop.asked_at_once.set()
                raise
            finally:
                await stop.run_until_asked_at_once(
                    lifespan.shutdown(config.timeout_lifespan_shutdown)
                )
        finally:
            for listener in listeners:
                listener.close()

    async def _serve_requests(
        self, stop: StopRequest, listeners: list[Listener], state: dict[str, object]
    ) -> None:
        config = self.config
        loop = asyncio.get_running_loop()
        connections = Connections()
        access_log = access_log_of(loop, sys.stderr) if config.access_log else None
        limit = concurrency_limit(self.app, config)
        options = request_options(config, limit)
        application = Application(
            self.app if limit is None else limit,
            loop=loop,
            logger=logger,
            options=options,
            state=state,
            access_log=access_log,
        )
        acceptance = Acceptance(
            Shell(loop, connections, contextvars.copy_context(), logger, config.timeout_write),
            application,
            http2_maker(config),
            http1_maker(config, options.default_headers) if config.http1 else None,
            config.timeout_handshake,
            config.limit_connections or sys.maxsize,
        )
        acceptors: list[Acceptor] = []
        try:
            for listener in listeners:
                acceptor = await _start_accepting(loop, listener, acceptance, config)
                acceptors.append(acceptor)
            self._addresses = tuple(listener.url for listener in listeners)
            self._tell_waiters(None)
            await stop.asked.wait()
        except asyncio.CancelledError:
            stop.asked_at_once.set()
            raise
        finally:
            for listener in listeners:
                listener.unlink()
            for acceptor in acceptors:
                acceptor.close()
            await drain(
                connections,
                application,
                stop,
                timeout=config.timeout_graceful_shutdown,
                logger=logger,
            )
            await acceptance.places.close()
            if access_log is not None:
                access_log.close()

    def _tell_waiters(self, error: RuntimeError | None) -> None:
        for waiter in self._waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
        self._waiters.clear()


def _ended() -> RuntimeError:
    return RuntimeError("the server has ended")


async def _start_accepting(
    loop: asyncio.AbstractEventLoop, listener: Listener, acceptance: Acceptance, config: Config
) -> Acceptor:
    try:
        return await start_accepting(
            loop, listener, acceptance, backlog=config.backlog, logger=logger
        )
    except OSError as error:
        raise ListenError(listener.address, error) from error


def serve(app: ASGIApp, config: Config | None = None) -> None:
    """Run a server in a loop of its own until SIGINT or SIGTERM; a second one ends it at once.

    The handlers of these signals are installed in the main thread only, and those that were there
    before come back at the end. Unless logging was set up, logs go to standard error, where the
    addresses are shown as well.

    Raises:
        ListenError: an address cannot be listened on; an OSError.
        SystemExit: the application failed to start; the code is 3, and what it said of that is on
            standard error. `Server.serve` raises a LifespanError instead.
    """
    run_in_foreground(Server(app, config))
