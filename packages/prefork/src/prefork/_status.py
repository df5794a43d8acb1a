"""Owns how a process ended: with a code, by a signal, or before it began.

Does not wait for processes.
"""

import signal

from prefork._value import Value

__all__ = ["ExitStatus"]

_SHELL_SIGNAL_BASE = 128
"""What shells add to the signal's number."""


class ExitStatus(Value):
    """The end of a process. `str()` completes a sentence: "worker [7] was killed by SIGKILL"."""

    code: int | None = None
    """What it gave to exit(), unless a signal or a failed start was its end."""
    signal: int | None = None
    """The number of the signal that killed it."""
    error: str = ""
    """Why it could not be started."""

    @classmethod
    def exited(cls, code: int) -> "ExitStatus":
        """Return the status of a process that ended by itself."""
        return cls(code=code)

    @classmethod
    def killed(cls, signum: int) -> "ExitStatus":
        """Return the status of a process that a signal ended."""
        return cls(signal=signum)

    @classmethod
    def not_started(cls, error: str) -> "ExitStatus":
        """Return the status of a process that never was."""
        return cls(error=error)

    @classmethod
    def of_wait(cls, status: int) -> "ExitStatus":
        """Return what `os.waitstatus_to_exitcode()` says: negative numbers are signals."""
        return cls.killed(-status) if status < 0 else cls.exited(status)

    @property
    def is_success(self) -> bool:
        """Whether it ended with code 0."""
        return self.code == 0

    @property
    def exit_code(self) -> int:
        """The code for a supervisor that ends because of it: 128 and the signal's number, or 1."""
        if self.signal is not None:
            return _SHELL_SIGNAL_BASE + self.signal
        return 1 if self.code is None else self.code

    def __str__(self) -> str:
        if self.signal is not None:
            return f"was killed by {_name(self.signal)}"
        if self.code is not None:
            return f"ended with code {self.code}"
        return f"could not be started: {self.error}"


def _name(signum: int) -> str:
    try:
        return signal.Signals(signum).name
    except ValueError:
        # Real-time signals have no names.
        return f"signal {signum}"
