"""Tests of what becomes of bytes that arrive, and of what is left unread."""

import asyncio

import pytest

from asgi_bridge import WebSocketLimits, WebSocketReceiveMessage, WebSocketScope
from tests.asgi_bridge.fakes import Run, settle
from tests.asgi_bridge.websocket_fakes import (
    ACCEPTED,
    BINARY,
    CONTINUATION,
    PING,
    TEXT,
    Connection,
    Idler,
    Receive,
    Recorder,
    Send,
    close_frame,
    deflated,
    deflating_head,
    frame,
    http2_head,
)

HELLO = {"type": "websocket.receive", "text": "hello"}


def text(value: str) -> dict[str, object]:
    return {"type": "websocket.receive", "text": value}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1000])
def test_that_the_same_is_received_however_it_is_cut(run: Run, size: int) -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app, head=deflating_head()).open()
        data = (
            frame(TEXT, b"hello")
            + frame(PING, b"1")
            + frame(BINARY, bytes(300))
            + frame(TEXT, deflated(b"compressed" * 9), rsv=4)
            + frame(TEXT, b"x", fin=False)
            + frame(PING, b"2")
            + frame(CONTINUATION, b"y")
        )
        for start in range(0, len(data), size):
            await connection.feed(data[start : start + size])
        await connection.feed(close_frame(4000, b"bye"))
        await connection.completed.wait()
        assert app.received == [
            HELLO,
            {"type": "websocket.receive", "bytes": bytes(300)},
            text("compressed" * 9),
            text("xy"),
            {"type": "websocket.disconnect", "code": 4000, "reason": "bye"},
        ]
        assert [head for head, _ in connection.frames] == [0x8A, 0x8A, 0x88]
        assert connection.ws.bytes_received == 5 + 300 + 90 + 2
        assert connection.sink.credited == connection.ws.body_received

    run(main())


def test_that_a_read_may_hold_many_messages(run: Run) -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await connection.feed(b"".join(frame(TEXT, b"%d" % index) for index in range(500)))
        await connection.lose()
        assert [message.get("text") for message in app.received[:-1]] == [
            str(index) for index in range(500)
        ]

    run(main())


def test_that_what_is_not_received_is_bounded_in_messages(run: Run) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app, limits=WebSocketLimits(max_queued_messages=10)).open()
        one = frame(TEXT, b"x")
        await connection.feed(*[one] * 30)
        assert len(connection.ws._queue) == 10
        assert connection.sink.credited == 10 * len(one)
        app.go_on.set()
        await settle()
        assert len(app.received) == 30
        assert connection.sink.credited == 30 * len(one)
        await connection.lose()

    run(main())


def test_that_what_is_not_received_is_bounded_in_bytes(run: Run) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app, limits=WebSocketLimits(max_queued_bytes=1000)).open()
        one = frame(BINARY, bytes(400))
        await connection.feed(*[one] * 9)
        assert len(connection.ws._queue) == 3
        assert connection.sink.credited == 3 * len(one)
        app.go_on.set()
        await settle()
        assert len(app.received) == 9
        await connection.lose()

    run(main())


def test_that_a_message_larger_than_the_queue_is_received(run: Run) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app, limits=WebSocketLimits(max_queued_bytes=1000)).open()
        await connection.feed(*[frame(BINARY, bytes(50_000))] * 3)
        assert connection.sink.credited < 60_000
        app.go_on.set()
        await settle()
        assert [message.get("bytes") for message in app.received] == [bytes(50_000)] * 3
        await connection.lose()

    run(main())


def test_that_control_frames_are_read_while_the_application_is_busy(run: Run) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app).open()
        await connection.feed(frame(TEXT, b"hello"), frame(PING, b"1"))
        assert connection.frames == [(0x8A, b"1")]
        await connection.feed(close_frame(1000))
        assert connection.close == (1000, "")
        assert not connection.ws.is_done
        app.go_on.set()
        await connection.completed.wait()
        assert app.received == [
            HELLO,
            {"type": "websocket.disconnect", "code": 1000, "reason": ""},
        ]

    run(main())


def test_that_a_queue_that_empties_lets_control_frames_through(run: Run) -> None:
    """They are read when it is half empty, though the application receives no more for now."""

    async def main() -> None:
        step = asyncio.Semaphore(0)

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            await send(ACCEPTED)
            while (await receive())["type"] == "websocket.receive":
                await step.acquire()

        connection = await Connection(app, limits=WebSocketLimits(max_queued_messages=4)).open()
        await connection.feed(*[frame(TEXT, b"x")] * 5, frame(PING, b"1"))
        assert not connection.frames
        step.release()
        step.release()
        await settle()
        assert connection.frames == [(0x8A, b"1")]
        await connection.lose()
        for _ in range(5):
            step.release()
        await connection.completed.wait()

    run(main())


def test_that_a_flood_of_empty_frames_lets_other_tasks_run(run: Run) -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        flood = frame(TEXT, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * 5000
        connection.ws.on_data(flood)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert 0 < connection.sink.credited < len(flood) // 2
        for _ in range(100):
            await asyncio.sleep(0)
        assert connection.sink.credited == len(flood)
        await connection.feed(frame(CONTINUATION, b"end"))
        assert app.received == [text("end")]
        await connection.lose()

    run(main())


def test_that_bytes_before_the_accept_wait(run: Run) -> None:
    async def main() -> None:
        received: list[WebSocketReceiveMessage] = []
        go_on = asyncio.Event()

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            await go_on.wait()
            await send(ACCEPTED)
            while len(received) < 3:
                received.append(await receive())

        connection = await Connection(app, head=http2_head()).open()
        await connection.feed(frame(TEXT, b"hello"), frame(TEXT, b"again"), frame(PING, b"1"))
        assert not connection.sink.calls
        assert not connection.sink.credited
        go_on.set()
        await settle()
        assert received == [HELLO, text("again")]
        assert connection.frames[0] == (0x8A, b"1")
        await connection.lose()

    run(main())


def test_that_what_arrived_before_the_connection_broke_is_received(run: Run) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app).open()
        connection.ws.on_data(frame(TEXT, b"hello"))
        connection.ws.on_data(close_frame(1001, b"bye"))
        connection.ws.on_reset(0)
        await settle()
        app.go_on.set()
        await connection.completed.wait()
        assert app.received == [
            HELLO,
            {"type": "websocket.disconnect", "code": 1001, "reason": "bye"},
        ]

    run(main())


def test_that_nothing_is_kept_of_what_comes_after_the_end(run: Run) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app).open()
        await connection.feed(close_frame(), frame(TEXT, b"late" * 1000))
        assert not connection.ws._messages.frames.has_bytes
        assert not connection.ws._chunk
        app.go_on.set()
        await connection.completed.wait()
        assert len(app.received) == 1

    run(main())
