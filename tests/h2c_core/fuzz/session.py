"""Owns one fuzzed life of a connection, and what must hold at every step of it.

Does not choose what the client says; `clients` does. The books of `Books` are kept throughout: no
frame of the server above a window or a frame size, nothing after the end of a stream.
"""

from contextlib import suppress
from typing import Final

from h2c_core import Connection, Limits, LocalProtocolError, RemoteProtocolError
from h2c_core._states import CLOSED
from tests.h2c_core import wire
from tests.h2c_core.books import Books
from tests.h2c_core.fuzz.clients import SIZES, Client
from tests.h2c_core.fuzz.taker import Taker
from tests.h2c_core.recorder import Recorder, Request, Watch, check_quiet
from tests.h2c_core.wire import Frame, FrameReader, Kind

SMALL: Final = Limits(
    max_concurrent_streams=3,
    max_header_list_size=2000,
    max_header_fields=12,
    max_header_block_size=3000,
    max_continuation_frames=3,
    max_inbound_frame_size=16384,
    initial_stream_window=1000,
    initial_connection_window=65535,
    max_buffered_body=2000,
    header_table_size=200,
    max_queued_control=400,
    max_queued_heads=600,
    max_held_headers=3000,
    max_discarded_body=500,
    max_peer_resets=5,
    max_provoked_resets=5,
    max_pings=5,
    max_settings=8,
    max_priority_frames=8,
    max_window_updates=10,
    max_empty_data=4,
    max_stray_frames=6,
)
LIMITS: Final = [Limits(), SMALL, Limits(enable_connect_protocol=True)]
UPGRADE_SETTINGS: Final = [b"", b"AAMAAABkAAQAAP__", b"AAQAAAAA", b"AAX", b"AAQAAAAA!", b"AAT_____"]
STEPS: Final = [0, 1, 3, 9, 100, 5000]
PAUSES: Final = [0.001, 0.5, 2.0, 6.0, 20.0, 200.0]
STATUSES: Final = [200, 200, 200, 404, 204, 304, 100, 1000]
INTERIMS: Final = [103, 100, 101, 200]
FIELDS: Final = [(b"x-name", b"value"), (b"set-cookie", b"a=b"), (b"te", b"x"), (b"X", b"y\n")]
OUTPUT_ROOM: Final = 65536 + 2 * 16384
"""What may wait beside heads and control frames: a write's worth, and the frames that end it."""
MISUSE: Final = (LocalProtocolError, ValueError)


class Session:
    """A connection, its client, its applications and its transport, all as the fuzzer wants.

    Attributes:
        said: the kinds of frames that the client has said.
        heard: the frames of the server.
        error_code: that of the error that ended the connection, if one did.
    """

    def __init__(self, data: bytes) -> None:
        self.said: list[int] = []
        self.heard: list[Frame] = []
        self.error_code: int | None = None
        self._take = take = Taker(data)
        self._client = Client(take)
        self._limits = take.pick(LIMITS)
        self._watch = Watch()
        self._shell = Recorder(self._watch)
        self._books = Books()
        self._reader = FrameReader()
        self._mirror = FrameReader(wire.PREFACE)
        self._now = 1000.0
        self._step = 0
        self._connection = Connection(self._shell, self._limits)
        if take.flag():
            self._shell.write_now = self._write
            self._shell.write_frame = self._hear_at_once
        start = take.below(32)
        if start == 30:
            self._upgrade()
        if start < 31:
            self._receive(wire.PREFACE + wire.settings())

    @property
    def requests(self) -> list[Request]:
        """Those that have reached the handler."""
        return self._shell.requests

    def run(self) -> None:
        """Live until the fuzzer's bytes are used up, and then lose the transport."""
        while not self._take.is_empty:
            what = self._take.below(32)
            if what < 16:
                self._receive(self._client.speak())
            elif what < 26:
                self._apply(what - 16)
            else:
                self._move(what - 26)
            self._check()
        with self._watch.during("connection_lost"):
            self._connection.connection_lost()
        for request in self._shell.requests:
            assert request.stream.state == CLOSED, "a stream outlives its connection"
        self._check()

    # The wire

    def _receive(self, data: bytes) -> None:
        if self.error_code is None:
            for frame in self._mirror.feed(data):
                self.said.append(frame.kind)
                self._books.client_sent(frame)
        step = max(self._step, len(data) // 500) if self._step else max(len(data), 1)
        for at in range(0, max(len(data), 1), step):
            opened = len(self._shell.requests)
            was_closed = self._connection.is_closed
            try:
                before = self._connection.next_deadline()
                with self._watch.during("receive_data"):
                    is_changed = self._connection.receive_data(data[at : at + step], self._now)
                if not is_changed:
                    check_quiet(self._connection, before)
            except RemoteProtocolError as error:
                assert not was_closed, "an error after the end"
                self._expect_end(error)
            assert not was_closed or len(self._shell.requests) == opened, "a request after the end"

    def _upgrade(self) -> None:
        """Begin with a request that came over HTTP/1."""
        settings = self._take.pick(UPGRADE_SETTINGS)
        self._books.open(1)
        with self._watch.during("receive_data"), suppress(RemoteProtocolError):
            self._connection.upgrade(b"GET", b"/", b"http", [(b"host", b"x")], settings)

    def _expect_end(self, error: RemoteProtocolError) -> None:
        assert self._connection.is_closed
        self.error_code = error.error_code
        self._write()
        last = self.heard[-1]
        assert last.kind == Kind.GOAWAY, "no GOAWAY after an error"
        assert last.error_code == error.error_code
        for request in self._shell.requests:
            assert request.stream.state == CLOSED, "a stream outlives its connection"
        self._write()
        assert self.heard[-1] is last, "a frame after the GOAWAY of an error"

    def _write(self) -> None:
        """Take all that is to be sent, as a transport does that has room."""
        with self._watch.during("data_to_send"):
            data = self._connection.data_to_send()
        self._hear(data)
        assert len(data) <= self._output_bound(), f"{len(data)} bytes waited"

    def _hear_at_once(self, data: bytes) -> None:
        """Take a frame that goes past what waits, of which there must be nothing."""
        assert self._connection.data_to_send() == b"", "it overtakes what waits"
        self._hear(data)

    def _hear(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            self._books.server_sent(frame)
            self.heard.append(frame)
        assert self._reader.is_empty, "a part of a frame"

    def _output_bound(self) -> int:
        limits = self._limits
        return OUTPUT_ROOM + 4 * (limits.max_queued_control + limits.max_queued_heads) + 100_000

    # The applications

    def _apply(self, what: int) -> None:
        requests = self._shell.requests
        if not requests:
            return
        request = requests[-1 - self._take.below(min(len(requests), 8))]
        try:
            self._use(request, what)
        except MISUSE:
            return

    def _use(self, request: Request, what: int) -> None:
        take = self._take
        fields = [take.pick(FIELDS)] if take.flag() else []
        match what:
            case 0 | 1:
                request.start(take.pick(STATUSES), fields, end=take.below(4) == 3)
            case 2 | 3 | 4:
                if take.below(4):
                    with suppress(*MISUSE):
                        request.start(200, fields)
                request.data(b"y" * take.pick(SIZES), end=take.below(4) == 3)
            case 5:
                request.send_trailers(fields)
            case 6:
                request.informational(take.pick(INTERIMS), fields)
            case 7:
                held = len(request.body) - request.taken
                request.credit(held // (1 + take.below(3)))
            case 8:
                request.finish()
            case _:
                request.abort()

    # The transport and time

    def _move(self, what: int) -> None:
        connection = self._connection
        match what:
            case 0:
                with self._watch.during("pause_output"):
                    connection.pause_output()
            case 1:
                with self._watch.during("resume_output"):
                    connection.resume_output()
            case 2:
                self._pass(self._take.pick(PAUSES))
            case 3:
                with self._watch.during("start_drain"):
                    connection.start_drain(self._now)
            case 4:
                self._step = self._take.pick(STEPS)
            case _:
                self._write()

    def _pass(self, seconds: float) -> None:
        """Let time pass, and call the timer when it is due."""
        stop = self._now + seconds
        for _ in range(1000):
            deadline = self._connection.next_deadline()
            if deadline is None or deadline > stop or self._connection.is_closed:
                self._now = stop
                return
            self._now = max(self._now, deadline)
            try:
                with self._watch.during("on_timer"):
                    self._connection.on_timer(self._now)
            except RemoteProtocolError as error:
                self._expect_end(error)
            again = self._connection.next_deadline()
            assert again is None or again > self._now, "a deadline that on_timer did not serve"
        raise AssertionError("the engine asks for its timer without end")

    # What holds

    def _check(self) -> None:
        self._watch.check()
        limits = self._limits
        live = [it for it in self._shell.requests if it.stream.state != CLOSED]
        assert len(live) <= limits.max_concurrent_streams, "more streams than allowed"
        window = max(limits.initial_stream_window, wire.DEFAULT_WINDOW)
        held = [len(request.body) - request.taken for request in live]
        assert all(size <= window for size in held), "more of a body than its window"
        most = limits.max_buffered_body + limits.initial_connection_window
        assert sum(held) <= most, "more of all bodies than the connection may hold"


def run(data: bytes) -> None:
    """Live the life that `data` describes.

    Raises:
        AssertionError: the engine did what it must not; any other exception is its fault as well.
    """
    Session(data).run()
