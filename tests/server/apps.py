"""Owns the applications that the tests of the server run.

Does not test anything: `app` does what the path of a request says.
"""

import asyncio
import json
import sys
import time
import zlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from asgi_bridge import (
    HTTPReceiveEvent,
    HTTPScope,
    HTTPSendEvent,
    LifespanReceiveEvent,
    LifespanScope,
    LifespanSendEvent,
    Scope,
)
from tests.server.progress import Ledger, Progress

PATTERN = bytes(range(256)) * 4096
"""What a download repeats: 1 MiB."""

Receive = Callable[[], Awaitable[HTTPReceiveEvent]]
Send = Callable[[HTTPSendEvent], Awaitable[None]]
Handler = Callable[[HTTPScope, Receive, Send], Awaitable[None]]

_ledger = Ledger()
_peers: set[tuple[str, int]] = set()


async def app(
    scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer a request as its path says."""
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
        return
    path = scope["path"].removeprefix(scope["root_path"])
    await ROUTES[path](scope, receive, send)


async def lifespan(
    scope: LifespanScope,
    receive: Callable[[], Awaitable[LifespanReceiveEvent]],
    send: Callable[[LifespanSendEvent], Awaitable[None]],
) -> None:
    """Say on standard error when the server starts and stops the application."""
    await receive()
    scope["state"]["started"] = "yes"
    await send({"type": "lifespan.startup.complete"})
    await receive()
    sys.stderr.write("application stopped\n")
    await send({"type": "lifespan.shutdown.complete"})


async def refuses_to_start(
    scope: LifespanScope,
    receive: Callable[[], Awaitable[LifespanReceiveEvent]],
    send: Callable[[LifespanSendEvent], Awaitable[None]],
) -> None:
    """Fail the startup."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is away"})


async def _answer(
    send: Send, body: bytes, *, status: int = 200, content_type: bytes = b"text/plain"
) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _answer_json(send: Send, value: object) -> None:
    await _answer(send, json.dumps(value).encode(), content_type=b"application/json")


async def _start(send: Send, *, trailers: bool = False) -> None:
    headers = [(b"content-type", b"application/octet-stream")]
    await send(
        {"type": "http.response.start", "status": 200, "headers": headers, "trailers": trailers}
    )


def _query(scope: HTTPScope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("ascii")))


def _progress(scope: HTTPScope) -> Progress:
    return _ledger[_query(scope).get("name", "")]


async def hello(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer five bytes at once."""
    await _answer(send, b"hello")


async def say(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer the query."""
    await _answer(send, scope["query_string"])


async def loop(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer where the class of the event loop comes from."""
    await _answer(send, type(asyncio.get_running_loop()).__module__.encode())


async def tracked(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer as `hello` does, and keep the address of the connection."""
    assert scope["client"] is not None
    _peers.add(scope["client"])
    await _answer(send, b"hello")


async def peers(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Tell how many connections `tracked` has seen since the last question."""
    count = len(_peers)
    _peers.clear()
    await _answer_json(send, count)


async def status(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer with the status asked for, and a body also where there can be none."""
    code = int(_query(scope)["code"])
    await send({"type": "http.response.start", "status": code, "headers": []})
    await send({"type": "http.response.body", "body": b"body of %d" % code})


async def dump(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer the scope."""
    await _answer(
        send,
        json.dumps(dict(scope), default=lambda value: bytes(value).decode("latin-1")).encode(),
        content_type=b"application/json",
    )


async def echo(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send each part of the body back as it comes."""
    await _start(send)
    while (message := await receive())["type"] == "http.request":
        more = message["more_body"]
        await send({"type": "http.response.body", "body": message["body"], "more_body": more})
        if not more:
            return


async def twice(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Send each part of the body back twice, in two turns of the loop."""
    await _start(send)
    while (message := await receive())["type"] == "http.request":
        body, more = message["body"], message["more_body"]
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0.001)
        await send({"type": "http.response.body", "body": body, "more_body": more})
        if not more:
            return


async def count(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer the length and the checksum of the body, taken as fast as it comes."""
    await _take_body(_progress(scope), receive, send, is_metered=False)


async def metered(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer as `count` does, but take no more of the body than `allow` lets it."""
    await _take_body(_progress(scope), receive, send, is_metered=True)


async def _take_body(progress: Progress, receive: Receive, send: Send, *, is_metered: bool) -> None:
    size = checksum = 0
    more = True
    while more:
        if is_metered:
            await progress.until_allowed()
        message = await receive()
        if message["type"] == "http.disconnect":
            progress.end("disconnect")
            return
        body, more = message["body"], message["more_body"]
        size += len(body)
        checksum = zlib.crc32(body, checksum)
        progress.move(len(body))
    await _answer_json(send, {"bytes": size, "crc32": checksum})


async def allow(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Let a `metered` request take more."""
    _progress(scope).allow(int(_query(scope)["bytes"]))
    await _answer(send, b"")


async def moved(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Tell how many bytes an exchange has moved."""
    await _answer_json(send, _progress(scope).moved)


async def outcome(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Tell how an exchange ended, when it has."""
    await _answer(send, (await _progress(scope).until_ended()).encode())


async def download(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Stream `bytes` bytes, or for ever without that, in pieces of `chunk`."""
    query = _query(scope)
    left = int(query.get("bytes", sys.maxsize))
    chunk = PATTERN[: int(query.get("chunk", "65536"))]
    progress = _progress(scope)
    try:
        await _start(send)
        while left > 0:
            body = chunk if left >= len(chunk) else chunk[:left]
            left -= len(body)
            await send({"type": "http.response.body", "body": body, "more_body": left > 0})
            progress.move(len(body))
    except OSError:
        progress.end("OSError")
        raise
    progress.end("sent")


async def watch(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Start the response and wait until the client has gone."""
    await _start(send)
    await send({"type": "http.response.body", "body": b"watching", "more_body": True})
    while (message := await receive())["type"] == "http.request":
        pass
    _progress(scope).end(message["type"])


async def busy(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Use the processor for `ms` milliseconds before the answer."""
    end = time.thread_time() + float(_query(scope)["ms"]) / 1000
    while time.thread_time() < end:
        pass
    await _answer(send, b"busy")


async def trailers(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer the body, and its length in a trailer."""
    assert "http.response.trailers" in scope["extensions"]
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    await _start(send, trailers=True)
    await send({"type": "http.response.body", "body": body})
    fields = [(b"x-length", b"%d" % len(body)), (b"x-checksum", b"%d" % zlib.crc32(body))]
    await send({"type": "http.response.trailers", "headers": fields, "more_trailers": False})


async def raise_before(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Fail before the response."""
    raise RuntimeError("failed before the response")


async def raise_after(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Fail in the middle of the response."""
    await _start(send)
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("failed after the start")


async def silent(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Return without an answer."""


async def half(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Return in the middle of the response."""
    await _start(send)
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


ROUTES: dict[str, Handler] = {
    "/": hello,
    "/say": say,
    "/loop": loop,
    "/tracked": tracked,
    "/peers": peers,
    "/status": status,
    "/scope": dump,
    "/echo": echo,
    "/twice": twice,
    "/count": count,
    "/metered": metered,
    "/allow": allow,
    "/moved": moved,
    "/outcome": outcome,
    "/download": download,
    "/watch": watch,
    "/busy": busy,
    "/trailers": trailers,
    "/raise-before": raise_before,
    "/raise-after": raise_after,
    "/silent": silent,
    "/half": half,
}
