"""Owns the applications of WebSockets that the tests of the server run.

Does not test anything: `app` does what the path of a session says.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PIECE = bytes(range(256)) * 64

outcomes: dict[str, asyncio.Queue[str]] = {}
"""What became of sessions, by the name in their query."""
moved: dict[str, int] = {}
"""Bytes that a session has sent or taken so far."""
allowed: dict[str, asyncio.Event] = {}


def outcome_of(name: str) -> asyncio.Queue[str]:
    """Return where a session tells what became of it."""
    return outcomes.setdefault(name, asyncio.Queue())


def query_of(scope: Message) -> dict[str, str]:
    """Return the parameters of a target."""
    return dict(parse_qsl(scope["query_string"].decode()))


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Do what the path says."""
    if scope["type"] == "lifespan":
        return
    routes = ROUTES if scope["type"] == "websocket" else HTTP_ROUTES
    await routes[scope["path"]](scope, receive, send)


async def accept(receive: Receive, send: Send, **fields: object) -> None:
    """Accept a session."""
    assert await receive() == {"type": "websocket.connect"}
    await send({"type": "websocket.accept", **fields})


async def send_back(message: Message, send: Send) -> None:
    """Send a message as it came."""
    if message.get("text") is None:
        await send({"type": "websocket.send", "bytes": message["bytes"]})
    else:
        await send({"type": "websocket.send", "text": message["text"]})


async def echo(scope: Message, receive: Receive, send: Send) -> None:
    """Send back what comes, and note how it ended."""
    await accept(receive, send)
    while (message := await receive())["type"] == "websocket.receive":
        await send_back(message, send)
    text = f"{message['code']} {message.get('reason') or ''}".rstrip()
    outcome_of(query_of(scope).get("name", "")).put_nowait(text)


async def describe(scope: Message, receive: Receive, send: Send) -> None:
    """Accept and send the scope."""
    await accept(receive, send)
    shown = {
        **{key: scope[key] for key in ("type", "scheme", "http_version", "path", "subprotocols")},
        "query_string": scope["query_string"].decode(),
        "extensions": sorted(scope["extensions"]),
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
        "has_method": "method" in scope,
    }
    await send({"type": "websocket.send", "text": json.dumps(shown)})
    await receive()


async def choose(scope: Message, receive: Receive, send: Send) -> None:
    """Accept the last subprotocol that was offered, with fields of its own."""
    await accept(
        receive,
        send,
        subprotocol=scope["subprotocols"][-1],
        headers=[(b"x-first", b"1"), (b"set-cookie", b"a=b")],
    )
    await receive()


async def deny(scope: Message, receive: Receive, send: Send) -> None:
    """Refuse with a response."""
    await receive()
    kind = "websocket.http.response"
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"9")]
    await send({"type": f"{kind}.start", "status": 401, "headers": headers})
    await send({"type": f"{kind}.body", "body": b"who ", "more_body": True})
    await send({"type": f"{kind}.body", "body": b"goes?"})


async def refuse(scope: Message, receive: Receive, send: Send) -> None:
    """Close before accepting."""
    await receive()
    await send({"type": "websocket.close"})


async def fail(scope: Message, receive: Receive, send: Send) -> None:
    """Raise, before or after accepting."""
    if query_of(scope):
        await accept(receive, send)
    raise RuntimeError("this application is broken")


async def close(scope: Message, receive: Receive, send: Send) -> None:
    """Accept and close as the query says."""
    query = query_of(scope)
    await accept(receive, send)
    await send({"type": "websocket.close", "code": int(query["code"]), "reason": query["reason"]})


async def slow_to_accept(scope: Message, receive: Receive, send: Send) -> None:
    """Accept when that is allowed, and then send back what comes."""
    query = query_of(scope)
    assert await receive() == {"type": "websocket.connect"}
    outcome_of(query["name"]).put_nowait("asked")
    await allowed.setdefault(query["name"], asyncio.Event()).wait()
    if "deny" in query:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send_back(message, send)
    outcome_of(query["name"]).put_nowait(str(message["code"]))


async def waits_to_be_accepted(scope: Message, receive: Receive, send: Send) -> None:
    """Wait for what comes instead of accepting."""
    await receive()
    outcome_of(query_of(scope)["name"]).put_nowait("asked")
    message = await receive()
    outcome_of(query_of(scope)["name"]).put_nowait(f"{message['type']} {message['code']}")


async def flood(scope: Message, receive: Receive, send: Send) -> None:
    """Send for ever, and count it."""
    name = query_of(scope)["name"]
    await accept(receive, send)
    moved[name] = 0
    try:
        while True:
            await send({"type": "websocket.send", "bytes": PIECE})
            moved[name] += len(PIECE)
    except OSError:
        outcome_of(name).put_nowait("gone")


async def take(scope: Message, receive: Receive, send: Send) -> None:
    """Take nothing until that is allowed, then all, and count it."""
    name = query_of(scope)["name"]
    await accept(receive, send)
    await allowed.setdefault(name, asyncio.Event()).wait()
    moved[name] = 0
    while (message := await receive())["type"] == "websocket.receive":
        moved[name] += len(message["bytes"])
        if message["bytes"].endswith(b"end"):
            await send({"type": "websocket.send", "text": str(moved[name])})


async def last_words(scope: Message, receive: Receive, send: Send) -> None:
    """Take time to finish when told of the end."""
    await accept(receive, send)
    await send({"type": "websocket.send", "text": "ready"})
    message = await receive()
    await asyncio.sleep(0.2)
    sys.stderr.write(f"finished after {message['code']}\n")


async def stubborn(scope: Message, receive: Receive, send: Send) -> None:
    """Do not end."""
    await accept(receive, send)
    await send({"type": "websocket.send", "text": "ready"})
    await asyncio.Event().wait()


async def answer(send: Send, body: bytes) -> None:
    """Answer a request."""
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def hello(scope: Message, receive: Receive, send: Send) -> None:
    """Greet."""
    await answer(send, b"hello")


async def outcome(scope: Message, receive: Receive, send: Send) -> None:
    """Wait for what a session tells of itself, and pass it on."""
    text = await asyncio.wait_for(outcome_of(query_of(scope)["name"]).get(), 20)
    await answer(send, text.encode())


async def progress(scope: Message, receive: Receive, send: Send) -> None:
    """Tell how many bytes a session has moved."""
    await answer(send, str(moved.get(query_of(scope)["name"], 0)).encode())


async def allow(scope: Message, receive: Receive, send: Send) -> None:
    """Let a session go on."""
    allowed.setdefault(query_of(scope)["name"], asyncio.Event()).set()
    await answer(send, b"")


ROUTES: dict[str, Callable[[Message, Receive, Send], Awaitable[None]]] = {
    "/": echo,
    "/describe": describe,
    "/choose": choose,
    "/deny": deny,
    "/refuse": refuse,
    "/fail": fail,
    "/close": close,
    "/slow-to-accept": slow_to_accept,
    "/waits": waits_to_be_accepted,
    "/flood": flood,
    "/take": take,
    "/last-words": last_words,
    "/stubborn": stubborn,
}
HTTP_ROUTES: dict[str, Callable[[Message, Receive, Send], Awaitable[None]]] = {
    "/": hello,
    "/outcome": outcome,
    "/progress": progress,
    "/allow": allow,
}
