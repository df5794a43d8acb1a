"""Owns the loop, transport, engine and request that the shell is tested with, all under control.

Does not test anything, and does no input or output: time passes when a test says so.
"""

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, cast

from h2c_core import ErrorCodes, RemoteProtocolError
from h2corn._connections import Connections
from h2corn._lifetime import NO_END, Lifetime
from h2corn._protocol import ConnectionProtocol
from h2corn._shell import EngineMaker, Shell


class FakeTimer:
    """A timer of `FakeLoop`."""

    def __init__(self, when: float, callback: Callable[[], object]) -> None:
        self._when = when
        self.callback = callback
        self.is_cancelled = False

    def when(self) -> float:
        return self._when

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeLoop:
    """A loop whose turns and clock a test moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.soon: deque[tuple[Callable[..., object], tuple[object, ...], object]] = deque()
        self.timers: list[FakeTimer] = []
        self.timers_made = 0

    @property
    def itself(self) -> asyncio.AbstractEventLoop:
        """The loop, as what it stands for."""
        return cast("asyncio.AbstractEventLoop", self)

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
        self.soon.append((callback, args, context))
        return FakeTimer(self.now, callback)

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        assert not args
        timer = FakeTimer(when, callback)
        self.timers.append(timer)
        self.timers_made += 1
        return timer

    def turn(self) -> int:
        """Call what was planned before this turn; how many callbacks that was."""
        due = [self.soon.popleft() for _ in range(len(self.soon))]
        for callback, args, _context in due:
            callback(*args)
        return len(due)

    def live_timers(self) -> list[float]:
        """Return when the timers are due that still run."""
        self.timers = [timer for timer in self.timers if not timer.is_cancelled]
        return sorted(timer.when() for timer in self.timers)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and the timers fire that are due."""
        end = self.now + seconds
        while (times := self.live_timers()) and times[0] <= end:
            timer = min(self.timers, key=FakeTimer.when)
            self.timers.remove(timer)
            self.now = max(self.now, timer.when())
            timer.callback()
        self.now = end


class FakeTransport(asyncio.Transport):
    """A transport whose client takes `capacity` bytes."""

    def __init__(self, capacity: int = 1 << 60, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(extra)
        self.capacity = capacity
        self.writes: list[bytes] = []
        self.log: list[str] = []
        self.waiting = 0
        self.high = 0
        self.protocol: asyncio.BaseProtocol | None = None
        self.is_paused = False
        self.reads = True
        self.is_closed = False
        self.has_eof = False

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)

    def write(self, data: Any) -> None:
        assert data, "an empty write"
        assert not self.has_eof, "written after EOF"
        assert not self.is_closed, "written after the end"
        self.writes.append(bytes(data))
        room = min(self.capacity, len(data))
        self.capacity -= room
        self.waiting += len(data) - room
        self._look()

    def take(self, size: int) -> None:
        """Let the client take some of what waits."""
        self.waiting -= min(size, self.waiting)
        self._look()

    def _look(self) -> None:
        assert isinstance(self.protocol, asyncio.Protocol)
        if self.waiting > self.high and not self.is_paused:
            self.is_paused = True
            self.protocol.pause_writing()
        elif self.waiting <= self.high // 4 and self.is_paused:
            self.is_paused = False
            self.protocol.resume_writing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high is not None
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def pause_reading(self) -> None:
        assert self.reads
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def write_eof(self) -> None:
        self.has_eof = True

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.log.append("close")
        self.is_closed = True

    def abort(self) -> None:
        self.log.append("abort")
        self.is_closed = True


class FakeRequest:
    """What the adapters make of a request head."""

    def __init__(self, action: Callable[[], object] = int, *, waits: bool = False) -> None:
        self.action = action
        self.waits = waits
        self.is_reset = False
        self.is_done = False
        self.is_started = False
        self.is_disconnected = False

    def start(self) -> None:
        assert not self.is_started
        self.is_started = True
        self.action()
        self.is_done = not self.waits

    def disconnect(self) -> None:
        self.is_disconnected = True

    def on_half_close(self) -> None:
        self.disconnect()


class FakePeers:
    client_name = "192.0.2.1:5"


class FakeRequests:
    """What the adapters keep for a connection."""

    def __init__(self, *, is_serial: bool = False) -> None:
        self.opened: deque[FakeRequest] = deque()
        self.running: set[FakeRequest] = set()
        self.is_serial = is_serial
        self.peers = FakePeers()

    def open_stream(self, sink: object, head: object) -> FakeRequest:
        request = FakeRequest()
        self.opened.append(request)
        return request

    def half_close(self, request: FakeRequest) -> None:
        request.on_half_close()


class FakeEngine:
    """An engine that does what a test tells it: `on_data` is called with what arrives."""

    def __init__(self) -> None:
        self.on_data: Callable[[bytes], object] = lambda data: None
        self.output = bytearray()
        self.piece = 1 << 60
        self.received: list[bytes] = []
        self.calls: list[str] = []
        self.times: list[float] = []
        self.deadline: float | None = None
        self.is_pending = False
        self.is_changed = True
        self.is_closed = False
        self.is_idle = True
        self.is_paused = False

    @property
    def has_pending(self) -> bool:
        return self.is_pending and not self.is_paused

    def receive_data(self, data: bytes, now: float) -> bool:
        self.received.append(data)
        self.on_data(data)
        return self.is_changed

    def data_to_send(self) -> bytes:
        data = bytes(self.output[: self.piece])
        del self.output[: self.piece]
        return data

    def next_deadline(self) -> float | None:
        return self.deadline

    def on_timer(self, now: float) -> None:
        self.times.append(now)
        self.on_data(b"timer")

    def start_drain(self, now: float) -> None:
        self.calls.append("start_drain")

    def connection_lost(self) -> None:
        self.calls.append("connection_lost")

    def pause_output(self) -> None:
        self.is_paused = True

    def resume_output(self) -> None:
        self.is_paused = False
        self.calls.append("resume_output")


class Bench:
    """A `ConnectionProtocol` among fakes.

    Args:
        is_serial: whether the connection is one of HTTP/1.
        capacity: bytes that the client takes.
        make_engine: makes an engine to stand in for the fake one.
        first: the bytes that it starts with.
        lifetime: when it is to move.
    """

    def __init__(
        self,
        *,
        is_serial: bool = False,
        capacity: int = 1 << 60,
        make_engine: EngineMaker | None = None,
        first: bytes = b"first",
        lifetime: Lifetime = NO_END,
    ) -> None:
        self.loop = FakeLoop()
        self.connections = Connections()
        self.transport = FakeTransport(capacity)
        self.engine = FakeEngine()
        self.requests = FakeRequests(is_serial=is_serial)
        shell = Shell(
            self.loop.itself,
            self.connections,
            contextvars.copy_context(),
            logging.getLogger("h2corn"),
            lifetime=lifetime,
        )
        self.protocol = ConnectionProtocol(
            shell,
            self.transport,
            self.requests,  # type: ignore[arg-type]
            make_engine or (lambda _handler: self.engine),
        )
        self.transport.set_protocol(self.protocol)
        self.protocol.start(first)

    def fail(self, data: bytes) -> None:
        """Be the engine that finds a fault in what arrives."""
        self.engine.output += b"GOAWAY"
        raise RemoteProtocolError("frame of the wrong size", ErrorCodes.FRAME_SIZE_ERROR)
