"""Owns the types of ASGI: scopes, messages and the application, for HTTP 2.5 and lifespan 2.0.

Does not check anything: `_messages` and `_lifespan` check what an application sends.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, NotRequired, TypeAlias, TypedDict

from asgi_bridge._asgi_extensions import (
    HTTPExtensions,
    HTTPResponseEarlyHintEvent,
    HTTPResponseInformationalEvent,
    HTTPResponsePathsendEvent,
    HTTPResponseZeroCopySendEvent,
)

__all__ = [
    "ASGIApp",
    "ASGIVersions",
    "HTTPDisconnectEvent",
    "HTTPReceiveEvent",
    "HTTPRequestEvent",
    "HTTPResponseBodyEvent",
    "HTTPResponseStartEvent",
    "HTTPResponseTrailersEvent",
    "HTTPScope",
    "HTTPSendEvent",
    "LifespanReceiveEvent",
    "LifespanScope",
    "LifespanSendEvent",
    "LifespanShutdownCompleteEvent",
    "LifespanShutdownEvent",
    "LifespanShutdownFailedEvent",
    "LifespanStartupCompleteEvent",
    "LifespanStartupEvent",
    "LifespanStartupFailedEvent",
    "Message",
    "Scope",
]

ASGIApp: TypeAlias = Callable[..., Awaitable[None]]
"""An ASGI 3 application, called with scope, receive and send.

The parameters are left open because frameworks write them as mappings of anything, which no
TypedDict satisfies: with exact ones no FastAPI or Django application would pass a type checker.
Applications that want them exact annotate `scope: HTTPScope` and so on.
"""


class ASGIVersions(TypedDict):
    """The versions of ASGI itself and of the protocol of the scope."""

    version: Literal["3.0"]
    spec_version: str


class HTTPScope(TypedDict):
    """One HTTP request, as the application is called with it."""

    type: Literal["http"]
    asgi: ASGIVersions
    http_version: str
    """"1.0", "1.1" or "2"."""
    method: str
    scheme: str
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
    state: dict[str, object]
    """A shallow copy of what the application put into its lifespan's state."""
    extensions: HTTPExtensions


class LifespanScope(TypedDict):
    """The life of the server, as the application is called with it once."""

    type: Literal["lifespan"]
    asgi: ASGIVersions
    state: dict[str, object]


Scope: TypeAlias = HTTPScope | LifespanScope


class HTTPRequestEvent(TypedDict):
    """A part of the request's body, or all of it."""

    type: Literal["http.request"]
    body: bytes
    more_body: bool


class HTTPDisconnectEvent(TypedDict):
    """The client has left, the response is complete, or the server is stopping."""

    type: Literal["http.disconnect"]


class HTTPResponseStartEvent(TypedDict):
    """The head of the response; it goes out with the first body message."""

    type: Literal["http.response.start"]
    status: int
    headers: NotRequired[Iterable[Iterable[bytes]]]
    trailers: NotRequired[bool]


class HTTPResponseBodyEvent(TypedDict):
    """A part of the response's body, the last one unless `more_body` is true."""

    type: Literal["http.response.body"]
    body: NotRequired[bytes]
    more_body: NotRequired[bool]


class HTTPResponseTrailersEvent(TypedDict):
    """Trailing fields, the last ones unless `more_trailers` is true."""

    type: Literal["http.response.trailers"]
    headers: NotRequired[Iterable[Iterable[bytes]]]
    more_trailers: NotRequired[bool]


class LifespanStartupEvent(TypedDict):
    """The server is about to accept connections."""

    type: Literal["lifespan.startup"]


class LifespanShutdownEvent(TypedDict):
    """The server has closed its last connection."""

    type: Literal["lifespan.shutdown"]


class LifespanStartupCompleteEvent(TypedDict):
    """The application is ready."""

    type: Literal["lifespan.startup.complete"]


class LifespanStartupFailedEvent(TypedDict):
    """The application cannot start."""

    type: Literal["lifespan.startup.failed"]
    message: NotRequired[str]


class LifespanShutdownCompleteEvent(TypedDict):
    """The application has cleaned up."""

    type: Literal["lifespan.shutdown.complete"]


class LifespanShutdownFailedEvent(TypedDict):
    """The application could not clean up."""

    type: Literal["lifespan.shutdown.failed"]
    message: NotRequired[str]


HTTPReceiveEvent: TypeAlias = HTTPRequestEvent | HTTPDisconnectEvent
HTTPSendEvent: TypeAlias = (
    HTTPResponseStartEvent
    | HTTPResponseBodyEvent
    | HTTPResponseTrailersEvent
    | HTTPResponseInformationalEvent
    | HTTPResponseEarlyHintEvent
    | HTTPResponsePathsendEvent
    | HTTPResponseZeroCopySendEvent
)
LifespanReceiveEvent: TypeAlias = LifespanStartupEvent | LifespanShutdownEvent
LifespanSendEvent: TypeAlias = (
    LifespanStartupCompleteEvent
    | LifespanStartupFailedEvent
    | LifespanShutdownCompleteEvent
    | LifespanShutdownFailedEvent
)
Message: TypeAlias = HTTPReceiveEvent | HTTPSendEvent | LifespanReceiveEvent | LifespanSendEvent
