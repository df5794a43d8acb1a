"""Owns the loops that the tests of the shell run in. Does not start servers; `running` does."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
if sys.platform != "win32":
    import uvloop

    LOOPS["uvloop"] = uvloop.new_event_loop


class Runner:
    """Runs coroutines in loops of one kind; what the loop itself complains of fails the test."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.complaints: list[dict[str, Any]] = []

    def __call__(self, main: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=self.make_loop) as runner:
            result = runner.run(asyncio.wait_for(main, 30))
        assert self.complaints == []
        return result

    def make_loop(self) -> asyncio.AbstractEventLoop:
        """Make a loop that keeps what it complains of."""
        loop = LOOPS[self.name]()
        loop.set_exception_handler(lambda _loop, context: self.complaints.append(context))
        return loop


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Runner:
    """Return what runs a coroutine, on asyncio's loop and on uvloop."""
    return Runner(request.param)
