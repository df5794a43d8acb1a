"""Owns the tests of a request's body as it is counted: length, window, what is unread.

Does not test the windows themselves (test_windows, test_credit).
"""

import pytest

from h2c_core import Limits, LocalProtocolError
from h2c_core._credit import ConnectionCredit
from h2c_core._outbound import Outbound
from h2c_core._request_body import RequestBody
from h2c_core._windows import ReceiveWindow
from tests.h2c_core.recorder import Recorder, Watch
from tests.h2c_core.wire import Frame, FrameReader


class Held:
    """A body with a window of 100 bytes, and the frames that counting it sends."""

    def __init__(self, length: int = -1) -> None:
        limits = Limits(initial_connection_window=65535)
        self._outbound = Outbound(Recorder(Watch()), limits)
        credit = ConnectionCredit(self._outbound, limits)
        self.body = RequestBody(5, length, ReceiveWindow(100), credit, self._outbound)

    def frames(self) -> list[Frame]:
        return FrameReader().feed(self._outbound.take())


@pytest.mark.parametrize("length", [-1, 0, 5, 10])
def test_length(length: int) -> None:
    body = Held(length).body
    for _ in range(5):
        assert body.is_too_long(1) == (length == 0)
    assert body.is_short() == (length == 10)
    assert body.is_too_long(6) == (length >= 0)


def test_window_admits_what_fits() -> None:
    body = Held().body
    assert body.consume(60)
    assert not body.consume(41)
    body.narrow(30)
    assert not body.consume(11)
    assert body.consume(10)


def test_credit_is_given_as_the_application_takes() -> None:
    held = Held()
    held.body.consume(100)
    held.body.hold(100)
    assert held.frames() == []
    held.body.take(49)
    assert held.frames() == []
    held.body.take(1)
    [update] = held.frames()
    assert (update.stream_id, update.number) == (5, 50)
    with pytest.raises(LocalProtocolError):
        held.body.take(51)


def test_credit_without_bytes_is_nothing() -> None:
    held = Held()
    held.body.take(10**9)
    assert held.frames() == []


@pytest.mark.parametrize("is_open", [True, False])
def test_stream_that_sends_no_more_is_not_told_of_credit(is_open: bool) -> None:
    held = Held()
    held.body.consume(100)
    held.body.hold(100)
    held.body.is_open = is_open
    held.body.take_all()
    assert len(held.frames()) == is_open


def test_end_gives_back_what_is_unread() -> None:
    held = Held()
    held.body.consume(100)
    held.body.hold(100)
    held.body.end()
    assert held.frames() == []
    held.body.take(1)
    assert held.frames() == []


@pytest.mark.parametrize(("length", "increment"), [(-1, 400), (50, 0), (300, 200), (1000, 400)])
def test_what_is_let_pass_is_admitted_at_once(length: int, increment: int) -> None:
    held = Held(length)
    held.body.let_pass(500)
    assert [it.number for it in held.frames()] == ([increment] if increment else [])


def test_what_is_let_pass_is_bounded() -> None:
    held = Held()
    held.body.pass_over(1000)
    held.frames()
    held.body.let_pass(500)
    held.frames()
    held.body.pass_over(499)
    assert not held.body.is_beyond()
    held.body.pass_over(1)
    assert held.body.is_beyond()
    assert held.frames() == []


def test_body_that_came_whole_is_not_too_much() -> None:
    held = Held(500)
    held.body.let_pass(500)
    assert not held.body.is_too_long(500)
    held.body.pass_over(500)
    assert not held.body.is_beyond()
