"""Owns what the connections of one server share, and what each of them asks of its wire engine.

Does not do anything with it; `_protocol` and the protocols before and after it do.
"""

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context
from io import FileIO
from typing import Final, Protocol, TypeAlias

from h2corn._adapters import Request, WireHead, WireSink
from h2corn._connections import Connections
from h2corn._http1_output import FileSender
from h2corn._lifetime import NO_END, Lifetime
from h2corn._linger import WRITE_TIMEOUT

__all__ = ["Engine", "EngineHandler", "EngineMaker", "OpenStream", "Shell"]

OpenStream: TypeAlias = Callable[[WireSink, WireHead], Request]
"""Called by an engine for each request head; only records it among those to be started."""


class EngineHandler(Protocol):
    """Whom an engine calls."""

    @property
    def open_stream(self) -> OpenStream:
        """What takes the head of a request."""

    def wants_write(self, urgent: bool) -> None:
        """Output is there; `urgent` asks to write it at once."""

    def write_at_once(self, data: bytes) -> bool:
        """Write what nothing waits before; False to have it queued."""

    def make_transfer(self, file: FileIO, offset: int, count: int) -> FileSender | None:
        """Return what sends `count` bytes of a file; None where files cannot be sent."""

    def unwritten(self) -> int:
        """Return how many bytes the transport holds."""

    def pause_reading(self) -> None:
        """The engine has enough."""

    def resume_reading(self) -> None:
        """The engine wants more."""


class Engine(Protocol):
    """The wire engine of a connection; `h2c_core.Connection` says what each call means."""

    @property
    def has_pending(self) -> bool:
        """Whether a buffered request can be read now; never while output is paused."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will be said."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is open."""

    def receive_data(self, data: bytes, now: float) -> bool:
        """Take what arrived; False when there is nothing to write, nor anything else to look at."""

    def data_to_send(self) -> bytes:
        """Return what is to be written."""

    def next_deadline(self) -> float | None:
        """Return when to call `on_timer`."""

    def on_timer(self, now: float) -> None:
        """Do what time asks for."""

    def start_drain(self, now: float) -> None:
        """Begin to end the connection."""

    def connection_lost(self) -> None:
        """The transport is gone."""

    def pause_output(self) -> None:
        """The transport is full."""

    def resume_output(self) -> None:
        """The transport has room."""


class EngineMaker(Protocol):
    """Makes the engine of a connection."""

    def __call__(self, handler: EngineHandler, /) -> Engine:
        """Return an engine that talks to this handler."""


class Shell:
    """What the connections of one server share.

    Args:
        loop: the loop that all of it runs in.
        connections: where they are listed.
        context: the context variables in which applications start, whoever caused it.
        logger: gets one line for every connection that ends by a fault of the client.
        timeout_write: seconds in which a client must take some of what is left at its end; 0 is
            no limit.
        lifetime: when each of them is asked to move.
    """

    __slots__ = ("connections", "context", "lifetime", "logger", "loop", "timeout_write")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connections: Connections,
        context: Context,
        logger: logging.Logger,
        timeout_write: float = WRITE_TIMEOUT,
        lifetime: Lifetime = NO_END,
    ) -> None:
        self.loop: Final = loop
        self.connections: Final = connections
        self.context: Final = context
        self.logger: Final = logger
        self.timeout_write: Final = timeout_write
        self.lifetime: Final = lifetime
