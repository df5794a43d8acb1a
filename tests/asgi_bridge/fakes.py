"""Owns what stands in for the wire and the server in the tests of asgi_bridge.

Does not answer by itself: a sink records the calls it gets, and the test says what it returns.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from io import FileIO
from typing import Protocol, TypeVar

from asgi_bridge import (
    DefaultHeaders,
    Exchange,
    ExchangeContext,
    HTTPReceiveEvent,
    HTTPScope,
    ScopeBuilder,
)

Fields = list[tuple[bytes, bytes]]
Receive = Callable[[], Coroutine[None, None, HTTPReceiveEvent]]
Send = Callable[[dict[str, object]], Coroutine[None, None, None]]
App = Callable[[HTTPScope, Receive, Send], Awaitable[None]]

T = TypeVar("T")


class Run(Protocol):
    """Runs a coroutine to its end in a new loop."""

    def __call__(self, coroutine: Coroutine[object, object, T], /) -> T: ...


LOGGER = logging.getLogger("tests.asgi_bridge")

REQUEST = {"type": "http.request", "body": b"", "more_body": False}
DISCONNECT = {"type": "http.disconnect"}


def start(status: object = 200, headers: object = (), **more: object) -> dict[str, object]:
    return {"type": "http.response.start", "status": status, "headers": headers, **more}


def body(chunk: object = b"", more_body: object = False) -> dict[str, object]:
    return {"type": "http.response.body", "body": chunk, "more_body": more_body}


def trailers(headers: object = (), **more: object) -> dict[str, object]:
    return {"type": "http.response.trailers", "headers": headers, **more}


@dataclass
class Head:
    """The head of a request; a GET without a body unless told otherwise."""

    method: bytes = b"GET"
    target: bytes = b"/"
    scheme: bytes = b"http"
    headers: Fields = field(default_factory=list)
    http_version: str = "2"
    end_stream: bool = True
    expect_continue: bool = False
    protocol: bytes = b""


def upload(*, expect_continue: bool = False) -> Head:
    return Head(method=b"POST", end_stream=False, expect_continue=expect_continue)


class Sink:
    """A ResponseSink that records.

    Attributes:
        calls: the calls that it got, each a tuple of name and arguments.
        moved: set when `data` or `file` was called.
        has_room: what `data` returns.
        refusal: what `start`, `trailers` and `informational` raise, once.
        sends_file: what a call of `file` awaits; None for a wire that sends no files.
        weight: weight of the stream, None where there are no priorities.
        depends_on: what the client put it below.
        urgency: 0 to 7.
        incremental: the client has a use for parts.
    """

    def __init__(self, *, can_trailers: bool = True) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.moved = asyncio.Event()
        self.has_room = True
        self.refusal: Exception | None = None
        self.can_trailers = can_trailers
        self.bytes_sent = 0
        self.credited = 0
        self.sends_file: Callable[[], Awaitable[None]] | None = None
        self.weight: int | None = None
        self.depends_on = 0
        self.urgency = 3
        self.incremental = False

    @property
    def names(self) -> list[object]:
        return [call[0] for call in self.calls]

    def start(self, status: int, headers: Fields, end: bool) -> None:
        self._refuse()
        assert type(headers) is list
        assert {type(pair) for pair in headers} <= {tuple}
        assert {type(text) for pair in headers for text in pair} <= {bytes}
        assert type(status) is int
        self.calls.append(("start", status, headers, end))

    def data(self, chunk: bytes, end: bool) -> bool:
        assert type(chunk) is bytes
        self.bytes_sent += len(chunk)
        self.calls.append(("data", chunk, end))
        self.moved.set()
        return self.has_room

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> Awaitable[None] | None:
        assert type(file) is FileIO
        assert count > 0
        if self.sends_file is None:
            return None
        self.bytes_sent += count
        self.calls.append(("file", os.pread(file.fileno(), count, offset), end))
        self.moved.set()
        return self.sends_file()

    def informational(self, status: int, headers: Fields) -> None:
        self._refuse()
        self.calls.append(("informational", status, headers))

    def trailers(self, headers: Fields) -> None:
        self._refuse()
        assert {type(pair) for pair in headers} <= {tuple}
        self.calls.append(("trailers", headers))

    def set_timeouts(self, body: float, response_stall: float) -> None:
        self.calls.append(("set_timeouts", body, response_stall))

    def credit(self, size: int) -> None:
        self.credited += size

    def finish(self) -> None:
        self.calls.append(("finish",))

    def abort(self) -> None:
        self.calls.append(("abort",))

    def _refuse(self) -> None:
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal


@dataclass
class Server:
    """What starts exchanges, and hears of their ends."""

    defaults: DefaultHeaders = field(
        default_factory=lambda: DefaultHeaders(lambda: 0.0, date=False)
    )
    ends: list[tuple[str, int]] = field(default_factory=list)
    completed: asyncio.Event = field(default_factory=asyncio.Event)

    def exchange(self, app: App, head: Head | None = None, sink: Sink | None = None) -> Exchange:
        """Make an exchange in the running loop."""
        head = head or Head()
        sink = sink or Sink()
        context = ExchangeContext(
            app,
            asyncio.get_running_loop(),
            self.defaults,
            self._complete,
            LOGGER,
            lambda exchange: self.ends.append(("response", exchange.status)),
        )
        builder = ScopeBuilder(client=None, server=None, scheme="http", root_path="", state={})
        return Exchange(context, builder.http(head, sink), head, sink)

    async def run(self, app: App, head: Head | None = None, sink: Sink | None = None) -> Exchange:
        """Run one exchange to the end of its application."""
        exchange = self.exchange(app, head, sink)
        exchange.start()
        await self.completed.wait()
        return exchange

    def _complete(self, exchange: Exchange) -> None:
        assert exchange.is_done
        self.ends.append(("complete", exchange.status))
        self.completed.set()


async def settle() -> None:
    """Let every task run until it waits; five rounds are more than any chain here takes."""
    for _ in range(5):
        await asyncio.sleep(0)
