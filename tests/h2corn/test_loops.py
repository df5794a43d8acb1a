"""The loop of a process: which one, and how it ends."""

import asyncio
import sys
import threading
import time
from typing import Literal

import pytest

from h2corn._loops import THREAD_GRACE, close_loop, new_loop, threads_for
from h2corn.config import Config
from tests.h2corn.conftest import LOOPS


@pytest.mark.parametrize("name", LOOPS)
def test_the_one_that_was_asked_for(name: Literal["asyncio", "uvloop"]) -> None:
    loop = new_loop(Config(loop=name))
    assert type(loop).__module__.startswith(name)
    close_loop(loop)


def test_auto_without_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    monkeypatch.setattr("h2corn._loops.find_spec", lambda _name: None)
    loop = new_loop(Config())
    assert isinstance(loop, asyncio.SelectorEventLoop)
    close_loop(loop)


@pytest.mark.parametrize("name", LOOPS)
def test_what_runs_is_cancelled(name: Literal["asyncio", "uvloop"]) -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    loop = new_loop(Config(loop=name))
    task = loop.create_task(wait())
    close_loop(loop)
    assert task.cancelled()
    assert loop.is_closed()


@pytest.mark.parametrize("name", LOOPS)
def test_as_many_threads_as_asked_for_run_at_a_time(name: Literal["asyncio", "uvloop"]) -> None:
    async def meet() -> int:
        both = threading.Barrier(2, timeout=10)
        return sum(await asyncio.gather(*(asyncio.to_thread(both.wait) for _ in range(2))))

    async def count_threads() -> int:
        return len({await asyncio.to_thread(threading.get_ident) for _ in range(20)})

    loop = new_loop(Config(loop=name))
    with threads_for(loop, 2):
        assert loop.run_until_complete(meet()) == 1
        assert loop.run_until_complete(count_threads()) <= 2
    close_loop(loop)


@pytest.mark.parametrize("name", LOOPS)
def test_a_thread_that_does_not_end_is_left_behind(name: Literal["asyncio", "uvloop"]) -> None:
    leave, begun, late = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        leave.wait(30)

    loop = new_loop(Config(loop=name))
    try:
        start = time.monotonic()
        with threads_for(loop, 1):
            held = loop.run_in_executor(None, hold)
            waiting = loop.run_in_executor(None, late.set)
            assert begun.wait(10)
        assert THREAD_GRACE <= time.monotonic() - start < 10
        close_loop(loop)
    finally:
        leave.set()
    assert not held.done()
    assert waiting.cancelled()
    assert not late.is_set()
