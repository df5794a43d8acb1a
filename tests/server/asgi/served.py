"""Owns a server in a thread of the test's own process, and the application that it runs just now.

Does not speak to it: the peers do. The application is a function of the test, called with the real
objects of ASGI, and what it returns or raises is the test's to see.
"""

import asyncio
import concurrent.futures
import threading
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Generic, Self, TypeVar

import uvloop

from h2corn import Config, Server

__all__ = ["LOOPS", "PATIENCE", "App", "Message", "Receive", "Run", "Scope", "Send", "Served"]

PATIENCE = 20.0
"""Seconds to wait for what surely comes."""

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "asyncio": asyncio.new_event_loop,
}

R = TypeVar("R")
T = TypeVar("T")
Message = MutableMapping[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Coroutine[Any, Any, Message]]
Send = Callable[[Any], Coroutine[Any, Any, None]]
App = Callable[[Scope, Receive, Send], Awaitable[T]]


class Run(Generic[T]):
    """What came of the calls of one application.

    Args:
        app: the application.
    """

    def __init__(self, app: App[T]) -> None:
        self.app = app
        self.scopes: list[Scope] = []
        """The scope of each call."""
        self._ends: list[concurrent.futures.Future[T]] = []
        self._changed = threading.Condition()

    async def call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application once."""
        end: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._changed:
            self.scopes.append(scope)
            self._ends.append(end)
            self._changed.notify_all()
        try:
            result = await self.app(scope, receive, send)
        except BaseException as error:
            end.set_exception(error)
            raise
        end.set_result(result)

    def wait_called(self, count: int = 1) -> None:
        """Wait until the application has been called so many times."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._ends) >= count, PATIENCE)

    def result(self, index: int = 0) -> T:
        """Wait until a call has ended, and return or raise what it did."""
        self.wait_called(index + 1)
        return self._ends[index].result(PATIENCE)

    def error(self, index: int = 0) -> BaseException | None:
        """Wait until a call has ended, and return what it raised."""
        self.wait_called(index + 1)
        return self._ends[index].exception(PATIENCE)

    def is_over(self, index: int = 0) -> bool:
        """Tell whether a call has ended."""
        return self._ends[index].done()

    def wait_ended(self) -> None:
        """Wait until no call is under way."""
        _, under_way = concurrent.futures.wait(self._ends, PATIENCE)
        assert not under_way, "the application did not end"


class Served:
    """A running server.

    Args:
        config: its options; what it is to bind is among them.
        loop: the name of the event loop that it runs in.
        lifespan: what answers the lifespan scope; without it the application knows none.
    """

    def __init__(self, config: Config, loop: str, lifespan: App[None] | None = None) -> None:
        self.server = Server(self._dispatch, config)
        self._lifespan = lifespan
        self._run: Run[Any] | None = None
        self._loop = LOOPS[loop]()
        self._is_started: concurrent.futures.Future[tuple[str, ...]] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        self.addresses = self._is_started.result(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def run(self, app: App[T]) -> Run[T]:
        """Let all requests from now on be answered by an application."""
        run = self._run = Run(app)
        return run

    def call(self, function: Callable[[], object]) -> None:
        """Call something in the server's loop, such as the `set` of an event."""
        self._loop.call_soon_threadsafe(function)

    def wait(self, awaitable: Awaitable[R]) -> R:
        """Wait in the server's loop for something of it, and return its result."""

        async def wait() -> R:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(wait(), self._loop).result(PATIENCE)

    def settle(self) -> None:
        """Wait until the application has ended wherever it was called, and what that led to."""
        if self._run is not None:
            self._run.wait_ended()
            self._run = None
        is_done = threading.Event()
        self.call(is_done.set)
        assert is_done.wait(PATIENCE)

    def endpoint(self, index: int = 0) -> tuple[str, int]:
        """Return host and port of an address."""
        host, _, port = self.addresses[index].removeprefix("http://").rpartition(":")
        return host.strip("[]"), int(port)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            assert self._lifespan is not None
            await self._lifespan(scope, receive, send)
            return
        assert self._run is not None
        await self._run.call(scope, receive, send)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve_here())

    async def _serve_here(self) -> None:
        serving = asyncio.create_task(self.server.serve())
        try:
            await self.server.wait_started()
        except RuntimeError as error:
            self._is_started.set_exception(error)
        else:
            self._is_started.set_result(self.server.addresses)
        await serving
