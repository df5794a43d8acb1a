"""Owns the meeting of wire and bridge: each request becomes an `Exchange` or a `WebSocket`.

Does not read, write or schedule; `_protocol` does. No other module knows both sides.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from asgi_bridge import (
    Exchange,
    ExchangeContext,
    HTTPScope,
    PeerWord,
    ProxyProtocol,
    RequestHead,
    ResponseSink,
    ScopeBuilder,
    WebSocket,
    WebSocketContext,
)
from h2corn._access_line import client_text
from h2corn._policies import Policies, Rules

__all__ = [
    "WEBSOCKET",
    "Client",
    "Contexts",
    "Peers",
    "Request",
    "Requests",
    "WireHead",
    "WireSink",
    "disconnect",
]

WEBSOCKET: Final = b"websocket"
"""The protocol of requests that are to become WebSockets, where it is named."""


Request: TypeAlias = Exchange | WebSocket
"""What has been made of a request."""

Client: TypeAlias = tuple[str, int] | None
"""Address and port of a client; None for one on a Unix socket."""


@dataclass(frozen=True, slots=True)
class Peers:
    """The two ends of a connection."""

    client: Client
    server: tuple[str, int | None] | None
    """Address and port, or the path of a Unix socket and None."""
    word: PeerWord | None = None
    """What of forwarding fields is believed; None leaves all as it is."""
    proxy_protocol: ProxyProtocol | None = None
    """What a PROXY header has said, where there was one."""

    @property
    def client_name(self) -> str:
        """The client as a line of the log names it."""
        return client_text(self.client).rstrip()


class WireSink(ResponseSink, Protocol):
    """The response to a request as both wire engines give it."""

    def set_timeouts(self, body: float, response_stall: float) -> None:
        """Give its client other times than the connection has; infinite for no limit."""


class WireHead(RequestHead, Protocol):
    """The head of a request as both wire engines give it."""

    @property
    def authority(self) -> bytes:
        """Whom the request is for, where it was said apart from the target."""

    @property
    def content_length(self) -> int:
        """Bytes of the body where they were announced, else -1."""


@dataclass(frozen=True, slots=True)
class Contexts:
    """What requests share, by what becomes of them."""

    exchanges: ExchangeContext
    tunnels: ExchangeContext
    """Of requests for a tunnel that there is not."""
    oversized: ExchangeContext
    """Of requests that announce a body which is too large."""
    websockets: WebSocketContext
    max_body_size: int
    """Bytes that a request's body may have."""
    on_leave: Callable[[Request], None] | None
    """Called for a request whose client has closed its half at least."""
    policies: Policies | None = None
    """What goes for single paths; None where all are alike."""
    by_size: Mapping[int, ExchangeContext] = field(default_factory=dict)
    """What exchanges share whose bodies may have so many bytes, by the sizes of the policies."""


class Requests:
    """The requests of one connection, from their heads to their start.

    Attributes:
        opened: those whose applications are to be started, in order.
        running: where those go that do not end at once.
        is_serial: whether at most one is open at a time.
    """

    __slots__ = ("_builder", "_client", "_contexts", "is_serial", "opened", "peers", "running")

    def __init__(
        self,
        contexts: Contexts,
        builder: ScopeBuilder,
        peers: Peers,
        *,
        running: set[Request],
        is_serial: bool,
    ) -> None:
        self.opened: Final[deque[Request]] = deque()
        self.running: Final = running
        self.is_serial: Final = is_serial
        self.peers: Final = peers
        self._contexts = contexts
        self._builder = builder
        self._client = client_text(peers.client)

    def open_stream(self, sink: WireSink, head: WireHead) -> Request:
        """Record a request to be started when the engine has returned."""
        if head.protocol == WEBSOCKET:
            scope = self._builder.websocket(head, sink)
            self._rule(scope["path"], scope["root_path"], sink)
            request: Request = WebSocket(self._contexts.websockets, scope, head, sink)
        else:
            asked = self._builder.http(head, sink)
            request = Exchange(self._context(head, asked, sink), asked, head, sink)
        self.opened.append(request)
        return request

    def half_close(self, request: Request) -> None:
        """Tell a request that its client has closed its half of the connection at least."""
        if isinstance(request, WebSocket):
            request.disconnect()
        else:
            request.on_half_close()
        if self._contexts.on_leave is not None:
            self._contexts.on_leave(request)

    def _context(self, head: WireHead, scope: HTTPScope, sink: WireSink) -> ExchangeContext:
        contexts = self._contexts
        if head.method == b"CONNECT":
            return contexts.tunnels
        context, size = contexts.exchanges, contexts.max_body_size
        if contexts.policies is not None:
            rules = self._rule(scope["path"], scope["root_path"], sink)
            if rules is not None and rules.max_body_size != size:
                size = rules.max_body_size
                context = contexts.by_size[size]
        return contexts.oversized if head.content_length > size else context

    def _rule(self, path: str, root_path: str, sink: WireSink) -> Rules | None:
        """Let the rules of a path go for a request; returns them, None for those of all others."""
        policies = self._contexts.policies
        rules = None if policies is None else policies.find(path[len(root_path) :])
        if rules is not None:
            sink.set_timeouts(rules.timeout_body, rules.timeout_response_stall)
        return rules


def disconnect(request: Request, code: int) -> None:
    """Tell a request that waits for its client to leave to come to an end.

    Args:
        request: one that has been started.
        code: what it is closed with where it is a WebSocket.
    """
    if isinstance(request, WebSocket):
        request.disconnect(code)
    else:
        request.disconnect()
