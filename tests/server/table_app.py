"""Owns the application that the table of HTTP/1 requests is played to.

Does not judge what comes; `test_http1_table` reads what it says that it has seen.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

EARLY = "/early"


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer what was seen of a request: `METHOD TARGET HOST BODY`, and what else was said."""
    if scope["type"] == "lifespan":
        return
    prefix, method, content = "http.response", b"GET", b""
    if scope["type"] == "websocket":
        await receive()
        prefix = "websocket.http.response"
    else:
        method = scope["method"].encode()
        if scope["path"] != EARLY:
            body = await _body(receive)
            if body is None:
                return
            content = body
    query = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    hosts = b",".join(value for name, value in scope["headers"] if name == b"host")
    notes = [b"trailers"] * ("http.response.trailers" in scope["extensions"])
    notes += [b"websocket"] * (scope["type"] == "websocket")
    notes += [b"cookie: " + value for name, value in scope["headers"] if name == b"cookie"]
    seen = b"%b %b %b %b" % (method, target, hosts, content)
    seen += b"".join(b" {%b}" % note for note in notes)
    headers = [(b"content-length", b"%d" % len(seen))]
    await send({"type": f"{prefix}.start", "status": 200, "headers": headers})
    await send({"type": f"{prefix}.body", "body": seen})


async def _body(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if not message["more_body"]:
            return bytes(body)
