"""Owns the supervisor as its user sees it: what it takes over, and gives back at the end.

Does not serve: `Service` does. It never imports what the workers do their work with.
"""

import logging
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from prefork._launch import Launch, Tools
from prefork._listeners import Listeners
from prefork._loop import Loop
from prefork._notify import Notifier
from prefork._options import Hooks, Plan
from prefork._pidfile import PidFile
from prefork._prctl import become_subreaper
from prefork._process import Children
from prefork._service import Service
from prefork._signals import Signals
from prefork._worker import Worker
from prefork.errors import UnsupportedError

__all__ = ["SUPPORTED", "Supervisor"]

SUPPORTED: Final = sys.platform != "win32"
"""Whether worker processes can be supervised on this system."""

_NO_HOOKS: Final = Hooks()
_LOGGER: Final = logging.getLogger("prefork")


class Supervisor:
    """Runs worker processes until it is told to stop."""

    def __init__(
        self,
        work: Callable[[Worker], None],
        plan: Plan,
        listeners: Listeners,
        *,
        hooks: Hooks = _NO_HOOKS,
        pid_file: Path | None = None,
        logger: logging.Logger = _LOGGER,
    ) -> None:
        """Note what is wanted.

        Args:
            work: what each worker does, in its own process: it calls `Worker.ready`, and returns
                when it is told to stop.
            plan: of the first generation.
            listeners: opened at the start, and closed at the end.
            hooks: what is done beside the workers.
            pid_file: holds the number of this process as long as it serves.
            logger: told who starts and ends, and why.
        """
        self._work = work
        self._plan = plan
        self._listeners = listeners
        self._hooks = hooks
        self._pid_file = pid_file
        self._logger = logger

    def run(self) -> int:
        """Serve until a signal ends it, or nothing can be served any more.

        It takes over the handlers of SIGINT, SIGTERM, SIGHUP, SIGTTIN, SIGTTOU, SIGUSR1 and SIGCHLD
        meanwhile, and waits for all children of this process. To be called in the main thread.

        Returns:
            The exit code: 0 after an ordinary stop.

        Raises:
            PreforkError: an address cannot be listened on, the pid file cannot be written, or this
                system lacks something.
        """
        if not SUPPORTED:
            raise UnsupportedError("worker processes need a system that has fork: not Windows")
        with ExitStack() as stack:
            signals = Signals()
            stack.callback(signals.restore)
            signals.install()
            if self._hooks.preload is not None:
                become_subreaper()
            self._take_over(stack)
            notifier = Notifier()
            stack.callback(notifier.close)
            loop = Loop()
            stack.callback(loop.close)
            tools = Tools(
                loop=loop,
                children=Children(),
                launch=Launch(self._plan.options, self._listeners),
                clock=time.monotonic,
                logger=self._logger,
            )
            service = Service(tools, self._work, self._plan, self._hooks, signals, notifier)
            stack.callback(service.close)
            return service.run()

    def _take_over(self, stack: ExitStack) -> None:
        pid_file = None if self._pid_file is None else PidFile(self._pid_file)
        if pid_file is not None:
            # Removed when the addresses are free: whoever waits for that may start the next one.
            stack.callback(pid_file.remove)
        self._listeners.open()
        stack.callback(self._listeners.close)
        if pid_file is not None:
            pid_file.write()
