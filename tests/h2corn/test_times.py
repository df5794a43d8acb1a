"""Every time of the options ends what takes longer, over both protocols, and 0 ends nothing."""

from collections.abc import Callable
from io import FileIO
from typing import Any, NamedTuple

import pytest
from hpack import Encoder

from asgi_bridge import DefaultHeaders
from h2c_core import PREFACE, RemoteProtocolError
from h2corn._assembly import http1_maker, http2_maker
from h2corn._shell import Engine, EngineMaker
from h2corn.config import Config

TIME = 10.0
"""Seconds of the option under test; the others are no limit."""

LATEST = 1.5 * TIME
"""When it has ended: a connection with traffic is looked at every quarter, and a wait is counted
from the look that found it."""

LONG = 50.0
"""Seconds in which nothing happens without a limit. Above it the engine of HTTP/2 asks by a PING
whether its peer is still there."""

UNTIMED: dict[str, Any] = {
    "timeout_keep_alive": 0,
    "timeout_request_header": 0,
    "timeout_request_body_idle": 0,
    "timeout_write": 0,
    "h2_timeout_response_stall": 0,
}

HEADERS, RST_STREAM, SETTINGS, GOAWAY, CONTINUATION = 1, 3, 4, 7, 9


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def block(method: str) -> bytes:
    fields = [(":method", method), (":scheme", "http"), (":authority", "a"), (":path", "/")]
    return Encoder().encode(fields)


BEGIN = PREFACE + frame(SETTINGS, 0, 0)
NO_WINDOW = PREFACE + frame(SETTINGS, 0, 0, b"\x00\x04\x00\x00\x00\x00")
GET1 = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST1 = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"
GET2 = frame(HEADERS, 5, 1, block("GET"))
POST2 = frame(HEADERS, 4, 1, block("POST")) + frame(0, 0, 1, b"he")
CUT2 = frame(HEADERS, 0, 1, block("GET")[:2])


MAKERS: dict[str, Callable[[Config], EngineMaker]] = {
    "http1": lambda config: http1_maker(config, DefaultHeaders(float)),
    "http2": http2_maker,
}


class Client:
    """A client of an engine, the application behind it, and their clock."""

    def __init__(self, protocol: str, **times: float) -> None:
        config = Config(**{**UNTIMED, **times})
        maker = MAKERS[protocol](config)
        self.engine: Engine = maker(self)  # type: ignore[arg-type]
        self.stream: Any = None
        self.now = 100.0
        self.sent = b""
        self.fault = ""

    # What the engine calls.

    def open_stream(self, stream: Any, head: object) -> "Client":
        self.stream = stream
        return self

    def on_data(self, chunk: bytes) -> None:
        self.stream.credit(len(chunk))

    def on_end(self, trailers: object) -> None:
        raise AssertionError("no body is whole here")

    def on_reset(self, error_code: int) -> None: ...

    def on_writable(self) -> None: ...

    def wants_write(self, urgent: bool) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def make_transfer(self, file: FileIO, offset: int, count: int) -> None: ...

    def unwritten(self) -> int:
        return 0

    # What a test calls.

    def send(self, data: bytes) -> None:
        self.engine.receive_data(data, self.now)
        self.flush()

    def answer(self, size: int) -> None:
        """Respond with a body that does not end."""
        self.stream.start(200, [], False)
        self.stream.data(bytes(size), False)
        self.flush()

    def answer_all(self) -> None:
        self.stream.start(204, [], True)
        self.stream.finish()
        self.flush()

    def flush(self) -> None:
        self.sent += self.engine.data_to_send()

    def has_ended(self) -> bool:
        return bool(self.fault) or self.engine.is_closed

    def pass_time(self, seconds: float) -> None:
        """Let time pass as the shell's timer does."""
        end = self.now + seconds
        while not self.has_ended():
            at = self.engine.next_deadline()
            if at is None or at > end:
                break
            self.now = max(self.now, at)
            try:
                self.engine.on_timer(self.now)
            except RemoteProtocolError as error:
                self.fault = str(error)
            self.flush()
        self.now = end

    def frames(self) -> list[tuple[int, int]]:
        """Return kind and stream of the frames that were sent."""
        found = []
        data = self.sent
        while data:
            size = int.from_bytes(data[:3])
            found.append((data[3], int.from_bytes(data[5:9])))
            data = data[9 + size :]
        return found


def begun(protocol: str, client: Client) -> None:
    client.send(GET1 if protocol == "http1" else BEGIN + GET2)


def idle(protocol: str, client: Client) -> None:
    begun(protocol, client)
    client.answer_all()


def in_a_head(protocol: str, client: Client) -> None:
    client.send(GET1[:20] if protocol == "http1" else BEGIN + CUT2)


def in_a_body(protocol: str, client: Client) -> None:
    client.send(POST1 if protocol == "http1" else BEGIN + POST2)


def full(protocol: str, client: Client) -> None:
    begun(protocol, client)
    client.answer(1000)
    client.engine.pause_output()
    client.stream.data(bytes(1000), False)


def without_window(protocol: str, client: Client) -> None:
    client.send(NO_WINDOW + GET2)
    client.answer(1000)


def is_closed(client: Client) -> bool:
    return client.has_ended()


def is_refused(client: Client) -> bool:
    return client.has_ended() and b" 408 " in client.sent


def is_drained(client: Client) -> bool:
    return (GOAWAY, 0) in client.frames()


def is_a_fault(client: Client) -> bool:
    return bool(client.fault)


def is_answered_alone(client: Client) -> bool:
    return (HEADERS, 1) in client.frames() and not client.has_ended()


def is_reset_alone(client: Client) -> bool:
    return (RST_STREAM, 1) in client.frames() and not client.has_ended()


class Row(NamedTuple):
    option: str
    protocol: str
    setup: Callable[[str, Client], None]
    is_over: Callable[[Client], bool]


ROWS = [
    Row("timeout_keep_alive", "http1", idle, is_closed),
    Row("timeout_keep_alive", "http2", idle, is_drained),
    Row("timeout_request_header", "http1", in_a_head, is_refused),
    Row("timeout_request_header", "http2", in_a_head, is_a_fault),
    Row("timeout_request_body_idle", "http1", in_a_body, is_refused),
    Row("timeout_request_body_idle", "http2", in_a_body, is_answered_alone),
    Row("timeout_write", "http1", full, is_closed),
    Row("timeout_write", "http2", full, is_a_fault),
    Row("h2_timeout_response_stall", "http2", without_window, is_reset_alone),
]
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.option}-{row.protocol}")


@each_row
def test_what_takes_longer_is_ended(row: Row) -> None:
    client = Client(row.protocol, **{row.option: TIME})
    row.setup(row.protocol, client)
    client.pass_time(TIME - 0.1)
    assert not row.is_over(client)
    assert not client.has_ended()
    client.pass_time(LATEST - TIME)
    assert row.is_over(client)


@each_row
def test_no_limit(row: Row) -> None:
    client = Client(row.protocol)
    row.setup(row.protocol, client)
    client.pass_time(LONG)
    assert not row.is_over(client)
    assert not client.has_ended()


@each_row
def test_other_times_do_not_matter(row: Row) -> None:
    others = {name: TIME for name in UNTIMED if name != row.option}
    client = Client(row.protocol, **others)
    row.setup(row.protocol, client)
    client.pass_time(LATEST)
    assert not row.is_over(client)


def test_every_time_is_here() -> None:
    assert {row.option for row in ROWS} == set(UNTIMED)


def test_the_preface_has_the_time_of_the_handshake() -> None:
    client = Client("http2", timeout_handshake=TIME)
    client.send(PREFACE)
    client.pass_time(TIME - 0.1)
    assert not client.has_ended()
    client.pass_time(0.2)
    assert client.fault == "no SETTINGS in time"
