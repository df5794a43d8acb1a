"""Owns the application behind the proxies: that of the other servers, and what they have not.

Does not know which proxy is in front of it.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from tests.server import apps
from tests.server.grpc import service

Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_events: dict[str, asyncio.Queue[str]] = {}


def _queue(scope: Message) -> asyncio.Queue[str]:
    return _events.setdefault(_query(scope)["name"], asyncio.Queue())


def _query(scope: Message) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("ascii")))


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Do what the path says."""
    if scope["type"] == "websocket":
        await session(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(("/echo.Echo/", "/test.Test/")):
        await service.app(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] in ROUTES:
        await ROUTES[scope["path"]](scope, receive, send)
    else:
        await apps.app(scope, receive, send)


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def ends(scope: Message, receive: Receive, send: Send) -> None:
    """Tell who is known to be at both ends, and which fields speak of that."""
    await _answer(send, _known(scope).encode())


def _known(scope: Message) -> str:
    told = {name: scope[name] for name in ("client", "server", "scheme", "http_version")}
    told["proxy_protocol"] = scope["extensions"].get("proxy_protocol")
    told["fields"] = [
        (name.decode(), value.decode())
        for name, value in scope["headers"]
        if b"forward" in name or b"real" in name
    ]
    return json.dumps(told, default=lambda raw: raw.decode("latin-1"))


async def digest(scope: Message, receive: Receive, send: Send) -> None:
    """Answer the SHA-256 of the body."""
    found = hashlib.sha256()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return
        found.update(message["body"])
        if not message["more_body"]:
            await _answer(send, found.hexdigest().encode())
            return


async def events(scope: Message, receive: Receive, send: Send) -> None:
    """Send what is pushed under a name, as server-sent events, until `end` is."""
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    queue = _queue(scope)
    event = "begin"
    while event != "end":
        data = f"data: {event}\n\n".encode()
        await send({"type": "http.response.body", "body": data, "more_body": True})
        event = await queue.get()
    await send({"type": "http.response.body"})


async def push(scope: Message, receive: Receive, send: Send) -> None:
    """Push `event` to a name."""
    _queue(scope).put_nowait(_query(scope)["event"])
    await _answer(send, b"pushed")


async def hints(scope: Message, receive: Receive, send: Send) -> None:
    """Send a 103 before the response."""
    link = b"</style.css>; rel=preload; as=style"
    await send({"type": "http.response.early_hint", "links": [link]})
    await _answer(send, b"hinted")


async def session(scope: Message, receive: Receive, send: Send) -> None:
    """Tell who is known to be there, and send back what comes, until it is `close`."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": _known(scope)})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "close":
            await send({"type": "websocket.close", "code": 4001, "reason": "as asked"})
            return
        kind = "text" if message.get("text") is not None else "bytes"
        await send({"type": "websocket.send", kind: message[kind]})


ROUTES = {
    "/digest": digest,
    "/ends": ends,
    "/events": events,
    "/hints": hints,
    "/push": push,
}
