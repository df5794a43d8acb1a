"""Owns the tests of the futures of waiting tasks."""

import asyncio

import pytest

from asgi_bridge._waiters import Turnstile, Waiters
from tests.asgi_bridge.fakes import Run, settle


def test_all_waiters_are_woken(run: Run) -> None:
    async def main() -> None:
        waiters = Waiters(asyncio.get_running_loop())
        waiters.wake()
        tasks = [asyncio.create_task(waiters.wait()) for _ in range(3)]
        await settle()
        assert not any(task.done() for task in tasks)
        waiters.wake()
        waiters.wake()
        await asyncio.gather(*tasks)

    run(main())


def test_cancelled_waiter_leaves_the_others_and_no_trace(run: Run) -> None:
    async def main() -> None:
        waiters = Waiters(asyncio.get_running_loop())
        one, two = (asyncio.create_task(waiters.wait()) for _ in range(2))
        await settle()
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        assert len(waiters._futures) == 1
        assert not two.done()
        waiters.wake()
        await two
        assert waiters._futures == []

    run(main())


def test_turnstile_lets_through_what_finds_it_open(run: Run) -> None:
    async def main() -> None:
        turnstile = Turnstile(asyncio.get_running_loop())
        turnstile.open()
        await turnstile.opening()
        turnstile.is_shut = True
        turnstile.open()
        await turnstile.opening()

    run(main())


def test_turnstile_is_opened_twice(run: Run) -> None:
    async def main() -> None:
        turnstile = Turnstile(asyncio.get_running_loop())
        turnstile.is_shut = True
        task = asyncio.create_task(turnstile.opening())
        await settle()
        turnstile.open()
        turnstile.open()
        await task

    run(main())


def test_turnstile_stays_shut_when_who_waits_is_cancelled(run: Run) -> None:
    async def main() -> None:
        turnstile = Turnstile(asyncio.get_running_loop())
        turnstile.is_shut = True
        one = asyncio.create_task(turnstile.opening())
        await settle()
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        two = asyncio.create_task(turnstile.opening())
        await settle()
        assert not two.done()
        turnstile.open()
        await two

    run(main())
