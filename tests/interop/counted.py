"""Owns an application that counts its calls by path, and what is left running of them.

Does not test anything. `/` and the control paths are not counted, so that another connection can
ask while an attack is on.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from asgi_bridge import HTTPReceiveEvent, HTTPScope, HTTPSendEvent, Scope

PIECE = bytes(16_384)

Receive = Callable[[], Awaitable[HTTPReceiveEvent]]
Send = Callable[[HTTPSendEvent], Awaitable[None]]

started: defaultdict[str, int] = defaultdict(int)
"""Calls of the application by path."""
running: defaultdict[str, int] = defaultdict(int)
"""Those that have not returned."""
ended = asyncio.Condition()


async def app(
    scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer a request as its path says."""
    if scope["type"] == "lifespan":
        return
    path = scope["path"]
    if path in CONTROL:
        await CONTROL[path](scope, receive, send)
        return
    started[path] += 1
    running[path] += 1
    try:
        await COUNTED[path](scope, receive, send)
    finally:
        running[path] -= 1
        async with ended:
            ended.notify_all()


async def _answer(send: Send, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def hello(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer at once."""
    await _answer(send, b"hello")


async def calls(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Tell how often the path in the query was called."""
    await _answer(send, json.dumps(started[scope["query_string"].decode()]).encode())


async def quiet(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer when nothing runs any more of the path in the query."""
    path = scope["query_string"].decode()
    async with ended:
        await ended.wait_for(lambda: not running[path])
    await _answer(send, b"quiet")


async def wait(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Do not answer: wait until the client has gone, dropping its body."""
    while (await receive())["type"] == "http.request":
        pass


async def idle(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Start the response, and take nothing of the body until the client has gone."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    try:
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await asyncio.sleep(0.05)
    except OSError:
        return


async def upload(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Take the body and tell its length."""
    size = 0
    while (message := await receive())["type"] == "http.request":
        size += len(message["body"])
        if not message["more_body"]:
            await _answer(send, b"%d" % size)
            return


async def download(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send for ever."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})


async def big(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer 16 KiB."""
    await _answer(send, PIECE)


CONTROL = {"/": hello, "/calls": calls, "/quiet": quiet}
COUNTED = {
    "/quick": hello,
    "/wait": wait,
    "/idle": idle,
    "/upload": upload,
    "/download": download,
    "/big": big,
}
