"""Owns the meeting of wire and bridge: each request becomes an `Exchange` or a `WebSocket`.

Does not read, write or schedule; `_protocol` does. No other module knows both sides.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from logging import Logger
from time import perf_counter
from typing import Final, Protocol, TypeAlias

from asgi_bridge import (
    ASGIApp,
    DefaultHeaders,
    Exchange,
    ExchangeContext,
    RequestHead,
    ResponseSink,
    ScopeBuilder,
    WebSocket,
    WebSocketContext,
    WebSocketLimits,
)
from h2corn._access_log import AccessLog, client_text, request_line
from h2corn._refusals import not_implemented, too_large

__all__ = [
    "GOING_AWAY",
    "Application",
    "Client",
    "Peers",
    "Request",
    "RequestOptions",
    "Requests",
    "WireHead",
]

_WEBSOCKET: Final = b"websocket"
_SESSION: Final = b"WEBSOCKET"  # in place of a method, in the line of one that has ended

GOING_AWAY: Final = 1001
"""Why a WebSocket is closed by a server that stops (RFC 6455 section 7.4.1)."""

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

    @property
    def client_name(self) -> str:
        """The client as a line of the log names it."""
        return client_text(self.client).rstrip()


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What of a server's options concerns requests."""

    default_headers: DefaultHeaders
    """Fields added to every response."""
    root_path: str = ""
    """Where the application is mounted."""
    max_body_size: int = sys.maxsize
    """Bytes that a request's body may have."""
    websockets: WebSocketLimits = field(default_factory=WebSocketLimits)
    """What clients of WebSockets may do."""
    cancel_on_disconnect: bool = False
    """Whether an application is cancelled when its client leaves."""
    on_reset: Callable[[Request], None] | None = None
    """Called for each request whose client leaves before its application has ended."""


class WireHead(RequestHead, Protocol):
    """The head of a request as both wire engines give it."""

    @property
    def authority(self) -> bytes:
        """Whom the request is for, where it was said apart from the target."""

    @property
    def content_length(self) -> int:
        """Bytes of the body where they were announced, else -1."""


class LoggedRequest(Exchange):
    """An exchange that remembers what the access log tells of it.

    The scope would not do: frameworks change the path and the client in it.
    """

    __slots__ = ("client", "head", "started_at")

    client: str
    head: WireHead
    started_at: float
    """When its head was read, in seconds of `time.perf_counter`."""


class LoggedWebSocket(WebSocket):
    """The same for a WebSocket."""

    __slots__ = ("client", "head")

    client: str
    head: WireHead


class Application:
    """The application, as the connections of one server call it.

    Args:
        app: the application.
        loop: the loop that it runs in.
        logger: gets its tracebacks.
        options: what is to be known of requests.
        state: the lifespan's state.
        access_log: gets a line for every request, and one for every WebSocket at its end; None
            where there is none.

    Attributes:
        running: the requests whose applications wait for something. They hold their tasks, of
            which the loop itself keeps only weak references.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        loop: asyncio.AbstractEventLoop,
        logger: Logger,
        options: RequestOptions,
        state: dict[str, object],
        access_log: AccessLog | None,
    ) -> None:
        self.running: Final[set[Request]] = set()
        self._waiters: Final[set[asyncio.Future[None]]] = set()
        self._root_path = options.root_path
        self._state = state
        self._is_logged = access_log is not None
        exchanges = ExchangeContext(
            app=app,
            loop=loop,
            default_headers=options.default_headers,
            on_complete=self._on_complete,
            logger=logger,
            on_response_end=None if access_log is None else partial(_log, access_log),
            max_body_size=options.max_body_size,
            cancel_on_disconnect=options.cancel_on_disconnect,
            on_reset=options.on_reset,
        )
        websockets = WebSocketContext(
            app=app,
            loop=loop,
            default_headers=options.default_headers,
            on_complete=self._on_complete,
            logger=logger,
            on_response_end=None if access_log is None else partial(_log_handshake, access_log),
            on_close=None if access_log is None else partial(_log_websocket, access_log),
            limits=options.websockets,
            on_reset=options.on_reset,
        )
        self._contexts = Contexts(
            exchanges,
            replace(exchanges, app=not_implemented),
            replace(exchanges, app=too_large),
            websockets,
            options.max_body_size,
        )

    def connect(self, peers: Peers, *, is_serial: bool) -> "Requests":
        """Return what starts the requests of one connection.

        Args:
            peers: its two ends.
            is_serial: requests come one after the other, as those of HTTP/1 do.
        """
        builder = ScopeBuilder(
            client=peers.client,
            server=peers.server,
            scheme="http",
            root_path=self._root_path,
            state=self._state,
        )
        kind = LoggedRequests if self._is_logged else Requests
        return kind(
            self._contexts,
            builder,
            peers,
            running=self.running,
            is_serial=is_serial,
        )

    async def wait_idle(self) -> None:
        """Wait until no application runs."""
        while self.running:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)

    def disconnect(self, code: int = GOING_AWAY) -> None:
        """Tell all that wait for their clients to leave to come to an end.

        Args:
            code: what WebSockets are closed with.
        """
        for request in list(self.running):
            if isinstance(request, WebSocket):
                request.disconnect(code)
            else:
                request.disconnect()

    def cancel(self) -> int:
        """Cancel all that run; returns how many."""
        running = list(self.running)
        for request in running:
            request.cancel()
        return len(running)

    def _on_complete(self, request: Request) -> None:
        running = self.running
        running.discard(request)
        if self._waiters and not running:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)


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

    def open_stream(self, sink: ResponseSink, head: WireHead) -> Request:
        """Record a request to be started when the engine has returned."""
        if head.protocol == _WEBSOCKET:
            scope = self._builder.websocket(head, sink)
            request: Request = WebSocket(self._contexts.websockets, scope, head, sink)
        else:
            request = Exchange(self._context(head), self._builder.http(head, sink), head, sink)
        self.opened.append(request)
        return request

    def _context(self, head: WireHead) -> ExchangeContext:
        contexts = self._contexts
        if head.method == b"CONNECT":
            return contexts.tunnels
        if head.content_length > contexts.max_body_size:
            return contexts.oversized
        return contexts.exchanges


class LoggedRequests(Requests):
    """The same where there is an access log."""

    __slots__ = ()

    def open_stream(self, sink: ResponseSink, head: WireHead) -> Request:
        """Record a request to be started when the engine has returned."""
        request: LoggedRequest | LoggedWebSocket
        if head.protocol == _WEBSOCKET:
            scope = self._builder.websocket(head, sink)
            request = LoggedWebSocket(self._contexts.websockets, scope, head, sink)
        else:
            context = self._context(head)
            request = LoggedRequest(context, self._builder.http(head, sink), head, sink)
            request.started_at = perf_counter()
        request.head = head
        request.client = self._client
        self.opened.append(request)
        return request


def _log(access_log: AccessLog, exchange: Exchange) -> None:
    if isinstance(exchange, LoggedRequest):
        head = exchange.head
        access_log.add(
            exchange.client,
            request_line(head.method, head.target or head.authority, head.http_version),
            exchange.status,
            perf_counter() - exchange.started_at,
            sent=exchange.sink.bytes_sent,
            received=exchange.body_received,
        )


def _log_handshake(access_log: AccessLog, session: WebSocket) -> None:
    if isinstance(session, LoggedWebSocket):
        head = session.head
        access_log.add(
            session.client,
            request_line(head.method, head.target, head.http_version),
            session.status,
            perf_counter() - session.started_at,
            sent=0,
            received=0,
        )


def _log_websocket(access_log: AccessLog, session: WebSocket) -> None:
    if isinstance(session, LoggedWebSocket):
        head = session.head
        access_log.add(
            session.client,
            request_line(_SESSION, head.target, head.http_version),
            session.close_code,
            perf_counter() - session.started_at,
            sent=session.bytes_sent,
            received=session.bytes_received,
        )
