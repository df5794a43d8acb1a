"""The server's own answers are whole responses, for requests and for handshakes of WebSockets."""

import asyncio

import pytest

from asgi_bridge import ASGIApp
from h2corn._refusals import not_implemented, overloaded, too_large

CASES = [
    (not_implemented, 501, b"Not Implemented"),
    (too_large, 413, b"Content Too Large"),
    (overloaded, 503, b"Service Unavailable"),
]


@pytest.mark.parametrize(
    ("kind", "prefix"), [("http", "http.response"), ("websocket", "websocket.http.response")]
)
@pytest.mark.parametrize(("app", "status", "body"), CASES)
def test_answer(app: ASGIApp, status: int, body: bytes, kind: str, prefix: str) -> None:
    messages: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    async def receive() -> None:
        raise AssertionError("nothing is received, so that no 100 is sent")

    async def main() -> None:
        await app({"type": kind}, receive, send)

    asyncio.run(main())
    length = b"%d" % len(body)
    assert messages == [
        {
            "type": f"{prefix}.start",
            "status": status,
            "headers": [(b"content-type", b"text/plain"), (b"content-length", length)],
        },
        {"type": f"{prefix}.body", "body": body},
    ]
