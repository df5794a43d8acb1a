"""Owns the stop of a server: who asks for it, and how long what runs may go on.

Does not know how one connection ends; its engine does. What is left at the end of the time is
cancelled, then cut off; nothing here waits for a client or an application without a bound.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Final

from h2corn._application import Application
from h2corn._connections import GOING_AWAY, Connections

__all__ = ["CANCEL_GRACE", "StopRequest", "drain"]

ACCEPT_TURNS: Final = 3
"""Turns of the loop until a connection that was accepted at the last moment is listed: asyncio
makes its transport in the next one, and tells its protocol in the one after."""

CANCEL_GRACE: Final = 0.5
"""Seconds that cancelled applications have to end, and their connections to be told of it."""


class StopRequest:
    """The wish that a server stops, from whatever thread it comes.

    Args:
        loop: the loop of the server.

    Attributes:
        asked: set when the server is to stop.
        asked_at_once: set when it is to stop without waiting for anything.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.asked: Final = asyncio.Event()
        self.asked_at_once: Final = asyncio.Event()

    def ask(self, *, at_once: bool) -> None:
        """Ask, from any thread or signal handler. Who asks once more changes nothing."""
        # The loop is closed when the server has long stopped.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._set, at_once)

    def _set(self, at_once: bool) -> None:
        self.asked.set()
        if at_once:
            self.asked_at_once.set()

    async def run_until_asked(self, work: Coroutine[object, object, None]) -> bool:
        """Run something that a stop ends; whether it came to its own end."""
        return await _run_until(self.asked, work)

    async def run_until_asked_at_once(self, work: Coroutine[object, object, None]) -> bool:
        """Run something that only a stop at once ends; whether it came to its own end."""
        return await _run_until(self.asked_at_once, work)


async def _run_until(event: asyncio.Event, work: Coroutine[object, object, None]) -> bool:
    # The work is cancelled when the event is set, and comes to its first wait in any case.
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        task.cancel()
        await asyncio.wait({task, waiting})
    if task.cancelled():
        return False
    task.result()
    return True


async def drain(
    connections: Connections,
    application: Application,
    stop: StopRequest,
    *,
    timeout: float,
    logger: logging.Logger,
    code: int = GOING_AWAY,
) -> None:
    """End all connections, none of which is new any more.

    Args:
        connections: those of the server.
        application: told at the beginning; what it still runs after `timeout` is cancelled.
        stop: asked at once, it cuts the time short.
        timeout: seconds that running requests have to end; 0 for none.
        logger: is told how many did not.
        code: what WebSockets are closed with: GOING_AWAY or SERVICE_RESTART.
    """
    for _ in range(ACCEPT_TURNS):
        await asyncio.sleep(0)
    connections.start_drain(asyncio.get_running_loop().time(), code)
    application.disconnect(code)
    settled = _settle(connections, application)
    try:
        async with asyncio.timeout(timeout):
            if await stop.run_until_asked_at_once(settled):
                return
    except TimeoutError:
        pass
    finally:
        settled.close()
    await _cut_off(connections, application, logger)


async def _settle(connections: Connections, application: Application) -> None:
    """Wait until everything has come to its end."""
    while True:
        await connections.wait_idle()
        await application.wait_idle()
        if not len(connections):
            return
        # HTTP/1 cannot say when the last request comes: idle connections are left open to the
        # end. More than once, as one may have begun only now.
        connections.close_idle()


async def _cut_off(
    connections: Connections, application: Application, logger: logging.Logger
) -> None:
    """End what has not ended by itself."""
    count = application.cancel()
    if count:
        logger.warning("cancelled %d running request%s", count, "" if count == 1 else "s")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CANCEL_GRACE):
            await _settle(connections, application)
    connections.abort()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CANCEL_GRACE):
            await connections.wait_idle()
    if application.running:
        logger.warning("%d go on after their cancellation", len(application.running))
