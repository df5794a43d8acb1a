"""Owns the quick look of every test run at what is fuzzed for minutes by `__main__`.

Does not guide by coverage: choices are random, by hypothesis and from a fixed seed.
"""

import random
from collections import Counter

import pytest
from h2.errors import ErrorCodes
from hypothesis import example, given
from hypothesis import strategies as st

from h2c_core import RemoteProtocolError
from tests.h2c_core import wire
from tests.h2c_core.fuzz.session import Session, run
from tests.h2c_core.property.strategies import QUICK
from tests.h2c_core.wire import Kind

LIVES = 1000
LENGTH = 600


@QUICK
@given(data=st.binary(max_size=LENGTH))
@example(b"")
def test_any_life(data: bytes) -> None:
    run(data)


@pytest.fixture(scope="module")
def lives() -> list[Session]:
    choices = random.Random(7)
    sessions = [Session(choices.randbytes(choices.randrange(LENGTH))) for _ in range(LIVES)]
    for session in sessions:
        session.run()
    return sessions


def test_lives_reach_every_kind_of_frame(lives: list[Session]) -> None:
    """Both ways: the client says each, and the server all that it has."""
    said = Counter(kind for session in lives for kind in session.said)
    heard = Counter(frame.kind for session in lives for frame in session.heard)
    assert all(said[kind] > 3 for kind in Kind), said
    ours = {Kind.DATA, Kind.HEADERS, Kind.RST_STREAM, Kind.SETTINGS, Kind.PING, Kind.GOAWAY}
    assert all(heard[kind] > 20 for kind in ours), heard


def test_lives_reach_every_end(lives: list[Session]) -> None:
    codes = Counter(session.error_code for session in lives)
    assert codes[None] > LIVES // 10
    reached = {
        ErrorCodes.PROTOCOL_ERROR,
        ErrorCodes.FLOW_CONTROL_ERROR,
        ErrorCodes.STREAM_CLOSED,
        ErrorCodes.FRAME_SIZE_ERROR,
        ErrorCodes.COMPRESSION_ERROR,
        ErrorCodes.ENHANCE_YOUR_CALM,
    }
    assert reached <= codes.keys(), codes


def test_lives_serve_requests(lives: list[Session]) -> None:
    served = Counter(
        (frame.kind, frame.ends_stream) for session in lives for frame in session.heard
    )
    assert served[Kind.HEADERS, True] > 50
    assert served[Kind.DATA, True] > 20
    assert sum(bool(request.body) for session in lives for request in session.requests) > 50


class Broken:
    """A connection that breaks a promise, in place of the real one."""

    is_closed = False

    def receive_data(self, data: bytes, now: float) -> None:
        raise RemoteProtocolError("of the peer", ErrorCodes.PROTOCOL_ERROR)

    def data_to_send(self) -> bytes:
        return wire.ping()

    def next_deadline(self) -> None: ...


@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "without-goaway"])
def test_error_without_its_end_is_seen(monkeypatch: pytest.MonkeyPatch, is_closed: bool) -> None:
    monkeypatch.setattr(Broken, "is_closed", is_closed)
    monkeypatch.setattr("tests.h2c_core.fuzz.session.Connection", lambda *_: Broken())
    with pytest.raises(AssertionError):
        run(b"\0\0\0\0")
