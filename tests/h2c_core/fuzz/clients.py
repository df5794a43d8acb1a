"""Owns what a fuzzed client sends: frames of every type, mostly right, and bytes that are none.

Does not know the engine, nor what a server answers.
"""

from collections.abc import Callable
from typing import Final

from tests.h2c_core import wire
from tests.h2c_core.fuzz.taker import Taker
from tests.h2c_core.property.strategies import BAD_FIELDS, EXTRA_FIELDS, LENGTHS
from tests.h2c_core.wire import GET, HEAD, POST, Fields, Kind, Priority

CONNECT: Final[Fields] = [(b":method", b"CONNECT"), (b":authority", b"front.example:80")]
TUNNEL: Final[Fields] = [
    (b":method", b"CONNECT"),
    (b":protocol", b"websocket"),
    (b":scheme", b"http"),
    (b":authority", b"front.example"),
    (b":path", b"/"),
]
BASES: Final = [GET, POST, POST, GET, POST, HEAD, CONNECT, TUNNEL]
FIELDS: Final = [
    *EXTRA_FIELDS * 6,
    *LENGTHS,
    *BAD_FIELDS,
    (b"priority", b"u=0, i"),
    (b"x", b"v" * 900),
]
SIZES: Final = [0, 1, 4, 100, 255, 5000, 16000, 70000]
CHUNKS: Final = [1, 4, 100, 255, 900, 1, 4, 100, 0, 5000, 16000, 7000, 1000, 10, 20, 16384]
INCREMENTS: Final = [1, 0, 100, 65535, 10**6, wire.MAX_WINDOW, 1 << 31, 2**32 - 1]
NUMBERS: Final = [0, 1, 2, 100, 4096, 16384, 65536, 2**24 - 1, 2**31 - 1, 2**31, 2**32 - 1]
SETTINGS: Final = [
    (wire.INITIAL_WINDOW_SIZE, 0),
    (wire.INITIAL_WINDOW_SIZE, 100),
    (wire.INITIAL_WINDOW_SIZE, 100_000),
    (wire.MAX_FRAME_SIZE, 16384),
    (wire.MAX_FRAME_SIZE, 2**24 - 1),
    (wire.HEADER_TABLE_SIZE, 0),
    (wire.HEADER_TABLE_SIZE, 4096),
    (wire.MAX_CONCURRENT_STREAMS, 0),
]
SIGNALS: Final = [b"u=0", b"u=7, i", b"i=?0", b"u=9", b"", b'u="1"', b"u=1;x=2, i;y"]


class Client:
    """Makes frames of a fuzzer's choices, and knows which streams it has opened."""

    def __init__(self, take: Taker) -> None:
        self._take = take
        self._next = 1
        self._uploads: list[int] = []
        self._kinds: list[Callable[[], bytes]] = [
            self.request,
            self.request,
            self.data,
            self.data,
            self.window_update,
            self.settings,
            self.reset,
            self.trailers,
            self.ping,
            self.priority,
            self.priority_update,
            self.farewell,
        ]
        self._wrong = [self.any_frame, self.any_frame, self.block_of_garbage, self.garbage]

    def speak(self) -> bytes:
        """What it says next; a request before all else, which other frames then speak of."""
        take = self._take
        if self._next == 1:
            return self.request()
        return take.pick(self._kinds if take.below(32) else self._wrong)()

    def stream(self) -> int:
        """A stream that it has opened, most of the time."""
        which = self._take.number()
        if which >= 250:
            return (0, 2, self._next, self._next + 2, wire.MAX_WINDOW, 1)[which - 250]
        return max(self._next - 2 - 2 * (which % 8), 1)

    def fields(self) -> Fields:
        take = self._take
        fields = list(take.pick(BASES))
        for _ in range(take.below(4)):
            fields.insert(len(fields) - take.pick((0, 0, 0, 1, 9)), take.pick(FIELDS))
        if take.below(16) == 15:
            del fields[take.below(len(fields))]
        return fields

    def request(self) -> bytes:
        stream_id, self._next = self._next, self._next + self._take.pick((2, 2, 2, 4))
        return self._head(stream_id, wire.field_block(self.fields(), indexed=self._take.flag()))

    def trailers(self) -> bytes:
        fields = [self._take.pick(FIELDS) for _ in range(self._take.below(3))]
        return self._head(self.stream(), wire.field_block(fields))

    def block_of_garbage(self) -> bytes:
        stream_id, self._next = self._next, self._next + 2
        return self._head(stream_id, wire.field_block(GET) + self._take.text())

    def _head(self, stream_id: int, block: bytes) -> bytes:
        take = self._take
        form = take.number()
        priority = Priority(take.number(), take.number()) if form & 6 == 6 else None
        padding = take.number() if form & 24 == 24 else None
        end = not form & 1
        if not end:
            self._uploads.append(stream_id)
        if form < 192:
            return wire.headers(stream_id, block, end=end, padding=padding, priority=priority)
        cut = take.number()
        head = wire.headers(
            stream_id, block[:cut], end=end, end_headers=False, padding=padding, priority=priority
        )
        rest = wire.continuation(stream_id, block[cut:], end_headers=form < 254)
        return head + wire.continuation(stream_id, b"", end_headers=False) * (form % 3) + rest

    def data(self) -> bytes:
        take = self._take
        padding = take.number() if take.below(8) == 7 else None
        chunk = b"x" * take.pick(CHUNKS)
        end = take.below(4) == 3
        if not self._uploads or take.below(16) == 15:
            return wire.data(self.stream(), chunk, end=end, padding=padding)
        stream_id = take.pick(self._uploads[-3:])
        if end:
            self._uploads.remove(stream_id)
        return wire.data(stream_id, chunk, end=end, padding=padding)

    def window_update(self) -> bytes:
        stream_id = self.stream() if self._take.below(8) else 0
        return wire.window_update(stream_id, self._take.pick(INCREMENTS))

    def settings(self) -> bytes:
        take = self._take
        count = take.below(6)
        if count == 5:
            return wire.settings_ack()
        if take.below(8) == 7:
            return wire.settings((take.below(12), take.pick(NUMBERS)))
        return wire.settings(*(take.pick(SETTINGS) for _ in range(count)))

    def reset(self) -> bytes:
        return wire.rst_stream(self.stream(), self._take.below(16))

    def ping(self) -> bytes:
        return wire.ping(self._take.raw(8).ljust(8), ack=self._take.flag())

    def priority(self) -> bytes:
        take = self._take
        return wire.priority(self.stream(), Priority(self.stream(), take.number(), take.flag()))

    def priority_update(self) -> bytes:
        take = self._take
        payload = self.stream().to_bytes(4, "big") + take.pick(SIGNALS)
        return wire.frame(Kind.PRIORITY_UPDATE, 0, int(take.number() == 255), payload)

    def farewell(self) -> bytes:
        return wire.goaway(self.stream(), self._take.below(16), self._take.raw(4))

    def any_frame(self) -> bytes:
        take = self._take
        kind, flags, stream_id = take.below(20), take.number(), self.stream()
        return wire.frame(kind, flags, stream_id, take.text(), reserved=take.flag())

    def garbage(self) -> bytes:
        return self._take.text()
