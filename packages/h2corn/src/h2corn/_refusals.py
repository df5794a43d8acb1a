"""Owns the answers that the server gives in place of the application, each as one of its own.

Does not decide when. As applications, they are logged, framed and given fields as all answers are,
and what becomes of the connection is what becomes of it after any response: a body that nobody
reads is discarded, or the connection closed, and a client that waits for 100 gets none.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

__all__ = ["AnyScope", "Receive", "Send", "not_implemented", "overloaded", "too_large"]

AnyScope: TypeAlias = Mapping[str, object]
"""A scope of either kind, `http` or `websocket`."""

Receive: TypeAlias = Callable[[], Awaitable[object]]
Send: TypeAlias = Callable[[dict[str, object]], Awaitable[None]]

# A WebSocket is denied by a response of its own kind of messages.
_MESSAGES: Final = {"http": "http.response", "websocket": "websocket.http.response"}


async def not_implemented(scope: AnyScope, _receive: Receive, send: Send) -> None:
    """Answer 501: CONNECT, which asks for a tunnel (RFC 9110 section 9.3.6), and its like."""
    await _answer(scope, send, 501, b"Not Implemented")


async def too_large(scope: AnyScope, _receive: Receive, send: Send) -> None:
    """Answer 413 (RFC 9110 section 15.5.14)."""
    await _answer(scope, send, 413, b"Content Too Large")


async def overloaded(scope: AnyScope, _receive: Receive, send: Send) -> None:
    """Answer 503 (RFC 9110 section 15.6.4).

    Without `retry-after`, which neither nginx nor uvicorn sends: nobody knows when there is room,
    and a time for all would bring them back at once.
    """
    await _answer(scope, send, 503, b"Service Unavailable")


async def _answer(scope: AnyScope, send: Send, status: int, body: bytes) -> None:
    kind = _MESSAGES[str(scope["type"])]
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
