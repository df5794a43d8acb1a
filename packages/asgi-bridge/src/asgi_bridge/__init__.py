"""Owns the front door of asgi_bridge: one HTTP exchange as one call of an ASGI application.

Does not hold code. The wire below is anything that satisfies `ResponseSink` and calls an
`Exchange` with what arrives.
"""

from asgi_bridge._asgi import (
    ASGIApp,
    ASGIVersions,
    HTTPDisconnectEvent,
    HTTPReceiveEvent,
    HTTPRequestEvent,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPResponseTrailersEvent,
    HTTPScope,
    HTTPSendEvent,
    LifespanReceiveEvent,
    LifespanScope,
    LifespanSendEvent,
    LifespanShutdownCompleteEvent,
    LifespanShutdownEvent,
    LifespanShutdownFailedEvent,
    LifespanStartupCompleteEvent,
    LifespanStartupEvent,
    LifespanStartupFailedEvent,
    Message,
    Scope,
)
from asgi_bridge._asgi_extensions import (
    HTTPExtensions,
    HTTPPriority,
    HTTPResponseEarlyHintEvent,
    HTTPResponseInformationalEvent,
    HTTPResponsePathsendEvent,
    HTTPResponseZeroCopySendEvent,
    SendableFile,
)
from asgi_bridge._asgi_websocket import (
    WebSocketAcceptEvent,
    WebSocketCloseEvent,
    WebSocketConnectEvent,
    WebSocketDisconnectEvent,
    WebSocketReceiveEvent,
    WebSocketReceiveMessage,
    WebSocketResponseBodyEvent,
    WebSocketResponseStartEvent,
    WebSocketScope,
    WebSocketSendEvent,
    WebSocketSendMessage,
)
from asgi_bridge._defaults import DefaultHeaders
from asgi_bridge._exchange import Exchange, ExchangeContext
from asgi_bridge._lifespan import Lifespan, LifespanMode
from asgi_bridge._scope import ScopeBuilder
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._version import __version__
from asgi_bridge._websocket import WebSocket, WebSocketContext
from asgi_bridge._websocket_limits import WebSocketLimits
from asgi_bridge.errors import BridgeError, ClientDisconnected, LifespanError

__all__ = [
    "ASGIApp",
    "ASGIVersions",
    "BridgeError",
    "ClientDisconnected",
    "DefaultHeaders",
    "Exchange",
    "ExchangeContext",
    "HTTPDisconnectEvent",
    "HTTPExtensions",
    "HTTPPriority",
    "HTTPReceiveEvent",
    "HTTPRequestEvent",
    "HTTPResponseBodyEvent",
    "HTTPResponseEarlyHintEvent",
    "HTTPResponseInformationalEvent",
    "HTTPResponsePathsendEvent",
    "HTTPResponseStartEvent",
    "HTTPResponseTrailersEvent",
    "HTTPResponseZeroCopySendEvent",
    "HTTPScope",
    "HTTPSendEvent",
    "Lifespan",
    "LifespanError",
    "LifespanMode",
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
    "RequestHead",
    "ResponseSink",
    "Scope",
    "ScopeBuilder",
    "SendableFile",
    "WebSocket",
    "WebSocketAcceptEvent",
    "WebSocketCloseEvent",
    "WebSocketConnectEvent",
    "WebSocketContext",
    "WebSocketDisconnectEvent",
    "WebSocketLimits",
    "WebSocketReceiveEvent",
    "WebSocketReceiveMessage",
    "WebSocketResponseBodyEvent",
    "WebSocketResponseStartEvent",
    "WebSocketScope",
    "WebSocketSendEvent",
    "WebSocketSendMessage",
    "__version__",
]
