"""Owns the meeting of wire and bridge: each stream's request becomes an `Exchange`.

Does not read, write or schedule; `_protocol` does. No other module knows both sides.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from logging import Logger
from time import perf_counter
from typing import Final, Protocol, TypeAlias

from asgi_bridge import (
    ASGIApp,
    DefaultHeaders,
    Exchange,
    ExchangeContext,
    Message,
    RequestHead,
    ResponseSink,
    Scope,
    ScopeBuilder,
)
from h2corn._access_log import AccessLog, client_text, request_line

__all__ = ["Application", "Client", "Peers", "Requests", "WireHead"]

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


class WireHead(RequestHead, Protocol):
    """The head of a request as both wire engines give it."""

    @property
    def authority(self) -> bytes:
        """Whom the request is for, where it was said apart from the target."""


class LoggedRequest(Exchange):
    """An exchange that remembers what the access log tells of it.

    The scope would not do: frameworks change the path and the client in it.
    """

    __slots__ = ("client", "head")

    client: str
    head: WireHead


class Application:
    """The application, as the connections of one server call it.

    Args:
        app: the application.
        loop: the loop that it runs in.
        logger: gets its tracebacks.
        default_headers: fields added to every response.
        root_path: where it is mounted.
        state: the lifespan's state.
        access_log: gets a line for every request; None where there is none.

    Attributes:
        running: the exchanges whose applications wait for something. They hold their tasks, of
            which the loop itself keeps only weak references.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        loop: asyncio.AbstractEventLoop,
        logger: Logger,
        default_headers: DefaultHeaders,
        root_path: str,
        state: dict[str, object],
        access_log: AccessLog | None,
    ) -> None:
        self.running: Final[set[Exchange]] = set()
        self._waiters: Final[set[asyncio.Future[None]]] = set()
        self._root_path = root_path
        self._state = state
        self._is_logged = access_log is not None
        self._context = ExchangeContext(
            app,
            loop,
            default_headers,
            self._on_complete,
            logger,
            None if access_log is None else partial(_log, access_log),
        )
        self._refusal = replace(self._context, app=_refuse)

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
            self._context,
            self._refusal,
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

    def disconnect(self) -> None:
        """Tell all that wait for their clients to leave to come to an end."""
        for exchange in list(self.running):
            exchange.disconnect()

    def cancel(self) -> int:
        """Cancel all that run; returns how many."""
        running = list(self.running)
        for exchange in running:
            exchange.cancel()
        return len(running)

    def _on_complete(self, exchange: Exchange) -> None:
        running = self.running
        running.discard(exchange)
        if self._waiters and not running:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)


class Requests:
    """The requests of one connection, from their heads to their start.

    Attributes:
        opened: exchanges whose applications are to be started, in order.
        running: where those go that do not end at once.
        is_serial: whether at most one is open at a time.
    """

    __slots__ = (
        "_client",
        "_context",
        "_make_scope",
        "_refusal",
        "is_serial",
        "opened",
        "peers",
        "running",
    )

    def __init__(
        self,
        context: ExchangeContext,
        refusal: ExchangeContext,
        builder: ScopeBuilder,
        peers: Peers,
        *,
        running: set[Exchange],
        is_serial: bool,
    ) -> None:
        self.opened: Final[deque[Exchange]] = deque()
        self.running: Final = running
        self.is_serial: Final = is_serial
        self.peers: Final = peers
        self._context = context
        self._refusal = refusal
        self._make_scope = builder.http
        self._client = client_text(peers.client)

    def open_stream(self, sink: ResponseSink, head: WireHead) -> Exchange:
        """Record a request to be started when the engine has returned."""
        context = self._refusal if head.method == b"CONNECT" else self._context
        exchange = Exchange(context, self._make_scope(head, sink), head, sink)
        self.opened.append(exchange)
        return exchange


class LoggedRequests(Requests):
    """The same where there is an access log."""

    __slots__ = ()

    def open_stream(self, sink: ResponseSink, head: WireHead) -> Exchange:
        """Record a request to be started when the engine has returned."""
        context = self._refusal if head.method == b"CONNECT" else self._context
        exchange = LoggedRequest(context, self._make_scope(head, sink), head, sink)
        exchange.head = head
        exchange.client = self._client
        self.opened.append(exchange)
        return exchange


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


async def _refuse(
    _scope: Scope,
    _receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer CONNECT, which asks for a tunnel (RFC 9110 section 9.3.6), for the application."""
    body = b"Not Implemented"
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 501, "headers": headers})
    await send({"type": "http.response.body", "body": body})
