"""Owns the file of the access log: how it is opened, and opened anew after it was moved away.

Does not rotate it, and does not buffer; a `LineWriter` does.
"""

import os
from collections.abc import Callable

from h2corn._line_writer import readiness

__all__ = ["STANDARD_OUTPUT", "AccessFile", "AccessFileError", "check_access_file"]

STANDARD_OUTPUT = "-"
_MODE = 0o666


class AccessFileError(OSError):
    """The file cannot be opened."""

    def __init__(self, path: str, reason: Exception) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        reason = self.reason.strerror if isinstance(self.reason, OSError) else None
        return f"cannot open {self.path!r}: {(reason or str(self.reason)).lower()}"


class AccessFile:
    """A file that is appended to.

    Args:
        path: Of the file; it is made if there is none.

    Raises:
        AccessFileError: it cannot be opened. A named pipe that nobody reads is one of those.
    """

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)  # noqa: PTH100 - Path.absolute leaves `..` as it is
        self._descriptor = _open(self._path)
        self._is_ready: Callable[[], bool] = readiness(self._descriptor)

    def write(self, data: bytes) -> int:
        """Write bytes and return how many were taken."""
        return os.write(self._descriptor, data)

    def is_ready(self) -> bool:
        """Tell whether a write would not block."""
        return self._is_ready()

    def reopen(self) -> None:
        """Open what is at the path now; where that fails, the old file goes on.

        Raises:
            AccessFileError: it cannot be opened.
        """
        before, self._descriptor = self._descriptor, _open(self._path)
        self._is_ready = readiness(self._descriptor)
        os.close(before)

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


def check_access_file(path: str, user: int | None = None, group: int | None = None) -> None:
    """See that a file can be opened, and give it to those who will write to it if it is new.

    Raises:
        AccessFileError: it cannot be opened.
    """
    is_others = user is not None or group is not None
    try:
        # What is new for sure, and no link to somewhere else, may be given away.
        descriptor = _open(path, os.O_EXCL if is_others else 0)
    except AccessFileError as error:
        if not isinstance(error.reason, FileExistsError):
            raise
        os.close(_open(path))
        return
    try:
        if is_others:
            os.fchown(descriptor, -1 if user is None else user, -1 if group is None else group)
    finally:
        os.close(descriptor)


def _open(path: str, more_flags: int = 0) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | more_flags
    # A named pipe without a reader is an error rather than a wait.
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        return os.open(path, flags, _MODE)
    except (OSError, ValueError) as error:
        raise AccessFileError(path, error) from error
