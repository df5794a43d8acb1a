"""The smallest whole ASGI application: it starts, answers every request, and stops.

Run it from the root of the repository:

    h2corn examples.hello:app
    curl --http2-prior-knowledge http://127.0.0.1:8000/
"""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Be called by the server: once for its own life, then once for each request."""
    if scope["type"] == "lifespan":
        await live(scope, receive, send)
    elif scope["type"] == "http":
        await greet(scope, send)


async def live(scope: Message, receive: Receive, send: Send) -> None:
    """Set up before the first request and clean up after the last."""
    await receive()  # lifespan.startup
    scope["state"]["greeting"] = "Hello"
    await send({"type": "lifespan.startup.complete"})

    await receive()  # lifespan.shutdown
    await send({"type": "lifespan.shutdown.complete"})


async def greet(scope: Message, send: Send) -> None:
    """Answer with a line of text. Each request has its own copy of the state."""
    body = f"{scope['state']['greeting']} over HTTP/{scope['http_version']}!\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
