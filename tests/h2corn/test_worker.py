"""A worker: what it does when it is told something, and what it tells."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest

from asgi_bridge import LifespanError
from h2corn import _worker
from h2corn._target import Target
from h2corn._worker import Assignment, WorkerServer
from h2corn.config import Config
from prefork import (
    Accept,
    Connection,
    Hold,
    Listener,
    Message,
    Options,
    ReopenLogs,
    Stop,
    StopNow,
    StopReason,
    TcpAddress,
    Worker,
)
from tests.h2corn.conftest import LOOPS, Runner
from tests.h2corn.running import CLOSING_GET, GET, App, Lifespan, hello

CONFIG = Config(access_log=False, timeout_graceful_shutdown=5)


class Supervision:
    """Both ends of a worker's channel: says what it is told, keeps what is told to it."""

    def __init__(self, *, max_tasks: int = 0) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.listener = Listener(socket.create_server(("127.0.0.1", 0)), TcpAddress("127.0.0.1", 0))
        self.name: tuple[str, int] = self.listener.socket.getsockname()
        self.index = 0
        self.listeners = (self.listener,)
        self.max_tasks = max_tasks
        self.options = Options(heartbeat_timeout=0.06)
        self.messages: list[Message] = []
        self.reports: list[tuple[int, int, int]] = []
        self.is_ready = False
        self.changed = asyncio.Event()

    # The worker's end

    def fileno(self) -> int:
        return self.theirs.fileno()

    def poll(self) -> list[Message]:
        if self.messages:
            self.theirs.recv(1)
        messages, self.messages = self.messages, []
        self.changed.set()
        return messages

    def ready(self) -> None:
        self.is_ready = True
        self.changed.set()

    def report(self, connections: int, tasks_open: int, tasks_done: int) -> None:
        self.reports.append((connections, tasks_open, tasks_done))
        self.changed.set()

    # The supervisor's

    def tell(self, *messages: Message) -> None:
        self.messages += messages
        with suppress(BrokenPipeError):
            self.ours.send(b"x")

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def until_heard(self) -> None:
        await self.until(lambda: not self.messages)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.name)

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()
        self.listener.socket.close()


@asynccontextmanager
async def supervised(
    app: App = hello, config: Config = CONFIG, *, max_tasks: int = 0
) -> AsyncIterator[tuple[Supervision, asyncio.Task[None]]]:
    """Run a worker that has said that it is ready."""
    channel = Supervision(max_tasks=max_tasks)
    serving = asyncio.ensure_future(WorkerServer(cast("Worker", channel), app, config).serve())
    try:
        await channel.until(lambda: channel.is_ready or serving.done())
        yield channel, serving
        channel.tell(Stop(StopReason.STOPPED))
        await asyncio.wait_for(serving, 10)
    finally:
        serving.cancel()
        channel.close()


def test_it_accepts_while_it_is_told_to(run: Runner) -> None:
    async def main() -> None:
        async with supervised() as (channel, _):
            channel.tell(Accept())
            for _ in range(2):
                reader, writer = await channel.connect()
                writer.write(CLOSING_GET)
                assert (await reader.read()).endswith(b"hello")
                writer.close()
                await writer.wait_closed()
                channel.tell(Hold(), Accept(), Hold(), Accept())
            channel.tell(Hold())
            await channel.until_heard()
            reader, writer = await channel.connect()
            sock = await asyncio.get_running_loop().run_in_executor(None, accept, channel.listener)
            channel.tell(Connection(sock, 0))
            writer.write(CLOSING_GET)
            assert (await reader.read()).endswith(b"hello")
            writer.close()
            await writer.wait_closed()

    run(main())


def accept(listener: Listener) -> socket.socket:
    copy = listener.socket.dup()
    copy.setblocking(True)
    copy.settimeout(10)
    sock, _ = copy.accept()
    copy.close()
    return sock


def test_it_reports(run: Runner) -> None:
    async def main() -> None:
        async with supervised() as (channel, _):
            channel.tell(Accept())
            await channel.until(lambda: channel.reports)
            assert channel.reports[0] == (0, 0, 0)
            reader, writer = await channel.connect()
            await channel.until(lambda: channel.reports[-1] == (1, 0, 0))
            writer.write(GET)
            await reader.readuntil(b"hello")
            await channel.until(lambda: channel.reports[-1] == (1, 0, 1))
            count = len(channel.reports)
            await channel.until(lambda: len(channel.reports) > count + 2)
            writer.close()
            await writer.wait_closed()
            await channel.until(lambda: channel.reports[-1] == (0, 0, 1))

    run(main())


@pytest.mark.parametrize("reason", list(StopReason))
def test_it_stops(run: Runner, reason: StopReason) -> None:
    async def main() -> None:
        app = Lifespan()
        async with supervised(app) as (channel, serving):
            channel.tell(Accept())
            reader, _writer = await channel.connect()
            await channel.until(lambda: channel.reports and channel.reports[-1][0] == 1)
            if reason is StopReason.ORPHANED:
                channel.ours.shutdown(socket.SHUT_WR)
                channel.messages.append(Stop(reason))
            else:
                channel.tell(Stop(reason))
            assert await reader.read() == b""
            await asyncio.wait_for(serving, 10)
            assert app.log == ["started", "stopped"]
            with pytest.raises(ConnectionRefusedError):
                await channel.connect()
            _writer.close()
            await _writer.wait_closed()

    run(main())


async def endless(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"more", "more_body": True})
        await asyncio.Event().wait()


@pytest.mark.parametrize("was_told_before", [False, True])
def test_it_stops_now(run: Runner, was_told_before: bool) -> None:
    async def main() -> None:
        async with supervised(endless) as (channel, serving):
            channel.tell(Accept())
            reader, writer = await channel.connect()
            writer.write(GET)
            await reader.readuntil(b"more")
            if was_told_before:
                channel.tell(Stop(StopReason.STOPPED))
                await channel.until_heard()
                count = len(channel.reports)
                await channel.until(lambda: len(channel.reports) > count + 2)
                assert not serving.done()
            channel.tell(StopNow())
            await asyncio.wait_for(serving, 3)
            writer.close()

    run(main())


def test_a_supervisor_that_goes_while_it_stops(run: Runner) -> None:
    """The readable end is not watched any more, or the loop would turn without a pause."""

    async def main() -> None:
        polls = 0

        def poll() -> list[Message]:
            nonlocal polls
            polls += 1
            return Supervision.poll(channel)

        async with supervised(endless) as (channel, serving):
            channel.tell(Accept())
            reader, writer = await channel.connect()
            writer.write(GET)
            await reader.readuntil(b"more")
            channel.tell(Stop(StopReason.RESTARTED))
            await channel.until_heard()
            channel.poll = poll  # type: ignore[method-assign]
            channel.ours.shutdown(socket.SHUT_WR)
            count = len(channel.reports)
            await channel.until(lambda: len(channel.reports) > count + 3)
            assert 1 <= polls < 10
            channel.messages.append(StopNow())
            await asyncio.wait_for(serving, 5)
            writer.close()

    run(main())


def test_log_files_are_reopened(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        done = asyncio.Event()
        monkeypatch.setattr(_worker, "reopen_log_files", done.set)
        async with supervised() as (channel, _):
            channel.tell(ReopenLogs())
            await asyncio.wait_for(done.wait(), 10)

    run(main())


def test_an_application_that_does_not_start(run: Runner) -> None:
    async def main() -> None:
        channel = Supervision()
        server = WorkerServer(cast("Worker", channel), Lifespan(failure="no database"), CONFIG)
        with pytest.raises(LifespanError, match="no database"):
            await server.serve()
        assert not channel.is_ready
        channel.close()

    run(main())


class TestAssignment:
    def test_an_application_is_taken_as_it_is(self) -> None:
        assignment = Assignment(hello, Config())
        assert assignment.load() is hello
        assert assignment.name == ""

    def test_a_target_is_imported(self) -> None:
        assignment = Assignment(Target("os:getpid"), Config())
        assert cast("object", assignment.load()) is os.getpid
        assert assignment.name == " [os:getpid]"

    def test_variables_are_there_when_it_is_imported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setattr(os, "environ", dict(os.environ))
        text = "import os\ndef make(): return {'red': print}[os.environ['H2CORN_TEST_COLOR']]\n"
        tmp_path.joinpath("colored.py").write_text(text, encoding="utf-8")
        target = Target("colored:make", is_factory=True, directory=str(tmp_path))
        variables = {"H2CORN_TEST_COLOR": "red"}
        assignment = Assignment(target, Config(), variables=variables)
        assert cast("object", assignment.load()) is print
        assert assignment.name == " [colored:make()]"

    def test_a_factory_is_called(self) -> None:
        assert Assignment(lambda: hello, Config(), is_factory=True).load() is hello

    def test_a_wrong_one_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            Assignment(Target("nope_four:app"), Config()).load()
        assert caught.value.code == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: no module named 'nope_four'")


SHORT = """
import os, resource, sys
from h2corn import _worker
from h2corn.config import Config
import asyncio, LOOP

async def app(scope, receive, send):
    raise AssertionError(scope)

class Worker:
    index = 0
    settings = _worker.Assignment(app, Config(loop="LOOP"))

free = os.dup(0)
os.close(free)
resource.setrlimit(resource.RLIMIT_NOFILE, (free + ROOM, free + ROOM))
_worker.work(Worker())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are limited on POSIX only")
@pytest.mark.parametrize("room", [0, 1, 2, 3, 8, 15])
@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_without_descriptors_is_told_in_a_line(name: str, room: int) -> None:
    program = SHORT.replace("LOOP", name).replace("ROOM", str(room))
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 1
    line = r"error: worker \[\d+\] cannot serve: too many open files\n"
    assert re.fullmatch(line, result.stderr), result.stderr
