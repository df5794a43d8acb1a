"""Owns the lifespan of the application: its startup, its shutdown and the state between them.

Does not decide what a failed startup means to the server: it raises, and the server ends.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from logging import Logger
from typing import Final, Literal, TypeAlias

from asgi_bridge._asgi import ASGIApp, LifespanReceiveEvent, LifespanScope
from asgi_bridge.errors import LifespanError

__all__ = ["Lifespan", "LifespanMode"]

LifespanMode: TypeAlias = Literal["auto", "on", "off"]

END_GRACE: Final = 1.0
"""Seconds that the application gets to return once it has said how startup or shutdown went, and
again to obey its cancellation."""

_Phase: TypeAlias = Literal["idle", "startup", "running", "shutdown", "over"]

# What each message of the application needs, and what it leads to.
_TRANSITIONS: Final[dict[object, tuple[_Phase, _Phase]]] = {
    "lifespan.startup.complete": ("startup", "running"),
    "lifespan.startup.failed": ("startup", "over"),
    "lifespan.shutdown.complete": ("shutdown", "over"),
    "lifespan.shutdown.failed": ("shutdown", "over"),
}


class Lifespan:
    """The one call of an application with a lifespan scope (ASGI lifespan 2.0).

    Args:
        app: the application.
        logger: gets what goes wrong after the startup, which ends nothing, and the tracebacks of
            exceptions.
        mode: "auto" takes an application that raises or returns before its startup is complete
            for one without a lifespan, "on" takes that for a failure, "off" never calls it.
    """

    def __init__(self, app: ASGIApp, logger: Logger, mode: LifespanMode = "auto") -> None:
        self.state: dict[str, object] = {}
        """What the application keeps for its requests."""
        self._app = app
        self._logger = logger
        self._mode = mode
        self._phase: _Phase = "idle"
        self._task: asyncio.Task[None] | None = None
        self._messages: asyncio.Queue[LifespanReceiveEvent] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._failure: str | None = None
        self._error: BaseException | None = None

    async def startup(self, timeout: float = 0) -> None:
        """Start the application, once, and wait until it is ready.

        Args:
            timeout: seconds that it may take, 0 for no limit.

        Raises:
            LifespanError: the application said that it failed, or did not answer in time; with
                mode "on", it raised or returned first. `sys.exit` is a failure in every mode.
        """
        if self._mode == "off":
            return
        self._phase = "startup"
        self._messages.put_nowait({"type": "lifespan.startup"})
        task = self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            async with asyncio.timeout(timeout or None):
                await self._answered.wait()
        except TimeoutError:
            await self._stop(task)
            raise LifespanError(
                f"the application did not start within {timeout:g} seconds"
            ) from None
        except asyncio.CancelledError:
            await self._stop(task)
            raise
        if self._failure is not None:
            await self._stop(task, END_GRACE)
            raise LifespanError(self._failure) from self._error
        if self._phase == "startup":
            self._judge_silence()

    async def shutdown(self, timeout: float = 0) -> None:
        """Let the application clean up, if it was started and still runs its lifespan.

        What goes wrong is logged: the server ends in any case, some `END_GRACE` after `timeout`.

        Args:
            timeout: seconds that it may take, 0 for no limit.
        """
        task = self._task
        if task is None or task.done():
            return
        self._phase = "shutdown"
        self._answered.clear()
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        grace = 0.0
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout or None):
                    await self._answered.wait()
                grace = END_GRACE
        finally:
            await self._stop(task, grace)
        if not grace:
            self._logger.error("ASGI application did not shut down within %g seconds", timeout)
        elif self._failure is not None:
            self._logger.error("ASGI application failed to shut down: %s", self._failure)

    async def _run(self) -> None:
        scope: LifespanScope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._messages.get, self._send)
        except GeneratorExit:
            raise  # the loop is gone, and with it all who could be told
        except BaseException as error:
            self._error = error
            if self._phase in {"running", "shutdown"} and not isinstance(
                error, asyncio.CancelledError
            ):
                self._logger.exception("Exception in ASGI lifespan")
        self._answered.set()

    async def _send(self, message: Mapping[str, object]) -> None:
        try:
            kind = message.get("type")
        except AttributeError:
            raise TypeError(f"an ASGI message is a dict, not {type(message).__name__}") from None
        transition = _TRANSITIONS.get(kind)
        if transition is None:
            raise ValueError(f"unknown ASGI message: {kind!r}")
        needed, following = transition
        if self._phase != needed:
            raise RuntimeError(f"{kind} out of order")
        if kind in {"lifespan.startup.failed", "lifespan.shutdown.failed"}:
            failure = message.get("message", "")
            if not isinstance(failure, str):
                raise TypeError(f"a message is a str, not {type(failure).__name__}")
            self._failure = failure or "the application gave no reason"
        self._phase = following
        self._answered.set()

    def _judge_silence(self) -> None:
        """Decide on an application that has ended without a word."""
        error = self._error
        if error is not None and not isinstance(error, Exception):
            raise LifespanError(f"the application ended its startup with {error!r}") from error
        if self._mode == "auto" and error is not None and self._messages.empty():
            # It took the message: as likely as not, this is its startup that has failed.
            self._logger.warning(
                "ASGI application raised in its startup, and goes on without a lifespan",
                exc_info=error,
            )
            return
        if self._mode == "auto":
            self._logger.debug("ASGI lifespan is not supported by the application", exc_info=error)
            return
        if error is not None:
            self._logger.error("Exception in ASGI lifespan", exc_info=error)
        raise LifespanError(
            "the application returned before its startup was complete"
            if error is None
            else f"the application raised {error!r} before its startup was complete"
        ) from error

    async def _stop(self, task: asyncio.Task[None], grace: float = 0) -> None:
        """Wait until the task has ended, by itself within `grace` seconds or cancelled."""
        if grace:
            await asyncio.wait({task}, timeout=grace)
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=END_GRACE)
        if not task.done():
            self._logger.error("ASGI lifespan goes on after its cancellation")
