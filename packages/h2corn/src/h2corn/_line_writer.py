"""Owns the way of log lines to a descriptor: many in one write, and never at the cost of serving.

Does not make lines. Nothing here waits and nothing raises: what a slow reader does not take stays
in a bounded buffer, what does not fit in there is dropped as whole lines, and how many they were is
written once there is room again.
"""

import asyncio
import codecs
import os
import select
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, Self, TextIO

__all__ = ["MAX_PENDING", "LineWriter", "dropped_text", "readiness"]

MAX_PENDING: Final = 256 * 1024
"""Bytes of lines that wait for a slow reader: some 3000 requests, and what a connection may use."""

CHUNK: Final = getattr(select, "PIPE_BUF", 512)
"""Bytes that a pipe takes without blocking once it is ready for any (POSIX; pipe(7), poll(2))."""

RETRY_SECONDS: Final = 0.1


class LineWriter:
    """Collects lines and writes them once a turn of the loop.

    Args:
        loop: The loop whose turns count.
        write: Writes bytes and returns how many it took. Of what it may raise, BlockingIOError
            means later, any other OSError and ValueError that the lines are lost.
        is_ready: Whether `write` takes `CHUNK` bytes now without blocking.
        notice: Makes the line that tells how many were dropped.
    """

    __slots__ = (
        "_dropped",
        "_handle",
        "_is_ready",
        "_lines",
        "_loop",
        "_notice",
        "_pending",
        "_size",
        "_thread",
        "_write",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        write: Callable[[bytes], int],
        is_ready: Callable[[], bool],
        notice: Callable[[int], str] | None = None,
    ) -> None:
        self._loop = loop
        self._thread = threading.get_ident()
        self._notice = notice or dropped_text
        self._write = write
        self._is_ready = is_ready
        self._lines: list[str] = []
        self._pending = b""
        # Bytes of both.
        self._size = 0
        self._dropped = 0
        self._handle: asyncio.Handle | None = None

    @classmethod
    def for_stream(
        cls,
        loop: asyncio.AbstractEventLoop,
        stream: TextIO,
        notice: Callable[[int], str] | None = None,
    ) -> Self:
        """Return a writer to the descriptor of a stream, or to the stream itself if it has none."""
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError):
            decode = codecs.getincrementaldecoder("utf-8")().decode
            return cls(loop, partial(_write_to_stream, stream, decode), _always, notice)
        return cls(loop, partial(os.write, descriptor), readiness(descriptor), notice)

    def add(self, line: str) -> None:
        """Take one line, or some that belong together, without the last line break."""
        size = (len(line) if line.isascii() else len(_encode(line))) + 1
        if self._size + size > MAX_PENDING:
            # So many in one turn are no sign of a slow reader.
            self._flush()
            if self._size + size > MAX_PENDING:
                self._dropped += 1
                return
        self._size += size
        self._lines.append(line)
        if self._handle is None:
            self._handle = self._loop.call_soon(self._flush)

    def add_from_any_thread(self, line: str) -> bool:
        """Take a line in whichever thread; False where the loop is closed."""
        try:
            if threading.get_ident() == self._thread:
                self.add(line)
            else:
                self._loop.call_soon_threadsafe(self.add, line)
        except RuntimeError:
            return False
        return True

    def close(self) -> str:
        """Write what can be written without waiting, and drop the rest.

        Returns:
            The line that tells how many were dropped, to be written elsewhere; empty where all
            was written, or where it was told.
        """
        self._flush()
        if self._lines:  # It tells what was dropped.
            self._flush()
        self._cancel()
        lost = self._dropped + self._pending.count(b"\n")
        self._pending = b""
        self._size = self._dropped = 0
        return self._notice(lost) if lost else ""

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _flush(self) -> None:
        self._cancel()
        self._lines.append("")
        left = memoryview(self._pending + _encode("\n".join(self._lines)))
        self._lines.clear()
        try:
            while left and self._is_ready():
                left = left[self._write(bytes(left[:CHUNK])) :]
        except BlockingIOError:
            pass
        except (OSError, ValueError):
            left = left[:0]
        self._pending = bytes(left)
        self._size = len(left)
        if left:
            self._handle = self._loop.call_later(RETRY_SECONDS, self._flush)
        elif self._dropped:
            dropped, self._dropped = self._dropped, 0
            self.add(self._notice(dropped))


def dropped_text(count: int, name: str = "standard error") -> str:
    """Return the line that tells how many were dropped, and of what."""
    return f"{count} lines dropped: {name} was not read fast enough"


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _write_to_stream(stream: TextIO, decode: Callable[[bytes], str], data: bytes) -> int:
    stream.write(decode(data))
    stream.flush()
    return len(data)


def _always() -> bool:
    return True


def readiness(descriptor: int) -> Callable[[], bool]:
    """Return what tells whether a write to the descriptor would not block."""
    if not hasattr(select, "poll"):
        return _always
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)

    def is_ready() -> bool:
        # An error is readiness as well: the write tells which.
        return bool(poll.poll(0))

    return is_ready
