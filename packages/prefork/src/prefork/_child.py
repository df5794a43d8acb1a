"""Owns what a forked process does before and after its work: how it cuts itself loose, how it ends.

Does not fork. `end` never returns and nothing leaves it but the exit code: the frames above it are
those of another process.
"""

import atexit
import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Final, NoReturn, Protocol

__all__ = [
    "EXIT_FAILED",
    "Closing",
    "cut_loose",
    "end",
    "flush_streams",
    "run",
    "stderr_descriptor",
]

EXIT_FAILED: Final = 1
"""Exit code after an exception, as the interpreter has it."""

_LAST_STEPS: Final = (
    # The names by which multiprocessing ends its processes.
    threading._shutdown,  # type: ignore[attr-defined] # noqa: SLF001
    atexit._run_exitfuncs,  # noqa: SLF001
)


class Closing(Protocol):
    """Whatever can be closed."""

    def close(self) -> object: ...


def cut_loose(leave: Iterable[Closing]) -> None:
    """Let go of what belongs to the parent alone. All signals are blocked meanwhile.

    Args:
        leave: what the parent holds open and this process must not, or another process would
            never see the end of it.
    """
    signal.set_wakeup_fd(-1)
    for closing in leave:
        with contextlib.suppress(OSError):
            closing.close()
    _reset_signals()
    _forget_exit_functions()


def end(work: Callable[[], object]) -> NoReturn:
    """Run the work and end this process as the interpreter would.

    An exception is told by `sys.excepthook` and gives exit code 1, SystemExit its own. Threads
    that are no daemons are waited for, then the atexit functions run and the streams are flushed.
    """
    code = EXIT_FAILED
    try:
        code = run(work)
        for step in (*_LAST_STEPS, flush_streams):
            try:
                step()
            except BaseException:  # noqa: BLE001 - the next step is due all the same
                _tell()
    finally:
        # Even where there was no memory left to say what is wrong.
        os._exit(code)


def run(work: Callable[[], object]) -> int:
    """Do the work and return the exit code that it makes. Raises nothing."""
    try:
        work()
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return (error.code or 0) & 0xFF
        with contextlib.suppress(AttributeError, OSError, ValueError):
            print(error.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
        return EXIT_FAILED
    except BaseException:  # noqa: BLE001 - none may reach the frames of the parent
        _tell()
        return EXIT_FAILED
    return 0


def flush_streams() -> None:
    """Write out what print has buffered. A stream that cannot take it is passed over."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()


def stderr_descriptor() -> int:
    """Return a descriptor to dump stacks to: the one of stderr, or one of the null device."""
    try:
        # The original one: the other may be an object in Python, and the dump cannot run that.
        return sys.__stderr__.fileno()  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def _reset_signals() -> None:
    # These come to the whole group of a terminal, or are sent to the supervisor, who tells.
    ignored = {
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGTTIN,
        signal.SIGTTOU,
        signal.SIGUSR1,
    }
    for number in signal.valid_signals():
        if number in ignored:
            signal.signal(number, signal.SIG_IGN)
        elif callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    # Not a handler in Python: that would wait for the very loop whose stack is asked for.
    faulthandler.register(signal.SIGUSR2, file=stderr_descriptor(), all_threads=True)


def _forget_exit_functions() -> None:
    """Forget those of the parent: they remove its files and end its threads."""
    atexit._clear()  # noqa: SLF001 - multiprocessing does so in its children
    registry = weakref.finalize._registry  # type: ignore[attr-defined] # noqa: SLF001
    for finalizer in list(registry):
        finalizer.atexit = False
    # What the standard library registers once for good, and this process may have use for.
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined] # noqa: SLF001
    atexit.register(logging.shutdown)


def _tell() -> None:
    kind, error, trace = sys.exc_info()
    if kind is None or error is None:
        return
    try:
        sys.excepthook(kind, error, trace)
    except BaseException:  # noqa: BLE001 - the program's own hook failed
        with contextlib.suppress(BaseException):
            sys.__excepthook__(kind, error, trace)
