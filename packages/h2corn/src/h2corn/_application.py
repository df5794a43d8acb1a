"""Owns the application as the connections of one server call it, and the requests that run.

Does not make requests of what the wires read; `_adapters` does.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from logging import Logger
from typing import Final

from asgi_bridge import (
    ASGIApp,
    DefaultHeaders,
    ExchangeContext,
    ScopeBuilder,
    WebSocketContext,
    WebSocketLimits,
)
from h2corn._access_log import AccessLog
from h2corn._adapters import Contexts, Peers, Request, Requests, disconnect
from h2corn._connections import GOING_AWAY
from h2corn._policies import Policies
from h2corn._refusals import not_implemented, too_large
from h2corn._request_log import (
    LoggedRequests,
    SeenRequests,
    log_exchange,
    log_handshake,
    log_websocket,
)

__all__ = ["Application", "RequestOptions"]


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
    policies: Policies | None = None
    """What goes for single paths; None where all are alike."""
    on_leave: Callable[[Request], None] | None = None
    """Called for each request whose client leaves before its application has ended, or closes its
    half of the connection at least. Must only record."""


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
        done: how many requests and WebSockets have ended.
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
        self.done = 0
        self.running: Final[set[Request]] = set()
        self._quota = 0
        self._on_quota: Callable[[], None] | None = None
        self._waiters: Final[set[asyncio.Future[None]]] = set()
        self._root_path = options.root_path
        self._state = state
        self._kind: type[Requests] = Requests
        if access_log is not None:
            seen = access_log.needs_response_fields
            self._kind = SeenRequests if seen else LoggedRequests
        exchanges = ExchangeContext(
            app=app,
            loop=loop,
            default_headers=options.default_headers,
            on_complete=self._on_complete,
            logger=logger,
            on_response_end=None if access_log is None else partial(log_exchange, access_log),
            max_body_size=options.max_body_size,
            cancel_on_disconnect=options.cancel_on_disconnect,
            on_reset=options.on_leave,
        )
        websockets = WebSocketContext(
            app=app,
            loop=loop,
            default_headers=options.default_headers,
            on_complete=self._on_complete,
            logger=logger,
            on_response_end=None if access_log is None else partial(log_handshake, access_log),
            on_close=None if access_log is None else partial(log_websocket, access_log),
            limits=options.websockets,
            on_reset=options.on_leave,
        )
        self._contexts = Contexts(
            exchanges,
            replace(exchanges, app=not_implemented),
            replace(exchanges, app=too_large),
            websockets,
            options.max_body_size,
            options.on_leave,
            options.policies,
            {
                size: replace(exchanges, max_body_size=size)
                for size in (options.policies.sizes if options.policies is not None else ())
            },
        )

    def connect(self, peers: Peers, *, is_serial: bool) -> Requests:
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
            peer=peers.word,
            proxy_protocol=peers.proxy_protocol,
        )
        return self._kind(
            self._contexts,
            builder,
            peers,
            running=self.running,
            is_serial=is_serial,
        )

    @property
    def open(self) -> int:
        """How many requests and WebSockets are worked on."""
        return len(self.running)

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
            disconnect(request, code)

    def cancel(self) -> int:
        """Cancel all that run; returns how many."""
        running = list(self.running)
        for request in running:
            request.cancel()
        return len(running)

    def call_when_done(self, count: int, callback: Callable[[], None]) -> None:
        """Have something called once, when so many requests have ended in all.

        Args:
            count: above `done`.
            callback: must only record: it is called as the last of them ends.
        """
        self._quota = count
        self._on_quota = callback

    def _on_complete(self, request: Request) -> None:
        self.done = done = self.done + 1
        if done == self._quota and self._on_quota is not None:
            self._on_quota()
        running = self.running
        running.discard(request)
        if self._waiters and not running:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
