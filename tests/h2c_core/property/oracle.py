"""Owns what two servers decided about one frame, in terms that can be compared.

Does not send anything by itself and does not judge: `Ours` and `Theirs` are given bytes, and say
what came of them.
"""

from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from h2c_core import Limits, RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.peer import Peer
from tests.h2c_core.wire import Fields, Frame, FrameReader, Kind

LIMITS = Limits(
    max_concurrent_streams=100,
    initial_stream_window=2**20,
    initial_connection_window=2**24,
    max_inbound_frame_size=2**16,
    max_header_list_size=2**16,
)


@dataclass
class Verdict:
    """What a server decided: accepted what, reset which streams, ended the connection or not."""

    error: int | None = None
    resets: list[tuple[int, int]] = field(default_factory=list)
    requests: list[tuple[int, object, bool]] = field(default_factory=list)
    bodies: list[tuple[int, bytes]] = field(default_factory=list)
    ends: list[tuple[int, Fields]] = field(default_factory=list)
    peer_resets: list[int] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    settings_acks: int = 0
    sent: list[tuple[int, int, bool]] = field(default_factory=list)

    def read(self, frames: list[Frame]) -> None:
        """Note what was put on the wire."""
        sizes: dict[int, tuple[int, bool]] = {}
        for it in frames:
            if it.kind == Kind.RST_STREAM:
                self.resets.append((it.stream_id, it.error_code))
            elif it.kind == Kind.PING and it.is_ack:
                self.pongs.append(it.payload)
            elif it.kind == Kind.SETTINGS and it.is_ack:
                self.settings_acks += 1
            elif it.kind == Kind.DATA:
                size, end = sizes.get(it.stream_id, (0, False))
                sizes[it.stream_id] = (size + len(it.payload), end or it.ends_stream)
        self.sent = sorted((stream_id, size, end) for stream_id, (size, end) in sizes.items())


def canonical(method: bytes, scheme: bytes, path: bytes, authority: bytes, rest: Fields) -> object:
    """A request head without what the two are free to do: where cookies and host stand."""
    if authority:
        rest = [pair for pair in rest if pair[0] != b"host"]
    return method, scheme, path, authority, sorted(rest)


class Ours:
    """The engine."""

    def __init__(self) -> None:
        self.peer = Peer(LIMITS)
        self._seen: dict[int, tuple[int, bool, bool]] = {}

    def receive(self, data: bytes) -> Verdict:
        verdict = Verdict()
        before = len(self.peer.frames)
        try:
            self.peer.send(data)
        except RemoteProtocolError as error:
            verdict.error = error.error_code
        self._look(verdict, before)
        return verdict

    def look(self) -> Verdict:
        """What the application's own calls put on the wire."""
        verdict = Verdict()
        self._look(verdict, len(self.peer.frames))
        return verdict

    def _look(self, verdict: Verdict, before: int) -> None:
        while self.peer.flush():
            pass
        verdict.read(self.peer.frames[before:])
        made = {stream_id for stream_id, _ in verdict.resets}
        for request in self.peer.requests:
            stream_id = request.stream_id
            head = request.head
            if stream_id not in self._seen:
                fields = canonical(
                    head.method, head.scheme, head.target, head.authority, head.headers
                )
                verdict.requests.append((stream_id, fields, head.end_stream))
            size, ended, reset = self._seen.get(stream_id, (0, False, False))
            body = request.body
            if len(body) > size:
                verdict.bodies.append((stream_id, body[size:]))
            if request.trailers is not None and not ended:
                verdict.ends.append((stream_id, request.trailers))
            gone = request.reset_code is not None
            if gone and not reset and stream_id not in made and verdict.error is None:
                verdict.peer_resets.append(stream_id)
            self._seen[stream_id] = (len(body), request.trailers is not None, gone)


class Theirs:
    """The server side of `h2`, with the settings of ours."""

    def __init__(self) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self._reader = FrameReader()
        self.h2.local_settings.max_concurrent_streams = LIMITS.max_concurrent_streams
        self.h2.local_settings.initial_window_size = LIMITS.initial_stream_window
        self.h2.local_settings.max_frame_size = LIMITS.max_inbound_frame_size
        self.h2.local_settings[SettingCodes.MAX_HEADER_LIST_SIZE] = LIMITS.max_header_list_size
        self.h2.initiate_connection()
        increment = LIMITS.initial_connection_window - wire.DEFAULT_WINDOW
        self.h2.increment_flow_control_window(increment)
        self.receive(wire.PREFACE + wire.settings())
        self.receive(wire.settings_ack())
        self.waiting: dict[int, tuple[int, bool]] = {}

    def receive(self, data: bytes) -> Verdict:
        verdict = Verdict()
        events: list[Event] = []
        try:
            events = self.h2.receive_data(data)
        except ProtocolError as error:
            verdict.error = error.error_code
        else:
            self._note(verdict, events)
            if hasattr(self, "waiting"):
                self._send_waiting()
        verdict.read(self._reader.feed(self.h2.data_to_send()))
        return verdict

    def look(self) -> Verdict:
        verdict = Verdict()
        verdict.read(self._reader.feed(self.h2.data_to_send()))
        return verdict

    def send(self, stream_id: int, size: int, *, end: bool) -> None:
        """Send a body under flow control, as our engine does by itself."""
        self.waiting[stream_id] = (size, end)
        self._send_waiting()

    def _send_waiting(self) -> None:
        for stream_id, (size, end) in list(self.waiting.items()):
            left = size
            try:
                room = self.h2.local_flow_control_window(stream_id)
                while left and room > 0:
                    part = min(left, room, self.h2.max_outbound_frame_size)
                    left -= part
                    room -= part
                    self.h2.send_data(stream_id, bytes(part), end_stream=end and not left)
            except ProtocolError:
                # The stream was reset.
                left = 0
            if left:
                self.waiting[stream_id] = (left, end)
            else:
                del self.waiting[stream_id]

    @staticmethod
    def _note(verdict: Verdict, events: list[Event]) -> None:
        trailers: dict[int, Fields] = {}
        begun = set()
        for event in events:
            if isinstance(event, RequestReceived):
                fields = [(bytes(name), bytes(value)) for name, value in event.headers]
                pseudo = dict(fields)
                rest = [pair for pair in fields if not pair[0].startswith(b":")]
                head = canonical(
                    pseudo[b":method"],
                    pseudo.get(b":scheme", b""),
                    pseudo.get(b":path", b""),
                    pseudo.get(b":authority", b""),
                    rest,
                )
                verdict.requests.append((event.stream_id, head, event.stream_ended is not None))
                begun.add(event.stream_id)
            elif isinstance(event, DataReceived) and event.data:
                verdict.bodies.append((event.stream_id, event.data))
            elif isinstance(event, TrailersReceived):
                trailers[event.stream_id] = [(bytes(n), bytes(v)) for n, v in event.headers]
            elif isinstance(event, StreamEnded) and event.stream_id not in begun:
                verdict.ends.append((event.stream_id, trailers.get(event.stream_id, [])))
            elif isinstance(event, StreamReset) and event.remote_reset:
                verdict.peer_resets.append(event.stream_id)
