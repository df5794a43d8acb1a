"""A server as the only business of its program: its loop, signals and banner, and a sure end."""

import asyncio
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

import pytest

from asgi_bridge import LifespanError
from h2corn._foreground import EXIT_NOT_STARTED, run_in_foreground
from h2corn._loops import CLOSE_GRACE
from h2corn.config import Config
from h2corn.server import ListenError, serve
from tests.h2corn.conftest import LOOPS
from tests.h2corn.running import Lifespan, Receive, Send, hello

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LoopName = Literal["asyncio", "uvloop"]


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> LoopName:
    name: LoopName = request.param
    return name


class FakeServer:
    """Serves until it is told to stop, and calls `action` when it has started."""

    def __init__(
        self, loop: LoopName, action: Callable[[], object] = int, *, failure: str = ""
    ) -> None:
        self.config = Config(loop=loop)
        self.addresses: tuple[str, ...] = ("http://127.0.0.1:1",)
        self.action = action
        self.failure = failure
        self.stops: list[bool] = []
        self.loop_module = ""
        self.stop_at = 1
        self.is_asked = asyncio.Event()

    async def serve(self) -> None:
        running = asyncio.get_running_loop()
        self.loop_module = type(running).__module__
        if self.failure:
            raise LookupError(self.failure)
        running.call_soon(self.action)
        while len(self.stops) < self.stop_at:
            self.is_asked.clear()
            await self.is_asked.wait()

    async def wait_started(self) -> None:
        if self.failure:
            raise RuntimeError("it has ended")

    def shutdown(self, *, at_once: bool = False) -> None:
        self.stops.append(at_once)
        # Called by a signal handler, so that the loop has to be woken.
        self.is_asked._loop.call_soon_threadsafe(self.is_asked.set)  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_it(loop: LoopName, number: signal.Signals) -> None:
    server = FakeServer(loop, lambda: signal.raise_signal(number))
    before = [signal.getsignal(each) for each in SIGNALS]
    run_in_foreground(server)
    assert server.stops == [False]
    assert [signal.getsignal(each) for each in SIGNALS] == before
    assert server.loop_module.startswith(loop)


def test_a_second_one_stops_it_at_once(loop: LoopName) -> None:
    def both() -> None:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)

    server = FakeServer(loop, both)
    server.stop_at = 2
    run_in_foreground(server)
    assert server.stops == [False, True]


def test_handlers_come_back_after_a_failure(loop: LoopName) -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with pytest.raises(LookupError, match="no port"):
        run_in_foreground(FakeServer(loop, failure="no port"))
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_a_handler_of_no_python_code_is_left(
    loop: LoopName, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[object] = []

    def install(number: int, handler: object) -> None:
        installed.append((number, callable(handler)))

    monkeypatch.setattr(signal, "signal", install)
    server = FakeServer(loop)
    server.action = server.shutdown
    run_in_foreground(server)
    assert installed == [(signal.SIGINT, True), (signal.SIGTERM, True)]


def test_in_another_thread_it_leaves_the_signals_alone(loop: LoopName) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def look() -> None:
        seen.append(signal.getsignal(signal.SIGINT))
        server.shutdown()

    server = FakeServer(loop, look)
    thread = threading.Thread(target=run_in_foreground, args=(server,))
    thread.start()
    thread.join()
    assert seen == [before]


def test_the_banner(loop: LoopName, capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeServer(loop)
    server.action = server.shutdown
    run_in_foreground(server)
    assert capsys.readouterr().err.splitlines()[1:] == [
        "Listening on http://127.0.0.1:1",
        "HTTP/1 compatibility is enabled; disable with --no-http1",
    ]


def test_no_banner_for_one_that_did_not_start(
    loop: LoopName, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LookupError):
        run_in_foreground(FakeServer(loop, failure="no port"))
    assert capsys.readouterr().err == ""


def test_logs_of_the_host_are_left_alone(loop: LoopName) -> None:
    logger = logging.getLogger("h2corn")
    assert logger.hasHandlers(), "pytest's"
    handlers = list(logger.handlers)
    server = FakeServer(loop)
    server.action = server.shutdown
    run_in_foreground(server)
    assert logger.handlers == handlers


def test_what_the_application_leaves_running_is_ended(loop: LoopName) -> None:
    ends: list[str] = []

    async def leftover() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("cancelled")

    async def numbers() -> Any:
        try:
            yield 1
        finally:
            ends.append("generator closed")

    async def begin() -> None:
        generator = numbers()
        await anext(generator)
        kept.extend((generator, asyncio.create_task(leftover())))
        await asyncio.sleep(0)
        server.shutdown()

    kept: list[object] = []
    server = FakeServer(loop)
    server.action = lambda: kept.append(asyncio.ensure_future(begin()))
    run_in_foreground(server)
    assert sorted(ends) == ["cancelled", "generator closed"]


def test_what_ignores_its_cancellation_does_not_hold_it(loop: LoopName) -> None:
    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                seen.append("ignored")

    async def begin() -> None:
        kept.append(asyncio.create_task(stubborn()))
        await asyncio.sleep(0)
        server.shutdown()

    kept: list[asyncio.Future[None]] = []
    seen: list[str] = []
    server = FakeServer(loop)
    server.action = lambda: kept.append(asyncio.ensure_future(begin()))
    start = time.monotonic()
    run_in_foreground(server)
    assert time.monotonic() - start < CLOSE_GRACE + 5
    assert seen == ["ignored"]
    for task in kept:
        # Or asyncio complains when it is collected.
        task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_auto_is_uvloop_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def module_of_auto() -> str:
        server = FakeServer("asyncio")
        server.config = Config(loop="auto")
        server.action = server.shutdown
        run_in_foreground(server)
        return server.loop_module

    assert module_of_auto().startswith("uvloop" if "uvloop" in LOOPS else "asyncio")
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert module_of_auto().startswith("asyncio")


class TestServe:
    """Where there are no worker processes."""

    @pytest.fixture(autouse=True)
    def no_workers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("h2corn.server.can_supervise", lambda: False)

    def test_it_has_one_process(self) -> None:
        with pytest.raises(ValueError, match="main thread"):
            serve(hello, Config(workers=2))

    def test_it_serves_until_a_signal(self, loop: LoopName) -> None:
        app = Lifespan()
        answers: list[bytes] = []

        async def with_a_client(scope: Any, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                client.start()
            await app(scope, receive, send)

        def get() -> None:
            with socket.create_connection(listener.getsockname(), timeout=20) as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                while data := sock.recv(4096):
                    answers.append(data)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

        client = threading.Thread(target=get)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            bind = (f"fd://{listener.fileno()}",)
            serve(with_a_client, Config(bind=bind, loop=loop, access_log=False))
        client.join()
        assert b"".join(answers).endswith(b"hello")
        assert app.log == ["started", "request with {'key': 'value'}", "stopped"]

    def test_failed_startup(self, loop: LoopName, capsys: pytest.CaptureFixture[str]) -> None:
        config = Config(bind=("127.0.0.1:0",), loop=loop)
        with pytest.raises(SystemExit) as caught:
            serve(Lifespan(failure="no database\n  at\x1ball"), config)
        assert caught.value.code == EXIT_NOT_STARTED == 3
        assert isinstance(caught.value.__cause__, LifespanError)
        assert capsys.readouterr().err == "error: no database\n  at\\x1ball\n"

    def test_errors_come_out(self, loop: LoopName, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            config = Config(bind=(f"127.0.0.1:{taken.getsockname()[1]}",), loop=loop)
            with pytest.raises(ListenError, match="address already in use"):
                serve(hello, config)
        assert capsys.readouterr().err == ""
