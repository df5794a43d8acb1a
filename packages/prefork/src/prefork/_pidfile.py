"""Owns the pid file: written whole or not at all, and removed only while it is still ours.

Does not lock: a file whose process is gone is replaced, one whose process lives is an error.
"""

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

from prefork.errors import PreforkError

__all__ = ["PidFile"]

_MODE: Final = 0o644
_MOST_BYTES: Final = 64
"""Of a file that is read: a number and a line feed have fewer."""
_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}


class PidFile:
    """A file that holds the number of this process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pid = os.getpid()
        self._is_written = False

    def write(self) -> None:
        """Write it.

        Raises:
            PreforkError: it belongs to another process that lives, or cannot be written.
        """
        # Beside it, for the name must come to be in one step; with the number, which is ours alone.
        temporary = self._path.with_name(f".{self._path.name}.{self._pid}")
        try:
            try:
                _write(temporary, f"{self._pid}\n".encode())
                self._claim(temporary)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise PreforkError(f"cannot write pid file {self._path}: {reason}") from error
        self._is_written = True

    def remove(self) -> None:
        """Remove it, unless it is another process's by now. Does nothing in a child."""
        if self._is_written and os.getpid() == self._pid:
            self._is_written = False
            # Its directory may be out of reach by now, which must not break the end.
            with contextlib.suppress(OSError):
                if _owner(self._path) == self._pid:
                    self._path.unlink()

    def _claim(self, temporary: Path) -> None:
        try:
            os.link(temporary, self._path)
        except FileExistsError:
            pass
        except OSError as error:
            # File systems without hard links: whoever starts at the same moment is not seen.
            if error.errno not in _NO_LINKS:
                raise
        else:
            return
        owner = _owner(self._path)
        if owner is not None and owner != self._pid and _is_alive(owner):
            raise PreforkError(
                f"pid file {self._path} belongs to process {owner}, which is running"
            )
        temporary.replace(self._path)


def _write(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        # Network file systems say only here that the disk is full.
        os.close(descriptor)


def _owner(path: Path) -> int | None:
    """Return the number in the file; None when there is none."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES)
        number = int(text)
    except (FileNotFoundError, ValueError):
        return None
    return number if number > 0 else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
