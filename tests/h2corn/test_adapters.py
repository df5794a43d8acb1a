"""Where streams become exchanges: what the application gets, and what never reaches it."""

import asyncio
import logging
import time
from collections.abc import Callable
from io import FileIO
from typing import Any

import pytest

from asgi_bridge import DefaultHeaders, WebSocket
from h2corn._access_log import AccessLog
from h2corn._adapters import Application, Peers, RequestOptions, Requests
from tests.h2corn.running import App, Receive, Send, answer, hello

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


def application(app: App, *, lines: Lines | None = None) -> Application:
    log = None
    if lines is not None:
        log = AccessLog(lines, is_colored=False)  # type: ignore[arg-type]
    return Application(
        app,
        loop=asyncio.get_running_loop(),
        logger=logging.getLogger("h2corn"),
        options=RequestOptions(DefaultHeaders(time.time, server=b"test"), "/mount"),
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


def test_the_scope_is_that_of_the_connection() -> None:
    scopes: list[Any] = []

    async def keep(scope: Any, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await answer(send)

    async def main() -> None:
        app = application(keep)
        requests = app.connect(PEERS, is_serial=False)
        assert requests.peers is PEERS
        assert not requests.is_serial
        requests.open_stream(Sink(), Head())
        assert scopes == [], "it only records"
        start(requests)
        await settle(app)

    asyncio.run(main())
    (scope,) = scopes
    assert scope["client"] == ("192.0.2.1", 5)
    assert scope["server"] == ("192.0.2.2", 80)
    assert (scope["path"], scope["root_path"]) == ("/mount/a", "/mount")
    assert scope["state"] == {"key": "value"}
    assert scope["scheme"] == "http"


@pytest.mark.parametrize("is_logged", [False, True])
def test_connect_is_refused_without_the_application(is_logged: bool) -> None:
    async def never(scope: Any, receive: Receive, send: Send) -> None:
        raise AssertionError

    async def main() -> None:
        app = application(never, lines=Lines() if is_logged else None)
        requests = app.connect(PEERS, is_serial=True)
        sink = Sink()
        requests.open_stream(sink, Head(b"CONNECT", b""))
        start(requests)
        await settle(app)
        assert sink.status == 501
        assert sink.body == b"Not Implemented"
        assert sink.is_finished
        assert (b"server", b"test") in sink.headers

    asyncio.run(main())


def test_the_log_has_what_came_and_what_went() -> None:
    async def changes_everything(scope: Any, receive: Receive, send: Send) -> None:
        scope["path"] = scope["raw_path"] = scope["client"] = scope["method"] = "changed"
        await answer(send)

    async def main() -> list[str]:
        lines = Lines()
        app = application(changes_everything, lines=lines)
        requests = app.connect(PEERS, is_serial=False)
        exchange = requests.open_stream(Sink(), Head())
        exchange.body_received = 7
        requests.open_stream(Sink(), Head(b"CONNECT", b""))
        start(requests)
        await settle(app)
        return lines.lines

    first, second = asyncio.run(main())
    assert first.startswith('192.0.2.1:5         "GET /a?b HTTP/2" 200  ')
    assert first.endswith("ms tx=5b rx=7b")
    assert '"CONNECT example.com:443 HTTP/2" 501' in second


def test_the_log_is_written_when_the_response_ends() -> None:
    async def main() -> None:
        is_answered, may_end = asyncio.Event(), asyncio.Event()

        async def works_on(scope: Any, receive: Receive, send: Send) -> None:
            await answer(send)
            is_answered.set()
            await may_end.wait()

        lines = Lines()
        app = application(works_on, lines=lines)
        requests = app.connect(PEERS, is_serial=False)
        requests.open_stream(Sink(), Head())
        start(requests)
        await is_answered.wait()
        assert len(lines.lines) == 1
        assert len(app.running) == 1
        may_end.set()
        await settle(app)
        assert len(lines.lines) == 1

    asyncio.run(main())


def test_no_log_no_lines(capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        app = application(hello)
        requests = app.connect(PEERS, is_serial=False)
        requests.open_stream(Sink(), Head())
        start(requests)
        await settle(app)

    asyncio.run(main())
    assert capfd.readouterr() == ("", "")


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


class TestWebSockets:
    def test_are_made_of_requests_for_them(self) -> None:
        async def main() -> None:
            app = application(open_until_left)
            requests = app.connect(PEERS, is_serial=False)
            sink = Sink()
            session = requests.open_stream(sink, handshake())
            assert isinstance(session, WebSocket)
            start(requests)
            for _ in range(3):
                await asyncio.sleep(0)
            assert sink.status == 200
            assert app.running == {session}
            session.on_reset(8)
            await settle(app)

        asyncio.run(main())

    def test_other_protocols_are_not_implemented(self) -> None:
        async def main() -> None:
            app = application(open_until_left)
            requests = app.connect(PEERS, is_serial=False)
            sink = Sink()
            requests.open_stream(sink, handshake(b"connect-udp"))
            start(requests)
            await settle(app)
            assert sink.status == 501

        asyncio.run(main())

    def test_are_logged_when_accepted_and_when_over(self) -> None:
        async def main() -> list[str]:
            lines = Lines()
            app = application(open_until_left, lines=lines)
            requests = app.connect(PEERS, is_serial=False)
            session = requests.open_stream(Sink(), handshake())
            start(requests)
            for _ in range(3):
                await asyncio.sleep(0)
            assert len(lines.lines) == 1
            session.on_reset(8)
            await settle(app)
            return lines.lines

        first, last = asyncio.run(main())
        assert first.startswith('192.0.2.1:5         "CONNECT /ws?x HTTP/2" 200  ')
        assert last.startswith('192.0.2.1:5         "WEBSOCKET /ws?x HTTP/2" 1006  ')
        assert last.endswith("ms")

    @pytest.mark.parametrize("code", [1001, 1012])
    def test_are_closed_when_the_server_stops(self, code: int) -> None:
        async def main() -> None:
            app = application(open_until_left)
            requests = app.connect(PEERS, is_serial=False)
            sink = Sink()
            session = requests.open_stream(sink, handshake())
            start(requests)
            for _ in range(3):
                await asyncio.sleep(0)
            app.disconnect(code)
            assert sink.body.endswith(b"\x88\x02" + code.to_bytes(2, "big"))
            session.on_reset(8)
            await settle(app)

        asyncio.run(main())


class TestRunning:
    async def start_many(self, app: Application, count: int = 3) -> None:
        requests = app.connect(PEERS, is_serial=False)
        for _ in range(count):
            requests.open_stream(Sink(), Head())
        start(requests)
        assert len(app.running) == count

    def run(self, end: Callable[[Application], object]) -> list[str]:
        """Run three applications that wait for their clients to leave."""
        log: list[str] = []

        async def waits(scope: Any, receive: Receive, send: Send) -> None:
            await receive()
            try:
                log.append((await receive())["type"])
            except asyncio.CancelledError:
                log.append("cancelled")
                raise

        async def main() -> None:
            app = application(waits)
            await self.start_many(app)
            for _ in range(3):
                await asyncio.sleep(0)
            waiting = [asyncio.create_task(app.wait_idle()) for _ in range(2)]
            given_up = asyncio.create_task(app.wait_idle())
            await asyncio.sleep(0)
            given_up.cancel()
            end(app)
            await asyncio.gather(*waiting)
            assert not app.running

        asyncio.run(main())
        return log

    def test_disconnect_tells_all(self) -> None:
        assert self.run(Application.disconnect) == ["http.disconnect"] * 3

    def test_cancel_ends_all(self) -> None:
        def cancel(app: Application) -> None:
            assert app.cancel() == 3

        assert self.run(cancel) == ["cancelled"] * 3

    def test_idle_means_none_runs(self) -> None:
        async def main() -> None:
            app = application(hello)
            await app.wait_idle()
            assert app.cancel() == 0

        asyncio.run(main())
