"""What an application may rely on of the task that it runs in, on its very first step too."""

import asyncio
import contextvars
import threading

import anyio
import anyio.to_thread
import pytest

from tests.server.asgi.answers import answer, collect
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Receive, Scope, Send, Served

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def test_every_call_has_a_task_of_its_own(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> list[asyncio.Task[None] | None]:
        first = asyncio.current_task()
        await asyncio.sleep(0)
        await answer(send)
        return [first, asyncio.current_task()]

    run = served.run(app)
    peer.get()
    peer.get()
    tasks = [run.result(0), run.result(1)]
    for first, later in tasks:
        assert first is later is not None
    assert tasks[0][0] is not tasks[1][0]


def test_context_variables_stay_in_their_call(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> list[str]:
        seen = [variable.get()]
        variable.set(scope["path"])
        await asyncio.sleep(0)
        seen.append(variable.get())
        await answer(send)
        seen.append(variable.get())
        return seen

    run = served.run(app)
    for index in range(3):
        peer.get(f"/{index}")
        assert run.result(index) == ["unset", f"/{index}", f"/{index}"]


def test_context_variables_of_calls_at_the_same_time(served: Served, protocol: type[Peer]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> tuple[str, str]:
        variable.set(scope["path"])
        await may_go_on.wait()
        seen = await asyncio.create_task(read_variable())
        await answer(send)
        return scope["path"], seen

    async def read_variable() -> str:
        return variable.get()

    may_go_on = asyncio.Event()
    run = served.run(app)
    with protocol(served.endpoint()) as one, protocol(served.endpoint()) as two:
        calls = [one.open("/one"), two.open("/two")]
        run.wait_called(2)
        served.call(may_go_on.set)
        for call in calls:
            assert call.whole().status == 200
    for index in range(2):
        path, seen = run.result(index)
        assert path == seen


def test_time_limits(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.sleep(60)
        with anyio.move_on_after(0.001) as limit:
            await anyio.sleep(60)
        assert limit.cancelled_caught
        await answer(send, b"in time")

    served.run(app)
    assert peer.get().body == b"in time"


def test_groups_of_tasks(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[int] = []

        async def work(number: int) -> None:
            await asyncio.sleep(0)
            parts.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(work(number))
        async with anyio.create_task_group() as other:
            for number in range(3, 6):
                other.start_soon(work, number)
        with pytest.raises(ExceptionGroup):  # noqa: PT012 - the end of the group raises it
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                await asyncio.sleep(60)
        await answer(send, bytes(sorted(parts)))

    async def fail() -> None:
        raise ValueError("of a task")

    served.run(app)
    assert peer.get().body == bytes(range(6))


def test_threads(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        variable.set("of the call")
        loops = threading.get_ident()
        ident, seen = await anyio.to_thread.run_sync(look)
        other, _ = await asyncio.to_thread(look)
        assert loops not in {ident, other}
        await answer(send, seen.encode())

    def look() -> tuple[int, str]:
        return threading.get_ident(), variable.get()

    served.run(app)
    assert peer.get().body == b"of the call"


def test_shielded_work_goes_on(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> bytes:
        reading = asyncio.create_task(collect(receive))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(reading), 0.001)
        may_send.set()
        body = await reading
        await answer(send, body)
        return body

    may_send = threading.Event()
    run = served.run(app)
    call = peer.open(method="POST", end=False)
    assert may_send.wait(20)
    call.send(b"late", end=True)
    assert call.whole().body == b"late"
    assert run.result() == b"late"
