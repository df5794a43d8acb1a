"""The loop of a process: which one, and how it ends."""

import asyncio
import sys
from typing import Literal

import pytest

from h2corn._loops import close_loop, new_loop
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
