"""Owns the applications whose worker processes are looked at from outside, and led astray.

Does not test anything: `app` does what the path of a request says.
"""

import asyncio
import gc
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Query = Mapping[str, str]
Handler = Callable[[Query, Receive, Send], Awaitable[None]]

IMPORTED_BY = os.getpid()
KEPT: list[bytes] = []


async def _answer(send: Send, value: object) -> None:
    body = json.dumps(value).encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Do what the path says."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        await _websocket(receive, send)
    else:
        query = dict(parse_qsl(scope["query_string"].decode("ascii")))
        await ROUTES[scope["path"]](query, receive, send)


async def _number(query: Query, receive: Receive, send: Send) -> None:
    await _answer(send, os.getpid())


async def _process(query: Query, receive: Receive, send: Send) -> None:
    await _answer(send, _description())


async def _touch(query: Query, receive: Receive, send: Send) -> None:
    os.close(os.open(query["path"], os.O_CREAT | os.O_WRONLY, 0o666))
    await _answer(send, os.getpid())


async def _grow(query: Query, receive: Receive, send: Send) -> None:
    # Not zeros, which need no memory.
    KEPT.append(b"x" * int(query["size"]))
    await _answer(send, os.getpid())


async def _log(query: Query, receive: Receive, send: Send) -> None:
    logger = logging.getLogger("worker_apps")
    if not logger.handlers:
        logger.addHandler(logging.FileHandler(query["path"]))
    logger.warning("asked")
    await _answer(send, os.getpid())


async def _burn(query: Query, receive: Receive, send: Send) -> None:
    end = time.process_time() + float(query["seconds"])
    while time.process_time() < end:
        pass
    await _answer(send, os.getpid())


async def _slow(query: Query, receive: Receive, send: Send) -> None:
    await asyncio.sleep(float(query["seconds"]))
    await _answer(send, os.getpid())


async def _stubborn(query: Query, receive: Receive, send: Send) -> None:
    await _start(send)
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


async def _thread(query: Query, receive: Receive, send: Send) -> None:
    """Wait for one of the pool, which an interpreter joins before it ends."""
    await _start(send)
    await asyncio.to_thread(time.sleep, 60)


async def _block(query: Query, receive: Receive, send: Send) -> None:
    await _start(send)
    # Once it is written, which the next turn of the loop does.
    await asyncio.sleep(0.01)
    time.sleep(float(query["seconds"]))


async def _wait(query: Query, receive: Receive, send: Send) -> None:
    await _start(send)
    while (await receive())["type"] != "http.disconnect":
        pass


async def _endless(query: Query, receive: Receive, send: Send) -> None:
    await _start(send)
    while True:
        await send({"type": "http.response.body", "body": b"more\n", "more_body": True})
        await asyncio.sleep(0.01)


async def _upload(query: Query, receive: Receive, send: Send) -> None:
    message = await receive()
    while message["type"] == "http.request" and message["more_body"]:
        message = await receive()
    await _answer(send, os.getpid())


ROUTES: dict[str, Handler] = {
    "/": _number,
    "/process": _process,
    "/grow": _grow,
    "/log": _log,
    "/touch": _touch,
    "/upload": _upload,
    "/burn": _burn,
    "/slow": _slow,
    "/stubborn": _stubborn,
    "/block": _block,
    "/thread": _thread,
    "/wait": _wait,
    "/endless": _endless,
}


def _description() -> dict[str, object]:
    umask = os.umask(0)
    os.umask(umask)
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "imported_by": IMPORTED_BY,
        "user": os.getuid(),
        "group": os.getgid(),
        "groups": os.getgroups(),
        "umask": umask,
        "collects": gc.isenabled(),
        "left_alone": gc.get_freeze_count(),
    }


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _websocket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": str(os.getpid())})


async def _start(send: Send) -> None:
    """Send the process's number as the first line of a response without an end."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    line = f"{os.getpid()}\n".encode()
    await send({"type": "http.response.body", "body": line, "more_body": True})


async def fails_to_start(scope: Message, receive: Receive, send: Send) -> None:
    """Fail at the start."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is away"})


async def dies_young(scope: Message, receive: Receive, send: Send) -> None:
    """End the process as soon as it serves."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.complete"})
    asyncio.get_running_loop().call_later(0.05, os._exit, 7)
    await receive()


async def never_stops(scope: Message, receive: Receive, send: Send) -> None:
    """Serve as `app` does, and stop for ever."""
    if scope["type"] != "lifespan":
        await app(scope, receive, send)
        return
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
