"""Tests of what the application's messages become, and of waiting for room."""

import asyncio
import zlib

import pytest

from asgi_bridge import ClientDisconnected, WebSocketScope
from tests.asgi_bridge.fakes import Run, settle
from tests.asgi_bridge.websocket_fakes import (
    ACCEPTED,
    PING,
    Connection,
    Idler,
    Receive,
    Recorder,
    Send,
    WebSocketHead,
    close_frame,
    deflating_head,
    frame,
)


def send(**more: object) -> dict[str, object]:
    return {"type": "websocket.send", **more}


def close(**more: object) -> dict[str, object]:
    return {"type": "websocket.close", **more}


async def opened(head: WebSocketHead | None = None) -> tuple[Connection, Recorder]:
    app = Recorder()
    return await Connection(app, head=head or WebSocketHead()).open(), app


def test_that_messages_become_frames(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        await app.send(send(text="gr\u00fc\u00dfe"))
        await app.send(send(bytes=b"\xff", text=None))
        await app.send(send(text="", bytes=None))
        await app.send(send(bytes=bytearray(b"abc")))
        await app.send(send(bytes=memoryview(b"def")))
        assert connection.frames == [
            (0x81, "gr\u00fc\u00dfe".encode()),
            (0x82, b"\xff"),
            (0x81, b""),
            (0x82, b"abc"),
            (0x82, b"def"),
        ]
        assert connection.ws.bytes_sent == 14
        await connection.lose()

    run(main())


@pytest.mark.parametrize(
    ("message", "error", "text"),
    [
        (send(), ValueError, "either text or bytes"),
        (send(text=None, bytes=None), ValueError, "either text or bytes"),
        (send(text="x", bytes=b"x"), ValueError, "either text or bytes"),
        (send(text=b"x"), TypeError, "text is a str, not bytes"),
        (send(bytes="x"), TypeError, "expected bytes, not str"),
        (send(text="\ud800"), ValueError, "surrogates not allowed"),
        (close(code="1000"), TypeError, "a close code is an int"),
        (close(code=1005), ValueError, "no close code to be sent: 1005"),
        (close(reason="x" * 124), ValueError, "at most 123 bytes"),
        ({"type": "websocket.receive"}, ValueError, "no ASGI message for a WebSocket"),
        ({"type": "http.response.start"}, ValueError, "no ASGI message for a WebSocket"),
        ({}, ValueError, "no ASGI message for a WebSocket: None"),
        ([], TypeError, "an ASGI message is a dict, not list"),
    ],
)
def test_that_messages_are_checked(
    run: Run, message: dict[str, object], error: type[Exception], text: str
) -> None:
    async def main() -> None:
        connection, app = await opened()
        with pytest.raises(error, match=text):
            await app.send(message)
        await app.send(send(text="still open"))
        assert connection.frames == [(0x81, b"still open")]
        await connection.lose()

    run(main())


def test_that_messages_are_compressed(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened(deflating_head())
        messages = [b"message number %d, and more of it" % index for index in range(5)]
        messages.append(bytes(70_000))
        for message in messages:
            await app.send(send(bytes=message))
        decompressor = zlib.decompressobj(-12)
        for message, (head, payload) in zip(messages, connection.frames, strict=True):
            assert head == 0xC2
            assert decompressor.decompress(payload + b"\0\0\xff\xff") == message
        assert connection.ws.bytes_sent == sum(map(len, messages))
        await app.send(send(text="too few"))
        assert connection.frames[-1] == (0x81, b"too few")
        await connection.lose()

    run(main())


def test_that_an_application_closes(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        await app.send(close(code=4001, reason="\u00fc"))
        assert connection.close == (4001, "\u00fc")
        assert connection.sink.names[-1] == "data"  # the client has to answer first
        await connection.feed(frame(1, b"nobody wants this"))
        assert not app.received
        await connection.feed(close_frame(4001))
        assert connection.is_ended
        assert app.received == [{"type": "websocket.disconnect", "code": 4001, "reason": "\u00fc"}]
        assert connection.ws.close_code == 4001

    run(main())


def test_that_a_close_has_a_code_of_its_own(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        await app.send(close(reason=None))
        assert connection.close == (1000, "")
        await connection.lose()

    run(main())


def test_that_nothing_follows_the_close(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        await app.send(close())
        for message in (send(text="x"), close(), ACCEPTED):
            with pytest.raises(RuntimeError, match="out of order, the application has closed"):
                await app.send(message)
        await connection.lose()
        with pytest.raises(RuntimeError):
            await app.send(close())

    run(main())


@pytest.mark.parametrize("how", ["reset", "close frame", "stop", "fault"])
def test_that_a_client_that_left_is_told_of(run: Run, how: str) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app).open()
        if how == "reset":
            connection.ws.on_reset(0)
        elif how == "stop":
            connection.ws.disconnect()
        else:
            await connection.feed(close_frame() if how == "close frame" else b"\x81\x00")
        before = connection.sent
        for message in (send(text="x"), send(bytes=b"x"), close()):
            with pytest.raises(ClientDisconnected) as caught:
                await app.send(message)
            assert isinstance(caught.value, OSError)
        assert connection.sent == before
        await connection.lose()
        app.go_on.set()
        await connection.completed.wait()

    run(main())


def test_that_a_message_waits_for_room(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        connection.fill()
        task = asyncio.ensure_future(app.send(send(text="1")))
        await settle()
        assert connection.frames == [(0x81, b"1")]
        assert not task.done()
        await connection.drain()
        await task
        await app.send(send(text="2"))
        await connection.lose()

    run(main())


def test_that_concurrent_messages_keep_their_order(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        connection.fill()
        tasks = [asyncio.ensure_future(app.send(send(text=str(index)))) for index in range(5)]
        await settle()
        assert len(connection.frames) == 1
        for count in range(2, 6):
            connection.ws.on_writable()  # there is room for one
            await settle()
            assert len(connection.frames) == count
        connection.sink.has_room = True
        late = asyncio.ensure_future(app.send(send(text="5")))
        connection.ws.on_writable()
        await asyncio.gather(*tasks, late)
        assert [payload for _, payload in connection.frames] == [
            b"%d" % index for index in range(6)
        ]
        await connection.lose()

    run(main())


def test_that_a_message_does_not_overtake_one_that_waits_for_its_turn(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        connection.fill()
        tasks = [asyncio.ensure_future(app.send(send(text="1")))]
        tasks.append(asyncio.ensure_future(app.send(send(text="2"))))
        await settle()
        connection.sink.has_room = True
        connection.ws.on_writable()
        await app.send(send(text="3"))  # at once, before either has gone on
        await asyncio.gather(*tasks)
        assert [payload for _, payload in connection.frames] == [b"1", b"2", b"3"]
        await connection.lose()

    run(main())


def test_that_a_full_sink_is_not_written_to(run: Run) -> None:
    """A pong has taken the last room; the message waits before it goes."""

    async def main() -> None:
        connection, app = await opened()
        connection.fill()
        await connection.feed(frame(PING, b"x"))
        task = asyncio.ensure_future(app.send(send(text="1")))
        await settle()
        assert connection.frames == [(0x8A, b"x")]
        await connection.feed(frame(PING, b"y"))
        connection.ws.on_writable()  # which the pong takes, or the message
        await settle()
        assert len(connection.frames) == 2
        await connection.drain()
        await task
        assert sorted(connection.frames) == [(0x81, b"1"), (0x8A, b"x"), (0x8A, b"y")]
        await connection.lose()

    run(main())


def test_that_a_cancelled_message_was_sent_or_not_touched(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        connection.fill()
        tasks = [asyncio.ensure_future(app.send(send(text=str(index)))) for index in range(3)]
        await settle()
        tasks[0].cancel()
        tasks[1].cancel()
        await settle()
        assert connection.frames == [(0x81, b"0")]
        await connection.drain()
        await tasks[2]
        assert connection.frames == [(0x81, b"0"), (0x81, b"2")]
        await app.send(send(text="3"))
        await connection.lose()

    run(main())


def test_that_who_waits_for_room_learns_of_the_end(run: Run) -> None:
    async def main() -> None:
        connection, app = await opened()
        connection.fill()
        tasks = [asyncio.ensure_future(app.send(send(text="x"))) for _ in range(3)]
        await settle()
        await connection.lose()
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(error) for error in errors] == [ClientDisconnected] * 3

    run(main())


def test_that_an_application_that_only_sends_lets_other_tasks_run(run: Run) -> None:
    async def main() -> None:
        async def app(scope: WebSocketScope, receive: Receive, send_: Send) -> None:
            await receive()
            await send_(ACCEPTED)
            while True:
                await send_(send(bytes=b"x" * 1000))

        connection = await Connection(app).open()
        assert 0 < len(connection.frames) < 2000
        await connection.lose()
        await connection.completed.wait()

    run(main())


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (send(text="x"), RuntimeError),
        (send(), ValueError),
        ({"type": "nonsense"}, ValueError),
        ([], TypeError),
    ],
)
def test_that_an_application_that_only_errs_lets_other_tasks_run(
    run: Run, message: dict[str, object], error: type[Exception]
) -> None:
    async def main() -> None:
        connection, app = await opened()
        await app.send(close())
        others: list[None] = []
        asyncio.get_running_loop().call_soon(others.append, None)
        for _ in range(2000):
            with pytest.raises(error):
                await app.send(message)
        assert others
        await connection.lose()

    run(main())
