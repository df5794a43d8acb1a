"""Owns how many requests the application works on at a time, and which of them wait for that.

Does not count anything where there is no limit: then nothing here is called. As an application
around the application, it is started, cancelled and logged as that would be; a request that waits
is one that runs, to the rest of the server and to a stop.
"""

import asyncio
from typing import Final, Protocol

from asgi_bridge import ASGIApp
from h2corn._refusals import AnyScope, Receive, Send, overloaded

__all__ = ["ConcurrencyLimit", "WaitingRequest"]


class WaitingRequest(Protocol):
    """What is told to leave the queue."""

    @property
    def scope(self) -> object:
        """What the application is called with."""


class ConcurrencyLimit:
    """An application that calls another one for a bounded number of scopes at a time.

    The others wait in the order in which they came, over all connections. Each begins in its own
    task and never from inside the `send` of the one that made room for it. One whose client leaves
    meanwhile is not worth calling, and is answered as if it had not waited: over HTTP/1, a client
    that has left looks like one that only has no more to say.

    Args:
        app: the application.
        limit: how many of its calls may run, 1 or more.
        queue: how many may wait beside them; the next one is answered with 503.

    Attributes:
        running: how many calls run.
    """

    def __init__(self, app: ASGIApp, limit: int, queue: int) -> None:
        self.running = 0
        self._app: Final = app
        self._limit: Final = limit
        self._queue: Final = queue
        # By the identity of their scopes, in their order.
        self._waiting: Final[dict[int, asyncio.Future[bool]]] = {}

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return len(self._waiting)

    async def __call__(self, scope: AnyScope, receive: Receive, send: Send) -> None:
        """Call the application, at once or when it is this scope's turn, or refuse."""
        if self.running < self._limit:
            self.running += 1
        elif len(self._waiting) >= self._queue or not await self._wait(id(scope)):
            await overloaded(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._hand_on()

    def leave(self, request: WaitingRequest) -> None:
        """Let a request out of the queue whose client has left, if it waits there."""
        waiter = self._waiting.pop(id(request.scope), None)
        if waiter is not None and not waiter.done():
            waiter.set_result(False)

    async def _wait(self, key: int) -> bool:
        """Wait for a place; False where the client has left before there was one."""
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[key] = waiter
        try:
            return await waiter
        except asyncio.CancelledError:
            self._waiting.pop(key, None)
            if waiter.done() and not waiter.cancelled() and waiter.result():
                # It was this one's turn.
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        """Give the place of a call that has ended to the first that waits."""
        waiting = self._waiting
        while waiting:
            waiter = waiting.pop(next(iter(waiting)))
            # One whose task was cancelled may not know it yet.
            if not waiter.done():
                waiter.set_result(True)
                return
        self.running -= 1
