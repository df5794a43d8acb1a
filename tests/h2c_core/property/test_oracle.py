"""Owns the comparison with h2: the same frames of a client, and what each of the two decides.

Where they differ, RFC 9113 must be on our side: `JUSTIFIED` holds every such case with its section,
and a difference that no entry covers fails. A difference leaves the two in other states, so that
both start anew after it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from h2.errors import ErrorCodes
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.h2c_core import wire
from tests.h2c_core.property.oracle import Ours, Theirs, Verdict
from tests.h2c_core.property.strategies import (
    ANY_STREAM,
    BAD_FIELDS,
    CHUNKS,
    FEW_STREAMS,
    INCREMENTS,
    PADDINGS,
    PRIORITIES,
    SETTINGS,
    STEPS,
    good_fields,
)
from tests.h2c_core.wire import Fields, FrameReader, Kind, Priority

PROTOCOL_ERROR = int(ErrorCodes.PROTOCOL_ERROR)
STREAM_CLOSED = int(ErrorCodes.STREAM_CLOSED)
FRAME_SIZE_ERROR = int(ErrorCodes.FRAME_SIZE_ERROR)
COMPRESSION_ERROR = int(ErrorCodes.COMPRESSION_ERROR)


WHICH = st.integers(0, 9)
LIVE = ("open", "half closed local", "half closed remote")
SIZES: dict[int, int] = {Kind.PRIORITY: 5, Kind.RST_STREAM: 4, Kind.PING: 8, Kind.WINDOW_UPDATE: 4}


@dataclass
class Case:
    """One frame, the state of its stream before it, and the two verdicts on it."""

    kind: int
    flags: int
    stream_id: int
    payload: bytes
    state: str
    ours: Verdict
    theirs: Verdict

    def resets(self, code: int) -> bool:
        """Ours is a stream error, theirs ends the connection, both with the same code."""
        return self.ours.resets == [(self.stream_id, code)] and self.theirs.error == code

    @property
    def we_ignore(self) -> bool:
        return self.ours == Verdict()


JUSTIFIED: dict[str, Callable[[Case], bool]] = {
    # 8.1.1: malformed requests are stream errors of type PROTOCOL_ERROR; h2 ends the connection.
    "malformed fields": lambda case: (
        case.kind in {Kind.HEADERS, Kind.DATA} and case.resets(PROTOCOL_ERROR)
    ),
    # 8.1.1: so is a body that ends before its content-length; h2 looks at DATA frames only.
    "announced body that does not come": lambda case: (
        case.kind == Kind.HEADERS
        and case.ours.resets == [(case.stream_id, PROTOCOL_ERROR)]
        and (len(case.theirs.requests) == 1 or len(case.theirs.ends) == 1)
    ),
    # 8.3.1: neither :authority nor host is allowed, and proxies send it.
    "no authority": lambda case: (
        case.kind == Kind.HEADERS
        and case.theirs.error == PROTOCOL_ERROR
        and len(case.ours.requests) == 1
        and b"host" not in dict(case.ours.requests[0][1][4])  # type: ignore[index]
        and not case.ours.requests[0][1][3]  # type: ignore[index]
    ),
    # 4.3: COMPRESSION_ERROR names what is wrong; h2 says PROTOCOL_ERROR.
    "undecodable": lambda case: (
        case.kind in {Kind.HEADERS, Kind.CONTINUATION}
        and case.ours.error == COMPRESSION_ERROR
        and case.theirs.error == PROTOCOL_ERROR
    ),
    # 6.9: an increment of 0 on a stream is a stream error; h2 ends the connection.
    "zero increment": lambda case: case.kind == Kind.WINDOW_UPDATE and case.resets(PROTOCOL_ERROR),
    # 6.9: … and on a closed stream, nothing.
    "zero increment of a closed stream": lambda case: (
        case.kind == Kind.WINDOW_UPDATE
        and case.state not in {"open", "idle"}
        and case.we_ignore
        and case.theirs.error == PROTOCOL_ERROR
    ),
    # 6.3 and RFC 7540 5.3.1: PRIORITY of a wrong size or on itself is a stream error.
    "wrong priority": lambda case: (
        case.kind == Kind.PRIORITY
        and (case.resets(PROTOCOL_ERROR) or case.resets(FRAME_SIZE_ERROR) or case.we_ignore)
    ),
    # 6.4: RST_STREAM on an idle stream is a connection error; h2 ignores it.
    "reset of an idle stream": lambda case: (
        case.kind == Kind.RST_STREAM and case.state == "idle" and case.ours.error == PROTOCOL_ERROR
    ),
    # 5.1: what was in flight when we sent RST_STREAM is ignored; h2 answers with another one.
    "in flight": lambda case: (
        case.state == "reset by us"
        and case.we_ignore
        and case.theirs.resets == [(case.stream_id, STREAM_CLOSED)]
    ),
    # 5.1, closed: frames after an end or a reset of the peer may end the connection.
    "closed": lambda case: (
        case.state in {"ended", "reset by peer", "skipped"}
        and case.ours.error == STREAM_CLOSED
        and case.theirs.resets == [(case.stream_id, STREAM_CLOSED)]
    ),
    # 5.1.1: an id that the client skipped is closed: DATA on it is STREAM_CLOSED.
    "skipped": lambda case: (
        case.state == "skipped"
        and case.ours.error in {STREAM_CLOSED, PROTOCOL_ERROR}
        and case.theirs.error in {STREAM_CLOSED, PROTOCOL_ERROR}
    ),
    # 5.1: a stream of ours that is idle is no closed one.
    "even": lambda case: case.stream_id % 2 == 0 and case.ours.error == PROTOCOL_ERROR,
    # 6.9: the reserved bit of an increment is ignored; hyperframe counts it.
    "reserved bit": lambda case: (
        case.kind == Kind.WINDOW_UPDATE
        and case.payload[:1] > b"\x7f"
        and case.theirs.error == PROTOCOL_ERROR
    ),
    # 6.2: padding may leave an empty fragment; hyperframe compares it with one byte too few.
    "empty fragment": lambda case: (
        case.kind == Kind.HEADERS
        and bool(case.flags & wire.PADDED)
        and case.payload[0] + 1 + 5 * bool(case.flags & wire.PRIORITY) == len(case.payload)
        and case.theirs.error == PROTOCOL_ERROR
    ),
    # 6.5: an acknowledgement with a payload is a FRAME_SIZE_ERROR; h2 says PROTOCOL_ERROR.
    "acknowledgement with a payload": lambda case: (
        case.kind == Kind.SETTINGS
        and case.ours.error == FRAME_SIZE_ERROR
        and case.theirs.error == PROTOCOL_ERROR
    ),
    # 6.9.2 speaks of active streams; h2 lifts the windows of closed ones as well.
    "window of a closed stream": lambda case: (
        case.kind == Kind.SETTINGS
        and case.ours.settings_acks == 1
        and case.theirs.error == ErrorCodes.FLOW_CONTROL_ERROR
    ),
    # 6.6 and 8.4: a client cannot push; h2 looks at size and END_HEADERS first.
    "push": lambda case: case.kind == Kind.PUSH_PROMISE and case.ours.error == PROTOCOL_ERROR,
    # 6.10: CONTINUATION without HEADERS is a PROTOCOL_ERROR, whatever the stream.
    "stray continuation": lambda case: (
        case.kind == Kind.CONTINUATION and case.ours.error == PROTOCOL_ERROR
    ),
    # Two faults in one frame, its stream and its size: either is its name.
    "stream and size": lambda case: (
        case.state in {"connection", "idle", "skipped"}
        and {case.ours.error, case.theirs.error} == {PROTOCOL_ERROR, FRAME_SIZE_ERROR}
        and len(case.payload) != SIZES.get(case.kind, len(case.payload))
    ),
    # RFC 9218 section 2.1: NO_RFC7540_PRIORITIES is 0 or 1; h2 does not know it.
    "priorities setting": lambda case: (
        case.kind == Kind.SETTINGS
        and case.ours.error == PROTOCOL_ERROR
        and case.theirs.settings_acks == 1
    ),
}


class Comparison(RuleBasedStateMachine):
    """A client that talks to both servers, whose applications do the same."""

    @initialize()
    def begin(self) -> None:
        self.ours = Ours()
        self.theirs = Theirs()
        self.states: dict[int, str] = {}
        self.highest = 0
        self.waiting: set[int] = set()
        self.started: set[int] = set()
        # The connection's window never decides which stream goes first.
        self.give(wire.window_update(0, 2**30))

    def state(self, stream_id: int) -> str:
        if stream_id in self.states:
            return self.states[stream_id]
        if stream_id == 0:
            return "connection"
        return "skipped" if stream_id % 2 and stream_id < self.highest else "idle"

    def give(self, data: bytes) -> None:
        """Give one frame, or one field block, to both."""
        kind, flags, stream_id, payload = FrameReader().feed(data)[0]
        state = self.state(stream_id)
        ours, theirs = self.ours.receive(data), self.theirs.receive(data)
        if ours != theirs:
            case = Case(kind, flags, stream_id, payload, state, ours, theirs)
            assert any(holds(case) for holds in JUSTIFIED.values()), case
            self.begin()
        elif ours.error is not None:
            self.begin()
        else:
            self.note(ours)

    def note(self, verdict: Verdict) -> None:
        """Follow what both agreed on."""
        for stream_id, _, ended in verdict.requests:
            self.states[stream_id] = "open"
            self.highest = max(self.highest, stream_id)
            if ended:
                self.end(stream_id, "remote")
        for stream_id, _ in verdict.ends:
            self.end(stream_id, "remote")
        for stream_id, _, ended in verdict.sent:
            if ended:
                self.end(stream_id, "local")
                self.waiting.discard(stream_id)
        for stream_id, _ in verdict.resets:
            self.states[stream_id] = "reset by us"
            self.waiting.discard(stream_id)
        for stream_id in verdict.peer_resets:
            self.states[stream_id] = "reset by peer"
            self.waiting.discard(stream_id)

    def end(self, stream_id: int, side: str) -> None:
        halves = {"open": f"half closed {side}"}
        self.states[stream_id] = halves.get(self.states[stream_id], "ended")

    def pick(self, which: int, *states: str) -> int:
        """A stream in one of the states; 0 when there is none."""
        ids = [stream_id for stream_id, state in self.states.items() if state in states]
        return ids[which % len(ids)] if ids else 0

    @property
    def next_id(self) -> int:
        return self.highest + 2 if self.highest else 1

    @rule(
        fields=good_fields(),
        skip=st.sampled_from([0, 0, 0, 2]),
        end=st.booleans(),
        padding=PADDINGS,
        priority=st.one_of(st.none(), st.builds(Priority, st.just(0), st.integers(0, 255))),
        cut=st.one_of(st.none(), st.integers(0, 60)),
        indexed=st.booleans(),
    )
    def open(
        self,
        fields: Fields,
        skip: int,
        end: bool,
        padding: int | None,
        priority: Priority | None,
        cut: int | None,
        indexed: bool,
    ) -> None:
        stream_id = self.next_id + skip
        block = wire.field_block(fields, indexed=indexed)
        data = wire.headers(
            stream_id,
            block[:cut],
            end=end,
            end_headers=cut is None,
            padding=padding,
            priority=priority,
        )
        if cut is not None:
            data += wire.continuation(stream_id, block[cut:])
        self.give(data)

    @rule(end=st.booleans())
    def open_plainly(self, end: bool) -> None:
        self.give(wire.headers(self.next_id, wire.POST, end=end))

    @rule(which=WHICH, fields=st.sampled_from([[], [(b"x-sum", b"1")]]))
    def trailers(self, which: int, fields: Fields) -> None:
        if stream_id := self.pick(which, "open", "half closed local"):
            self.give(wire.headers(stream_id, fields, end=True))

    @rule(which=WHICH, chunk=CHUNKS, end=st.booleans(), padding=PADDINGS)
    def data(self, which: int, chunk: bytes, end: bool, padding: int | None) -> None:
        if stream_id := self.pick(which, "open", "half closed local"):
            self.give(wire.data(stream_id, chunk[:16000], end=end, padding=padding))

    @rule(which=WHICH, code=st.integers(0, 20))
    def reset(self, which: int, code: int) -> None:
        if stream_id := self.pick(which, *LIVE):
            self.give(wire.rst_stream(stream_id, code))

    @rule(which=WHICH, increment=st.integers(1, 100000))
    def window_update(self, which: int, increment: int) -> None:
        if stream_id := self.pick(which, *LIVE):
            self.give(wire.window_update(stream_id, increment))

    @rule(which=WHICH)
    def largest_window_update(self, which: int) -> None:
        if stream_id := self.pick(which, *LIVE):
            self.give(wire.window_update(stream_id, wire.MAX_WINDOW))

    @rule(window=st.integers(0, 200000), table=st.integers(0, 9000), size=st.integers(16384, 40000))
    def settings(self, window: int, table: int, size: int) -> None:
        self.give(
            wire.settings(
                (wire.INITIAL_WINDOW_SIZE, window),
                (wire.HEADER_TABLE_SIZE, table),
                (wire.MAX_FRAME_SIZE, size),
            )
        )

    @rule(opaque=st.binary(min_size=8, max_size=8), ack=st.booleans())
    def ping(self, opaque: bytes, ack: bool) -> None:
        self.give(wire.ping(opaque, ack=ack))

    @rule(
        which=WHICH,
        stream_id=st.sampled_from([0, 0, 0, 1, 3, 101]),
        payload=st.one_of(st.binary(min_size=8, max_size=20), st.binary(max_size=8)),
        flags=st.sampled_from([0, 1, 0xFF]),
    )
    def goaway(self, which: int, stream_id: int, payload: bytes, flags: int) -> None:
        """Both begin anew: section 6.8 lets the streams go on, which h2 does not."""
        if which == 0:
            self.give(wire.frame(Kind.GOAWAY, flags, stream_id, payload))
            self.begin()

    @rule(stream_id=FEW_STREAMS, dependency=st.sampled_from([0, 11, 13]))
    def priority(self, stream_id: int, dependency: int) -> None:
        self.give(wire.priority(stream_id, Priority(dependency)))

    @rule(stream_id=FEW_STREAMS, value=st.sampled_from([b"u=0", b"u=7, i", b"", b"(("]))
    def priority_update(self, stream_id: int, value: bytes) -> None:
        """It is of an unknown type to `h2`."""
        self.give(wire.priority_update(stream_id, value))

    @rule(
        kind=st.integers(0x0B, 255).filter(lambda kind: kind != Kind.PRIORITY_UPDATE),
        flags=st.integers(0, 255),
        stream_id=ANY_STREAM,
    )
    def unknown_frame(self, kind: int, flags: int, stream_id: int) -> None:
        self.give(wire.frame(kind, flags, stream_id, b"whatever"))

    @rule(which=WHICH, frame=st.sampled_from(["data", "window", "reset", "priority"]))
    def frame_for_a_closed_stream(self, which: int, frame: str) -> None:
        if stream_id := self.pick(which, "ended", "reset by us", "reset by peer"):
            frames = {
                "data": wire.data(stream_id, b"late", end=True),
                "window": wire.window_update(stream_id, 1),
                "reset": wire.rst_stream(stream_id),
                "priority": wire.priority(stream_id, Priority()),
            }
            self.give(frames[frame])

    @rule(which=st.integers(0, 2), draw=st.data())
    def something_wrong(self, which: int, draw: st.DataObject) -> None:
        # One rule, and not always, so that most connections live long enough to see something.
        if which == 0:
            self.give(draw.draw(self.wrong()))

    def wrong(self) -> st.SearchStrategy[bytes]:
        """A frame that is likely to be refused."""
        late = st.integers(0, 2).map(lambda back: max(self.highest - 2 * back, 1))
        anywhere = st.one_of(late, late, ANY_STREAM)

        def malformed(fields: Fields, bad: tuple[bytes, bytes], at: int, end: bool) -> bytes:
            return wire.headers(self.next_id, [*fields[:at], bad, *fields[at:]], end=end)

        return st.one_of(
            st.builds(
                malformed,
                good_fields(),
                st.sampled_from(BAD_FIELDS),
                st.integers(0, 6),
                st.booleans(),
            ),
            st.binary(max_size=30).map(lambda block: wire.headers(self.next_id, block, end=True)),
            st.builds(wire.headers, anywhere, good_fields(), end=st.booleans()),
            st.builds(wire.headers, late, st.just([(b"x-sum", b"1")]), end=st.booleans()),
            st.builds(wire.headers, late, st.just([(b":path", b"/")]), end=st.just(value=True)),
            st.builds(wire.data, anywhere, st.just(b"x"), end=st.booleans()),
            st.builds(wire.rst_stream, ANY_STREAM),
            st.builds(wire.window_update, anywhere, INCREMENTS),
            st.builds(wire.priority, ANY_STREAM, PRIORITIES),
            # h2 checks only the last of two values of one setting: one each is the same for both.
            SETTINGS.map(lambda values: wire.settings(*dict(values).items())),
            st.builds(
                wire.frame,
                # To h2 PRIORITY_UPDATE is of an unknown type.
                st.sampled_from([*{*Kind} - {Kind.HEADERS, Kind.GOAWAY, Kind.PRIORITY_UPDATE}]),
                st.sampled_from([0, 1, 4, 8, 0xFF]),
                anywhere,
                st.binary(max_size=13),
            ),
        )

    def _answerable(self) -> list[int]:
        states = {"open", "half closed remote"}
        return [it for it, state in self.states.items() if state in states]

    @rule(which=WHICH, end=st.booleans())
    def application_starts(self, which: int, end: bool) -> None:
        ids = [it for it in self._answerable() if it not in self.started]
        if not ids:
            return
        stream_id = ids[which % len(ids)]
        self.started.add(stream_id)
        request = self.ours.peer.find(stream_id)
        end = end or request.head.method == b"HEAD"
        request.start(200, [(b"x-name", b"value")], end=end)
        fields = [(b":status", b"200"), (b"x-name", b"value")]
        self.theirs.h2.send_headers(stream_id, fields, end_stream=end)
        self.agree()
        if end:
            self.end(stream_id, "local")

    @rule(which=WHICH, size=st.integers(1, 100000), end=st.booleans())
    def application_sends(self, which: int, size: int, end: bool) -> None:
        ids = [
            it for it in self._answerable() if it in self.started and it not in self.theirs.waiting
        ]
        if not ids:
            return
        stream_id = ids[which % len(ids)]
        if self.ours.peer.find(stream_id).is_waiting:
            return
        self.ours.peer.find(stream_id).data(bytes(size), end=end)
        self.theirs.send(stream_id, size, end=end)
        self.agree()

    @rule(which=WHICH)
    def application_aborts(self, which: int) -> None:
        ids = self._answerable()
        if not ids:
            return
        stream_id = ids[which % len(ids)]
        self.ours.peer.find(stream_id).abort()
        self.theirs.h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)
        self.theirs.waiting.pop(stream_id, None)
        self.agree()

    def agree(self) -> None:
        ours = self.ours.look()
        assert ours == self.theirs.look()
        self.note(ours)

    @invariant()
    def our_books_hold(self) -> None:
        if hasattr(self, "ours"):
            self.ours.peer.watch.check()


TestComparison = Comparison.TestCase
TestComparison.settings = STEPS
