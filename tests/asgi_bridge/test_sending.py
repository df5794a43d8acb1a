"""Owns the tests of `send`: its turns, its waits, and what it leaves to others."""

import asyncio
import sys
from contextlib import suppress

import pytest

from asgi_bridge import HTTPScope
from asgi_bridge._response import BURST, MESSAGE_COST
from tests.asgi_bridge.fakes import (
    REQUEST,
    App,
    Head,
    Receive,
    Run,
    Send,
    Server,
    Sink,
    body,
    settle,
    start,
)
from tests.asgi_bridge.test_exchange import HELLO, hello

IS_EAGER = sys.version_info >= (3, 12)


def streaming(chunks: list[bytes]) -> App:
    """Make an application that streams."""

    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start())
        for chunk in chunks:
            await send(body(chunk, more_body=True))
        await send(body())

    return app


# Back-pressure


def test_sender_waits_for_room(run: Run) -> None:
    async def main() -> None:
        server, sink = Server(), Sink()
        sink.has_room = False
        exchange = server.exchange(streaming([b"a", b"b", b"c"]), sink=sink)
        exchange.start()
        for sent in (b"a", b"ab", b"abc"):
            await settle()
            assert b"".join(bytes(call[1]) for call in sink.calls[1:]) == sent  # type: ignore[call-overload]
            exchange.on_writable()
            exchange.on_writable()
        await server.completed.wait()
        assert sink.names[-2:] == ["data", "finish"]

    run(main())


def test_room_that_comes_while_nobody_waits(run: Run) -> None:
    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = server.exchange(hello, sink=sink)
        exchange.on_writable()
        exchange.start()
        await server.completed.wait()
        assert sink.calls == HELLO

    run(main())


def test_concurrent_senders_keep_their_order(run: Run) -> None:
    async def main() -> None:
        chunks = [bytes([i]) for i in range(20)]

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            async with asyncio.TaskGroup() as group:
                for chunk in chunks[:10]:
                    group.create_task(send(body(chunk, more_body=True)))
                await settle()
                for chunk in chunks[10:]:
                    group.create_task(send(body(chunk, more_body=True)))
            await send(body())

        server, sink = Server(), Sink()
        sink.has_room = False
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        for count in range(len(chunks)):
            await settle()
            assert len(sink.calls) == 2 + count
            exchange.on_writable()
        await server.completed.wait()
        assert [call[1] for call in sink.calls[1:-2]] == chunks

    run(main())


def test_new_sender_does_not_overtake(run: Run) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            first = asyncio.create_task(send(body(b"1", more_body=True)))
            await settle()
            second = asyncio.create_task(send(body(b"2", more_body=True)))
            await settle()
            exchange.on_writable()
            await send(body(b"3", more_body=True))
            await asyncio.gather(first, second)
            await send(body())

        server, sink = Server(), Sink()
        sink.has_room = False
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        while not exchange.is_done:
            await settle()
            exchange.on_writable()
        assert [call[1] for call in sink.calls[1:4]] == [b"1", b"2", b"3"]

    run(main())


def test_cancelled_sender_has_sent_its_message_or_not_touched_it(run: Run) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            tasks = [
                asyncio.create_task(send(body(chunk, more_body=True)))
                for chunk in (b"1", b"2", b"3")
            ]
            await settle()
            tasks[0].cancel()
            tasks[1].cancel()
            await settle()
            assert [task.cancelled() for task in tasks] == [True, True, False]
            assert sink.names == ["start", "data"]
            exchange.on_writable()
            await settle()
            exchange.on_writable()
            await tasks[2]
            sink.has_room = True
            await send(body())

        server, sink = Server(), Sink()
        sink.has_room = False
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await server.completed.wait()
        assert [call[1] for call in sink.calls[1:-1]] == [b"1", b"3", b""]

    run(main())


def test_sender_cancelled_while_full_leaves_the_next_one_waiting(run: Run) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await send(body(b"1", more_body=True))
            waiting.set()
            await send(body(b"2"))

        waiting = asyncio.Event()
        server, sink = Server(), Sink()
        sink.has_room = False
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await waiting.wait()
        await settle()
        assert sink.names == ["start", "data"]
        exchange.on_writable()
        await server.completed.wait()
        assert sink.names == ["start", "data", "data", "finish"]

    run(main())


def test_anyio_tasks_may_send(run: Run) -> None:
    anyio = pytest.importorskip("anyio")

    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start())
        async with anyio.create_task_group() as group:
            for chunk in (b"1", b"2"):
                group.start_soon(send, body(chunk, more_body=True))
        # As Starlette asks whether the client is still there: what is at hand is given, and for
        # the rest nobody waits.
        got = []
        for _ in range(3):
            with anyio.CancelScope() as cancelled:
                cancelled.cancel()
                got.append(await receive())
        assert got == [REQUEST]
        await send(body())

    async def main() -> None:
        server, sink = Server(), Sink()
        sink.has_room = False
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        while not exchange.is_done:
            await settle()
            exchange.on_writable()
        assert [call[1] for call in sink.calls[1:-1]] == [b"1", b"2", b""]

    run(main())


# Fairness


async def turns_while(app: App, head: Head | None = None) -> int:
    """Count how often another task runs before an application has ended."""
    seen = 0
    server = Server()

    async def other() -> None:
        nonlocal seen
        while True:
            seen += 1
            await asyncio.sleep(0)

    exchange = server.exchange(app, head)
    task = asyncio.create_task(other())
    exchange.start()
    await server.completed.wait()
    task.cancel()
    return seen


@pytest.mark.parametrize("size", [0, 1, 1000, 64 * 1024, 2 * BURST])
def test_endless_stream_does_not_hold_the_loop(run: Run, size: int) -> None:
    cost = size + MESSAGE_COST
    count = max(5 * BURST // cost, 5)

    async def main() -> None:
        expected = count * cost // max(BURST, cost)
        assert expected <= await turns_while(streaming([bytes(size)] * count)) <= expected + 2

    run(main())


def test_sender_that_heeds_no_error_does_not_hold_the_loop(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        for _ in range(5 * BURST // MESSAGE_COST):
            with pytest.raises(ValueError, match="no ASGI message"):
                await send({"type": "http.response.nonsense"})
        await hello(scope, receive, send)

    async def main() -> None:
        assert await turns_while(app) >= 4

    run(main())


def test_sender_that_heeds_no_departure_does_not_hold_the_loop(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start())
        for _ in range(5 * BURST // MESSAGE_COST):
            with suppress(OSError):
                await send(body(b"", more_body=True))

    async def main() -> None:
        assert await turns_while(app, Head(b"HEAD")) >= 4

    run(main())


@pytest.mark.skipif(not IS_EAGER, reason="tasks start at once from Python 3.12 on")
def test_large_response_in_one_message_needs_no_turn(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(bytes(4 * BURST)))

    async def main() -> None:
        exchange = Server().exchange(app)
        exchange.start()
        assert exchange.is_done

    run(main())
