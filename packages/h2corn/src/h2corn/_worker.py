"""Owns one worker process: its loop, what its supervisor tells it, and what it tells of itself.

Does not fork or bind, and decides neither when it is replaced nor which connections it gets.
"""

import asyncio
import errno
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from asgi_bridge import ASGIApp, Lifespan, LifespanError
from h2corn._access_file import AccessFileError
from h2corn._announcement import failure_event
from h2corn._connections import GOING_AWAY, SERVICE_RESTART
from h2corn._console import write_error
from h2corn._drain import StopRequest
from h2corn._foreground import EXIT_NOT_STARTED
from h2corn._importer import (
    TargetError,
    load_application,
    made_application,
    write_target_error,
)
from h2corn._log_files import reopen_log_files
from h2corn._log_setup import set_up_logging
from h2corn._loops import close_loop, new_loop, threads_for
from h2corn._serving import Serving
from h2corn._target import Target
from h2corn._titles import set_title
from h2corn.config import Config, ConfigError
from prefork import (
    Accept,
    Connection,
    Hold,
    ListenError,
    Message,
    ReopenLogs,
    Stop,
    StopNow,
    StopReason,
    Worker,
)

__all__ = ["EXIT_FAILED", "Assignment", "WorkerServer", "preload", "work"]

logger: Final = logging.getLogger("h2corn")

EXIT_FAILED: Final = 1
"""Exit code of a worker whose target names no application, or whose listener fails."""
_SHORTAGES: Final = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
"""What the system has too little of is no fault of the program, whose place would say nothing."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the workers of one generation serve."""

    target: Target | ASGIApp | Callable[[], ASGIApp]
    """The application, or what names it."""
    config: Config
    """The options."""
    is_factory: bool = False
    """Whether what is no name makes the application when it is called."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the environment gets before the application is loaded."""

    def load(self) -> ASGIApp:
        """Return the application, imported if it has to be.

        Raises:
            SystemExit: the target names none; what is wrong is on standard error.
        """
        os.environ.update(self.variables)
        try:
            if isinstance(self.target, Target):
                return load_application(self.target)
            return made_application(self.target, is_factory=self.is_factory)
        except TargetError as error:
            write_target_error(sys.stderr, error, os.environ, failure_event(self.config))
            raise SystemExit(EXIT_FAILED) from None

    @property
    def name(self) -> str:
        """What is shown of the application."""
        return f" [{self.target}]" if isinstance(self.target, Target) else ""


def preload(settings: object) -> None:
    """Import the application in a process that only forks workers."""
    assignment = cast("Assignment", settings)
    set_title(f"h2corn: template{assignment.name}")
    _set_up_logging(assignment)
    assignment.load()


def _set_up_logging(assignment: Assignment) -> None:
    try:
        set_up_logging(assignment.config)
    except ConfigError as error:
        write_error(sys.stderr, str(error), os.environ, failure_event(assignment.config))
        raise SystemExit(EXIT_FAILED) from None


def work(worker: Worker) -> None:
    """Serve as one worker until it is told to stop.

    Raises:
        SystemExit: it cannot; what is wrong is on standard error.
    """
    assignment = cast("Assignment", worker.settings)
    set_title(f"h2corn: worker {worker.index + 1}{assignment.name}")
    _set_up_logging(assignment)
    event = failure_event(assignment.config)
    try:
        _run(worker, assignment)
    except (AccessFileError, LifespanError, ListenError) as error:
        write_error(sys.stderr, str(error), os.environ, event)
        is_lifespan = isinstance(error, LifespanError)
        raise SystemExit(EXIT_NOT_STARTED if is_lifespan else EXIT_FAILED) from None
    except OSError as error:
        if error.errno not in _SHORTAGES:
            raise
        text = f"worker [{os.getpid()}] cannot serve: {os.strerror(error.errno).lower()}"
        write_error(sys.stderr, text, os.environ, event)
        raise SystemExit(EXIT_FAILED) from None


def _run(worker: Worker, assignment: Assignment) -> None:
    app = assignment.load()
    loop = new_loop(assignment.config)
    try:
        with threads_for(loop, assignment.config.runtime_threads):
            loop.run_until_complete(WorkerServer(worker, app, assignment.config).serve())
    finally:
        close_loop(loop)


class WorkerServer:
    """The server of one worker.

    Args:
        worker: its side of the supervisor.
        app: the application.
        config: the options.
    """

    _loop: asyncio.AbstractEventLoop
    _stop: StopRequest
    _serving: Serving

    def __init__(self, worker: Worker, app: ASGIApp, config: Config) -> None:
        self._worker: Final = worker
        self._app: Final = app
        self._config: Final = config
        self._code = GOING_AWAY
        self._is_ready = False
        self._accepts = False
        self._holds = 0
        self._accepting: asyncio.Task[None] | None = None
        self._error: ListenError | None = None
        self._is_report_due = False
        self._beat_timer: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """Serve until the supervisor says to stop, or is gone.

        Raises:
            LifespanError: the application failed to start.
            ListenError: it was to accept by itself, and cannot.
        """
        self._loop = loop = asyncio.get_running_loop()
        self._stop = stop = StopRequest(loop)
        config = self._config
        loop.add_reader(self._worker.fileno(), self._hear)
        try:
            lifespan = Lifespan(self._app, logger, config.lifespan)
            if not await stop.run_until_asked(lifespan.startup(config.timeout_lifespan_startup)):
                return
            try:
                await self._serve_requests(lifespan.state)
            finally:
                await stop.run_until_asked_at_once(
                    lifespan.shutdown(config.timeout_lifespan_shutdown)
                )
        finally:
            loop.remove_reader(self._worker.fileno())
        if self._error is not None:
            raise self._error

    async def _serve_requests(self, state: dict[str, object]) -> None:
        worker = self._worker
        serving = self._serving = Serving(self._app, self._config, state, logger, self._plan_report)
        if worker.max_tasks:
            serving.application.call_when_done(worker.max_tasks, self._plan_report)
        try:
            self._is_ready = True
            worker.ready()
            self._beat()
            self._resume_accepting()
            await self._stop.asked.wait()
        finally:
            await self._stop_accepting()
            await serving.drain(self._stop, self._code)
            if self._beat_timer is not None:
                self._beat_timer.cancel()

    # What it is told

    def _hear(self) -> None:
        messages = self._worker.poll()
        for message in messages:
            self._heed(message)
        if not messages and self._stop.asked.is_set():
            # Readable without a word: the supervisor is gone as well, and it stays so.
            self._loop.remove_reader(self._worker.fileno())

    def _heed(self, message: Message) -> None:
        match message:
            case Connection(socket=sock):
                self._serving.take(sock)
            case Accept():
                self._accepts = True
                self._resume_accepting()
            case Hold():
                self._accepts = False
                self._holds += 1
                if self._is_ready:
                    self._serving.stop_accepting()
            case Stop(reason=reason):
                if reason is StopReason.RESTARTED:
                    self._code = SERVICE_RESTART
                elif reason is StopReason.ORPHANED:
                    self._loop.remove_reader(self._worker.fileno())
                self._stop.asked.set()
            case StopNow():
                self._stop.asked.set()
                self._stop.asked_at_once.set()
            case ReopenLogs():
                reopen_log_files()

    def _resume_accepting(self) -> None:
        is_busy = self._accepting is not None and not self._accepting.done()
        if self._accepts and self._is_ready and not is_busy:
            self._accepting = self._loop.create_task(self._accept())

    async def _accept(self) -> None:
        """Accept from the listeners, once more where it was told otherwise meanwhile."""
        holds = -1
        try:
            while self._accepts and holds != self._holds:
                holds = self._holds
                # What was told to hold while it began may accept in part.
                self._serving.stop_accepting()
                await self._serving.start_accepting(self._worker.listeners)
        except ListenError as error:
            self._error = error
            self._stop.asked.set()
        if not self._accepts:
            self._serving.stop_accepting()

    async def _stop_accepting(self) -> None:
        self._accepts = False
        if self._accepting is not None:
            await self._accepting
        self._serving.stop_accepting()
        for listener in self._worker.listeners:
            listener.close()

    # What it tells

    def _beat(self) -> None:
        self._report()
        if self._stop.asked.is_set():
            self._hear()  # It may not be watched any more.
        interval = self._worker.options.heartbeat_interval
        self._beat_timer = self._loop.call_later(interval, self._beat)

    def _plan_report(self) -> None:
        """Report at the end of this turn."""
        if not self._is_report_due:
            self._is_report_due = True
            self._loop.call_soon(self._report)

    def _report(self) -> None:
        self._is_report_due = False
        serving = self._serving
        application = serving.application
        self._worker.report(serving.connection_count, len(application.running), application.done)
