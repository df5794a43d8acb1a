"""Tests of control frames, pings and the closing handshake, with a clock of their own."""

import asyncio
from collections.abc import Coroutine

import pytest

from asgi_bridge import WebSocketLimits, WebSocketScope
from tests.asgi_bridge.fakes import settle
from tests.asgi_bridge.websocket_fakes import (
    ACCEPTED,
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    ClockLoop,
    Connection,
    Idler,
    Receive,
    Recorder,
    Send,
    advance,
    close_frame,
    deflating_head,
    echo,
    frame,
)


def play(coroutine: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(coroutine)


def disconnect(code: int, reason: str = "") -> dict[str, object]:
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


# Pings of the client


def test_that_every_ping_is_answered_in_order() -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        await connection.feed(b"".join(frame(PING, b"%d" % index) for index in range(10)))
        assert connection.frames == [(0x8A, b"%d" % index) for index in range(10)]
        assert len(connection.sink.calls) == 3  # head, flush, and all pongs in one
        await connection.lose()

    play(main())


def test_that_pongs_are_ignored() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await connection.feed(frame(PONG, b"unasked"), frame(PONG), frame(TEXT, b"x"))
        assert not connection.frames
        assert len(app.received) == 1
        await connection.lose()

    play(main())


def test_that_pongs_wait_for_room_and_are_bounded() -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        connection.fill()
        await connection.feed(frame(PING, b"first"))
        assert connection.frames == [(0x8A, b"first")]  # which found no room for more behind it
        await connection.feed(frame(PING, b"a"), frame(PING, b"b"))
        assert len(connection.frames) == 1
        await connection.drain()
        assert connection.frames[1:] == [(0x8A, b"a"), (0x8A, b"b")]
        connection.fill()
        await connection.feed(frame(PING, b"full"))
        for index in range(5000):
            connection.ws.on_data(frame(PING, b"%d" % index))
            if index % 50 == 0:
                await settle()
            assert len(connection.ws._pongs) <= 4096
        await settle()
        await connection.drain()
        assert len(connection.frames) < 1000
        assert connection.frames[-1] == (0x8A, b"4999")
        await connection.lose()

    play(main())


@pytest.mark.parametrize("end", ["end", "cancel", "fault"])
def test_that_no_pong_follows_the_end(end: str) -> None:
    async def main() -> None:
        connection = await Connection(Recorder()).open()
        connection.fill()
        await connection.feed(frame(PING, b"1"), frame(PING, b"2"))
        if end == "end":
            connection.ws.on_end([])
        elif end == "cancel":
            connection.ws.cancel()
        else:
            await connection.feed(b"\xff\xff")
        await settle()
        await connection.drain()
        await connection.drain()
        pongs = [(0x8A, b"1")]  # what there was room for, as far as anyone knew
        closes = [(0x88, b"\x03\xeareserved bit set")] if end == "fault" else []
        assert connection.frames == pongs + closes
        assert connection.sink.names[-1] in {"finish", "abort"}

    play(main())


def test_that_no_pong_follows_the_close_frame() -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        connection.ws.disconnect()
        await connection.feed(frame(PING, b"x"))
        assert [head for head, _ in connection.frames] == [0x88]
        await connection.lose()

    play(main())


# Pings of the server


def test_that_an_idle_client_is_pinged() -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        await advance(59)
        assert not connection.frames
        await advance(2)
        assert connection.frames == [(0x89, b"")]
        await connection.feed(frame(PONG))
        await advance(31)
        assert len(connection.frames) == 1
        await advance(30)
        assert connection.frames == [(0x89, b"")] * 2
        await connection.lose()

    play(main())


def test_that_a_silent_client_is_closed() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await advance(61)
        await advance(29)
        assert not app.received
        await advance(2)
        assert connection.close == (1011, "keepalive ping timeout")
        assert connection.is_ended
        await connection.completed.wait()
        assert app.received == [disconnect(1011, "keepalive ping timeout")]
        assert connection.ws.close_code == 1011

    play(main())


def test_that_a_client_that_sends_anything_lives() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await advance(61)
        await connection.feed(frame(BINARY, bytes(1000))[:50])
        await advance(35)
        assert connection.close is None
        await connection.lose()

    play(main())


def test_that_a_client_whose_messages_are_not_read_lives() -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app, limits=WebSocketLimits(max_queued_messages=2)).open()
        await connection.feed(*[frame(TEXT, b"x")] * 3)
        await advance(61)
        await advance(31)
        await advance(31)
        assert connection.close is None
        app.go_on.set()
        await connection.lose()

    play(main())


def test_that_pings_can_be_switched_off() -> None:
    async def main() -> None:
        connection = await Connection(echo, limits=WebSocketLimits(ping_interval=0)).open()
        assert connection.ws._timer is None
        await advance(10_000)
        assert not connection.frames
        await connection.lose()

    play(main())


def test_that_silence_can_be_allowed() -> None:
    async def main() -> None:
        connection = await Connection(echo, limits=WebSocketLimits(ping_timeout=0)).open()
        for _ in range(5):
            await advance(61)
        assert connection.frames == [(0x89, b"")] * 5
        await connection.lose()

    play(main())


def test_that_no_ping_goes_where_there_is_no_room() -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        connection.fill()
        await connection.feed(frame(TEXT, b"x"))
        await advance(61)
        await advance(31)
        assert connection.frames == [(0x81, b"x")]
        await connection.drain()
        await connection.lose()

    play(main())


def test_that_no_timer_is_left_behind() -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        assert connection.ws._timer is not None
        await connection.lose()
        assert connection.ws._timer is None

    play(main())


# The end


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, b""), (1001, b"bye"), (3000, b""), (4999, "\u00fc".encode())]
)
def test_that_a_close_frame_is_answered(code: int, reason: bytes) -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await connection.feed(close_frame(code, reason))
        assert connection.close == (code, reason.decode())
        assert connection.is_ended
        await connection.completed.wait()
        assert app.received == [disconnect(code, reason.decode())]
        assert (connection.ws.close_code, connection.ws.close_reason) == (code, reason.decode())
        assert connection.events == ["answered", "closed", "complete"]

    play(main())


def test_that_a_close_frame_without_a_code_is_answered_by_one() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await connection.feed(close_frame(None))
        assert connection.frames == [(0x88, b"")]
        assert app.received == [disconnect(1005)]

    play(main())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x00", 1002),
        (frame(TEXT, b"\xff"), 1007),
        (frame(BINARY, bytes(2000)), 1009),
        (close_frame(1006), 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (close_frame(1000, b"\xff"), 1007),
        (frame(TEXT, b"\xff\xff\xff", rsv=4), 1007),
    ],
)
def test_that_a_fault_closes_the_session(data: bytes, code: int) -> None:
    async def main() -> None:
        app = Recorder()
        limits = WebSocketLimits(max_message_size=1000)
        connection = await Connection(app, head=deflating_head(), limits=limits).open()
        await connection.feed(frame(TEXT, b"x") + data + frame(TEXT, b"never read"))
        assert connection.close is not None
        assert connection.close[0] == code
        assert connection.is_ended
        await connection.completed.wait()
        assert app.received[1:] == [disconnect(*connection.close)]

    play(main())


def test_that_a_message_is_answered_before_the_fault_behind_it() -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        await connection.feed(frame(TEXT, b"x" * 200) + b"\x81\x00")
        assert connection.frames[0] == (0x81, b"x" * 200)
        assert connection.close is not None
        assert connection.close[0] == 1002

    play(main())


def test_that_a_close_frame_that_waits_for_room_is_sent_though_the_client_was_first() -> None:
    async def main() -> None:
        connection = await Connection(Recorder()).open()
        connection.fill()
        await connection.feed(frame(PING, b"x"))
        connection.ws.disconnect(1012)
        await connection.feed(close_frame(1000))
        assert connection.events == ["answered", "closed"]
        await connection.drain()
        assert connection.close == (1012, "")
        assert connection.is_ended
        assert connection.events == ["answered", "closed", "complete"]

    play(main())


def test_that_a_stop_waits_for_the_client() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.ws.disconnect(1012)
        connection.ws.disconnect(1001)  # once is enough
        await settle()
        assert connection.close == (1012, "")
        assert not app.received
        await connection.feed(frame(TEXT, b"last words"))
        assert app.received == [{"type": "websocket.receive", "text": "last words"}]
        await connection.feed(close_frame(1012))
        await connection.completed.wait()
        assert app.received[1:] == [disconnect(1012)]
        assert connection.is_ended
        assert len(connection.frames) == 1

    play(main())


def test_that_a_stop_waits_for_the_client_only_so_long() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.ws.disconnect()
        await advance(9)
        assert not app.received
        await advance(2)
        await connection.completed.wait()
        assert app.received == [disconnect(1001)]
        assert connection.sink.names[-1] == "abort"
        assert connection.ws._timer is None

    play(main())


def test_that_a_fault_while_closing_ends_without_another_frame() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.ws.disconnect()
        await connection.feed(b"\x81\x00")
        assert connection.close == (1001, "")
        assert len(connection.frames) == 1
        assert connection.is_ended
        assert app.received == [disconnect(1001)]

    play(main())


def test_that_both_may_close_at_once() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.ws.disconnect(1001)
        await connection.feed(close_frame(4000))
        assert connection.frames == [(0x88, b"\x03\xe9")]
        assert app.received == [disconnect(1001)]

    play(main())


def test_that_a_close_frame_waits_for_room() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.fill()
        await connection.feed(frame(PING, b"x"), frame(PING, b"y"))
        connection.ws.disconnect(1012)
        await settle()
        assert connection.frames == [(0x8A, b"x")]
        await connection.drain()
        assert connection.close == (1012, "")
        assert len(connection.frames) == 2  # the pong that waited went with the session
        await connection.feed(close_frame(1012))
        assert connection.is_ended
        assert app.received == [disconnect(1012)]

    play(main())


def test_that_an_answer_waits_for_room_but_not_the_application() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.fill()
        await connection.feed(frame(PING, b"x"), close_frame(1000))
        assert app.received == [disconnect(1000)]
        assert connection.events == ["answered", "closed"]
        assert not connection.completed.is_set()
        await connection.drain()
        assert connection.close == (1000, "")
        assert connection.is_ended
        assert connection.events == ["answered", "closed", "complete"]

    play(main())


def test_that_an_answer_waits_for_room_only_so_long() -> None:
    async def main() -> None:
        connection = await Connection(Recorder()).open()
        connection.fill()
        await connection.feed(frame(PING, b"x"), close_frame(1000))
        await advance(11)
        assert connection.sink.names[-1] == "abort"
        assert connection.events == ["answered", "closed", "complete"]

    play(main())


def test_that_an_application_that_ends_late_does_not_prolong_that() -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app).open()
        connection.fill()
        await connection.feed(frame(PING, b"x"), close_frame(1000))
        await advance(6)
        app.go_on.set()
        await settle()
        assert not connection.ws.is_done
        await advance(5)
        assert connection.sink.names[-1] == "abort"
        assert connection.events == ["answered", "closed", "complete"]

    play(main())


def test_that_a_close_frame_without_room_is_dropped_with_its_connection() -> None:
    async def main() -> None:
        connection = await Connection(Recorder()).open()
        connection.fill()
        await connection.feed(frame(PING, b"x"), close_frame(1000))
        await connection.lose()
        assert connection.events == ["answered", "closed", "reset", "complete"]
        assert connection.ws.close_code == 1000

    play(main())


def test_that_a_connection_without_a_close_frame_reads_1006() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        await connection.lose()
        assert app.received == [disconnect(1006)]
        assert connection.ws.close_code == 1006
        assert connection.sink.names == ["start", "data"]
        assert connection.events == ["answered", "reset", "closed", "complete"]

    play(main())


def test_that_the_end_of_the_input_reads_1006_and_is_answered() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.ws.on_data(frame(TEXT, b"x") + frame(TEXT, b"cut")[:-1])
        connection.ws.on_end([])
        await settle()
        assert app.received == [{"type": "websocket.receive", "text": "x"}, disconnect(1006)]
        assert connection.is_ended
        assert not connection.frames

    play(main())


def test_that_the_end_of_the_input_waits_for_what_is_unread() -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app, limits=WebSocketLimits(max_queued_messages=1)).open()
        connection.ws.on_data(frame(TEXT, b"1") + frame(TEXT, b"2") + close_frame(4001))
        connection.ws.on_end([])
        await settle()
        assert connection.close is None
        app.go_on.set()
        await connection.completed.wait()
        assert app.received[2:] == [disconnect(4001)]

    play(main())


def test_that_a_client_that_leaves_while_the_server_closes_does_no_harm() -> None:
    async def main() -> None:
        app = Recorder()
        connection = await Connection(app).open()
        connection.ws.disconnect(1012)
        connection.ws.on_end([])
        await settle()
        assert app.received == [disconnect(1012)]
        assert connection.is_ended

    play(main())


def test_that_a_stop_before_the_accept_is_told_where_it_waits() -> None:
    async def main() -> None:
        found: list[object] = []

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            found.append(await receive())

        connection = await Connection(app).open()
        connection.ws.disconnect(1012)
        await connection.completed.wait()
        assert found == [disconnect(1012)]
        assert connection.status == 503
        assert connection.events == ["answered", "complete"]

    play(main())


def test_that_a_stop_before_the_accept_closes_behind_it() -> None:
    async def main() -> None:
        found: list[object] = []
        go_on = asyncio.Event()

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            await go_on.wait()
            await send(ACCEPTED)
            found.append(await receive())

        connection = await Connection(app).open()
        connection.ws.disconnect(1012)
        go_on.set()
        await settle()
        assert connection.status == 101
        assert connection.close == (1012, "")
        await connection.feed(close_frame(1012))
        await connection.completed.wait()
        assert found == [disconnect(1012)]

    play(main())


def test_that_an_end_of_the_input_before_the_accept_is_told() -> None:
    async def main() -> None:
        found: list[object] = []

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            found.append(await receive())

        connection = await Connection(app).open()
        connection.ws.on_end([])
        await connection.completed.wait()
        assert found == [disconnect(1006)]

    play(main())
