"""Owns the traffic of a proxy that a leak is looked for in: every way that a request can go.

Does not judge, and keeps nothing of what the engine says, so that whatever grows is the engine's.
"""

import json
from collections import Counter
from pathlib import Path

from h2c_core import Connection, Field, Limits, RequestHead, Stream
from tests.h2c_core import wire

HEADERS: dict[str, dict[str, list[list[str]]]] = json.loads(
    Path(__file__).parents[2].joinpath("proxy_headers.json").read_text(encoding="utf-8")
)
PROXIED = [(name.encode(), value.encode()) for name, value in HEADERS["apache-h2c"]["get"]]
BODY = b"x" * 3000
BIG = b"y" * 70_000
FIELDS: list[Field] = [(b"content-type", b"text/plain"), (b"x-name", b"value")]
TRAILERS: list[Field] = [(b"x-checksum", b"1")]
WAYS = 10
"""Requests of one round."""
VALUES = 64
"""How many values a field has that changes: what keeps them is emptied when it is full, and would
be found at another height each time."""


class Application:
    """Both handlers of the engine: answers when the round says so."""

    def __init__(self) -> None:
        self.opened: list[Stream] = []
        self.counts: Counter[str] = Counter()

    def open_stream(self, stream: Stream, head: RequestHead) -> "Application":
        self.opened.append(stream)
        self.counts["requests"] += 1
        return self

    def wants_write(self, urgent: bool) -> None:
        return

    def write_at_once(self, data: bytes) -> bool:
        return False

    def on_data(self, chunk: bytes) -> None:
        self.counts["bytes"] += len(chunk)

    def on_end(self, trailers: list[Field]) -> None:
        self.counts["ends"] += 1

    def on_reset(self, error_code: int) -> None:
        self.counts["resets"] += 1

    def on_writable(self) -> None:
        self.counts["writable"] += 1


class Traffic:
    """Requests over one connection, or over a new one every few rounds.

    Args:
        application: takes the requests.
        limits: those of every connection.
        rounds: after how many rounds the connection is lost and made anew; 0 for never.
    """

    def __init__(self, application: Application, limits: Limits, rounds: int = 0) -> None:
        self._application = application
        self._limits = limits
        self._rounds = rounds
        self._now = 0.0
        self._left = 0
        self._next = 1
        self._connection: Connection | None = None
        self._indexed = wire.field_block(PROXIED, indexed=True)
        self._post = wire.field_block(wire.POST)
        self._too_many = wire.field_block(wire.GET) + b"\x82" * limits.max_header_fields

    def send(self, requests: int) -> None:
        """Send so many requests, or up to a round more."""
        for number in range(-(-requests // WAYS)):
            if self._connection is None or (self._rounds and self._left == 0):
                self._connect()
            self._left -= 1
            self._now += 0.5
            self._round(number % VALUES)

    def _connect(self) -> None:
        if self._connection is not None:
            self._connection.connection_lost()
        self._left, self._next = self._rounds, 1
        self._connection = Connection(self._application, self._limits)
        self._say(wire.PREFACE, wire.settings((wire.INITIAL_WINDOW_SIZE, 20_000)))
        self._say(wire.settings_ack())

    def _say(self, *parts: bytes) -> list[Stream]:
        """Give frames to the engine, drop what it answers, and return the streams it opened."""
        connection = self._connection
        assert connection is not None
        connection.receive_data(b"".join(parts), self._now)
        self._take(connection)
        opened = self._application.opened
        self._application.opened = []
        return opened

    def _take(self, connection: Connection) -> int:
        size = 0
        while data := connection.data_to_send():
            size += len(data)
        return size

    def _stream_id(self) -> int:
        stream_id, self._next = self._next, self._next + 2
        return stream_id

    def _round(self, number: int) -> None:
        connection = self._connection
        assert connection is not None
        self._plain(number)
        self._upload()
        self._download(connection)
        self._given_up(number)
        connection.on_timer(self._now)
        self._say(wire.ping(), wire.window_update(0, len(BIG) + 5000))
        assert connection.is_idle
        assert not connection.is_closed

    def _plain(self, number: int) -> None:
        """Of a proxy; of a path that is always another; a HEAD; an interim response, trailers."""
        path = wire.field_block(wire.request((b":path", b"/item/%d" % number)), indexed=True)
        head = wire.field_block(wire.HEAD)
        ids = [self._stream_id() for _ in range(4)]
        blocks = [self._indexed, path, head, path]
        streams = self._say(
            *(wire.headers(it, block, end=True) for it, block in zip(ids, blocks, strict=True))
        )
        for stream in streams[:3]:
            stream.start(200, [*FIELDS, (b"x-number", b"%d" % number)], False)
            stream.data(b"hello", True)
            stream.finish()
        last = streams[3]
        last.informational(103, TRAILERS)
        last.start(200, FIELDS, False)
        last.trailers(TRAILERS)
        last.finish()

    def _upload(self) -> None:
        """A body with trailers that is taken, and one that is not, both in two pieces."""
        ids = [self._stream_id(), self._stream_id()]
        taken, dropped = self._say(
            *(wire.headers(it, self._post) + wire.data(it, BODY) for it in ids)
        )
        taken.credit(len(BODY))
        dropped.start(200, FIELDS, False)
        dropped.data(b"no", True)
        dropped.finish()
        self._say(
            wire.data(ids[0], BODY, padding=9),
            wire.headers(ids[0], TRAILERS, end=True),
            wire.data(ids[1], BODY, end=True),
        )
        taken.credit(len(BODY))
        taken.start(200, FIELDS, False)
        taken.data(b"yes", True)
        taken.finish()

    def _download(self, connection: Connection) -> None:
        """A response that waits for its window, and then for the transport."""
        stream_id = self._stream_id()
        (stream,) = self._say(wire.headers(stream_id, self._indexed, end=True))
        stream.start(200, FIELDS, False)
        assert not stream.data(BIG, True)
        stream.finish()
        self._take(connection)
        connection.pause_output()
        self._say(wire.window_update(stream_id, len(BIG)))
        connection.resume_output()
        self._take(connection)

    def _given_up(self, number: int) -> None:
        """Reset by the client, reset by the application, and refused in three ways by turns."""
        ids = [self._stream_id() for _ in range(3)]
        streams = self._say(
            wire.headers(ids[0], self._post),
            wire.data(ids[0], BODY),
            wire.headers(ids[1], self._indexed, end=True),
        )
        self._say(wire.rst_stream(ids[0]))
        streams[1].abort()
        refused = (
            wire.headers(ids[2], [*wire.GET, (b"X", b"y")], end=True),
            wire.headers(ids[2], self._too_many, end=True),
            wire.headers(ids[2], wire.GET, end=True) + wire.window_update(ids[2], 0),
        )
        self._say(refused[number % 3])
