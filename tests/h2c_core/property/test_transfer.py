"""Owns the property that bodies arrive whole, whatever windows, pauses, resets and writes do.

Does not send wrong frames: `Peer` checks at every step that no window, frame size or order is
broken, and the end of each run checks that nothing is stuck, lost or leaked.
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.property.strategies import STEPS
from tests.h2c_core.recorder import Request
from tests.h2c_core.wire import GET, POST, Kind

WHICH = st.integers(0, 9)
SIZES = st.one_of(st.integers(1, 100), st.integers(1, 100000))
LIMITS = st.builds(
    Limits,
    max_concurrent_streams=st.integers(1, 5),
    initial_stream_window=st.sampled_from([1, 100, 40000, 100000]),
    initial_connection_window=st.sampled_from([65535, 100000]),
    max_buffered_body=st.sampled_from([1, 50000, 2**26]),
    # Fifty steps may be as many SETTINGS and their acknowledgements.
    max_settings=st.just(1000),
)


class Transfer(RuleBasedStateMachine):
    """Downloads and uploads over one connection."""

    @initialize(
        limits=LIMITS,
        window=st.sampled_from([0, 1, 1000, 65535, 10**6]),
        writes_at_once=st.booleans(),
        acknowledge=st.booleans(),
    )
    def begin(self, limits: Limits, window: int, writes_at_once: bool, acknowledge: bool) -> None:
        self.limits = limits
        settings = [(wire.INITIAL_WINDOW_SIZE, window)]
        self.peer = Peer(limits, settings=settings, acknowledge=acknowledge)
        if writes_at_once:
            self.peer.shell.write_now = self.peer.flush
        self.next_id = 1
        self.uploaded: dict[int, bytearray] = {}
        self.ended: set[int] = set()
        self.started: set[int] = set()
        self.gone: set[int] = set()
        self.dropped: set[int] = set()

    def served(self) -> list[Request]:
        return [it for it in self.peer.requests if it.stream_id not in self.gone]

    def pick(self, which: int, *, started: bool) -> Request | None:
        """A request whose response is to be started, or can be sent."""
        found = [
            it
            for it in self.served()
            if (it.stream_id in self.started) == started
            and not it.is_waiting
            and not self.peer.answer(it.stream_id).is_ended
            and it.stream_id not in self.ended
        ]
        return found[which % len(found)] if found else None

    def uploads(self) -> list[int]:
        return [
            it
            for it in self.uploaded
            if it not in self.gone and self.peer.find(it).trailers is None
        ]

    @rule(upload=st.booleans())
    def open(self, upload: bool) -> None:
        count = len(self.peer.requests)
        fields = POST if upload else GET
        self.peer.send(wire.headers(self.next_id, fields, end=not upload))
        if len(self.peer.requests) > count and upload:
            self.uploaded[self.next_id] = bytearray()
        self.next_id += 2

    @rule(which=WHICH)
    def start(self, which: int) -> None:
        if (request := self.pick(which, started=False)) is not None:
            request.start(200)
            self.started.add(request.stream_id)

    @rule(which=WHICH, size=SIZES, end=st.booleans())
    def send(self, which: int, size: int, end: bool) -> None:
        if (request := self.pick(which, started=True)) is not None:
            seed = len(request.sent) % 251
            request.data(
                bytes((seed + index) % 256 for index in range(100)) * (size // 100 + 1), end=end
            )
            if end:
                self.ended.add(request.stream_id)

    @rule(which=WHICH, trailers=st.booleans())
    def end(self, which: int, trailers: bool) -> None:
        if (request := self.pick(which, started=True)) is not None:
            if trailers:
                request.send_trailers([(b"x-sum", b"1")])
            else:
                request.data(b"", end=True)
            self.ended.add(request.stream_id)

    @rule(which=WHICH)
    def abort(self, which: int) -> None:
        requests = self.served()
        if requests:
            request = requests[which % len(requests)]
            request.abort()
            self.gone.add(request.stream_id)

    @rule(which=WHICH)
    def finish(self, which: int) -> None:
        """Allowed once the response is complete, or waits with its last chunk."""
        requests = [it for it in self.served() if it.stream_id in self.ended]
        if requests:
            request = requests[which % len(requests)]
            request.finish()
            if request.stream_id in self.uploaded and request.trailers is None:
                self.gone.add(request.stream_id)
                self.dropped.add(request.stream_id)

    @rule(which=WHICH)
    def reset(self, which: int) -> None:
        requests = [it for it in self.served() if not self.is_over(it)]
        if requests:
            request = requests[which % len(requests)]
            self.peer.send(wire.rst_stream(request.stream_id))
            self.gone.add(request.stream_id)

    def is_over(self, request: Request) -> bool:
        answer = self.peer.answer(request.stream_id)
        return answer.reset_code is not None or (answer.is_ended and request.is_complete)

    @rule(which=WHICH, size=SIZES)
    def widen_stream(self, which: int, size: int) -> None:
        requests = self.served()
        if requests:
            self.peer.send(wire.window_update(requests[which % len(requests)].stream_id, size))

    @rule(size=SIZES)
    def widen_connection(self, size: int) -> None:
        self.peer.send(wire.window_update(0, size))

    @rule(window=st.integers(0, 100000), size=st.sampled_from([16384, 20000]))
    def settings(self, window: int, size: int) -> None:
        values = [(wire.INITIAL_WINDOW_SIZE, window), (wire.MAX_FRAME_SIZE, size)]
        self.peer.send(wire.settings(*values), wire.settings_ack())

    @rule(which=WHICH, size=SIZES, padding=st.sampled_from([None, None, 0, 200]))
    def upload(self, which: int, size: int, padding: int | None) -> None:
        ids = self.uploads()
        if not ids:
            return
        stream_id = ids[which % len(ids)]
        overhead = 0 if padding is None else padding + 1
        # A client counts the window that it was told of; before its acknowledgement that is more.
        room = min(self.peer.books.credit[stream_id], self.peer.books.credit[0], 16384) - overhead
        size = min(size, room)
        if size >= 0:
            chunk = bytes(index % 256 for index in range(size))
            self.peer.send(wire.data(stream_id, chunk, padding=padding))
            self.uploaded[stream_id] += chunk

    @rule(which=WHICH)
    def end_upload(self, which: int) -> None:
        if ids := self.uploads():
            self.peer.send(wire.data(ids[which % len(ids)], b"", end=True))

    @rule(which=WHICH, part=st.integers(1, 4))
    def take(self, which: int, part: int) -> None:
        requests = self.served()
        if requests:
            request = requests[which % len(requests)]
            request.credit((len(request.body) - request.taken) // part)

    @rule()
    def pause(self) -> None:
        self.peer.pause()

    @rule()
    def resume(self) -> None:
        self.peer.resume()

    @rule()
    def write(self) -> None:
        self.peer.flush()

    @invariant()
    def the_contract_with_the_shell_is_kept(self) -> None:
        if hasattr(self, "peer"):
            self.peer.watch.check()

    def teardown(self) -> None:
        if not hasattr(self, "peer"):
            return
        self.peer.resume()
        self.drain()
        self.peer.send(
            wire.window_update(0, 2**29), wire.settings((wire.INITIAL_WINDOW_SIZE, 2**29))
        )
        self.drain()
        for request in self.served():
            if request.stream_id not in self.started:
                request.start(200)
            assert not request.is_waiting, "on_writable never came"
            if request.stream_id not in self.ended:
                request.data(b"", end=True)
        self.drain()
        for request in self.served():
            answer = self.peer.answer(request.stream_id)
            assert answer.is_ended
            assert answer.body == request.sent
            if request.stream_id in self.uploaded:
                assert request.body == self.uploaded[request.stream_id]
                request.credit()
                if request.trailers is None:
                    self.peer.send(wire.data(request.stream_id, b"", end=True))
                    assert request.trailers == []
        # What nobody reads is dropped until the client ends it.
        self.peer.send(*[wire.data(it, b"dropped", end=True) for it in sorted(self.dropped)])
        self.drain()
        assert self.peer.connection.is_idle
        assert self.peer.books.credit[0] > self.limits.initial_connection_window // 2
        assert not any(it.kind == Kind.GOAWAY for it in self.peer.frames)
        self.peer.assert_alive()

    def drain(self) -> None:
        while self.peer.flush():
            pass


TestTransfer = Transfer.TestCase
TestTransfer.settings = STEPS
