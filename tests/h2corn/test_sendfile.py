"""Files from the disk to a socket: whole, in order, and with nothing left behind when cut off."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from io import FileIO
from pathlib import Path
from typing import cast

import pytest

from h2corn._sendfile import PIECE, FileTransfer, can_send_files
from tests.h2corn.fakes import FakeTransport

SIZE = 3 * PIECE + 5

Run = Callable[[Callable[[], Awaitable[None]]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    make_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if request.param == "uvloop":
        make_loop = pytest.importorskip("uvloop").new_event_loop

    def run_in_loop(main: Callable[[], Awaitable[None]]) -> None:
        async def wrapped() -> None:
            await main()

        with asyncio.Runner(loop_factory=make_loop) as runner:
            runner.run(wrapped())

    return run_in_loop


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(SIZE))
    return path


async def descriptors(path: Path) -> int:
    """Count those that are open, but for what a loop opens with its first connection."""
    await (await Case(path).connect()).close()
    return len(list(Path("/proc/self/fd").iterdir()))


class Case(asyncio.Protocol):
    """The connection that a file is sent on, and its client."""

    def __init__(self, path: Path) -> None:
        self.file = FileIO(path)
        self.calls: list[str] = []
        self.moved = asyncio.Event()
        self.prefix = b""
        self.transfer: FileTransfer | None = None
        self.client: socket.socket
        self.transport: asyncio.Transport

    async def connect(self) -> "Case":
        ours, self.client = socket.socketpair()
        self.client.setblocking(False)
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_connection(lambda: self, sock=ours)
        return self

    async def close(self) -> None:
        self.client.close()
        self.file.close()
        self.transport.abort()
        while not self.calls or self.calls[-1] != "lost":
            self.moved.clear()
            await self.moved.wait()

    def make(self, offset: int = 0, count: int = SIZE) -> FileTransfer:
        loop = asyncio.get_running_loop()
        self.transfer = FileTransfer(loop, self.transport, self, self.file, offset, count)
        return self.transfer

    async def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += await asyncio.get_running_loop().sock_recv(self.client, size - len(data))
        return data

    # The host

    def begin_transfer(self, transfer: FileTransfer) -> None:
        assert transfer is self.transfer
        self.calls.append("begin")
        self.transport.set_write_buffer_limits(0)
        if self.prefix:
            self.transport.write(self.prefix)

    def note_transfer(self) -> None:
        self.calls.append("note")
        self.moved.set()

    def end_transfer(self) -> None:
        self.calls.append("end")

    # The protocol

    def resume_writing(self) -> None:
        assert self.transfer is not None
        self.transfer.on_drained()

    def connection_lost(self, exc: Exception | None) -> None:
        self.calls.append("lost")
        self.moved.set()


@pytest.mark.parametrize(("offset", "count"), [(0, SIZE), (3, 10), (SIZE - 1, 1), (5, SIZE - 5)])
def test_part_of_a_file(run: Run, path: Path, offset: int, count: int) -> None:
    async def main() -> None:
        case = await Case(path).connect()
        transfer = case.make(offset, count)
        received, _ = await asyncio.gather(case.read(count), transfer.run())
        assert received == path.read_bytes()[offset : offset + count]
        assert transfer.sent == count
        assert case.calls[0] == "begin"
        assert case.calls[-1] == "end"
        assert set(case.calls[1:-1]) == {"note"}
        assert case.file.tell() == 0
        await case.close()

    run(main)


def test_file_comes_behind_what_was_written_before(run: Run, path: Path) -> None:
    async def main() -> None:
        case = await Case(path).connect()
        case.prefix = b"p" * (4 << 20)  # more than the kernel takes
        received, _ = await asyncio.gather(case.read((4 << 20) + SIZE), case.make().run())
        assert received == case.prefix + path.read_bytes()
        await case.close()

    run(main)


def test_transport_goes_on_afterwards(run: Run, path: Path) -> None:
    async def main() -> None:
        case = await Case(path).connect()
        for _ in range(2):
            await asyncio.gather(case.read(SIZE), case.make().run())
            case.transport.write(b"and")
            assert await case.read(3) == b"and"
        await case.close()

    run(main)


async def stalled(path: Path, prefix: bytes = b"") -> "tuple[Case, asyncio.Task[None]]":
    """Start one whose client reads nothing, and wait until the kernel takes no more."""
    case = await Case(path).connect()
    case.prefix = prefix
    task = asyncio.create_task(case.make().run())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    return case, task


LARGE = pytest.mark.parametrize("prefix", [b"", b"p" * (4 << 20)], ids=["file", "before"])


@LARGE
@pytest.mark.parametrize("way", ["cancel", "stop"])
def test_nothing_is_left_when_it_is_cut_off(run: Run, path: Path, way: str, prefix: bytes) -> None:
    async def main() -> None:
        before = await descriptors(path)
        case, task = await stalled(path, prefix)
        assert case.transfer is not None
        if way == "cancel":
            task.cancel()
        else:
            case.transfer.stop()
            case.transfer.stop()
        sent = case.transfer.sent
        with pytest.raises(asyncio.CancelledError if way == "cancel" else ConnectionAbortedError):
            await task
        assert case.calls[-1] == "end"
        # Its descriptor goes to the next one, which nothing of the old one disturbs.
        other = await Case(path).connect()
        await asyncio.gather(other.read(SIZE), other.make().run())
        assert case.transfer.sent == sent
        await other.close()
        await case.close()
        assert await descriptors(path) == before

    run(main)


def test_client_that_leaves(run: Run, path: Path) -> None:
    async def main() -> None:
        before = await descriptors(path)
        case, task = await stalled(path)
        case.client.close()
        with pytest.raises(ConnectionError):
            await task
        await case.close()
        assert await descriptors(path) == before

    run(main)


def test_file_that_is_too_short(run: Run, path: Path) -> None:
    async def main() -> None:
        for offset in (0, SIZE):
            case = await Case(path).connect()
            task = asyncio.create_task(case.make(offset, SIZE + 7).run())
            assert len(await case.read(SIZE - offset)) == SIZE - offset
            with pytest.raises(OSError, match=r"ends [0-9]+ bytes before") as caught:
                await task
            assert not isinstance(caught.value, ConnectionError)
            await case.close()

    run(main)


class Blind:
    """A loop that waits for no descriptors."""

    add_writer = asyncio.AbstractEventLoop.add_writer


def test_where_files_can_be_sent(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        plain = FakeTransport(extra={"socket": object()})
        assert can_send_files(loop, plain)
        assert not can_send_files(loop, FakeTransport())
        secure = FakeTransport(extra={"socket": object(), "sslcontext": object()})
        assert not can_send_files(loop, secure)
        assert not can_send_files(cast("asyncio.AbstractEventLoop", Blind()), plain)
        monkeypatch.delattr(os, "sendfile")
        assert not can_send_files(loop, plain)

    run(main)
