"""Tests of a WebSocket as one call of an application: its start, its end, its errors."""

import asyncio
import gc
import logging
import sys
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asgi_bridge import ClientDisconnected, WebSocket, WebSocketScope
from tests.asgi_bridge.fakes import Run, settle
from tests.asgi_bridge.websocket_fakes import (
    ACCEPTED,
    BINARY,
    CONTINUATION,
    TEXT,
    App,
    Connection,
    Idler,
    Receive,
    Recorder,
    Send,
    close_frame,
    deflated,
    deflating_head,
    echo,
    frame,
)


def raising(error: BaseException, *messages: dict[str, object]) -> App:
    async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            await send(message)
        raise error

    return app


def returning(*messages: dict[str, object]) -> App:
    async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            await send(message)

    return app


START: dict[str, object] = {"type": "websocket.http.response.start", "status": 401}
CLOSE: dict[str, object] = {"type": "websocket.close"}


def test_that_messages_are_echoed(run: Run) -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        await connection.feed(*[frame(TEXT, b"%d" % index) for index in range(5)])
        assert connection.frames == [(0x81, b"%d" % index) for index in range(5)]
        await connection.feed(close_frame())
        await connection.completed.wait()
        assert connection.events == ["answered", "closed", "complete"]

    run(main())


def test_that_the_first_step_runs_at_once(run: Run) -> None:
    async def main() -> None:
        connection = Connection(echo)
        connection.ws.start()
        assert bool(connection.sink.calls) == (sys.version_info >= (3, 12))
        await settle()
        assert connection.status == 101
        await connection.lose()

    run(main())


def test_that_an_error_before_the_accept_is_500(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connection = await Connection(raising(KeyError("oops"))).open()
        await connection.completed.wait()
        assert connection.status == 500
        assert connection.is_ended
        assert connection.events == ["answered", "complete"]

    run(main())
    (record,) = caplog.records
    assert record.getMessage() == "Exception in ASGI application"
    assert record.exc_info is not None


def test_that_an_error_after_the_accept_is_1011(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connection = await Connection(raising(KeyError("oops"), ACCEPTED)).open()
        assert connection.close == (1011, "")
        assert connection.events == ["answered"]
        await connection.feed(close_frame(1011))
        assert connection.is_ended
        assert connection.events == ["answered", "closed", "complete"]

    run(main())
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_that_an_error_in_a_refusal_is_answered(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connection = await Connection(raising(KeyError("oops"), START)).open()
        assert connection.sink.names == ["start", "data", "finish"]
        assert connection.sink.calls[0][1] == 500
        assert connection.events == ["answered", "complete"]

    run(main())
    assert len(caplog.records) == 1


def test_that_an_error_after_the_end_is_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        app = raising(KeyError("oops"), ACCEPTED, CLOSE)
        connection = await Connection(app).open()
        assert connection.close == (1000, "")
        await connection.lose()
        await connection.completed.wait()

    run(main())
    assert len(caplog.records) == 1


@pytest.mark.parametrize("error", [ClientDisconnected("left"), SystemExit(1)])
def test_that_errors_of_every_kind_end_one_session_alone(
    run: Run, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        connection = await Connection(raising(error, ACCEPTED)).open()
        assert connection.close == (1011, "")
        await connection.lose()

    run(main())
    assert len(caplog.records) == 1


def test_that_the_departure_of_a_client_is_no_error(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> None:
        go_on = asyncio.Event()

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            await send(ACCEPTED)
            await go_on.wait()
            await send({"type": "websocket.send", "text": "x"})

        for how in ("reset", "close", "stop"):
            go_on.clear()
            connection = await Connection(app).open()
            if how == "reset":
                await connection.lose()
            elif how == "close":
                await connection.feed(close_frame())
            else:
                connection.ws.disconnect()
            go_on.set()
            await settle()
            await connection.lose()
            await connection.completed.wait()

    run(main())
    assert not caplog.records


def test_that_a_return_closes_with_1000(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connection = await Connection(returning(ACCEPTED)).open()
        assert connection.close == (1000, "")
        await connection.feed(frame(TEXT, b"nobody is there") * 1000)
        assert not connection.ws._queue
        await connection.feed(close_frame())
        assert connection.events == ["answered", "closed", "complete"]

    run(main())
    assert not caplog.records


def test_that_a_return_without_an_answer_is_500(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connection = await Connection(returning()).open()
        assert connection.status == 500
        assert connection.events == ["answered", "complete"]

    run(main())
    assert "returned without a response" in caplog.text


def test_that_a_return_in_a_refusal_is_answered(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connection = await Connection(returning(START)).open()
        assert connection.sink.names == ["start", "data", "finish"]
        assert connection.sink.calls[0][1] == 500
        assert connection.events == ["answered", "complete"]

    run(main())
    assert "returned without completing its response" in caplog.text


def test_that_a_return_for_want_of_a_client_is_no_fault(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await receive()
            assert await receive() == {
                "type": "websocket.disconnect",
                "code": 1006,
                "reason": "",
            }

        connection = await Connection(app).open()
        await connection.lose()
        await connection.completed.wait()
        assert not connection.sink.calls
        assert connection.events == ["reset", "answered", "complete"]

    run(main())
    assert not caplog.records


@pytest.mark.parametrize("error", [None, ClientDisconnected("left")])
def test_that_an_end_in_the_turn_of_the_reset_is_no_fault(
    run: Run, error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        go_on = asyncio.Event()

        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await go_on.wait()
            if error is not None:
                raise error

        connection = await Connection(app).open()
        go_on.set()
        await connection.lose()
        assert not connection.sink.calls
        assert connection.events == ["reset", "answered", "complete"]

    run(main())
    assert not caplog.records


@pytest.mark.parametrize("end", ["returned", "raised", "stopped", "cancelled"])
def test_that_a_session_whose_client_is_gone_reads_1006_however_it_ends(run: Run, end: str) -> None:
    async def main() -> None:
        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await send(ACCEPTED)
            try:
                while True:
                    await send({"type": "websocket.send", "text": "more"})
            except OSError:
                if end == "raised":
                    raise
                if end != "returned":
                    await asyncio.Event().wait()

        connection = Connection(app)
        connection.ws.start()
        connection.fill()
        await settle()
        connection.ws.on_reset(0)
        if end == "stopped":
            connection.ws.disconnect(1001)
            await settle()
        if end in {"stopped", "cancelled"}:
            connection.ws.cancel()
        await connection.completed.wait()
        assert connection.ws.close_code == 1006
        assert connection.close is None

    run(main())


def test_that_a_session_reset_before_its_start_is_not_started(run: Run) -> None:
    async def main() -> None:
        connection = Connection(raising(AssertionError()))
        connection.ws.on_reset(0)
        connection.ws.start()
        await connection.completed.wait()
        assert connection.events == ["reset", "answered", "complete"]

    run(main())


def test_that_a_session_cancelled_before_its_start_is_not_started(run: Run) -> None:
    async def main() -> None:
        connection = Connection(raising(AssertionError()))
        connection.ws.cancel()
        connection.ws.start()
        assert connection.sink.names == ["abort"]
        assert connection.events == ["answered", "complete"]

    run(main())


def test_that_cancelling_says_goodbye(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        connection = await Connection(echo).open()
        connection.ws.cancel()
        await connection.completed.wait()
        assert connection.close == (1001, "")
        assert connection.is_ended
        assert connection.events == ["answered", "closed", "complete"]

    run(main())
    assert not caplog.records


def test_that_cancelling_does_not_wait_for_room_or_the_client(run: Run) -> None:
    async def main() -> None:
        full = await Connection(echo).open()
        full.fill()
        await full.feed(frame(TEXT, b"x"))
        full.ws.cancel()
        await full.completed.wait()
        assert full.sink.names[-1] == "abort"
        closing = await Connection(echo).open()
        closing.ws.disconnect(1012)
        closing.ws.cancel()
        await closing.completed.wait()
        assert closing.sink.names[-1] == "abort"
        assert closing.close == (1012, "")

    run(main())


def test_that_cancelling_ends_the_wait_for_an_answer(run: Run) -> None:
    async def main() -> None:
        connection = await Connection(returning(ACCEPTED)).open()
        assert not connection.ws.is_done
        connection.ws.cancel()
        assert connection.events == ["answered", "closed", "complete"]
        connection.ws.cancel()
        assert connection.sink.names.count("abort") == 1

    run(main())


@pytest.mark.parametrize("messages", [(), (START,)])
def test_that_cancelling_before_the_accept_aborts(
    run: Run, messages: tuple[dict[str, object], ...]
) -> None:
    async def main() -> None:
        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            for message in messages:
                await send(message)
            await asyncio.Event().wait()

        connection = await Connection(app).open()
        connection.ws.cancel()
        await connection.completed.wait()
        assert connection.sink.names == ["abort"]
        assert connection.events == ["answered", "complete"]

    run(main())


def test_that_an_application_cancelled_by_its_own_first_step_ends(run: Run) -> None:
    async def main() -> None:
        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await send(ACCEPTED)
            connection.ws.cancel()
            await asyncio.Event().wait()

        connection = Connection(app)
        connection.ws.start()
        await connection.completed.wait()
        assert connection.close == (1001, "")

    run(main())


def test_that_a_session_cancelled_as_soon_as_it_is_started_ends(run: Run) -> None:
    async def main() -> None:
        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await asyncio.Event().wait()

        connection = Connection(app)
        connection.ws.start()
        connection.ws.cancel()
        await asyncio.wait_for(connection.completed.wait(), 5)
        assert connection.sink.names == ["abort"]
        assert connection.events == ["answered", "complete"]

    run(main())


def test_that_a_cancellation_of_its_own_is_an_error_of_the_application(run: Run) -> None:
    async def main() -> None:
        connection = await Connection(raising(CancelledError(), ACCEPTED)).open()
        await connection.completed.wait()
        assert connection.close == (1011, "")

    run(main())


def test_that_an_application_that_outlives_its_cancellation_is_over(run: Run) -> None:
    async def main() -> None:
        async def app(scope: WebSocketScope, receive: Receive, send: Send) -> None:
            await send(ACCEPTED)
            with suppress(CancelledError):
                await asyncio.Event().wait()

        connection = await Connection(app).open()
        connection.ws.cancel()
        await connection.completed.wait()
        assert connection.close == (1001, "")

    run(main())


def test_that_nobody_has_to_be_told(run: Run) -> None:
    async def main() -> None:
        connection = Connection(echo)
        quiet = replace(connection.ws._server, on_response_end=None, on_close=None, on_reset=None)
        connection.ws._server = quiet
        await connection.open()
        await connection.lose()
        await connection.completed.wait()
        assert connection.events == ["complete"]

    run(main())


def test_that_a_session_whose_loop_has_gone_says_nothing() -> None:
    async def main() -> Connection:
        return await Connection(echo).open()

    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(main())
    loop.close()
    before = list(connection.sink.calls)
    task = connection.ws._task
    assert task is not None
    coroutine = task.get_coro()
    assert isinstance(coroutine, Coroutine)
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # what asyncio.run cancels
    coroutine.close()
    assert connection.sink.calls == before
    assert connection.events == ["answered"]


def test_that_an_application_may_outlast_its_client(run: Run) -> None:
    async def main() -> None:
        app = Idler()
        connection = await Connection(app).open()
        await connection.feed(close_frame())
        assert connection.events == ["answered", "closed"]
        app.go_on.set()
        await connection.completed.wait()
        assert connection.events == ["answered", "closed", "complete"]
        assert connection.ws._task is None

    run(main())


def test_that_a_session_holds_its_task_and_not_longer(run: Run) -> None:
    async def main() -> None:
        connection = await Connection(Recorder()).open()
        gc.collect()
        await connection.feed(frame(TEXT, b"x"))
        await connection.lose()
        await connection.completed.wait()
        assert connection.ws._task is None
        assert not connection.ws._futures

    run(main())


@pytest.mark.parametrize(
    "before",
    [
        (),
        (frame(BINARY, bytes(100_000)),),
        (frame(BINARY, bytes(60_000), fin=False), frame(CONTINUATION, bytes(60_000))),
        (frame(TEXT, b"a" * 60_000)[:30_000], frame(TEXT, b"a" * 60_000)[30_000:]),
        (frame(TEXT, deflated(b"a" * 100_000), rsv=4),),
    ],
    ids=["new", "large message", "fragments", "pieces", "compressed"],
)
def test_that_an_idle_session_is_small(run: Run, before: tuple[bytes, ...]) -> None:
    """Without zlib, whatever was agreed on; the server has 24 KiB a session in all."""

    async def main() -> None:
        app = Recorder()
        connection = await Connection(app, head=deflating_head()).open()
        await connection.feed(*before)
        assert len(app.received) == bool(before)
        assert size_of(connection.ws) < 4096
        await connection.lose()

    run(main())


def size_of(ws: WebSocket) -> int:
    """Return the bytes of a session and all that it holds for itself, but for zlib's."""
    seen: set[int] = set()
    shared = {id(ws._limits), id(ws._loop), id(ws._context), id(ws.sink), id(ws._head)}
    total = 0
    waiting: list[object] = [
        getattr(ws, name)
        for kind in type(ws).__mro__
        for name in getattr(kind, "__slots__", ())
        if name not in {"scope", "_task"}
    ]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or id(one) in shared or isinstance(one, type):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        if isinstance(one, list | tuple | deque):
            waiting.extend(one)
        elif hasattr(one, "__slots__"):
            waiting.extend(
                getattr(one, name, None)
                for name in one.__slots__
                if isinstance(name, str) and name != "__weakref__"
            )
    return total


FATES = st.lists(
    st.sampled_from(["data", "ping", "close", "end", "reset", "stop", "full", "room", "cancel"]),
    max_size=12,
)

BYTES = {"data": frame(TEXT, b"x" * 30), "ping": frame(9, b"x"), "close": close_frame()}

APPS: dict[str, Callable[[], App]] = {
    "echo": lambda: echo,
    "record": Recorder,
    "idle": Idler,
    "return": lambda: returning(ACCEPTED),
    "raise": lambda: raising(KeyError("oops"), ACCEPTED),
    "refuse": lambda: returning(CLOSE),
}


async def meet(connection: Connection, fate: str) -> None:
    """Let one thing happen, if it still can."""
    ws = connection.ws
    if fate in BYTES and not ws.is_reset and not ws._is_ended:
        ws.on_data(BYTES[fate])
    elif fate == "end" and not ws.is_reset:
        ws.on_end([])
    elif fate == "reset" and not ws.is_reset:
        ws.on_reset(0)
    elif fate == "stop":
        ws.disconnect()
    elif fate == "full":
        connection.fill()
    elif fate == "room":
        await connection.drain()
    elif fate == "cancel":
        ws.cancel()


@given(FATES, st.lists(st.booleans(), min_size=12, max_size=12), st.sampled_from(sorted(APPS)))
@settings(deadline=None)
def test_that_every_session_ends_once(fates: list[str], pauses: list[bool], kind: str) -> None:
    """Whatever comes in whatever order: each callback once, and nothing after the end."""

    async def main() -> None:
        app = APPS[kind]()
        connection = await Connection(app).open()
        for fate, pauses_after in zip(fates, pauses, strict=False):
            await meet(connection, fate)
            if pauses_after:
                await settle()
        await meet(connection, "reset")
        connection.ws.cancel()
        if isinstance(app, Idler):
            app.go_on.set()
        await connection.completed.wait()
        await settle()
        assert connection.events.count("complete") == 1
        assert connection.events.count("answered") == 1
        assert connection.events.count("closed") == (connection.status == 101)
        assert connection.ws._timer is None
        calls = connection.sink.calls
        assert [name for name, *_ in calls if name in {"finish", "abort"}][1:] == []
        ends = [name == "abort" or rest[-1:] == [True] for name, *rest in calls]
        behind = calls[ends.index(True) + 1 :] if True in ends else []
        assert behind in ([], [("finish",)])
        if connection.status == 101:
            heads = [head for head, _ in connection.frames]
            assert heads.count(0x88) <= 1
            assert 0x88 not in heads[:-1]

    asyncio.run(main())
