"""Owns what most applications of the suite send and receive. Does not judge any of it."""

from tests.server.asgi.served import Receive, Scope, Send

__all__ = ["answer", "collect", "ok", "start"]


async def start(send: Send, status: int = 200, *fields: tuple[bytes, bytes]) -> None:
    """Begin a response."""
    await send({"type": "http.response.start", "status": status, "headers": list(fields)})


async def answer(send: Send, body: bytes = b"", status: int = 200) -> None:
    """Send a whole response."""
    await start(send, status, (b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.body", "body": body})


async def ok(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request alike."""
    await answer(send, b"ok")


async def collect(receive: Receive) -> bytes:
    """Receive a whole body."""
    body = b""
    while (message := await receive())["more_body"]:
        body += message["body"]
    return body + bytes(message["body"])
