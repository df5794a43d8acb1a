"""Owns one WebSocket as one call of an ASGI application: its start, and its end with that call.

Does not know the wire: over HTTP/1.1 and HTTP/2 the same bytes go to the same sink. Does not
judge messages or frames; its base classes do.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from logging import Logger

from asgi_bridge._asgi import ASGIApp
from asgi_bridge._asgi_websocket import WebSocketScope
from asgi_bridge._defaults import DefaultHeaders
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._tasks import STARTS_AT_ONCE, start_task
from asgi_bridge._websocket_limits import WebSocketLimits
from asgi_bridge._ws_arrivals import CONNECTING, OPEN, OVER
from asgi_bridge._ws_close import GOING_AWAY, INTERNAL_ERROR, NORMAL
from asgi_bridge._ws_handshake import check_handshake
from asgi_bridge._ws_outgoing import OutgoingMessages
from asgi_bridge.errors import is_departure

__all__ = ["WebSocket", "WebSocketContext"]


@dataclass(frozen=True, slots=True)
class WebSocketContext:
    """What all WebSockets of one server worker share."""

    app: ASGIApp
    loop: asyncio.AbstractEventLoop
    default_headers: DefaultHeaders
    on_complete: Callable[["WebSocket"], None]
    """Called once for every session started, when its application has ended and the session is
    over. Must not raise."""
    logger: Logger
    """Gets the tracebacks of applications and what they left undone."""
    on_response_end: Callable[["WebSocket"], None] | None = None
    """Called once for every session started, when the answer to its handshake is out: accepted
    (status 101 or 200), refused, or given up for want of a client (status 0). Must not raise."""
    on_close: Callable[["WebSocket"], None] | None = None
    """Called once for every session that was accepted, when it is over. Must not raise."""
    limits: WebSocketLimits = field(default_factory=WebSocketLimits)
    on_reset: Callable[["WebSocket"], None] | None = None
    """Called when the connection has gone before the session was over. Must not raise, and only
    records."""


class WebSocket(OutgoingMessages):
    """One WebSocket.

    The wire calls `on_data`, `on_end`, `on_reset` and `on_writable`, which only record; the
    application gets `receive` and `send`.

    Args:
        context: what it shares with all others.
        scope: what the application is called with.
        head: the head of its handshake.
        sink: where the answer and the frames go.
    """

    __slots__ = ("_is_cancelled", "_server", "_task")

    def __init__(
        self,
        context: WebSocketContext,
        scope: WebSocketScope,
        head: RequestHead,
        sink: ResponseSink,
    ) -> None:
        super().__init__(context, scope, head, sink)
        self._server = context
        self._is_cancelled = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run the application, on 3.12 and later at once as far as it gets without waiting.

        A session that was reset or cancelled before is ended without it, and so is one whose
        handshake is none: with 426 or 400 (RFC 6455, 4.2.2).
        """
        if self.is_reset or self._is_cancelled:
            self._is_app_done = True
            self._give_up()
            return
        fault = check_handshake(self._head)
        if fault is not None:
            self._is_app_done = True
            self._refuse(*fault)
            return
        task = start_task(self._run(), self._loop)
        if not self._is_app_done:
            self._hold(task)

    def cancel(self) -> None:
        """Cancel the application, and wait no longer for the client."""
        self._is_cancelled = True
        if self._task is not None:
            self._task.cancel()
        elif self._is_app_done and not self.is_done:
            self._give_up()

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._task = task
        if not STARTS_AT_ONCE:
            task.add_done_callback(self._look_after)
        if self._is_cancelled:  # by its own first step
            task.cancel()

    def _look_after(self, _task: asyncio.Task[None]) -> None:
        """End a session whose task was cancelled before its first step: `_run` did not run."""
        if not self._is_app_done:
            self._abandon()
            self._end_application()

    async def _run(self) -> None:
        try:
            await self._server.app(self.scope, self.receive, self.send)
        except GeneratorExit:
            raise  # the loop is gone, and with it all who could be told
        except asyncio.CancelledError:
            self._abandon()
        except BaseException as error:  # noqa: BLE001 - even SystemExit ends this session alone
            self._fail(error)
        else:
            if self._is_cancelled:
                self._abandon()
            else:
                self._miss()
        self._end_application()

    def _end_application(self) -> None:
        self._task = None
        self._is_app_done = True
        if self._state != OVER:
            self._stop_listening()
        self._settle()

    def _fail(self, error: BaseException) -> None:
        """End the session of an application that has raised."""
        if self._state < OPEN:
            response = self._answer()
            response.fail(error)
            self._end_response(response)
            return
        logger = self._context.logger
        if (self._state != OPEN or self.is_reset) and not self._is_closed and is_departure(error):
            logger.debug("ASGI application ended with its client", exc_info=error)
        else:
            logger.error("Exception in ASGI application", exc_info=error)
        if self._state == OPEN:
            self._begin_close(INTERNAL_ERROR, "")

    def _miss(self) -> None:
        """End the session of an application that has returned."""
        if self._state == OPEN:
            self._begin_close(NORMAL, "")
        elif self._state == CONNECTING and self._stop_code:
            self._refuse(503, [], b"")
        elif self._state < OPEN:
            response = self._answer()
            response.miss(is_excused=self.is_reset)
            self._end_response(response)

    def _abandon(self) -> None:
        """End the session of an application that was cancelled."""
        if self._state == OPEN and not self._is_full and not self.is_reset:
            self._end(GOING_AWAY if self._is_cancelled else INTERNAL_ERROR, "")
        elif self._state < OPEN and self._response is not None:
            self._response.abort()
            self._conclude()
        elif self._state != OVER:
            self._give_up()

    def _on_answered(self) -> None:
        if self._server.on_response_end is not None:
            self._server.on_response_end(self)

    def _on_over(self) -> None:
        if self._server.on_close is not None:
            self._server.on_close(self)

    def _on_reset(self) -> None:
        if self._server.on_reset is not None:
            self._server.on_reset(self)

    def _on_done(self) -> None:
        self._server.on_complete(self)
