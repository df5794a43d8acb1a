"""Owns the application that the tests of single options run, which answers at any path.

Does not test anything: where a path ends in `threads`, `large` or `stuck` it does what that
says, and elsewhere it reads the body.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

LARGE = 1 << 20
"""Bytes of a large response."""

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer with the number of threads, with much, or with the size of the body.

    A path that ends in `stuck` leaves a thread that never ends.
    """
    if scope["type"] == "websocket":
        await _listen(receive, send)
        return
    path = scope["path"]
    if path.endswith("threads"):
        body = b"%d" % await _count_threads()
    elif path.endswith("large"):
        body = bytes(LARGE)
    elif path.endswith("stuck"):
        body = await _leave_stuck()
    else:
        body = b"%d" % await _size(receive)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def _count_threads() -> int:
    """Return how many threads the loop's default executor has for 20 calls at once."""
    meeting = threading.Semaphore(0)

    def stay() -> int:
        meeting.acquire(timeout=0.05)
        return threading.get_ident()

    return len(set(await asyncio.gather(*(asyncio.to_thread(stay) for _ in range(20)))))


async def _leave_stuck() -> bytes:
    """Return when a thread of the loop's default executor has begun to wait for ever."""
    loop = asyncio.get_running_loop()
    begun = asyncio.Event()

    def stay() -> None:
        loop.call_soon_threadsafe(begun.set)
        threading.Event().wait()

    loop.run_in_executor(None, stay)
    await begun.wait()
    return b"stuck"


async def _size(receive: Receive) -> int:
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return size
        size += len(message["body"])
        if not message["more_body"]:
            return size


async def _listen(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message["bytes"]))})
