"""Owns the loops that the tests of asgi_bridge run on. Does not know what runs."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from tests.asgi_bridge.fakes import Run, T


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    make_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if request.param == "uvloop":
        make_loop = pytest.importorskip("uvloop").new_event_loop

    def run_in_loop(coroutine: Coroutine[object, object, T], /) -> T:
        with asyncio.Runner(loop_factory=make_loop) as runner:
            return runner.run(coroutine)

    return run_in_loop
