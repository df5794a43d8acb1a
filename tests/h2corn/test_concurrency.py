"""Calls of the application are bounded, and those above the bound wait in order or are refused."""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from h2corn._concurrency import ConcurrencyLimit
from h2corn._refusals import AnyScope, Receive, Send

RUNNING = contextvars.ContextVar("RUNNING", default="")


class Request:
    """One scope, and what became of it."""

    def __init__(self, name: str, kind: str = "http") -> None:
        self.scope: dict[str, object] = {"type": kind, "path": name}
        self.name = name
        self.statuses: list[object] = []
        self.task: asyncio.Task[None] | None = None

    async def receive(self) -> None:
        raise AssertionError

    async def send(self, message: dict[str, object]) -> None:
        if "status" in message:
            self.statuses.append(message["status"])


class Bench:
    """A limit around an application that runs until a test lets it go."""

    def __init__(self, limit: int, queue: int) -> None:
        self.started: list[object] = []
        self.gates: dict[object, asyncio.Event] = {}
        self.limit = ConcurrencyLimit(self.app, limit, queue)
        self.after: Callable[[], object] = list

    async def app(self, scope: AnyScope, _receive: Receive, _send: Send) -> None:
        name = scope["path"]
        assert RUNNING.get() == name, "it runs in a context of its own"
        self.started.append(name)
        gate = self.gates[name] = asyncio.Event()
        await gate.wait()

    async def call(self, request: Request) -> None:
        RUNNING.set(request.name)
        await self.limit(request.scope, request.receive, request.send)
        self.after()

    async def begin(self, *requests: Request) -> None:
        for request in requests:
            request.task = asyncio.ensure_future(self.call(request))
        await turns()

    async def end(self, request: Request) -> None:
        self.gates[request.name].set()
        assert request.task is not None
        await request.task
        await turns()


async def turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 20))


def requests(names: str) -> list[Request]:
    return [Request(name) for name in names]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_those_above_the_limit_are_refused(kind: str) -> None:
    async def main() -> None:
        bench = Bench(2, 0)
        one, two, three, four = [Request(name, kind) for name in "abcd"]
        await bench.begin(one, two, three)
        assert bench.started == ["a", "b"]
        assert three.statuses == [503]
        assert three.task is not None
        assert three.task.done()
        await bench.end(one)
        await bench.begin(four)
        assert bench.started == ["a", "b", "d"]
        await bench.end(two)
        await bench.end(four)
        assert bench.limit.running == 0

    run(main())


def test_the_queue_is_served_in_order() -> None:
    async def main() -> None:
        bench = Bench(1, 3)
        all_of_them = requests("abcde")
        await bench.begin(*all_of_them)
        assert bench.started == ["a"]
        assert bench.limit.waiting == 3
        assert all_of_them[4].statuses == [503]
        for count, request in enumerate(all_of_them[:4], 1):
            assert bench.started == list("abcd"[:count])
            await bench.end(request)
        assert (bench.limit.running, bench.limit.waiting) == (0, 0)

    run(main())


def test_nobody_overtakes_the_queue() -> None:
    async def main() -> None:
        bench = Bench(1, 2)
        one, two, three = requests("abc")
        await bench.begin(one, two)
        # The place is free and given already when the third asks, in the same turn.
        bench.gates["a"].set()
        assert one.task is not None
        await one.task
        await bench.begin(three)
        assert bench.started == ["a", "b"]
        await bench.end(two)
        await bench.end(three)
        assert bench.started == ["a", "b", "c"]

    run(main())


def test_a_request_whose_client_leaves_is_refused_and_makes_room() -> None:
    async def main() -> None:
        bench = Bench(1, 1)
        one, two, three = requests("abc")
        await bench.begin(one, two)
        bench.limit.leave(two)
        bench.limit.leave(one)  # it runs, and nothing happens
        assert bench.limit.waiting == 0
        await bench.begin(three)
        assert two.task is not None
        assert two.task.done()
        assert two.statuses == [503]
        assert one.statuses == three.statuses == []
        await bench.end(one)
        assert bench.started == ["a", "c"]
        await bench.end(three)
        assert bench.limit.running == 0

    run(main())


def test_a_request_that_is_cancelled_as_its_client_leaves_gives_no_place_on() -> None:
    async def main() -> None:
        bench = Bench(1, 2)
        one, two, three = requests("abc")
        await bench.begin(one, two, three)
        assert two.task is not None
        bench.limit.leave(two)
        two.task.cancel()
        await turns()
        assert (bench.limit.running, bench.limit.waiting) == (1, 1)
        assert bench.started == ["a"]
        await bench.end(one)
        await bench.end(three)
        assert bench.limit.running == 0

    run(main())


def test_a_cancelled_request_leaves_the_queue() -> None:
    async def main() -> None:
        bench = Bench(1, 2)
        one, two, three = requests("abc")
        await bench.begin(one, two, three)
        assert two.task is not None
        # It does not know yet of its cancellation when the place is given on.
        bench.gates["a"].set()
        two.task.cancel()
        await turns()
        assert bench.started == ["a", "c"]
        await bench.end(three)
        assert (bench.limit.running, bench.limit.waiting) == (0, 0)

    run(main())


def test_a_place_that_was_given_to_a_cancelled_request_is_given_on() -> None:
    async def main() -> None:
        bench = Bench(1, 2)
        one, two, three = requests("abc")
        await bench.begin(one, two, three)
        task = two.task
        assert task is not None
        # It has not gone on yet.
        bench.after = task.cancel
        bench.gates["a"].set()
        await turns()
        await turns()
        assert task.cancelled()
        assert bench.started == ["a", "c"]
        await bench.end(three)
        assert (bench.limit.running, bench.limit.waiting) == (0, 0)

    run(main())


def test_an_application_that_raises_gives_its_place_back() -> None:
    async def fail(_scope: AnyScope, _receive: Receive, _send: Send) -> None:
        raise OSError("gone")

    async def main() -> None:
        limit = ConcurrencyLimit(fail, 1, 0)
        request = Request("a")
        for _ in range(3):
            with pytest.raises(OSError, match="gone"):
                await limit(request.scope, request.receive, request.send)
        assert limit.running == 0
        assert request.statuses == []

    run(main())


def test_a_thousand_that_wait_are_started_one_after_the_other() -> None:
    async def main() -> None:
        gate = asyncio.Event()
        depth = count = 0

        async def app(_scope: AnyScope, _receive: Receive, send: Send) -> None:
            nonlocal depth, count
            await gate.wait()
            depth += 1
            await send({"status": 200})
            assert depth == 1, "never from inside another one"
            depth -= 1
            count += 1

        limit = ConcurrencyLimit(app, 1, 999)
        all_of_them = [Request("a") for _ in range(1000)]
        tasks = [
            asyncio.ensure_future(limit(item.scope, item.receive, item.send))
            for item in all_of_them
        ]
        await turns()
        assert limit.waiting == 999
        gate.set()
        await asyncio.gather(*tasks)
        assert count == 1000
        assert (limit.running, limit.waiting) == (0, 0)

    run(main())
