"""Owns the transport of one connection once its protocol is known: reads, writes, time, pressure.

Does not know frames or messages (the engine does) nor applications (`_adapters` does). A turn goes
through both: the engine takes the bytes, the applications of the requests that they opened start,
and one write carries all that came of it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextvars import Context
from math import inf
from time import monotonic
from typing import Final, Protocol

from asgi_bridge import Exchange, ResponseSink
from h2c_core import RemoteProtocolError
from h2corn._adapters import Requests, WireHead
from h2corn._connections import Connections
from h2corn._http1 import Http1Connection
from h2corn._linger import LingerProtocol

__all__ = [
    "PASS_COUNT",
    "PASS_SECONDS",
    "READ_LIMIT",
    "WRITE_LIMIT",
    "ConnectionProtocol",
    "Engine",
    "EngineMaker",
    "Shell",
]

PASS_COUNT: Final = 16
"""Applications started before other connections have their turn."""

PASS_SECONDS: Final = 0.001
"""Seconds after which a pass starts no further application."""

WRITE_LIMIT: Final = 64 * 1024
"""Bytes that the transport may hold before the engine is told to wait: as much as the engine gives
at once. They lie behind the kernel's buffer, which is what keeps a fast client busy, so that more
would only be more memory: with what one write adds, a connection holds 128 KiB here at most, but
for answers to a client that does not read, see `READ_LIMIT`."""

READ_LIMIT: Final = 2 * WRITE_LIMIT
"""Bytes unread by the client above which nothing more is read from it: acknowledgements, resets and
heads of responses are sent however full the transport is, and who does not take them must not be
able to ask for more."""

BURST: Final = 4
"""Writes of 64 KiB in one turn, the same measure as that of a task that sends: 256 KiB."""

# Who has stopped the reading.
_BY_ENGINE: Final = 1
_BY_OUTPUT: Final = 2


class Engine(Protocol):
    """The wire engine of a connection; `h2c_core.Connection` says what each call means."""

    @property
    def has_pending(self) -> bool:
        """Whether a request that is already buffered can be read now."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will be said."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is open."""

    def receive_data(self, data: bytes, now: float) -> None:
        """Take what arrived."""

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

    def __call__(self, handler: "ConnectionProtocol", /) -> Engine:
        """Return an engine that talks to this handler."""


class Shell:
    """What the connections of one server share.

    Args:
        loop: the loop that all of it runs in.
        connections: where they are listed.
        context: the context variables in which applications start, whoever caused it.
        logger: gets one line for every connection that ends by a fault of the client.
    """

    __slots__ = ("connections", "context", "logger", "loop")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connections: Connections,
        context: Context,
        logger: logging.Logger,
    ) -> None:
        self.loop: Final = loop
        self.connections: Final = connections
        self.context: Final = context
        self.logger: Final = logger


class ConnectionProtocol(asyncio.Protocol):
    """One connection between its first bytes and its last.

    Args:
        shell: what it shares with the others.
        transport: taken over from whoever read the first bytes.
        requests: starts the applications.
        make_engine: makes the wire engine.
    """

    __slots__ = (
        "_current",
        "_engine",
        "_has_eof",
        "_is_over",
        "_is_paused",
        "_is_serial",
        "_opened",
        "_pass_due",
        "_reading_stops",
        "_requests",
        "_running",
        "_shell",
        "_time",
        "_timer",
        "_timer_at",
        "_transport",
        "_write_due",
        "_writes_left",
        "open_stream",
    )

    open_stream: Callable[[ResponseSink, WireHead], Exchange]
    """Called by the engine for each request head; only records it among those to be started."""

    def __init__(
        self,
        shell: Shell,
        transport: asyncio.Transport,
        requests: Requests,
        make_engine: EngineMaker,
    ) -> None:
        self._shell = shell
        self._transport = transport
        self._requests = requests
        self._opened: deque[Exchange] = requests.opened
        self._running = requests.running
        self._is_serial = requests.is_serial
        self.open_stream = requests.open_stream
        self._time = shell.loop.time
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf
        self._current: Exchange | None = None
        self._has_eof = False
        self._is_over = False
        self._is_paused = False
        self._reading_stops = 0
        self._write_due = False
        self._writes_left = BURST
        self._pass_due = False
        self._engine = make_engine(self)

    def start(self, data: bytes) -> None:
        """Begin with the bytes that told which protocol it is."""
        transport = self._transport
        transport.set_write_buffer_limits(WRITE_LIMIT)
        transport.set_protocol(self)
        connections = self._shell.connections
        connections.add(self)
        self.data_received(data)
        if connections.is_draining and not self._is_over:
            connections.drain(self, self._time())

    # Reading

    def data_received(self, data: bytes) -> None:
        """Take what arrived, start what it asks for, and write what came of it."""
        self._write_due = True
        try:
            self._engine.receive_data(data, self._time())
            if self._opened and not self._pass_due:
                self._start_requests()
        except RemoteProtocolError as error:
            self._fail(error)
            return
        self._flush()

    def _start_requests(self) -> None:
        """Start applications until all run or the pass is long enough; at least one is waiting."""
        opened = self._opened
        begin = monotonic()
        for _ in range(PASS_COUNT):
            request = opened.popleft()
            if not request.is_reset:
                request.start()
                if not request.is_done:
                    self._keep(request)
            # Requests that wait behind one another are read by this loop and never from inside
            # the last one's `send`, or 20,000 of them in one write would recurse.
            if not opened and not (self._is_serial and self._read_pending()):
                return
            if monotonic() - begin >= PASS_SECONDS:
                break
        self._plan_pass()

    def _keep(self, request: Exchange) -> None:
        """Remember a request whose application waits for something."""
        self._running.add(request)
        if self._is_serial:
            self._current = request
        if self._has_eof or self._shell.connections.is_draining:
            request.disconnect()

    def _read_pending(self) -> bool:
        """Read the next buffered request; whether there was one."""
        engine = self._engine
        if not engine.has_pending or self._is_paused:
            return False
        engine.receive_data(b"", self._time())
        return bool(self._opened)

    def _plan_pass(self) -> None:
        if not self._pass_due:
            self._pass_due = True
            # In the server's context: the next application must not inherit the variables of the
            # one whose `send` got us here.
            self._shell.loop.call_soon(self._resume_pass, context=self._shell.context)

    def _resume_pass(self) -> None:
        self._pass_due = False
        if self._is_over:
            return
        self._write_due = True
        try:
            if self._opened or self._read_pending():
                self._start_requests()
        except RemoteProtocolError as error:
            self._fail(error)
            return
        self._flush()

    def pause_reading(self) -> None:
        """The engine has enough."""
        self._stop_reading(_BY_ENGINE)

    def resume_reading(self) -> None:
        """The engine wants more."""
        self._allow_reading(_BY_ENGINE)

    def _stop_reading(self, reason: int) -> None:
        if not self._reading_stops and not self._is_over:
            self._transport.pause_reading()
        self._reading_stops |= reason

    def _allow_reading(self, reason: int) -> None:
        if self._reading_stops == reason and not self._is_over:
            self._transport.resume_reading()
        self._reading_stops &= ~reason

    # Writing

    def wants_write(self, urgent: bool) -> None:
        """The engine has output: write it with what else this turn of the loop brings, or now."""
        if urgent and self._writes_left and not self._is_over:
            self._writes_left -= 1
            self._write(1)
        if not self._write_due:
            self._write_due = True
            self._shell.loop.call_soon(self._flush, context=self._shell.context)

    def _write(self, count: int) -> bool:
        """Write pieces of at most 64 KiB and a little; whether there may be more."""
        engine = self._engine
        data = engine.data_to_send()
        while data:
            self._transport.write(data)
            if self._is_paused and self._transport.get_write_buffer_size() > READ_LIMIT:
                self._stop_reading(_BY_OUTPUT)
            count -= 1
            if len(data) < WRITE_LIMIT:
                return False
            if not count:
                return True
            data = engine.data_to_send()
        return False

    def _flush(self) -> None:
        """End a turn: write, and look at what became of the engine."""
        self._write_due = False
        self._writes_left = BURST
        if self._is_over:
            return
        has_more = self._write(BURST)
        engine = self._engine
        if engine.is_closed:
            self._note_refusal(engine)
            self._end()
            return
        if has_more:
            self.wants_write(False)
        if self._is_serial and not self._look_serial():
            return
        deadline = engine.next_deadline()
        if deadline is not None and deadline < self._timer_at:
            self._set_timer(deadline)

    def _look_serial(self) -> bool:
        """Go on to the next request of a connection that has one at a time; False at its end."""
        engine = self._engine
        if engine.is_idle:
            self._current = None
        if engine.has_pending:
            if not self._is_paused:
                self._plan_pass()
        elif self._has_eof and engine.is_idle:
            self._end()
            return False
        return True

    def pause_writing(self) -> None:
        """The transport is full: applications wait."""
        self._is_paused = True
        if not self._is_over:
            self._engine.pause_output()

    def resume_writing(self) -> None:
        """The transport has room."""
        self._is_paused = False
        if not self._is_over:
            self._engine.resume_output()
            self._allow_reading(_BY_OUTPUT)
            self._flush()

    # Time

    def _set_timer(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        shell = self._shell
        self._timer = shell.loop.call_at(deadline, self._on_timer, context=shell.context)

    def _on_timer(self) -> None:
        # Loops round to milliseconds and may call early: for the engine it is as late as it asked.
        now = max(self._time(), self._timer_at)
        self._timer = None
        self._timer_at = inf
        try:
            self._engine.on_timer(now)
        except RemoteProtocolError as error:
            self._fail(error)
            return
        self._flush()

    # The end

    def _fail(self, error: RemoteProtocolError) -> None:
        self._warn(str(error))
        self._write(BURST)
        self._end()

    def _note_refusal(self, engine: Engine) -> None:
        if isinstance(engine, Http1Connection) and engine.refusal is not None:
            self._warn(f"{engine.refusal.status}, {engine.refusal.reason}")

    def _warn(self, fault: str) -> None:
        self._shell.logger.warning("%s: %s", self._requests.peers.client_name, fault)

    def _end(self) -> None:
        """Leave the transport to `LingerProtocol`."""
        shell = self._shell
        transport = self._transport
        has_eof = self._has_eof
        self._forget()
        if transport.is_closing():
            return
        linger = LingerProtocol(transport, shell.connections, shell.loop, has_eof=has_eof)
        transport.set_protocol(linger)
        linger.start()
        shell.connections.discard(self)

    def _forget(self) -> None:
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._current = None
        self._engine.connection_lost()
        # The engine holds its handler: without this every connection is a cycle.
        del self._engine

    def eof_received(self) -> bool:
        """The client has no more to say; True while there is something to tell it."""
        self._has_eof = True
        engine = self._engine
        if self._is_serial and not (engine.is_idle and not engine.has_pending):
            # It may have closed as well: those that only wait for its leaving are told.
            if self._current is not None:
                self._current.disconnect()
            return True
        self._end()
        return self._transport.get_write_buffer_size() > 0

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        if not self._is_over:
            self._forget()
        self._shell.connections.discard(self)

    def start_drain(self, now: float) -> bool:
        """End when what runs is done; True when this is an idle connection of HTTP/1."""
        if self._is_over:
            return False
        engine = self._engine
        engine.start_drain(now)
        self._flush()
        return not self._is_over and self._is_serial and engine.is_idle

    def close_if_idle(self) -> None:
        """End now unless a request runs."""
        if not self._is_over and self._engine.is_idle and not self._engine.has_pending:
            self._end()

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()
