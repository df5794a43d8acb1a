"""Owns what the access log tells of a request: what is kept for that, and when it is told.

Does not word the line; `_access_log` does.
"""

from time import perf_counter
from typing import Final

from asgi_bridge import Exchange, WebSocket
from h2corn._access_line import forwarded_client_text
from h2corn._access_log import AccessLog
from h2corn._adapters import WEBSOCKET, Request, Requests, WireHead, WireSink
from h2corn._log_entry import Field
from h2corn._response_fields import SeenSink

__all__ = ["LoggedRequests", "SeenRequests", "log_exchange", "log_handshake", "log_websocket"]

_SESSION: Final = b"WEBSOCKET"  # in place of a method, in the line of one that has ended


class LoggedRequest(Exchange):
    """An exchange that remembers what the access log tells of it.

    The scope would not do: frameworks change the path and the client in it. It has no `__slots__`:
    with those beside the attributes of its base, CPython 3.13 makes a dictionary for each.
    """

    client: str
    fields: list[Field]
    head: WireHead
    started_at: float
    """When its head was read, in seconds of `time.perf_counter`."""


class LoggedWebSocket(WebSocket):
    """A WebSocket that remembers the same."""

    __slots__ = ("client", "fields", "head", "started_at")

    client: str
    fields: list[Field]
    head: WireHead
    started_at: float
    """When its handshake was read, in seconds of `time.perf_counter`."""


class LoggedRequests(Requests):
    """The requests of one connection where there is an access log."""

    __slots__ = ()

    def open_stream(self, sink: WireSink, head: WireHead) -> Request:
        """Record a request to be started when the engine has returned."""
        request: LoggedRequest | LoggedWebSocket
        if head.protocol == WEBSOCKET:
            session = self._builder.websocket(head, sink)
            self._rule(session["path"], session["root_path"], sink)
            client = session["client"]
            request = LoggedWebSocket(self._contexts.websockets, session, head, sink)
        else:
            scope = self._builder.http(head, sink)
            client = scope["client"]
            request = LoggedRequest(self._context(head, scope, sink), scope, head, sink)
        request.started_at = perf_counter()
        request.head = head
        # A copy: the scope's is the application's to change.
        request.fields = head.headers.copy()
        is_own = client is self.peers.client
        request.client = self._client if is_own else forwarded_client_text(client)
        self.opened.append(request)
        return request


class SeenRequests(LoggedRequests):
    """The same where the log tells of the fields of responses, too."""

    __slots__ = ()

    def open_stream(self, sink: WireSink, head: WireHead) -> Request:
        """Record a request to be started when the engine has returned."""
        return super().open_stream(SeenSink(sink), head)


def log_exchange(access_log: AccessLog, exchange: Exchange) -> None:
    """Log a request whose response is over."""
    if isinstance(exchange, LoggedRequest):
        head = exchange.head
        sink = exchange.sink
        access_log.add(
            (
                exchange.client,
                head.method,
                head.target or head.authority,
                head.http_version,
                exchange.status,
                perf_counter() - exchange.started_at,
                sink.bytes_sent,
                exchange.body_received,
                exchange.fields,
                sink.fields if isinstance(sink, SeenSink) else (),
                False,
            )
        )


def log_handshake(access_log: AccessLog, session: WebSocket) -> None:
    """Log how a handshake was answered."""
    if isinstance(session, LoggedWebSocket):
        head = session.head
        sink = session.sink
        access_log.add(
            (
                session.client,
                head.method,
                head.target,
                head.http_version,
                session.status,
                perf_counter() - session.started_at,
                0,
                0,
                session.fields,
                sink.fields if isinstance(sink, SeenSink) else (),
                False,
            )
        )


def log_websocket(access_log: AccessLog, session: WebSocket) -> None:
    """Log a WebSocket that is over."""
    if isinstance(session, LoggedWebSocket):
        head = session.head
        access_log.add(
            (
                session.client,
                _SESSION,
                head.target,
                head.http_version,
                session.close_code,
                perf_counter() - session.started_at,
                session.bytes_sent,
                session.bytes_received,
                session.fields,
                (),
                True,
            )
        )
