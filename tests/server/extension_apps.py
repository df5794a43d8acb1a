"""Owns the application for the tests of what ASGI's extensions and the server's options add.

Does not test anything: what it does, the path of a request says.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from asgi_bridge import HTTPScope, Scope

FILE = os.environ.get("TESTED_FILE", "")
"""The file that is sent."""

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_ends: dict[str, asyncio.Future[str]] = {}


def _end(name: str) -> "asyncio.Future[str]":
    if name not in _ends:
        _ends[name] = asyncio.get_running_loop().create_future()
    return _ends[name]


def _query(scope: HTTPScope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("ascii")))


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request as its path says."""
    if scope["type"] != "http":
        raise ValueError("only HTTP here")
    await ROUTES[scope["path"]](scope, receive, send)


async def _start(send: Send, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})


async def path(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send the file, whole, and tell how that ended."""
    end = _end(_query(scope).get("name", ""))
    await _start(send)
    try:
        await send({"type": "http.response.pathsend", "path": FILE})
    except BaseException as error:
        end.set_result(type(error).__name__)
        raise


async def parts(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send the file in two parts with a word between them."""
    await _start(send)
    with open(FILE, "rb") as file:  # noqa: PTH123 - it is there
        await send(
            {"type": "http.response.zerocopysend", "file": file, "count": 1000, "more_body": True}
        )
        await send({"type": "http.response.body", "body": b"between", "more_body": True})
        await send({"type": "http.response.zerocopysend", "file": file})


async def missing(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer 404 for a file that is not there."""
    await _start(send)
    try:
        await send({"type": "http.response.pathsend", "path": FILE + ".missing"})
    except FileNotFoundError:
        await send({"type": "http.response.body", "body": b"instead"})


async def say(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer the query."""
    await _start(send)
    await send({"type": "http.response.body", "body": scope["query_string"]})


async def hints(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send hints before, between and behind the parts of the head."""
    hint = {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]}
    fields = [(b"link", b"</b.js>; rel=preload"), (b"x-hint", b"1")]
    if _query(scope).get("status"):
        status = int(_query(scope)["status"])
        await send({"type": "http.response.informational", "status": status, "headers": fields})
    await send(hint)
    await _start(send)
    await send(hint)
    await send({"type": "http.response.body", "body": b"body", "more_body": True})
    await send(hint)
    await send({"type": "http.response.body"})


async def hint_for_ever(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send hints until that is an error, and tell how many."""
    count = 0
    try:
        while True:
            await send({"type": "http.response.early_hint", "links": [b"<" + b"a" * 1000 + b">"]})
            count += 1
    except RuntimeError:
        await _start(send)
        await send({"type": "http.response.body", "body": b"%d" % count})


async def priority(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer the extensions."""
    await _start(send)
    body = repr(dict(sorted(scope["extensions"].items()))).encode()
    await send({"type": "http.response.body", "body": body})


async def wait(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Wait for ever, before or after the head, and tell how that ended."""
    query = _query(scope)
    end = _end(query["name"])
    try:
        if "begun" in query:
            await _start(send)
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await asyncio.Event().wait()
    finally:
        end.set_result("cleaned up")


async def background(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer, then wait for `go`, and tell how that ended."""
    end = _end(_query(scope)["name"])
    await _start(send)
    await send({"type": "http.response.body", "body": b"done"})
    try:
        await _end("go")
        end.set_result("worked")
    except asyncio.CancelledError:
        end.set_result("cancelled")
        raise


async def go(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Let the work in the background end."""
    _end("go").set_result("go")
    await _start(send)
    await send({"type": "http.response.body"})


async def ended(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Tell how a request ended, when it has."""
    body = (await _end(_query(scope)["name"])).encode()
    await _start(send)
    await send({"type": "http.response.body", "body": body})


async def events(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send events until the client leaves, as server-sent events do; heed the stop if asked."""

    async def stream() -> None:
        while True:
            await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": True})
            await asyncio.sleep(0.01)

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    await _start(send)
    if "deaf" in _query(scope):
        await stream()
    task = asyncio.create_task(stream())
    await listen()
    task.cancel()
    await asyncio.wait([task])
    await send({"type": "http.response.body", "body": b"data: bye\n\n"})


async def upload(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Take the body, after the head of the response if asked, and tell how that ended."""
    query = _query(scope)
    if "begun" in query:
        await _start(send)
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            _end(query["name"]).set_result("disconnected")
            return
        size += len(message["body"])
        more = message["more_body"]
    if "begun" not in query:
        await _start(send)
    await send({"type": "http.response.body", "body": b"%d" % size})


ROUTES: dict[str, Callable[[HTTPScope, Receive, Send], Awaitable[None]]] = {
    "/path": path,
    "/parts": parts,
    "/missing": missing,
    "/say": say,
    "/hints": hints,
    "/hint-for-ever": hint_for_ever,
    "/priority": priority,
    "/wait": wait,
    "/background": background,
    "/go": go,
    "/ended": ended,
    "/events": events,
    "/upload": upload,
}
