"""Owns the processes: it alone forks, waits and kills.

Does not decide when. A fork that fails is a result, an `ExitStatus`, for the policy treats it as
it treats a worker that ended. All signals are blocked across a fork: one that comes meanwhile is
handled by the parent as soon as it is over, and by the child in no way that is the parent's.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Final

from prefork._child import EXIT_FAILED, Closing, cut_loose, end, flush_streams
from prefork._prctl import die_with_adopter, die_with_parent
from prefork._status import ExitStatus

__all__ = ["Children", "start_detached"]

_MOST_STRANGERS: Final = 64
"""Ended processes that nobody has asked for yet. A template starts one worker at a time."""


class Children:
    """The processes that this one started or adopted. For the main thread."""

    def __init__(self) -> None:
        self._pids: set[int] = set()
        self._strangers: dict[int, ExitStatus] = {}

    def start(
        self,
        work: Callable[[], object],
        *,
        leave: Iterable[Closing] = (),
        prepare: Callable[[], object] | None = None,
        dies_with_parent: bool = False,
    ) -> int | ExitStatus:
        """Fork a process that runs the work and ends.

        Args:
            work: what it does. An exception gives exit code 1, SystemExit its own.
            leave: what is closed in it first: objects, never numbers, or the object would close
                another file of the same number when it is collected.
            prepare: called in it before the work, as to drop privileges.
            dies_with_parent: whether it is killed when this process ends (on Linux only).

        Returns:
            Its process id, or a status that says why it could not be started.
        """
        parent = os.getpid()

        def run() -> None:
            if prepare is not None:
                prepare()
            if dies_with_parent:
                die_with_parent(parent)
            work()

        def enter() -> None:
            cut_loose(leave)

        try:
            pid = _fork(run, enter)
        except OSError as error:
            return ExitStatus.not_started(f"cannot fork: {os.strerror(error.errno or 0).lower()}")
        self._strangers.pop(pid, None)
        self._pids.add(pid)
        return pid

    def adopt(self, pid: int) -> ExitStatus | None:
        """Take over a process that a template started.

        Returns:
            How it has ended; None while it runs, as far as it is known.
        """
        status = self._strangers.pop(pid, None)
        if status is None:
            self._pids.add(pid)
        return status

    def reap(self) -> list[tuple[int, ExitStatus]]:
        """Return those that have ended since the last call. Never waits.

        Adopted orphans of which nothing is known are reaped too, and not returned.
        """
        ended: list[tuple[int, ExitStatus]] = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return ended
            if pid == 0:
                return ended
            exit_status = ExitStatus.of_wait(os.waitstatus_to_exitcode(status))
            if pid in self._pids:
                self._pids.discard(pid)
                ended.append((pid, exit_status))
            else:
                self._strangers[pid] = exit_status
                if len(self._strangers) > _MOST_STRANGERS:
                    del self._strangers[next(iter(self._strangers))]

    def kill(self, pid: int, number: int) -> bool:
        """Send a signal.

        Returns:
            False when there is no such child any more; a process that has got its number since
            then is never hit.
        """
        if pid not in self._pids:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True


def start_detached(work: Callable[[], object], leave: Iterable[Closing]) -> OSError | None:
    """Fork a process that the parent of this one adopts, which must be a subreaper.

    It keeps the signal handlers and atexit functions of this process, for both belong to the
    program that the two run. It is killed when its new parent ends (on Linux only).

    Returns:
        Why it could not be started; None when it was.
    """
    adopter = os.getppid()

    def enter() -> None:
        signal.set_wakeup_fd(-1)
        for closing in leave:
            closing.close()

    def start() -> None:
        code = 0
        parent = os.getpid()

        def run() -> None:
            die_with_adopter(parent, adopter)
            work()

        try:
            _fork(run, enter)
        except OSError as error:
            code = error.errno or EXIT_FAILED
        finally:
            os._exit(code)

    try:
        pid = _fork(start, _nothing)
        _, status = os.waitpid(pid, 0)
    except OSError as error:
        return error
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return OSError(f"the process between was killed by signal {-code}")
    return OSError(code, os.strerror(code)) if code else None


def _nothing() -> None:
    pass


def _fork(run: Callable[[], object], enter: Callable[[], object]) -> int:
    """Fork; the child enters with all signals blocked, then runs and ends.

    Raises:
        OSError: the system has no room for another process.
    """
    parent = os.getpid()
    # Or what is buffered is written twice.
    flush_streams()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

    def work() -> None:
        enter()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        run()

    try:
        pid = _bare_fork()
        if pid == 0:
            end(work)
        return pid
    finally:
        if os.getpid() != parent:
            os._exit(EXIT_FAILED)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _bare_fork() -> int:
    if sys.platform == "win32":
        raise OSError("Windows has no fork")
    with warnings.catch_warnings():
        # Of threads: the program that is preloaded may have some, and knows what it does.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()  # noqa: TID251 - here, and nowhere else
