"""Owns the tests of files: what is taken, what is refused, and that every descriptor is closed."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from asgi_bridge._files import FilePart, open_path, take_file
from tests.asgi_bridge.fakes import Run

TEXT = b"0123456789"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(TEXT)
    return path


def descriptors() -> int:
    """Count the descriptors that are open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def fifo(path: Path) -> Path:
    """Make a FIFO that nobody writes to."""
    os.mkfifo(path)
    return path


def content(part: FilePart) -> bytes:
    """Return what a part has, and close it."""
    try:
        return os.pread(part.file.fileno(), part.count, part.offset)
    finally:
        part.close()


def opened(run: Run, path: object) -> FilePart:
    async def main() -> FilePart:
        return await open_path(asyncio.get_running_loop(), {"path": path})

    return run(main())


def taken(**message: object) -> FilePart:
    loop = asyncio.new_event_loop()
    try:
        return take_file(loop, message)
    finally:
        loop.close()


def test_path(run: Run, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert content(opened(run, str(path))) == TEXT
    monkeypatch.chdir(path.parent)
    assert content(opened(run, "file")) == TEXT


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.parent / "missing", errno.ENOENT),
        (lambda path: path.parent, errno.EISDIR),
        (lambda path: path / "below", errno.ENOTDIR),
        (lambda path: fifo(path.parent / "fifo"), errno.EINVAL),
        (lambda _path: "/dev/null", errno.EINVAL),
    ],
)
def test_path_that_is_no_file(
    run: Run, path: Path, make: Callable[[Path], object], code: int
) -> None:
    name = str(make(path))
    with pytest.raises(OSError, match=name) as caught:
        opened(run, name)
    assert caught.value.errno == code


@pytest.mark.parametrize("value", [None, b"file", 3, ["file"]])
def test_path_of_the_wrong_type(run: Run, value: object) -> None:
    with pytest.raises(TypeError, match="path"):
        opened(run, value)


def test_path_with_a_nul(run: Run) -> None:
    with pytest.raises(ValueError, match="null"):
        opened(run, "a\0b")


def test_file_that_is_opened_for_nobody_is_closed(run: Run, path: Path) -> None:
    may_go = threading.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        blocker = loop.run_in_executor(None, may_go.wait)
        task = asyncio.create_task(open_path(loop, {"path": str(path)}))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        may_go.set()
        await blocker
        # The next one is done behind the opening, in the one thread that there is.
        await loop.run_in_executor(None, int)

    before = descriptors()
    run(main())
    assert descriptors() == before


def test_file_from_its_position(path: Path) -> None:
    with path.open("rb") as file:
        assert file.read(2) == b"01"  # it has read ahead
        assert content(taken(file=file, count=3)) == b"234"
        assert file.tell() == 5
        assert content(taken(file=file)) == b"56789"
        assert file.read() == b""
        assert content(taken(file=file)) == b""


@pytest.mark.parametrize(
    ("offset", "count", "text"),
    [(0, None, TEXT), (4, None, b"456789"), (4, 2, b"45"), (10, None, b""), (12, None, b"")],
)
def test_file_from_an_offset(path: Path, offset: int, count: int | None, text: bytes) -> None:
    with path.open("rb", buffering=0) as file:
        file.seek(3)
        assert content(taken(file=file, offset=offset, count=count)) == text
        assert file.tell() == 3


def test_file_that_its_owner_closes(path: Path) -> None:
    with path.open("rb") as file:
        part = taken(file=file)
    with (path.parent / "other").open("wb"):
        assert content(part) == TEXT


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"file": None},
        {"file": 0},
        {"file": BytesIO(TEXT)},
        {"offset": "0"},
        {"offset": True},
        {"count": 1.0},
    ],
)
def test_values_of_the_wrong_type(path: Path, message: dict[str, object]) -> None:
    before = descriptors()
    with path.open("rb") as file, pytest.raises(TypeError):
        taken(**({} if not message or "file" in message else {"file": file}), **message)
    assert descriptors() == before


def test_text_file(path: Path) -> None:
    with path.open() as file, pytest.raises(TypeError, match="binary"):
        taken(file=file)


@pytest.mark.parametrize(
    "message", [{"offset": -1}, {"count": -1}, {"count": 11}, {"offset": 10, "count": 1}]
)
def test_values_that_do_not_fit(path: Path, message: dict[str, object]) -> None:
    before = descriptors()
    with path.open("rb") as file:
        with pytest.raises(ValueError, match=r"negative|beyond"):
            taken(file=file, **message)
        assert file.tell() == 0
    assert descriptors() == before


def test_closed_file(path: Path) -> None:
    with path.open("rb") as file:
        pass
    with pytest.raises(ValueError, match="closed"):
        taken(file=file)


def test_file_that_cannot_be_read(path: Path) -> None:
    before = descriptors()
    with path.open("ab") as file, pytest.raises(OSError, match="Bad file descriptor"):
        taken(file=file)
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb") as file,
        os.fdopen(writing, "wb"),
        pytest.raises(OSError, match="not a regular file"),
    ):
        taken(file=file, offset=0)
    assert descriptors() == before


def test_reading(run: Run, path: Path) -> None:
    part = opened(run, str(path))

    async def main() -> None:
        part._loop = asyncio.get_running_loop()
        assert await part.read(2, 3) == b"234"
        with pytest.raises(OSError, match="shorter than 11"):
            await part.read(8, 3)
        part.close()
        assert part.file.closed

    run(main())


def test_file_is_closed_behind_the_thread_that_reads_it(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go = threading.Event()

    def pread(descriptor: int, size: int, offset: int) -> bytes:
        loop.call_soon_threadsafe(begun.set)
        may_go.wait()
        return b""

    part = opened(run, str(path))
    begun: asyncio.Event
    loop: asyncio.AbstractEventLoop

    async def main() -> None:
        nonlocal begun, loop
        begun, loop = asyncio.Event(), asyncio.get_running_loop()
        part._loop = loop
        monkeypatch.setattr(os, "pread", pread)
        task = asyncio.create_task(part.read(0, 10))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        part.close()
        assert not part.file.closed
        read = part._read
        assert read is not None
        may_go.set()
        await read
        await asyncio.sleep(0)
        assert part.file.closed

    run(main())
