"""Owns one HTTP exchange: a request and its response as one call of an ASGI application.

Does not know the wire: it is told of the request by `on_data` and its kin, and its response goes
to a `ResponseSink`. Does not judge messages: `_response` does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from logging import Logger

from asgi_bridge._asgi import ASGIApp, HTTPScope
from asgi_bridge._body import RequestBody
from asgi_bridge._defaults import DefaultHeaders
from asgi_bridge._response import COMPLETE, CUT, UNHEARD, Response
from asgi_bridge._sending import OutgoingResponse
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._tasks import STARTS_AT_ONCE, start_task

__all__ = ["Exchange", "ExchangeContext"]


@dataclass(frozen=True, slots=True)
class ExchangeContext:
    """What all exchanges of one server worker share."""

    app: ASGIApp
    loop: asyncio.AbstractEventLoop
    default_headers: DefaultHeaders
    on_complete: Callable[["Exchange"], None]
    """Called once for every exchange started, when its application has ended. Must not raise."""
    logger: Logger
    """Gets the tracebacks of applications and the faults of their responses."""
    on_response_end: Callable[["Exchange"], None] | None = None
    """Called once for every exchange started, when its response is over: complete or aborted, or,
    for want of a client, at the latest before `on_complete`. What the application does in the
    background afterwards is not waited for. Must not raise."""
    max_body_size: int = 0
    """Bytes that the body of a request may have, 0 for any number. A larger one is answered with
    413 (RFC 9110, 15.5.14), or cut off where the response has begun."""
    cancel_on_disconnect: bool = False
    """Whether an application is cancelled, once, when its client leaves before the response is
    complete. One that catches the cancellation may go on."""
    on_reset: Callable[["Exchange"], None] | None = None
    """Called when the client has left before the application has ended, at most once for every
    exchange, also for one that was not started yet. Must only record, and not raise."""


class Exchange(OutgoingResponse):
    """One request and its response.

    The wire calls `on_data`, `on_end`, `on_reset` and `on_writable`, which only record; the
    application gets `receive` and `send`.

    Args:
        context: what it shares with all others.
        scope: what the application is called with.
        head: the head of the request.
        sink: where the response goes.
    """

    def __init__(
        self,
        context: ExchangeContext,
        scope: HTTPScope,
        head: RequestHead,
        sink: ResponseSink,
    ) -> None:
        self.sink = sink
        self.body_received = 0
        self._loop = context.loop
        self._response = Response(context, head, sink)
        self._body = None if head.end_stream else RequestBody(head.expect_continue)
        self._is_taken = False
        self._is_too_large = False
        self._max_body = context.max_body_size
        self._is_disconnecting = False
        self._burst = 0
        self._receivers = None
        self._turnstile = None
        self.scope = scope
        self.is_reset = False
        """Whether the stream or its connection is gone. One reset before it was started is not
        worth starting."""
        self.is_done = False
        """Whether the application has ended."""
        self._context = context
        self._is_over = False
        self._is_cancelled = False
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> int:
        """Status of the response, 0 before its head has gone out."""
        return self._response.status

    def on_reset(self, error_code: int) -> None:
        """Note that the client has left, or the connection has gone."""
        self.is_reset = True
        self._follow_client()
        self._response.lose()
        self._body = None
        self._wake()
        on_reset = self._context.on_reset
        if on_reset is not None and not self.is_done:
            on_reset(self)

    def on_half_close(self) -> None:
        """Note that the client of an HTTP/1 connection has closed its half, if not both.

        An application that has taken the whole request and waits in `receive` is told that it has
        left. One that is to be cancelled with its client is cancelled: as a rule it has closed
        both, which only shows when the response is written.
        """
        self.disconnect()
        self._follow_client()

    def start(self) -> None:
        """Run the application, on 3.12 and later at once as far as it gets without waiting.

        An exchange that was reset, cancelled or refused before is ended without it.
        """
        if self.is_reset or self._is_cancelled or self._is_over:
            self._response.abort()
            self._conclude()
            return
        task = start_task(self._run(), self._loop)
        if not self.is_done:
            self._hold(task)

    def cancel(self) -> None:
        """Cancel the application."""
        self._is_cancelled = True
        if self._task is not None:
            self._task.cancel()

    def _follow_client(self) -> None:
        """Cancel the application if that is wished for and there is somebody it has lost."""
        if self._context.cancel_on_disconnect and self._response.state < UNHEARD:
            self.cancel()

    def _overrule(self) -> None:
        if not self.is_done and not self.is_reset:
            self._response.overrule()
            self._note_end()

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._task = task
        if not STARTS_AT_ONCE:
            task.add_done_callback(self._look_after)
        if self._is_cancelled:  # by its own first step
            task.cancel()

    def _look_after(self, _task: asyncio.Task[None]) -> None:
        """End an exchange whose task was cancelled before its first step: `_run` did not run."""
        if not self.is_done:
            self._response.abort()
            self._conclude()

    async def _run(self) -> None:
        response = self._response
        try:
            await self._context.app(self.scope, self.receive, self.send)
        except GeneratorExit:
            raise  # the loop is gone, and with it all who could be told
        except asyncio.CancelledError:
            response.abort()
        except BaseException as error:  # noqa: BLE001 - even SystemExit ends this exchange alone
            response.fail(error)
        else:
            if response.state < COMPLETE:
                response.miss(is_excused=self._is_disconnecting)
        self._conclude()

    def _conclude(self) -> None:
        self.is_done = True
        self._task = None
        if not self._is_over:
            self._note_end()
        self._context.on_complete(self)

    def _note_end(self) -> None:
        state = self._response.state
        if self._is_over or state < COMPLETE:
            return
        self._is_over = True
        self._body = None
        if self._receivers is not None or self._turnstile is not None:
            self._wake()
        if state <= CUT:
            # Not when the application returns: it receives no more, and what it does in the
            # background must not hold up the next request of an HTTP/1 connection.
            self.sink.finish()
        on_response_end = self._context.on_response_end
        if on_response_end is not None:
            on_response_end(self)
