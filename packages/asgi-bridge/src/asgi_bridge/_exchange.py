"""Owns one HTTP exchange: a request and its response as one call of an ASGI application.

Does not know the wire: it is told of the request by `on_data` and its kin, and its response goes
to a `ResponseSink`. Does not judge messages: `_response` does.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from logging import Logger
from time import perf_counter

from asgi_bridge._asgi import ASGIApp, HTTPScope
from asgi_bridge._defaults import DefaultHeaders
from asgi_bridge._request import IncomingRequest
from asgi_bridge._response import BURST, COMPLETE, CUT, MESSAGE_COST, UNHEARD, Response
from asgi_bridge._sink import RequestHead, ResponseSink
from asgi_bridge._waiters import Turnstile

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


class Exchange(IncomingRequest):
    """One request and its response.

    The wire calls `on_data`, `on_end`, `on_reset` and `on_writable`, which only record; the
    application gets `receive` and `send`.

    Args:
        context: what it shares with all others.
        scope: what the application is called with.
        head: the head of the request.
        sink: where the response goes.
    """

    __slots__ = (
        "_context",
        "_is_cancelled",
        "_is_over",
        "_task",
        "_turnstile",
        "is_done",
        "is_reset",
        "scope",
        "started_at",
    )

    def __init__(
        self,
        context: ExchangeContext,
        scope: HTTPScope,
        head: RequestHead,
        sink: ResponseSink,
    ) -> None:
        super().__init__(context.loop, head, sink, Response(context, head, sink))
        self.scope = scope
        self.started_at = perf_counter()
        """When the exchange was made, in seconds of `time.perf_counter`."""
        self.is_reset = False
        """Whether the stream or its connection is gone. One reset before it was started is not
        worth starting."""
        self.is_done = False
        """Whether the application has ended."""
        self._context = context
        self._is_over = False
        self._is_cancelled = False
        self._task: asyncio.Task[None] | None = None
        self._turnstile: Turnstile | None = None

    @property
    def status(self) -> int:
        """Status of the response, 0 before its head has gone out."""
        return self._response.status

    def on_reset(self, error_code: int) -> None:
        """Note that the client has left, or the connection has gone."""
        self.is_reset = True
        self._response.lose()
        self._body = None
        self._wake()

    def on_writable(self) -> None:
        """Let the task go on that waits for the sink to have room."""
        if self._turnstile is not None:
            self._turnstile.open()

    def start(self) -> None:
        """Run the application, on 3.12 and later at once as far as it gets without waiting.

        An exchange that was reset or cancelled before is ended without it.
        """
        if self.is_reset or self._is_cancelled:
            self._response.abort()
            self._conclude()
            return
        task = _make_task(self._run(), loop=self._loop)
        if not self.is_done:
            self._hold(task)

    def cancel(self) -> None:
        """Cancel the application."""
        self._is_cancelled = True
        if self._task is not None:
            self._task.cancel()

    async def send(self, message: Mapping[str, object]) -> None:
        """Take a part of the response, and wait while the client does not keep up.

        Concurrent calls are served in the order in which they were made. One that is cancelled
        while it waits for room has either sent its message or not touched it.

        Raises:
            TypeError: the message or a value in it has the wrong type.
            ValueError: the message is unknown, or a value in it malformed.
            RuntimeError: the message is out of order.
            ClientDisconnected: the client has left, or never wanted a body that does not end; an
                OSError.
        """
        response = self._response
        try:
            if self._turnstile is not None:
                await self._send_in_turn(self._turnstile, message)
            elif self._apply(message):
                turnstile = self._turnstile = Turnstile(self._loop)
                async with turnstile.turn:
                    await self._wait_for_room(turnstile)
        except Exception:
            self._note_end()
            if response.burst > BURST:
                await self._let_others_run()
            raise
        if response.state >= COMPLETE:
            self._note_end()
            return
        if response.state == UNHEARD:
            self._wake_receivers()
        if response.burst > BURST:
            await self._let_others_run()

    def _apply(self, message: Mapping[str, object]) -> bool:
        try:
            kind = message.get("type")
        except AttributeError:
            raise TypeError(f"an ASGI message is a dict, not {type(message).__name__}") from None
        response = self._response
        if kind == "http.response.body":
            return response.body(message)
        if kind == "http.response.start":
            response.start(message)
            return False
        response.burst += MESSAGE_COST
        if kind == "http.response.trailers":
            response.trailers(message)
            return False
        raise ValueError(f"no ASGI message for a response: {kind!r}")

    async def _send_in_turn(self, turnstile: Turnstile, message: Mapping[str, object]) -> None:
        async with turnstile.turn:
            if turnstile.is_shut:
                self._response.burst = 0
                await turnstile.opening()
            if self._apply(message):
                await self._wait_for_room(turnstile)

    async def _wait_for_room(self, turnstile: Turnstile) -> None:
        self._response.burst = 0
        turnstile.is_shut = True
        await turnstile.opening()
        if self._response.is_lost:
            raise self._response.refusal("http.response.body")

    async def _let_others_run(self) -> None:
        self._response.burst = 0
        await asyncio.sleep(0)

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._task = task
        if self._is_cancelled:  # by its own first step
            task.cancel()

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

    def _wake(self) -> None:
        """Wake all that wait, to learn of the end."""
        self._wake_receivers()
        self.on_writable()


if sys.version_info >= (3, 12):
    _make_task: Callable[..., asyncio.Task[None]] = partial(asyncio.Task, eager_start=True)
else:
    _make_task: Callable[..., asyncio.Task[None]] = asyncio.Task
