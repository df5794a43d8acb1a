"""Owns a server that is the only business of its program: the loop, the signals and the banner.

Does not serve; it runs what does and tells it when to stop.
"""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import Final, Protocol

from asgi_bridge import LifespanError
from h2corn._announcement import announce, failure_event
from h2corn._console import write_error
from h2corn._log_setup import check_logs, set_up_logging
from h2corn._loops import close_loop, new_loop, threads_for
from h2corn.config import Config

__all__ = ["EXIT_NOT_STARTED", "ForegroundServer", "run_in_foreground"]

EXIT_NOT_STARTED: Final = 3
"""Exit code of a program whose application did not start."""


class ForegroundServer(Protocol):
    """What is run; `Server` says what each call means."""

    @property
    def config(self) -> Config:
        """The options."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """What it listens on."""

    async def serve(self) -> None:
        """Serve until it is told to stop."""

    async def wait_started(self) -> None:
        """Wait until it listens."""

    def shutdown(self, *, at_once: bool = False) -> None:
        """Tell it to stop."""


def run_in_foreground(server: ForegroundServer) -> None:
    """Run a server in a loop of its own until it ends, or a signal ends it.

    Raises:
        SystemExit: the application did not start; what it said of that is on standard error.
    """
    config = server.config
    check_logs(replace(config, log_config=None))
    set_up_logging(config)
    loop = new_loop(server.config)
    try:
        threads = threads_for(loop, server.config.runtime_threads)
        with _stopped_by_signals(server), threads:
            loop.run_until_complete(_serve_announced(server))
    except LifespanError as error:
        write_error(sys.stderr, str(error), os.environ, failure_event(config))
        raise SystemExit(EXIT_NOT_STARTED) from error
    finally:
        close_loop(loop)


async def _serve_announced(server: ForegroundServer) -> None:
    serving = asyncio.ensure_future(server.serve())
    # What goes wrong before comes out of the serving itself.
    with contextlib.suppress(RuntimeError):
        await server.wait_started()
        announce(server.addresses, server.config)
    await serving


@contextlib.contextmanager
def _stopped_by_signals(server: ForegroundServer) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_second = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_second
        server.shutdown(at_once=is_second)
        is_second = True

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            # None is one that no Python code installed; it cannot be put back from here.
            if handler is not None:
                signal.signal(number, handler)
