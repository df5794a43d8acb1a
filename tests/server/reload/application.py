"""Owns the application that is served while servers are reloaded and killed: it tells who it is.

Does not import anything of the project: its text is copied to a folder, with another version, and
served from there. Each response names the version and the process.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

VERSION = "0"
PIECE_PAUSE = 0.02

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Do what the path says."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    routes = SESSIONS if scope["type"] == "websocket" else ROUTES
    await routes[scope["path"]](scope, receive, send)


async def lifespan(receive: Receive, send: Send) -> None:
    """Start and stop at once."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _fields() -> list[tuple[bytes, bytes]]:
    return [(b"x-version", VERSION.encode()), (b"x-pid", b"%d" % os.getpid())]


async def _start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _fields()})


async def _answer(send: Send, body: bytes) -> None:
    fields = [*_fields(), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def quick(scope: Message, receive: Receive, send: Send) -> None:
    """Answer the query at once."""
    await _answer(send, scope["query_string"])


async def slow(scope: Message, receive: Receive, send: Send) -> None:
    """Answer the query after its `seconds`."""
    await asyncio.sleep(float(dict(parse_qsl(scope["query_string"].decode()))["seconds"]))
    await _answer(send, scope["query_string"])


async def collect(scope: Message, receive: Receive, send: Send) -> None:
    """Answer the body when it is whole."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            await _answer(send, body)
            return


async def echo(scope: Message, receive: Receive, send: Send) -> None:
    """Send each part of the body back as it comes."""
    await _start(send)
    while (message := await receive())["type"] == "http.request":
        body, more = message["body"], message["more_body"]
        await send({"type": "http.response.body", "body": body, "more_body": more})
        if not more:
            return


async def stream(scope: Message, receive: Receive, send: Send) -> None:
    """Send `pieces` numbers, one a line, with pauses."""
    pieces = int(dict(parse_qsl(scope["query_string"].decode()))["pieces"])
    await _start(send)
    for number in range(pieces):
        await send({"type": "http.response.body", "body": b"%d\n" % number, "more_body": True})
        await asyncio.sleep(PIECE_PAUSE)
    await send({"type": "http.response.body", "body": b""})


async def talk(scope: Message, receive: Receive, send: Send) -> None:
    """Send each text back, until the client or the server ends the session."""
    await receive()
    await send({"type": "websocket.accept", "headers": _fields()})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


ROUTES = {
    "/": quick,
    "/quick": quick,
    "/slow": slow,
    "/collect": collect,
    "/echo": echo,
    "/stream": stream,
}
SESSIONS = {"/talk": talk}
