"""Owns the reading of new configuration in a child: what it finds comes back as a `Plan`.

Does not use it. The child reads with modules of its own, so that the supervisor keeps what it has
loaded, and a reader that fails, hangs or ends the process harms nobody.
"""

import contextlib
import faulthandler
import os
import pickle
import struct
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from prefork._child import Closing, stderr_descriptor
from prefork._options import Plan
from prefork._process import Children
from prefork._status import ExitStatus
from prefork._value import Value

__all__ = ["Errand", "ErrandFailure"]

_LONGEST: Final = 60.0
"""Seconds. It reads a few files; the child ends itself afterwards."""
_MOST_BYTES: Final = 16 * 2**20
"""Of a pickled plan, which is settings and no data."""
_MOST_TEXT: Final = 2000
"""Characters of what went wrong, which becomes one line of the log."""
_CHUNK: Final = 2**16
_SIZE: Final = struct.Struct("<Q")


class ErrandFailure(Value):
    """No plan came back."""

    text: str
    """Why, for the log."""


class _End:
    """The writing end of the pipe, to be left open or closed by a process."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class Errand:
    """The supervisor's end of one reading."""

    def __init__(self, pid: int, pipe: _End) -> None:
        self.pid: Final = pid
        self._pipe = pipe
        self._data = bytearray()

    @classmethod
    def start(
        cls,
        children: Children,
        reload: Callable[[], Plan],
        *,
        leave: Iterable[Closing] = (),
        prepare: Callable[[], object] | None = None,
    ) -> "Errand | ExitStatus":
        """Start a child that calls `reload`.

        Args:
            children: of this process.
            reload: returns the plan; what it raises is told as text.
            leave: what is closed in it.
            prepare: called in it first, as to drop privileges.
        """
        try:
            reading, writing = (_End(number) for number in os.pipe())
        except OSError as error:
            return ExitStatus.not_started(f"no pipe for it: {(error.strerror or '').lower()}")
        os.set_blocking(reading.descriptor, False)
        pid = children.start(
            partial(_read_and_send, reload, writing),
            leave=[reading, *leave],
            prepare=prepare,
            dies_with_parent=True,
        )
        writing.close()
        if isinstance(pid, ExitStatus):
            reading.close()
            return pid
        return cls(pid, reading)

    def fileno(self) -> int:
        """Return the descriptor that is readable when `receive` should be called."""
        return self._pipe.descriptor

    def receive(self) -> Plan | ErrandFailure | None:
        """Return what came of it; None when it is not all here yet. Never blocks."""
        while True:
            try:
                chunk = os.read(self._pipe.descriptor, _CHUNK)
            except BlockingIOError:
                return None
            if not chunk:
                return ErrandFailure("the process that read it ended before it was done")
            self._data += chunk
            if len(self._data) >= _SIZE.size:
                (size,) = _SIZE.unpack_from(self._data)
                if size > _MOST_BYTES:
                    return ErrandFailure("what was read is too large")
                if len(self._data) >= _SIZE.size + size:
                    return _decode(bytes(self._data[_SIZE.size : _SIZE.size + size]))

    def close(self) -> None:
        """Read no more of it. A child that is still at work ends when it would write."""
        self._pipe.close()


def _decode(data: bytes) -> Plan | ErrandFailure:
    try:
        # It comes from a child of ours that runs our own program.
        result = pickle.loads(data)  # noqa: S301
    except Exception as error:  # noqa: BLE001 - unpickling calls whatever the settings are made of
        return ErrandFailure(_text(error))
    if isinstance(result, Plan | ErrandFailure):
        return result
    return ErrandFailure(f"the reload hook returned {type(result).__name__}, not a Plan")


def _read_and_send(reload: Callable[[], Plan], pipe: _End) -> None:
    faulthandler.dump_traceback_later(_LONGEST, exit=True, file=stderr_descriptor())
    result: object
    try:
        result = reload()
        data = pickle.dumps(result)
    except BaseException as error:  # noqa: BLE001 - a parser of arguments raises SystemExit
        data = pickle.dumps(ErrandFailure(_text(error)))
    # The supervisor may have lost interest.
    with contextlib.suppress(BrokenPipeError), os.fdopen(pipe.descriptor, "wb") as file:
        file.write(_SIZE.pack(len(data)) + data)


def _text(error: BaseException) -> str:
    text = str(error).strip()
    if isinstance(error, SystemExit):
        text = f"the reader of the configuration ended with code {text}"
    return (text or type(error).__name__)[:_MOST_TEXT]
