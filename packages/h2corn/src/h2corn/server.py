"""Owns a server from the binding of its addresses to the end of its last connection.

Does not stop by itself, install a signal handler or print anything when it is embedded; `serve`
does that for programs whose only business it is.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from asgi_bridge import ASGIApp, Lifespan
from h2corn._drain import StopRequest
from h2corn._foreground import run_in_foreground
from h2corn._importer import TargetError, made_application
from h2corn._log_setup import check_logs
from h2corn._serving import Serving
from h2corn._supervised import can_supervise, supervise
from h2corn._urls import urls_of
from h2corn._worker import Assignment
from h2corn.config import Config
from prefork import ListenError, Listeners

__all__ = ["ListenError", "Server", "TargetError", "serve"]

logger: Final = logging.getLogger("h2corn")


class Server:
    """An ASGI server inside of a running event loop.

    It installs no signal handlers and writes nothing but its logs: records of the logger
    `h2corn`, and the access log on standard error. Several servers can run in one loop.

    Args:
        app: the application.
        config: the options; by default those of `Config()`.
        factory: whether `app` makes the application when it is called, which `serve` does.
    """

    def __init__(
        self,
        app: ASGIApp | Callable[[], ASGIApp],
        config: Config | None = None,
        *,
        factory: bool = False,
    ) -> None:
        self.app: Final = app
        self.config: Final = Config() if config is None else config
        self._is_factory: Final = factory
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

        Cancelled, it stops at once. The loop is the caller's, and so are its default executor and
        the number of its threads: `runtime_threads` is for the loops that `serve` makes.

        Raises:
            ListenError: an address cannot be listened on; an OSError.
            ConfigError: a file of the logs cannot be opened.
            LifespanError: the application failed to start.
            NotImplementedError: `workers` is not 1, and there is one process here.
            RuntimeError: this server serves already.
            TargetError: the factory of the application failed.
        """
        if self._stop is not None:
            raise RuntimeError("this Server already has an active serve() call")
        if self.config.workers != 1:
            raise NotImplementedError("a Server is one process: serve() runs several workers")
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
        app = made_application(self.app, is_factory=self._is_factory)
        if config.access_log_file is not None:
            check_logs(replace(config, log_config=None))
        listeners = Listeners(
            config.addresses, backlog=config.backlog, permissions=config.uds_permissions
        )
        listeners.open()
        try:
            lifespan = Lifespan(app, logger, config.lifespan)
            if not await stop.run_until_asked(lifespan.startup(config.timeout_lifespan_startup)):
                return
            try:
                await self._serve_requests(app, stop, listeners, lifespan.state)
            except asyncio.CancelledError:
                stop.asked_at_once.set()
                raise
            finally:
                await stop.run_until_asked_at_once(
                    lifespan.shutdown(config.timeout_lifespan_shutdown)
                )
        finally:
            listeners.close()

    async def _serve_requests(
        self,
        app: ASGIApp,
        stop: StopRequest,
        listeners: Listeners,
        state: dict[str, object],
    ) -> None:
        serving = Serving(app, self.config, state, logger)
        try:
            await serving.start_accepting(listeners.of_slot(0))
            self._addresses = urls_of(listeners.of_slot(0))
            self._tell_waiters(None)
            await stop.asked.wait()
        except asyncio.CancelledError:
            stop.asked_at_once.set()
            raise
        finally:
            serving.stop_accepting()
            listeners.close()
            await serving.drain(stop)

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


def serve(
    app: ASGIApp | Callable[[], ASGIApp],
    config: Config | None = None,
    *,
    factory: bool = False,
) -> None:
    """Run a server until SIGINT or SIGTERM; a second one ends it at once.

    Where there are worker processes (not on Windows) and this is the main thread, it runs in
    `config.workers` of them, forked from this one, under a supervisor that replaces those that end
    and knows the signals of the command. Elsewhere it runs in this process, in a loop of its own.
    The handlers of signals that were there before come back at the end. Unless logging was set
    up, logs go to standard error, where the addresses are shown as well.

    Args:
        app: the application.
        config: the options; by default those of `Config()`.
        factory: whether `app` makes the application when it is called, in each worker.

    Raises:
        ConfigError: a file of the logs cannot be opened, or configures nothing.
        ListenError: an address cannot be listened on; an OSError.
        SystemExit: the server ended by itself; the code is one of those of the command, 3 where
            the application failed to start. What was wrong is on standard error.
        ValueError: several workers are asked for where there are none.
    """
    config = Config() if config is None else config
    if can_supervise():
        code = supervise(Assignment(app, config, factory))
        if code:
            raise SystemExit(code)
        return
    if config.workers != 1:
        raise ValueError("several workers are started from the main thread only")
    run_in_foreground(Server(app, config, factory=factory))
