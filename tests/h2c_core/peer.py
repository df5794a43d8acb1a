"""Owns the client's side of a test: a peer that speaks frames, and a pair with the client of `h2`.

`Peer` gives frames to the engine and its answers to the books, which fail on what is never right.
Does not decide what the engine should have answered; each test does.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import Event

from h2c_core import Connection, Limits, RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.books import Books, ServedStream
from tests.h2c_core.recorder import Recorder, Request, Watch, check_quiet
from tests.h2c_core.wire import Frame, FrameReader, Kind

UNTIMED: Final = Limits(
    timeout_preface=0,
    timeout_header_block=0,
    timeout_idle=0,
    timeout_body=0,
    timeout_response_stall=0,
    timeout_write=0,
    timeout_discard=0,
    ping_interval=0,
)
"""For tests whose subject asks for a timer of its own."""

UNMETERED: Final = replace(
    Limits(),
    max_peer_resets=10**6,
    max_provoked_resets=10**6,
    max_pings=10**6,
    max_settings=10**6,
    max_priority_frames=10**6,
    max_window_updates=10**6,
    max_empty_data=10**6,
    max_stray_frames=10**6,
)
"""For tests of what bounds a peer beside its budgets."""

START_OF_TIME = 1000.0
LARGEST_NUMBER_OF_READS = 2000


class Peer:
    """A client of one engine connection; each `receive_data` is given `step` bytes, 0 for all."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        step: int = 0,
        settings: Iterable[tuple[int, int]] = (),
        greet: bool = True,
        acknowledge: bool = True,
    ) -> None:
        self.now = START_OF_TIME
        self.watch = Watch()
        self.shell = Recorder(self.watch)
        self.connection = Connection(self.shell, limits or Limits())
        self.books = Books()
        self.frames: list[Frame] = []
        self.is_dead = False
        self._step = step
        self._reader = FrameReader()
        self._mirror = FrameReader(wire.PREFACE)
        if greet:
            self.send(wire.PREFACE, wire.settings(*settings))
            if acknowledge:
                self.send(wire.settings_ack())

    @property
    def requests(self) -> list[Request]:
        return self.shell.requests

    @property
    def request(self) -> Request:
        """The newest request that reached the handler."""
        return self.shell.requests[-1]

    def find(self, stream_id: int) -> Request:
        return next(it for it in self.shell.requests if it.stream_id == stream_id)

    def answer(self, stream_id: int) -> ServedStream:
        """What the server has sent on a stream."""
        return self.books.of(stream_id)

    def send(self, *parts: bytes) -> list[Frame]:
        """Give frames to the engine; return what it had to send and what it answers, in frames."""
        frames = self.flush()
        whole = b"".join(parts)
        for frame in self._mirror.feed(whole):
            self.books.client_sent(frame)
        # A megabyte byte by byte would take a minute and show nothing more.
        step = max(self._step, len(whole) // LARGEST_NUMBER_OF_READS) if self._step else len(whole)
        with self.watch.during("receive_data"):
            for at in range(0, len(whole), max(step, 1)):
                before = self.connection.next_deadline()
                if not self.connection.receive_data(whole[at : at + step], self.now):
                    check_quiet(self.connection, before)
        return frames + self.flush()

    def flush(self) -> list[Frame]:
        """Take what the engine has to send."""
        with self.watch.during("data_to_send"):
            data = self.connection.data_to_send()
        frames = self._reader.feed(data)
        for frame in frames:
            assert not self.is_dead, "a frame after the GOAWAY of a connection error"
            self.books.server_sent(frame)
        self.frames += frames
        assert self._reader.is_empty, "a part of a frame"
        self.watch.check()
        return frames

    def advance(self, seconds: float) -> list[Frame]:
        """Let time pass, calling on_timer when the engine asked for it."""
        stop = self.now + seconds
        for _ in range(1000):
            deadline = self.connection.next_deadline()
            if deadline is None or deadline > stop:
                break
            self.now = max(self.now, deadline)
            with self.watch.during("on_timer"):
                self.connection.on_timer(self.now)
            again = self.connection.next_deadline()
            assert again is None or again > self.now, "a deadline that on_timer did not serve"
        else:
            pytest.fail("the engine asks for its timer without end")
        self.now = stop
        return self.flush()

    def fire(self, now: float) -> list[Frame]:
        """Call on_timer at a time of the test's choice, early or late."""
        self.now = now
        with self.watch.during("on_timer"):
            self.connection.on_timer(now)
        return self.flush()

    def start_drain(self) -> list[Frame]:
        with self.watch.during("start_drain"):
            self.connection.start_drain(self.now)
        return self.flush()

    def pause(self) -> None:
        with self.watch.during("pause_output"):
            self.connection.pause_output()

    def resume(self) -> list[Frame]:
        with self.watch.during("resume_output"):
            self.connection.resume_output()
        return self.flush()

    def lose(self) -> None:
        """The transport is gone."""
        with self.watch.during("connection_lost"):
            self.connection.connection_lost()
        self.watch.check()

    def expect_connection_error(self, code: ErrorCodes, *parts: bytes) -> Frame:
        """The frames end the connection with `code`; return the GOAWAY frame."""
        with pytest.raises(RemoteProtocolError) as caught:
            self.send(*parts)
        assert caught.value.error_code == code, caught.value
        frames = self.flush()
        assert frames, "no GOAWAY"
        last = frames[-1]
        assert last.kind == Kind.GOAWAY
        assert last.error_code == code
        opened = [request.stream_id for request in self.requests]
        assert last.number >= max(opened, default=0), "GOAWAY below a stream that was served"
        assert last.number <= max((it for it in self.books.credit), default=0)
        assert self.connection.is_closed
        self.is_dead = True
        for request in self.requests:
            over = self.answer(request.stream_id)
            finished = over.is_ended and request.is_complete
            assert finished or over.reset_code is not None or request.reset_code is not None, (
                "an open stream did not hear of the end"
            )
        count = len(self.requests)
        assert self.flush() == []
        assert len(self.requests) == count
        return last

    def expect_stream_error(self, stream_id: int, code: ErrorCodes, *parts: bytes) -> list[Frame]:
        """The frames end one stream with `code`, and the connection lives."""
        frames = self.send(*parts)
        assert self.resets(frames) == [(stream_id, code)]
        for request in self.requests:
            if request.stream_id == stream_id:
                assert request.reset_code is not None, "the handler did not hear of the reset"
        self.assert_alive()
        return frames

    def assert_alive(self) -> None:
        frames = self.send(wire.ping(b"is alive"))
        assert [it.payload for it in frames if it.kind == Kind.PING and it.is_ack] == [b"is alive"]
        assert not any(it.kind == Kind.GOAWAY for it in frames)
        assert not self.connection.is_closed

    @staticmethod
    def credit_in(frames: list[Frame]) -> int:
        """How much the connection's window grows by frames that say nothing else."""
        assert {(it.kind, it.stream_id) for it in frames} <= {(Kind.WINDOW_UPDATE, 0)}
        return sum(it.number for it in frames)

    @staticmethod
    def resets(frames: Iterable[Frame]) -> list[tuple[int, int]]:
        """The streams and codes of the RST_STREAM frames."""
        return [(it.stream_id, it.error_code) for it in frames if it.kind == Kind.RST_STREAM]

    @staticmethod
    def of_kind(frames: Iterable[Frame], *kinds: Kind) -> list[Frame]:
        return [it for it in frames if it.kind in kinds]


class Pair:
    """The client of `h2` and an engine connection, joined in memory."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.peer = Peer(limits, greet=False)
        self.client = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self.client.initiate_connection()

    def pump(self) -> list[Event]:
        """Carry bytes both ways until both are silent; return what the client saw."""
        events: list[Event] = []
        while True:
            upstream = self.client.data_to_send()
            count = len(self.peer.frames)
            self.peer.send(upstream)
            frames = self.peer.frames[count:]
            if not upstream and not frames:
                return events
            for it in frames:
                events += self.client.receive_data(
                    wire.frame(it.kind, it.flags, it.stream_id, it.payload)
                )
