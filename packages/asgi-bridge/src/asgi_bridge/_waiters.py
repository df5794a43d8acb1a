"""Owns the futures of tasks that wait: for a part of the request, or for room in the sink.

Does not know what has come; who was wakened looks itself.
"""

import asyncio

__all__ = ["Turnstile", "Waiters"]


class Waiters:
    """Tasks that wait for one thing, in whatever number.

    Each has a future of its own: of one that they shared, the first that is cancelled would
    cancel all.
    """

    __slots__ = ("_futures", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._futures: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        """Wait until `wake` is called."""
        future = self._loop.create_future()
        self._futures.append(future)
        try:
            await future
        finally:
            self._futures.remove(future)

    def wake(self) -> None:
        """Wake all that wait, so that none sleeps on what a cancelled one has left."""
        for future in self._futures:
            if not future.done():
                future.set_result(None)


class Turnstile:
    """Lets tasks through one at a time, in the order in which they came, while it is not shut.

    A task holds `turn` while it passes, and waits for the opening where it is shut.
    """

    __slots__ = ("_future", "_loop", "is_shut", "turn")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.turn = asyncio.Lock()
        self.is_shut = False
        self._loop = loop
        self._future: asyncio.Future[None] | None = None

    async def opening(self) -> None:
        """Wait while it is shut. Only who has the turn waits here."""
        if self.is_shut:
            self._future = self._loop.create_future()
            try:
                await self._future
            finally:
                self._future = None

    async def room(self) -> None:
        """Shut it, and wait for the opening. Only who has the turn does that."""
        self.is_shut = True
        await self.opening()

    def open(self) -> None:
        """Let the one go on that waits."""
        self.is_shut = False
        if self._future is not None and not self._future.done():
            self._future.set_result(None)
