"""Owns applications whose lifespans go wrong, each in its own way.

Does not answer more than a greeting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def _greet(send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
    )
    await send({"type": "http.response.body", "body": b"hello"})


async def none(scope: Message, _receive: Receive, send: Send) -> None:
    """Know of no lifespan."""
    assert scope["type"] == "http", "only http"
    await _greet(send)


async def fails(scope: Message, receive: Receive, send: Send) -> None:
    """Fail with a message of two lines."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database\n  at db.example"})


async def never_starts(scope: Message, receive: Receive, send: Send) -> None:
    """Start for ever."""
    await asyncio.Event().wait()


async def never_stops(scope: Message, receive: Receive, send: Send) -> None:
    """Stop for ever."""
    if scope["type"] == "http":
        await _greet(send)
        return
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.Event().wait()


async def asked(scope: Message, receive: Receive, send: Send) -> None:
    """Fail when asked for a lifespan, and greet otherwise."""
    if scope["type"] == "lifespan":
        await fails(scope, receive, send)
    else:
        await _greet(send)
