"""Both wire engines do what the shell asks of an `Engine`."""

from io import FileIO
from typing import Any

import pytest

from h2c_core import PREFACE, Connection
from h2corn._http1 import Http1Connection
from h2corn._shell import Engine, EngineMaker
from tests.h2corn.running import GET

SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
# :method GET, :scheme http, :path /, :authority t; END_STREAM and END_HEADERS on stream 1.
HEADERS = b"\x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x86\x84\x01\x01t"


class Handler:
    """Whom an engine calls; takes the streams, and nothing of what happens to them."""

    def __init__(self) -> None:
        self.streams: list[Any] = []
        self.wishes: list[bool] = []
        self.resets = 0

    def open_stream(self, stream: Any, head: Any) -> Any:
        self.streams.append(stream)
        return self

    def wants_write(self, urgent: bool) -> None:
        self.wishes.append(urgent)

    def write_at_once(self, data: bytes) -> bool:
        return False

    def make_transfer(self, file: FileIO, offset: int, count: int) -> None: ...

    def unwritten(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def on_data(self, chunk: bytes) -> None: ...

    def on_end(self, trailers: list[tuple[bytes, bytes]]) -> None: ...

    def on_writable(self) -> None: ...

    def on_reset(self, error_code: int) -> None:
        self.resets += 1


@pytest.fixture(params=[(Connection, PREFACE + SETTINGS + HEADERS), (Http1Connection, GET)])
def case(request: pytest.FixtureRequest) -> tuple[Engine, Handler, bytes]:
    """Return an engine, whom it calls, and the bytes of a whole request."""
    make: EngineMaker
    make, data = request.param
    handler = Handler()
    return make(handler), handler, data


def test_a_new_one_waits(case: tuple[Engine, Handler, bytes]) -> None:
    engine, handler, _data = case
    assert (engine.is_idle, engine.is_closed, engine.has_pending) == (True, False, False)
    engine.data_to_send()
    assert engine.data_to_send() == b""
    assert handler.wishes == []


def test_a_request_and_its_response(case: tuple[Engine, Handler, bytes]) -> None:
    engine, handler, data = case
    engine.receive_data(data, 1.0)
    engine.data_to_send()
    assert (len(handler.streams), engine.is_idle) == (1, False)
    assert handler.wishes == [], "nobody is called from inside"
    handler.streams[0].start(200, [(b"content-length", b"5")], False)
    assert handler.streams[0].data(b"hello", True)
    handler.streams[0].finish()
    assert handler.wishes
    assert b"hello" in engine.data_to_send()
    assert (engine.is_idle, engine.is_closed) == (True, False)


def test_a_paused_one_lets_the_sender_wait(case: tuple[Engine, Handler, bytes]) -> None:
    engine, handler, data = case
    engine.receive_data(data, 1.0)
    engine.data_to_send()
    engine.pause_output()
    handler.streams[0].start(200, [], False)
    assert handler.streams[0].data(b"hello", False) is False
    engine.resume_output()
    assert b"hello" in engine.data_to_send()


def test_deadlines_and_timers(case: tuple[Engine, Handler, bytes]) -> None:
    engine, _handler, data = case
    engine.receive_data(data, 1.0)
    engine.start_drain(2.0)
    deadline = engine.next_deadline()
    assert deadline is None or deadline > 2.0
    engine.on_timer(2.1)
    assert not engine.is_closed, "a request runs"


def test_a_lost_transport(case: tuple[Engine, Handler, bytes]) -> None:
    engine, handler, data = case
    engine.receive_data(data, 1.0)
    engine.data_to_send()
    for _ in range(2):
        engine.connection_lost()
    assert handler.resets == 1
    handler.wishes.clear()
    handler.streams[0].start(200, [], False)
    assert handler.streams[0].data(b"hello", True) is True
    handler.streams[0].finish()
    assert handler.wishes == []
    assert engine.is_closed
