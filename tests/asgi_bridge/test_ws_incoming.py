"""Tests of what `receive` gives, and when it waits."""

import asyncio
import random

from asgi_bridge import WebSocketLimits, WebSocketReceiveMessage, WebSocketScope
from tests.asgi_bridge.fakes import Run, settle
from tests.asgi_bridge.websocket_fakes import (
    ACCEPTED,
    BINARY,
    PING,
    TEXT,
    Connection,
    Receive,
    Recorder,
    Send,
    close_frame,
    frame,
)

HELLO = {"type": "websocket.receive", "text": "hello"}


def text(value: str) -> dict[str, object]:
    return {"type": "websocket.receive", "text": value}


def test_that_messages_have_text_or_bytes(run: Run) -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await connection.feed(frame(TEXT, b"hello"), frame(BINARY, b"\xff"), frame(BINARY))
        assert app.received == [
            HELLO,
            {"type": "websocket.receive", "bytes": b"\xff"},
            {"type": "websocket.receive", "bytes": b""},
        ]
        assert connection.ws.bytes_received == 6
        assert connection.ws.body_received == connection.sink.credited == 6 + 3 * 6
        await connection.lose()

    run(main())


def test_that_a_message_limit_holds_for_the_smallest_messages(run: Run) -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app, limits=WebSocketLimits(max_message_size=4)).open()
        await connection.feed(frame(TEXT, b"four"), frame(TEXT, b"hello"))
        assert app.received[0] == text("four")
        assert connection.close == (1009, "message too big")

    run(main())


def test_that_an_application_that_only_receives_lets_other_tasks_run(run: Run) -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.ws.on_data(frame(BINARY, bytes(100)) * 1000)
        for _ in range(3):
            await asyncio.sleep(0)
        assert 0 < len(app.received) < 1000
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(app.received) == 1000
        await connection.lose()

    run(main())


def test_that_a_cancelled_receive_loses_nothing(run: Run) -> None:
    async def main() -> None:
        received: list[WebSocketReceiveMessage] = []
        done = asyncio.Event()

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            await send(ACCEPTED)
            rng = random.Random(1)
            while True:
                task = asyncio.ensure_future(receive())
                for _ in range(rng.randrange(4)):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    received.append(await task)
                except asyncio.CancelledError:
                    continue
                if received[-1]["type"] == "websocket.disconnect":
                    done.set()
                    return

        connection = Connection(app)
        connection.ws.start()
        for index in range(100):
            connection.ws.on_data(frame(TEXT, b"%d" % index))
            await asyncio.sleep(0)
        connection.ws.on_data(close_frame())
        await done.wait()
        assert [message.get("text") for message in received[:-1]] == list(map(str, range(100)))

    run(main())


def test_that_a_cancelled_receive_leaves_no_ping_unanswered(run: Run) -> None:
    async def main() -> None:
        task: asyncio.Task[WebSocketReceiveMessage] | None = None
        go_on = asyncio.Event()

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            nonlocal task
            await receive()
            await send(ACCEPTED)
            task = asyncio.ensure_future(receive())
            await go_on.wait()

        connection = await Connection(app).open()
        assert task is not None
        connection.ws.on_data(frame(PING, b"1"))
        task.cancel()
        await settle()
        assert connection.frames == [(0x8A, b"1")]
        go_on.set()
        await connection.lose()

    run(main())


def test_that_concurrent_receives_share_the_messages(run: Run) -> None:
    async def main() -> None:
        found: list[WebSocketReceiveMessage] = []

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            await send(ACCEPTED)
            found.extend(await asyncio.gather(*(receive() for _ in range(3))))

        connection = await Connection(app).open()
        await connection.feed(frame(TEXT, b"1"))
        await connection.feed(frame(TEXT, b"2") + frame(TEXT, b"3"))
        assert sorted(str(message.get("text")) for message in found) == ["1", "2", "3"]
        await connection.lose()

    run(main())


def test_that_a_disconnect_is_given_again_and_again(run: Run) -> None:
    async def main() -> None:
        found: list[WebSocketReceiveMessage] = []

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            await send(ACCEPTED)
            found.extend([await receive(), await receive(), await receive()])

        connection = await Connection(app).open()
        await connection.feed(close_frame(None))
        await connection.completed.wait()
        assert found == [{"type": "websocket.disconnect", "code": 1005, "reason": ""}] * 3

    run(main())
