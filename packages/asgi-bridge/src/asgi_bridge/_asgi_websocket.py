"""Owns the types of ASGI for WebSockets: the scope and every message, for WebSocket 2.5.

Does not check anything: `_websocket` checks what an application sends.
"""

from collections.abc import Iterable
from typing import Literal, NotRequired, TypeAlias, TypedDict

from asgi_bridge._asgi import ASGIVersions
from asgi_bridge._asgi_extensions import ProxyProtocol

__all__ = [
    "WebSocketAcceptEvent",
    "WebSocketCloseEvent",
    "WebSocketConnectEvent",
    "WebSocketDisconnectEvent",
    "WebSocketExtensions",
    "WebSocketReceiveEvent",
    "WebSocketReceiveMessage",
    "WebSocketResponseBodyEvent",
    "WebSocketResponseStartEvent",
    "WebSocketScope",
    "WebSocketSendEvent",
    "WebSocketSendMessage",
]


WebSocketExtensions = TypedDict(
    "WebSocketExtensions",
    {"proxy_protocol": ProxyProtocol, "websocket.http.response": dict[str, object]},
    total=False,
)
"""What can be done for one WebSocket beyond the core of ASGI, and is known of its connection."""


class WebSocketScope(TypedDict):
    """One WebSocket, as the application is called with it."""

    type: Literal["websocket"]
    asgi: ASGIVersions
    http_version: str
    """"1.1" or "2"."""
    scheme: str
    """"ws" or "wss"."""
    path: str
    """The root path and the percent-decoded path; what is no UTF-8 reads U+FFFD."""
    raw_path: bytes
    """The root path and the path as it was sent, without the query."""
    query_string: bytes
    root_path: str
    headers: list[tuple[bytes, bytes]]
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    """Host and port, or the path of a Unix socket and None."""
    subprotocols: list[str]
    """What the client offered, in its order."""
    state: dict[str, object]
    """A shallow copy of what the application put into its lifespan's state."""
    extensions: WebSocketExtensions


class WebSocketConnectEvent(TypedDict):
    """The client waits to be accepted; the first message of every session."""

    type: Literal["websocket.connect"]


class WebSocketReceiveEvent(TypedDict):
    """A message of the client: `text` or `bytes`, whichever it sent, and not the other key."""

    type: Literal["websocket.receive"]
    text: NotRequired[str]
    bytes: NotRequired[bytes]


class WebSocketDisconnectEvent(TypedDict):
    """The session is over, or was never accepted."""

    type: Literal["websocket.disconnect"]
    code: int
    """The code of the close frame that came first, whoever sent it; 1005 for one without, 1006
    where there was none."""
    reason: str
    """Its reason, empty without one."""


class WebSocketAcceptEvent(TypedDict):
    """Accepts the client."""

    type: Literal["websocket.accept"]
    subprotocol: NotRequired[str | None]
    """One of those that the client offered."""
    headers: NotRequired[Iterable[Iterable[bytes]]]


class WebSocketSendEvent(TypedDict):
    """A message to the client: exactly one of `text` and `bytes`, the other missing or None."""

    type: Literal["websocket.send"]
    text: NotRequired[str | None]
    bytes: NotRequired[bytes | None]


class WebSocketCloseEvent(TypedDict):
    """Closes the session or, before it was accepted, refuses it with status 403."""

    type: Literal["websocket.close"]
    code: NotRequired[int]
    """1000 where it is missing."""
    reason: NotRequired[str | None]
    """At most 123 bytes of UTF-8."""


class WebSocketResponseStartEvent(TypedDict):
    """The head of the response that refuses the client; it goes out with the first body message."""

    type: Literal["websocket.http.response.start"]
    status: int
    """200 to 999; over HTTP/2 no 2xx, which would accept (RFC 8441, 5)."""
    headers: NotRequired[Iterable[Iterable[bytes]]]


class WebSocketResponseBodyEvent(TypedDict):
    """A part of that response's body, the last one unless `more_body` is true."""

    type: Literal["websocket.http.response.body"]
    body: NotRequired[bytes]
    more_body: NotRequired[bool]


WebSocketReceiveMessage: TypeAlias = (
    WebSocketConnectEvent | WebSocketReceiveEvent | WebSocketDisconnectEvent
)
"""What `receive` gives."""

WebSocketSendMessage: TypeAlias = (
    WebSocketAcceptEvent
    | WebSocketSendEvent
    | WebSocketCloseEvent
    | WebSocketResponseStartEvent
    | WebSocketResponseBodyEvent
)
"""What `send` takes."""
