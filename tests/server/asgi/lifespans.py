"""Owns applications whose lifespan goes in every way that there is. Does not answer much."""

import asyncio
import sys

from tests.server.asgi.answers import ok
from tests.server.asgi.served import Receive, Scope, Send


async def _serve(scope: Scope, receive: Receive, send: Send) -> bool:
    """Answer a request; False where it is none."""
    if scope["type"] != "http":
        return False
    await ok(scope, receive, send)
    return True


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    """Say that it cannot start."""
    if not await _serve(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database, no service"})


async def fails_in_silence(scope: Scope, receive: Receive, send: Send) -> None:
    """Say that it cannot start, and not why."""
    if not await _serve(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed"})


async def raises(scope: Scope, receive: Receive, send: Send) -> None:
    """Raise for a lifespan, as an application does that knows of none."""
    if not await _serve(scope, receive, send):
        raise NotImplementedError(f"what is a {scope['type']}")


async def raises_later(scope: Scope, receive: Receive, send: Send) -> None:
    """Raise in the middle of its startup."""
    if not await _serve(scope, receive, send):
        await receive()
        raise ConnectionError("the database is away")


async def returns(scope: Scope, receive: Receive, send: Send) -> None:
    """Do nothing for a lifespan."""
    await _serve(scope, receive, send)


async def exits(scope: Scope, receive: Receive, send: Send) -> None:
    """End the process in its startup, or try."""
    if not await _serve(scope, receive, send):
        sys.exit("the application has had enough")


async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
    """Never come to an end of its startup."""
    if not await _serve(scope, receive, send):
        try:
            await asyncio.Event().wait()
        finally:
            sys.stderr.write("startup cancelled\n")


async def hangs_in_the_end(scope: Scope, receive: Receive, send: Send) -> None:
    """Never come to an end of its shutdown."""
    if not await _serve(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await asyncio.Event().wait()
        finally:
            sys.stderr.write("shutdown cancelled\n")


async def fails_in_the_end(scope: Scope, receive: Receive, send: Send) -> None:
    """Say that it could not clean up."""
    if not await _serve(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "could not say goodbye"})


async def lives(scope: Scope, receive: Receive, send: Send) -> None:
    """Say on standard error what it receives."""
    if not await _serve(scope, receive, send):
        for _ in range(2):
            message = await receive()
            sys.stderr.write(f"got {message}\n")
            await send({"type": f"{message['type']}.complete"})
