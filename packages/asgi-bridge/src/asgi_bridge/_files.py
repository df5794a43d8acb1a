"""Owns the files that an application sends as parts of its response: opening, checking, reading.

Does not send them. What may take its time is done in the loop's thread pool.
"""

import asyncio
import errno
import os
import stat
from collections.abc import Mapping
from io import FileIO, TextIOBase, UnsupportedOperation
from typing import Any, Final

from asgi_bridge._messages import check_integer

__all__ = ["CAN_SEND_FILES", "FilePart", "open_path", "take_file"]

CAN_SEND_FILES: Final = hasattr(os, "pread")
"""Whether files are sent on this platform: a part of one must be read without its position, which
other responses may share."""

# A FIFO without a writer is to be refused, and not waited for.
_OPENING: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


class FilePart:
    """Some bytes of a regular file, with a descriptor of their own.

    Args:
        file: the file; closed with the part.
        offset: where they begin.
        count: how many they are.
    """

    __slots__ = ("_loop", "_read", "count", "file", "offset")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, file: FileIO, offset: int, count: int
    ) -> None:
        self.file = file
        self.offset = offset
        self.count = count
        self._loop = loop
        self._read: asyncio.Future[bytes] | None = None

    async def read(self, offset: int, size: int) -> bytes:
        """Read from a place in the file, in a thread.

        Raises:
            OSError: the file cannot be read, or has become shorter.
        """
        self._read = self._loop.run_in_executor(None, os.pread, self.file.fileno(), size, offset)
        await asyncio.wait((self._read,))
        chunk = self._read.result()
        if len(chunk) < size:
            raise OSError(f"the file has become shorter than {offset + size} bytes")
        return chunk

    def close(self) -> None:
        """Close the file, as soon as no thread reads it: the number is somebody else's then."""
        if self._read is None or self._read.done():
            self.file.close()
        else:
            self._read.add_done_callback(self._close_behind)

    def _close_behind(self, read: asyncio.Future[bytes]) -> None:
        read.exception()  # nobody else will ask
        self.file.close()


async def open_path(loop: asyncio.AbstractEventLoop, message: Mapping[str, object]) -> FilePart:
    """Open the file of a `http.response.pathsend`.

    Args:
        loop: whose threads are used.
        message: `path` is absolute or relative to the working directory.

    Raises:
        TypeError: the path is no str.
        ValueError: it has a NUL.
        OSError: there is no such file, or it is no regular one.
    """
    path = message.get("path")
    if not isinstance(path, str):
        raise TypeError(f"a path is a str, not {type(path).__name__}")
    opening = loop.run_in_executor(None, _open, path)
    try:
        # Not cancelled with whoever waits: a descriptor may come of it.
        await asyncio.wait((opening,))
    except asyncio.CancelledError:
        opening.add_done_callback(_discard)
        raise
    file, size = opening.result()
    return FilePart(loop, file, 0, size)


def take_file(loop: asyncio.AbstractEventLoop, message: Mapping[str, object]) -> FilePart:
    """Take the file of a `http.response.zerocopysend`, by a descriptor of its own.

    Without an `offset` it is read from its position, which moves behind what is to be sent.

    Raises:
        TypeError: `file` is no binary file with a descriptor, or a number is none.
        ValueError: a number is negative, or goes beyond the end of the file.
        OSError: the file is no regular one, or not open for reading.
    """
    given: Any = message.get("file")
    offset = _count(message, "offset")
    count = _count(message, "count")
    if isinstance(given, TextIOBase) or not hasattr(given, "fileno"):
        raise TypeError(f"a file is an open binary file, not {type(given).__name__}")
    try:
        descriptor: int = given.fileno()
    except UnsupportedOperation as error:
        raise TypeError(f"a file of {type(given).__name__} has no descriptor") from error
    start: int = given.tell() if offset is None else offset
    file, size = _regular(os.dup(descriptor))
    try:
        if count is None:
            count = max(size - start, 0)
        elif start + count > size:
            raise ValueError(f"{count} bytes from {start} on go beyond the file's {size}")
        if offset is None:
            given.seek(start + count)
    except BaseException:
        file.close()
        raise
    return FilePart(loop, file, start, count)


def _count(message: Mapping[str, object], key: str) -> int | None:
    value = message.get(key)
    if value is None:
        return None
    number = check_integer(value, key)
    if number < 0:
        raise ValueError(f"{key} is not negative: {number}")
    return number


def _open(path: str) -> tuple[FileIO, int]:
    return _regular(os.open(path, os.O_RDONLY | _OPENING), path)


def _regular(descriptor: int, path: str | None = None) -> tuple[FileIO, int]:
    """Return a file and its size; it is closed when it is no regular one that can be read."""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            code = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
            raise OSError(code, "not a regular file", path)
        os.pread(descriptor, 0, 0)  # fails where it is open for writing alone
    except BaseException:
        os.close(descriptor)
        raise
    return FileIO(descriptor), status.st_size


def _discard(opening: asyncio.Future[tuple[FileIO, int]]) -> None:
    if opening.exception() is None:
        opening.result()[0].close()
