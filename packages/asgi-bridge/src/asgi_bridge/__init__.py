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
    ClientTLS,
    HTTPExtensions,
    HTTPPriority,
    HTTPResponseEarlyHintEvent,
    HTTPResponseInformationalEvent,
    HTTPResponsePathsendEvent,
    HTTPResponseZeroCopySendEvent,
    ProxyProtocol,
    SendableFile,
)
from asgi_bridge._asgi_websocket import (
    WebSocketAcceptEvent,
    WebSocketCloseEvent,
    WebSocketConnectEvent,
    WebSocketDisconnectEvent,
    WebSocketExtensions,
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
from asgi_bridge._forwarded import Believed
from asgi_bridge._forwarding import DEFAULT_FIELDS, ForwardingRules, PeerWord
from asgi_bridge._lifespan import Lifespan, LifespanMode
from asgi_bridge._scope import ScopeBuilder
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._trust import IPAddress, TrustedPeers
from asgi_bridge._version import __version__
from asgi_bridge._websocket import WebSocket, WebSocketContext
from asgi_bridge._websocket_limits import WebSocketLimits
from asgi_bridge.errors import BridgeError, ClientDisconnected, LifespanError

__all__ = [
    "DEFAULT_FIELDS",
    "ASGIApp",
    "ASGIVersions",
    "Believed",
    "BridgeError",
    "ClientDisconnected",
    "ClientTLS",
    "DefaultHeaders",
    "Exchange",
    "ExchangeContext",
    "ForwardingRules",
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
    "IPAddress",
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
    "PeerWord",
    "ProxyProtocol",
    "RequestHead",
    "ResponseSink",
    "Scope",
    "ScopeBuilder",
    "SendableFile",
    "TrustedPeers",
    "WebSocket",
    "WebSocketAcceptEvent",
    "WebSocketCloseEvent",
    "WebSocketConnectEvent",
    "WebSocketContext",
    "WebSocketDisconnectEvent",
    "WebSocketExtensions",
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
