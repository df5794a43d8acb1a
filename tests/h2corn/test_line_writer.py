"""Lines reach a slow, a broken or a missing reader, or are counted; nothing waits or raises."""

import asyncio
import errno
import io
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO, cast

import pytest

from h2corn._line_writer import CHUNK, MAX_PENDING, LineWriter

NOTICE = "lines dropped: standard error was not read fast enough"


class Handle:
    def __init__(self) -> None:
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Loop:
    """A loop that turns when it is told, and looks at no clock."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, Handle, Callable[[], object]]] = []

    def call_soon(self, callback: Callable[[], object]) -> Handle:
        return self.call_later(0.0, callback)

    def call_later(self, delay: float, callback: Callable[[], object]) -> Handle:
        handle = Handle()
        self.calls.append((delay, handle, callback))
        return handle

    def waiting(self) -> list[float]:
        return [delay for delay, handle, _ in self.calls if not handle.is_cancelled]

    def turn(self) -> None:
        calls, self.calls = self.calls, []
        for _, handle, callback in calls:
            if not handle.is_cancelled:
                callback()


class Reader:
    """Takes `room` bytes and then none, or fails."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.writes: list[bytes] = []
        self.error: Exception | None = None
        self.is_ready = True

    def write(self, data: bytes) -> int:
        if self.error is not None:
            raise self.error
        if not self.room:
            raise BlockingIOError
        taken = data[: self.room]
        self.room -= len(taken)
        self.writes.append(taken)
        return len(taken)

    @property
    def text(self) -> str:
        return b"".join(self.writes).decode("ascii")


def writer_to(reader: Reader) -> tuple[LineWriter, Loop]:
    loop = Loop()
    writer = LineWriter(
        cast("asyncio.AbstractEventLoop", loop), reader.write, lambda: reader.is_ready
    )
    return writer, loop


def writer_to_stream(stream: TextIO) -> tuple[LineWriter, Loop]:
    loop = Loop()
    return LineWriter.for_stream(cast("asyncio.AbstractEventLoop", loop), stream), loop


def test_the_lines_of_a_turn_are_one_write() -> None:
    reader = Reader()
    writer, loop = writer_to(reader)
    for number in range(3):
        writer.add(f"line {number}")
    assert reader.writes == []
    loop.turn()
    assert reader.writes == [b"line 0\nline 1\nline 2\n"]
    assert loop.waiting() == []
    writer.add("next")
    assert loop.waiting() == [0.0]
    loop.turn()
    assert reader.writes[1:] == [b"next\n"]


def test_writes_are_no_larger_than_a_ready_pipe_takes() -> None:
    reader = Reader()
    writer, loop = writer_to(reader)
    lines = [f"{number:099}" for number in range(200)]
    for line in lines:
        writer.add(line)
    loop.turn()
    assert max(map(len, reader.writes)) == CHUNK
    assert reader.text.splitlines() == lines


def test_what_a_reader_does_not_take_waits_for_it() -> None:
    reader = Reader(room=7)
    writer, loop = writer_to(reader)
    writer.add("line one")
    loop.turn()
    assert reader.text == "line on"
    assert loop.waiting() == [0.1]
    writer.add("line two")
    assert loop.waiting() == [0.1]
    reader.room = 1000
    loop.turn()
    assert reader.text == "line one\nline two\n"
    assert loop.waiting() == []


def test_a_reader_that_is_not_ready_is_not_written_to() -> None:
    reader = Reader()
    reader.is_ready = False
    writer, loop = writer_to(reader)
    writer.add("a")
    loop.turn()
    assert reader.writes == []
    reader.is_ready = True
    loop.turn()
    assert reader.text == "a\n"


def test_what_waits_is_bounded_and_what_is_dropped_is_counted() -> None:
    reader = Reader(room=0)
    writer, loop = writer_to(reader)
    line = "x" * 99
    fitting = MAX_PENDING // 100
    for _ in range(fitting + 50):
        writer.add(line)
        loop.turn()
    reader.room = 1 << 30
    loop.turn()
    assert reader.text == f"{line}\n" * fitting
    loop.turn()
    assert reader.text.splitlines()[fitting:] == [f"50 {NOTICE}"]
    assert loop.waiting() == []
    writer.add("after")
    loop.turn()
    assert reader.text.endswith(f"{NOTICE}\nafter\n")


def test_many_lines_in_one_turn_are_not_dropped_when_they_are_read() -> None:
    reader = Reader()
    writer, loop = writer_to(reader)
    count = 3 * MAX_PENDING // 100
    for _ in range(count):
        writer.add("x" * 99)
    loop.turn()
    assert reader.text == ("x" * 99 + "\n") * count
    assert loop.waiting() == []


def test_a_line_longer_than_all_room_is_dropped() -> None:
    reader = Reader()
    writer, loop = writer_to(reader)
    writer.add("x" * MAX_PENDING)
    writer.add("y")
    loop.turn()
    loop.turn()
    assert reader.text == f"y\n1 {NOTICE}\n"


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), OSError(errno.ENOSPC, ""), OSError(errno.EBADF, ""), ValueError()]
)
def test_an_error_loses_lines_and_nothing_else(error: Exception) -> None:
    reader = Reader()
    reader.error = error
    writer, loop = writer_to(reader)
    for _ in range(2 * MAX_PENDING // 100):
        writer.add("x" * 99)
    loop.turn()
    assert loop.waiting() == []
    reader.error = None
    writer.add("after")
    loop.turn()
    assert reader.text == "after\n"


def test_close_writes_what_is_there() -> None:
    reader = Reader()
    writer, loop = writer_to(reader)
    writer.add("a")
    assert writer.close() == ""
    assert reader.text == "a\n"
    assert loop.waiting() == []


def test_close_does_not_wait_for_a_slow_reader() -> None:
    reader = Reader(room=1)
    writer, loop = writer_to(reader)
    writer.add("abc")
    writer.add("def")
    assert writer.close() == f"2 {NOTICE}"
    assert reader.text == "a"
    assert loop.waiting() == []
    assert writer.close() == ""


def test_close_counts_all_that_was_dropped() -> None:
    reader = Reader(room=0)
    writer, _ = writer_to(reader)
    count = MAX_PENDING // 100 + 5
    for _ in range(count):
        writer.add("x" * 99)
    assert writer.close() == f"{count} {NOTICE}"


def test_close_tells_what_was_dropped() -> None:
    reader = Reader(room=0)
    writer, loop = writer_to(reader)
    for _ in range(MAX_PENDING // 100 + 1):
        writer.add("x" * 99)
    reader.room = 1 << 30
    assert writer.close() == ""
    assert reader.text.endswith(f"\n1 {NOTICE}\n")
    assert loop.waiting() == []


def test_a_stream_without_a_descriptor() -> None:
    stream = io.StringIO()
    writer, loop = writer_to_stream(stream)
    writer.add("a")
    loop.turn()
    assert stream.getvalue() == "a\n"
    stream.close()
    writer.add("b")
    loop.turn()
    assert loop.waiting() == []


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w", encoding="ascii") as stream:
        writer, loop = writer_to_stream(stream)
        for number in range(1000):
            writer.add(f"{number:099}")
        loop.turn()
    assert len(path.read_text(encoding="ascii").splitlines()) == 1000


def test_a_platform_that_cannot_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll", raising=False)
    path = tmp_path / "log"
    with path.open("w", encoding="ascii") as stream:
        writer, loop = writer_to_stream(stream)
        writer.add("a")
        loop.turn()
    assert path.read_text(encoding="ascii") == "a\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no poll")
@pytest.mark.parametrize("is_blocking", [True, False])
def test_a_full_pipe_blocks_nothing(is_blocking: bool) -> None:
    """Were the write to block, the test would not end."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, is_blocking)
    lines = [f"{number:0999}" for number in range(200)]
    with os.fdopen(write_end, "w", encoding="ascii") as stream:
        writer, loop = writer_to_stream(stream)
        for line in lines:
            writer.add(line)
        loop.turn()
        assert loop.waiting() == [0.1]
        taken = b""
        while loop.waiting():
            taken += os.read(read_end, 1 << 20)
            loop.turn()
    with os.fdopen(read_end, "rb") as rest:
        assert (taken + rest.read()).decode("ascii").splitlines() == lines


@pytest.mark.skipif(sys.platform == "win32", reason="there is no poll")
def test_a_pipe_whose_reader_is_gone() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w", encoding="ascii") as stream:
        writer, loop = writer_to_stream(stream)
        writer.add("a")
        loop.turn()
        assert loop.waiting() == []


def test_in_a_running_loop() -> None:
    async def main() -> None:
        writer.append(LineWriter.for_stream(asyncio.get_running_loop(), stream))
        writer[0].add("a")
        writer[0].add("b")
        assert stream.getvalue() == ""
        await asyncio.sleep(0)
        assert stream.getvalue() == "a\nb\n"

    stream = io.StringIO()
    writer: list[LineWriter] = []
    asyncio.run(main())


def test_lines_of_other_threads() -> None:
    stream = io.StringIO()

    async def main() -> LineWriter:
        writer = LineWriter.for_stream(asyncio.get_running_loop(), stream)
        assert await asyncio.to_thread(writer.add_from_any_thread, "é")
        assert writer.add_from_any_thread("b")
        writer.close()
        await asyncio.sleep(0)
        writer.close()
        return writer

    writer = asyncio.run(main())
    assert sorted(stream.getvalue().splitlines()) == ["b", "é"]
    assert not writer.add_from_any_thread("c")
