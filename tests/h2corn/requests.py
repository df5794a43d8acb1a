"""Requests without a wire: their heads, where their answers go, and an application for them."""

import asyncio
import logging
import time
from collections.abc import Callable
from io import FileIO
from typing import Any

from asgi_bridge import DefaultHeaders
from h2corn._access_line import TextForm
from h2corn._access_log import AccessLog
from h2corn._adapters import Peers, Request, Requests
from h2corn._application import Application, RequestOptions
from tests.h2corn.running import App, Receive, Send

PEERS = Peers(("192.0.2.1", 5), ("192.0.2.2", 80))


class Head:
    """A request head."""

    def __init__(self, method: bytes = b"GET", target: bytes = b"/a?b") -> None:
        self.method = method
        self.target = target
        self.authority = b"example.com:443"
        self.scheme = b"http"
        self.headers = [(b"host", b"example.com:443")]
        self.http_version = "2"
        self.end_stream = True
        self.expect_continue = False
        self.content_length = -1
        self.protocol = b""


class Sink:
    """Takes a response."""

    can_trailers = True
    weight: int | None = None
    depends_on = 0
    urgency = 3
    incremental = False

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.bytes_sent = 0
        self.is_finished = False
        self.timeouts: tuple[float, float] | None = None

    def set_timeouts(self, body: float, response_stall: float) -> None:
        self.timeouts = (body, response_stall)

    def start(self, status: int, headers: list[tuple[bytes, bytes]], end: bool) -> None:
        self.status = status
        self.headers = headers

    def data(self, chunk: bytes, end: bool) -> bool:
        self.body += chunk
        self.bytes_sent += len(chunk)
        return True

    def file(self, file: FileIO, offset: int, count: int, end: bool) -> None:
        raise AssertionError

    def informational(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        raise AssertionError

    def trailers(self, headers: list[tuple[bytes, bytes]]) -> None:
        raise AssertionError

    def credit(self, size: int) -> None:
        raise AssertionError

    def finish(self) -> None:
        self.is_finished = True

    def abort(self) -> None:
        self.is_finished = True


class Lines:
    """Takes the lines of an access log."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        self.lines.append(line)


def application(
    app: App,
    *,
    lines: Lines | None = None,
    on_leave: Callable[[Request], None] | None = None,
) -> Application:
    log = None
    if lines is not None:
        form = TextForm()
        loop = asyncio.get_running_loop()
        log = AccessLog(loop, lines, form, form, is_file=True)  # type: ignore[arg-type]
    return Application(
        app,
        loop=asyncio.get_running_loop(),
        logger=logging.getLogger("h2corn"),
        options=RequestOptions(
            DefaultHeaders(time.time, server=b"test"), "/mount", on_leave=on_leave
        ),
        state={"key": "value"},
        access_log=log,
    )


def start(requests: Requests) -> None:
    """Start what was opened, as the shell does."""
    while requests.opened:
        exchange = requests.opened.popleft()
        exchange.start()
        if not exchange.is_done:
            requests.running.add(exchange)


async def settle(app: Application) -> None:
    """Let everything come to its end; on 3.11 nothing starts before."""
    await asyncio.wait_for(app.wait_idle(), 10)


async def open_until_left(scope: Any, receive: Receive, send: Send) -> None:
    """Accept a session and wait for its end."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    assert (await receive())["type"] == "websocket.disconnect"


def handshake(protocol: bytes = b"websocket") -> Head:
    """Return the head of a request for a session."""
    head = Head(b"CONNECT", b"/ws?x")
    head.protocol = protocol
    head.headers.append((b"sec-websocket-version", b"13"))
    head.end_stream = False
    return head
