"""Owns the tests of the start of an application's task."""

import asyncio
import sys

from asgi_bridge._tasks import STARTS_AT_ONCE, start_task
from tests.asgi_bridge.fakes import Run


def test_first_step_is_taken_at_once_where_it_can_be(run: Run) -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append("first")
        await asyncio.sleep(0)
        steps.append("second")

    async def main() -> None:
        task = start_task(work(), asyncio.get_running_loop())
        assert steps == (["first"] if STARTS_AT_ONCE else [])
        await task
        assert steps == ["first", "second"]

    run(main())
    assert (sys.version_info >= (3, 12)) == STARTS_AT_ONCE


def test_task_is_the_current_one_in_its_first_step(run: Run) -> None:
    async def main() -> None:
        found: list[asyncio.Task[None] | None] = []

        async def work() -> None:
            found.append(asyncio.current_task())

        outer = asyncio.current_task()
        task = start_task(work(), asyncio.get_running_loop())
        assert asyncio.current_task() is outer
        await task
        assert found == [task]

    run(main())
