"""The one timer of a connection."""

import contextvars
import logging

from h2corn._connections import Connections
from h2corn._shell import Shell
from h2corn._timer import DeadlineTimer
from tests.h2corn.fakes import FakeLoop


class Bench:
    """A timer in a fake loop, which starts at 100."""

    def __init__(self) -> None:
        self.loop = FakeLoop()
        self.fired: list[float] = []
        context = contextvars.copy_context()
        shell = Shell(self.loop.itself, Connections(), context, logging.getLogger("h2corn"))
        self.timer = DeadlineTimer(shell, self.fired.append)


def test_fires_once_with_the_time() -> None:
    bench = Bench()
    assert bench.timer.at == float("inf")
    bench.timer.advance(105.0)
    assert bench.timer.at == 105.0
    bench.loop.pass_time(4.9)
    assert bench.fired == []
    bench.loop.pass_time(10)
    assert bench.fired == [105.0]
    assert bench.timer.at == float("inf")


def test_advances() -> None:
    bench = Bench()
    bench.timer.advance(105.0)
    bench.timer.advance(103.0)
    assert bench.loop.live_timers() == [103.0]
    bench.loop.pass_time(10)
    assert bench.fired == [103.0]


def test_a_deadline_that_has_passed() -> None:
    bench = Bench()
    bench.timer.advance(90.0)
    bench.loop.pass_time(0)
    assert bench.fired == [100.0]


def test_a_loop_that_calls_early() -> None:
    bench = Bench()
    bench.timer.advance(105.0)
    bench.loop.now = 104.999
    bench.loop.timers[0].callback()
    assert bench.fired == [105.0]


def test_cancelled() -> None:
    bench = Bench()
    bench.timer.cancel()
    bench.timer.advance(105.0)
    bench.timer.cancel()
    bench.timer.cancel()
    assert bench.loop.live_timers() == []


def test_set_again_by_its_own_call() -> None:
    bench = Bench()
    timers = [bench.timer]

    def call(now: float) -> None:
        bench.fired.append(now)
        timers[0].advance(now + 5)

    timers[0]._callback = call  # type: ignore[misc]
    timers[0].advance(105.0)
    bench.loop.pass_time(12)
    assert bench.fired == [105.0, 110.0]
    assert bench.loop.live_timers() == [115.0]
