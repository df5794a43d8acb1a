"""Owns the turns of one connection once its protocol is known, and when it ends.

Does not know frames or messages (the engine does) nor applications (`_adapters` does). A turn goes
through both: the engine takes the bytes, the applications of the requests that they opened start,
and one write carries all that came of it. `_pacing` bounds what a turn writes, and `_ending` lets
go of the transport.
"""

import asyncio
from collections import deque
from math import inf
from time import monotonic

from h2c_core import RemoteProtocolError
from h2corn._adapters import Request, Requests, disconnect
from h2corn._ending import EndingProtocol, GoOn
from h2corn._http1 import Http1Connection
from h2corn._pacing import BURST, LONG_READ, WRITE_LIMIT
from h2corn._passes import PASS_COUNT, PASS_SECONDS, RUNS_AT_ONCE, PassMeter
from h2corn._shell import EngineMaker, OpenStream, Shell
from h2corn._timer import DeadlineTimer

__all__ = ["ConnectionProtocol"]


class ConnectionProtocol(EndingProtocol):
    """One connection between its first bytes and its last.

    Args:
        shell: what it shares with the others.
        transport: taken over from whoever read the first bytes.
        requests: starts the applications.
        make_engine: makes the wire engine.
        go_on: takes over when HTTP/1.1 is left for HTTP/2; None where that is not offered.
    """

    __slots__ = (
        "_ends_when_idle",
        "_is_serial",
        "_left",
        "_meter",
        "_moves_at",
        "_opened",
        "_pass_due",
        "_running",
        "_time",
        "open_stream",
    )

    open_stream: OpenStream
    """Called by the engine for each request head; only records it among those to be started."""

    def __init__(
        self,
        shell: Shell,
        transport: asyncio.Transport,
        requests: Requests,
        make_engine: EngineMaker,
        go_on: GoOn | None = None,
    ) -> None:
        super().__init__(shell, transport, requests, go_on)
        self._opened: deque[Request] = requests.opened
        self._running = requests.running
        self._is_serial = requests.is_serial
        self.open_stream = requests.open_stream
        self._time = shell.loop.time
        self._timer = DeadlineTimer(shell, self._on_timer)
        self._current = None
        self._ends_when_idle = False
        self._left = shell.lifetime.max_requests
        self._moves_at = shell.lifetime.end(self._time())
        self._pass_due = False
        self._meter = None if RUNS_AT_ONCE or self._is_serial else PassMeter()
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
        self._watch_age()

    # Reading

    def data_received(self, data: bytes) -> None:
        """Take what arrived, start what it asks for, and write what came of it."""
        self._write_due = True
        try:
            now = self._time()
            is_changed = self._engine.receive_data(data, now)
            if self._opened:
                is_changed = True
                if not self._pass_due:
                    self._start_requests()
        except RemoteProtocolError as error:
            self._fail(error)
            return
        if is_changed:
            self._flush()
        else:
            self._write_due = False
            self._may_write_now = True
        if len(data) >= LONG_READ:
            self._share(now)

    def _start_requests(self) -> None:
        """Start applications until all run or the pass is long enough; at least one is waiting."""
        opened = self._opened
        size = PASS_COUNT
        if self._meter is not None and len(opened) > self._meter.size:
            size = self._meter.size
            self._meter.begin(self._shell.loop)
        begin = monotonic()
        for _ in range(size):
            request = opened.popleft()
            # Counted down to 0; where there is no limit, it begins there and never comes back.
            self._left = left = self._left - 1
            if not left:
                self._engine.start_drain(self._time())
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

    def _keep(self, request: Request) -> None:
        """Remember a request whose application waits for something."""
        self._running.add(request)
        if self._is_serial:
            self._current = request
        if self._has_eof:
            self._requests.half_close(request)
        elif self._shell.connections.is_draining:
            disconnect(request, self._shell.connections.close_code)

    def _read_pending(self) -> bool:
        """Read the next buffered request; whether there was one."""
        engine = self._engine
        if not engine.has_pending:
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
        if self._meter is not None:
            self._meter.end()
        self._write_due = True
        try:
            if self._opened or self._read_pending():
                self._start_requests()
        except RemoteProtocolError as error:
            self._fail(error)
            return
        self._flush()

    def _flush(self) -> None:
        """End a turn: write, and look at what became of the engine."""
        self._write_due = False
        self._writes_left = BURST
        self._may_write_now = True
        if self._is_over:
            return
        engine = self._engine
        if self._write(BURST):
            self.wants_write(False)
            return
        if engine.is_closed:
            if isinstance(engine, Http1Connection):
                if engine.tunnel is not None:
                    self._hand_through(engine)
                    return
                if engine.upgrade is not None:
                    self._hand_on(engine.upgrade)
                    return
            self._note_refusal(engine)
            self._end()
            return
        if self._is_serial and not self._look_serial():
            return
        deadline = engine.next_deadline()
        if deadline is not None and deadline < self._timer.at:
            self._timer.advance(deadline)

    def _look_serial(self) -> bool:
        """Go on to the next request of a connection that has one at a time; False at its end."""
        engine = self._engine
        is_idle = engine.is_idle
        if is_idle:
            self._current = None
        if engine.has_pending:
            self._plan_pass()
        elif is_idle and self._ends_when_idle and not self._is_paused:
            # While it is paused, the engine does not tell of requests that wait.
            self._end()
            return False
        return True

    # Time

    def _on_timer(self, now: float) -> None:
        engine = self._engine
        if self._is_paused and not self._is_serial:
            self._note_taken()
        try:
            engine.on_timer(now)
        except RemoteProtocolError as error:
            if self._is_paused:
                self._abandon(str(error))
            else:
                self._fail(error)
            return
        if self._is_paused and isinstance(engine, Http1Connection) and engine.refusal is not None:
            self._abandon(engine.refusal.reason)
            return
        if now >= self._moves_at:
            self._moves_at = inf
            self.start_drain(now)
        self._flush()
        self._watch_age()

    def _watch_age(self) -> None:
        """See to it that the timer fires when the connection is to move."""
        if not self._is_over and self._moves_at < self._timer.at:
            self._timer.advance(self._moves_at)

    # The end

    def eof_received(self) -> bool:
        """The client has no more to say; True while there is something to tell it."""
        self._has_eof = True
        engine = self._engine
        # A request that ends in the middle is not to be answered (RFC 9112 section 8), and nobody
        # is left to talk to where a tunnel was asked for.
        is_cut = isinstance(engine, Http1Connection) and engine.is_mid_request
        if not self._is_serial or is_cut:
            self._end()
        elif isinstance(engine, Http1Connection) and engine.tunnel is not None:
            self._flush()
            # Whoever has the transport now has been told.
            return True
        else:
            if isinstance(engine, Http1Connection):
                engine.offers_h2c = False
            # It may have closed as well: those that only wait for its leaving are told.
            if self._current is not None:
                self._requests.half_close(self._current)
            self._ends_when_idle = True
            self._flush()
        return not self._is_over or self._transport.get_write_buffer_size() > 0

    def start_drain(self, now: float) -> bool:
        """End when what runs is done; True when this is an idle connection of HTTP/1."""
        if self._is_over:
            return False
        engine = self._engine
        if isinstance(engine, Http1Connection) and engine.is_idle and not engine.is_mid_request:
            # Its next request may be under way. Its answer says that it was the last.
            engine.is_draining = True
            return True
        engine.start_drain(now)
        self._flush()
        return False

    def close_if_idle(self) -> None:
        """End now, or when the request has ended that runs."""
        self._ends_when_idle = True
        self._flush()
