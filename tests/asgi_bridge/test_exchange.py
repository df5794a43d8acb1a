"""Owns the tests of an exchange as a whole: tasks, waiting, and how it ends."""

import asyncio
import contextvars
import gc
import logging
import sys
import time
import weakref
from collections import UserDict
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from asgi_bridge import ClientDisconnected, Exchange, HTTPScope
from asgi_bridge._response import BURST, MESSAGE_COST
from tests.asgi_bridge.fakes import (
    DISCONNECT,
    LOGGER,
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
    trailers,
    upload,
)

IS_EAGER = sys.version_info >= (3, 12)


async def hello(scope: HTTPScope, receive: Receive, send: Send) -> None:
    await send(start(200, [(b"content-length", b"5")]))
    await send(body(b"hello"))


HELLO = [
    ("start", 200, [(b"content-length", b"5")], False),
    ("data", b"hello", True),
    ("finish",),
]


def streaming(chunks: list[bytes]) -> App:
    """Make an application that streams."""

    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start())
        for chunk in chunks:
            await send(body(chunk, more_body=True))
        await send(body())

    return app


# Running


def test_plain_request(run: Run) -> None:
    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = await server.run(hello, sink=sink)
        assert sink.calls == HELLO
        assert exchange.status == 200
        assert exchange.is_done
        assert not exchange.is_reset
        assert server.ends == [("response", 200), ("complete", 200)]

    run(main())


@pytest.mark.skipif(not IS_EAGER, reason="tasks start at once from Python 3.12 on")
def test_application_runs_within_start(run: Run) -> None:
    async def main() -> None:
        sink = Sink()
        exchange = Server().exchange(hello, sink=sink)
        assert sink.calls == []
        exchange.start()
        assert exchange.is_done
        assert exchange._task is None
        assert sink.calls == HELLO

    run(main())


def test_application_gets_scope_and_request(run: Run) -> None:
    async def main() -> None:
        got: list[object] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            got.extend([scope, await receive()])
            await hello(scope, receive, send)
            got.append(await receive())

        exchange = await Server().run(app)
        assert got == [exchange.scope, REQUEST, DISCONNECT]
        assert got[0] is exchange.scope

    run(main())


def test_current_task_and_timeouts_work(run: Run) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            assert asyncio.current_task() is not None
            await receive()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await receive()
            await hello(scope, receive, send)

        sink = Sink()
        await Server().run(app, sink=sink)
        assert sink.calls == HELLO

    run(main())


def test_context_variables_are_isolated(run: Run) -> None:
    variable = contextvars.ContextVar("variable", default=0)

    async def main() -> None:
        seen: list[int] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            seen.append(variable.get())
            variable.set(2)
            await asyncio.sleep(0)
            seen.append(variable.get())
            await hello(scope, receive, send)

        variable.set(1)
        for _ in range(2):
            await Server().run(app)
            assert variable.get() == 1
        assert seen == [1, 2, 1, 2]

    run(main())


def test_exchange_holds_its_task(run: Run) -> None:
    """The loop holds only a weak reference: who waits for nothing that the loop knows is lost."""

    async def main() -> None:
        reached = asyncio.Event()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            reached.set()
            await receive()
            await receive()
            await hello(scope, receive, send)

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await reached.wait()
        held = exchange._task
        assert held is not None
        task = weakref.ref(held)
        del held
        gc.collect()
        exchange.disconnect()
        await server.completed.wait()
        await settle()
        assert sink.calls == HELLO
        assert exchange._task is None
        assert task() is None

    run(main())


def test_finished_exchange_is_freed_without_the_collector(run: Run) -> None:
    class Weak(Exchange):
        """An exchange that can be watched."""

        __slots__ = ("__weakref__",)

    async def main() -> None:
        server = Server()
        plain = server.exchange(hello)
        gc.disable()
        try:
            exchange = Weak(plain._context, plain.scope, Head(), Sink())
            exchange.start()
            await server.completed.wait()
            await settle()
            reference = weakref.ref(exchange)
            del exchange
            assert reference() is None
        finally:
            gc.enable()

    run(main())


def test_time_of_the_start_is_kept(run: Run) -> None:
    async def main() -> None:
        before = time.perf_counter()
        exchange = Server().exchange(hello)
        assert before <= exchange.started_at <= time.perf_counter()

    run(main())


def test_server_need_not_hear_of_the_end_of_the_response(run: Run) -> None:
    async def main() -> None:
        server, sink = Server(), Sink()
        plain = server.exchange(hello)
        context = replace(plain._context, on_response_end=None)
        Exchange(context, plain.scope, Head(), sink).start()
        await server.completed.wait()
        assert sink.calls == HELLO
        assert server.ends == [("complete", 200)]

    run(main())


# Ends that are no good ones


def failing(error: BaseException, messages: list[dict[str, object]]) -> App:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
        raise error

    return app


@pytest.mark.parametrize(
    "error", [KeyError("x"), SystemExit(3), KeyboardInterrupt(), BaseException()], ids=repr
)
@pytest.mark.parametrize(
    ("messages", "names", "status"),
    [
        ([], ["start", "data", "finish"], 500),
        ([start()], ["abort"], 0),
        ([start(), body(b"a", more_body=True)], ["start", "data", "abort"], 200),
        ([start(), body()], ["start", "finish"], 200),
    ],
    ids=["before the start", "while the start is held", "amid the body", "after the end"],
)
def test_exceptions(
    run: Run,
    caplog: pytest.LogCaptureFixture,
    error: BaseException,
    messages: list[dict[str, object]],
    names: list[str],
    status: int,
) -> None:
    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = await server.run(failing(error, messages), sink=sink)
        assert sink.names == names
        assert exchange.status == status
        assert server.ends == [("response", status), ("complete", status)]
        (record,) = caplog.records
        assert record.message == "Exception in ASGI application"
        assert record.exc_info is not None
        assert record.exc_info[1] is error

    run(main())


@pytest.mark.parametrize(
    "app",
    [None, lambda *args: None, lambda: None],
    ids=["no callable", "no coroutine", "no arguments"],
)
def test_what_is_no_application_is_an_error_of_it(
    run: Run, caplog: pytest.LogCaptureFixture, app: App
) -> None:
    async def main() -> None:
        sink = Sink()
        await Server().run(app, sink=sink)
        assert sink.names == ["start", "data", "finish"]
        assert len(caplog.records) == 1

    run(main())


@pytest.mark.parametrize(
    ("messages", "names"),
    [
        ([], ["start", "data", "finish"]),
        ([start()], ["abort"]),
        ([start(), body(b"a", more_body=True)], ["start", "data", "abort"]),
        ([start(trailers=True), body(b"a")], ["start", "data", "abort"]),
    ],
)
def test_return_without_a_complete_response(
    run: Run,
    caplog: pytest.LogCaptureFixture,
    messages: list[dict[str, object]],
    names: list[str],
) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    async def main() -> None:
        server, sink = Server(), Sink()
        await server.run(app, sink=sink)
        assert sink.names == names
        assert len(caplog.records) == 1
        assert len(server.ends) == 2

    run(main())


def test_application_told_to_stop_may_leave_its_response(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"event", more_body=True))
        await receive()
        assert await receive() == DISCONNECT

    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await settle()
        exchange.disconnect()
        await server.completed.wait()
        assert sink.names == ["start", "data", "abort"]
        assert caplog.records == []

    run(main())


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "http.response.push"},
        {"type": None},
        {"type": b"http.response.start"},
        {"type": "websocket.accept"},
    ],
    ids=repr,
)
def test_unknown_message(run: Run, message: dict[str, object]) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        with pytest.raises(ValueError, match="no ASGI message"):
            await send(message)
        await hello(scope, receive, send)

    async def main() -> None:
        sink = Sink()
        await Server().run(app, sink=sink)
        assert sink.calls == HELLO

    run(main())


def test_message_that_is_no_mapping(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        messages: list[Any] = [None, [("type", "http.response.start")], "http.response.start", 1]
        for message in messages:
            with pytest.raises(TypeError, match="an ASGI message is a dict"):
                await send(message)
        await hello(scope, receive, send)

    async def main() -> None:
        sink = Sink()
        await Server().run(app, sink=sink)
        assert sink.calls == HELLO

    run(main())


def test_any_mapping_is_a_message(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        messages: list[Any] = [UserDict(start()), MappingProxyType(body(b"a"))]
        for message in messages:
            await send(message)

    async def main() -> None:
        sink = Sink()
        await Server().run(app, sink=sink)
        assert sink.names == ["start", "data", "finish"]

    run(main())


def test_trailers(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start(trailers=True))
        await send(body(b"a"))
        await send(trailers([(b"grpc-status", b"0")]))

    async def main() -> None:
        sink = Sink()
        await Server().run(app, sink=sink)
        assert sink.names == ["start", "data", "trailers", "finish"]

    run(main())


# Background work


def test_work_after_the_response(run: Run) -> None:
    async def main() -> None:
        work = asyncio.Event()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await hello(scope, receive, send)
            await work.wait()

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await settle()
        assert server.ends == [("response", 200)]
        assert sink.calls == HELLO
        assert not exchange.is_done
        work.set()
        await server.completed.wait()
        assert server.ends == [("response", 200), ("complete", 200)]
        assert sink.calls == HELLO

    run(main())


def test_body_is_dropped_at_the_end_of_the_response(run: Run) -> None:
    async def main() -> None:
        work = asyncio.Event()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await hello(scope, receive, send)
            assert await receive() == DISCONNECT
            await work.wait()

        server, sink = Server(), Sink()
        exchange = server.exchange(app, upload(), sink)
        exchange.on_data(bytes(5000))
        exchange.start()
        await settle()
        exchange.on_data(bytes(5000))
        assert exchange._body is None
        work.set()
        await server.completed.wait()
        assert sink.calls == HELLO

    run(main())


def test_receiver_of_another_task_learns_of_the_end(run: Run) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await receive()
            one = asyncio.create_task(receive())
            two = asyncio.create_task(receive())
            await settle()
            await hello(scope, receive, send)
            assert await one == await two == DISCONNECT

        sink = Sink()
        await Server().run(app, sink=sink)
        assert sink.calls == HELLO

    run(main())


def test_tasks_that_outlive_the_application_are_not_left_waiting(run: Run) -> None:
    async def main() -> None:
        tasks: list[asyncio.Future[Any]] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await receive()
            await send(start())
            tasks.append(asyncio.create_task(receive()))
            tasks.append(asyncio.create_task(send(body(b"a", more_body=True))))
            tasks.append(asyncio.create_task(send(body(b"b"))))
            await settle()

        sink = Sink()
        sink.has_room = False
        await Server().run(app, sink=sink)
        assert await tasks[0] == DISCONNECT
        assert await tasks[1] is None
        with pytest.raises(RuntimeError, match="the response was aborted"):
            await tasks[2]
        assert sink.names == ["start", "data", "abort"]

    run(main())


# Responses without a body


def test_receivers_are_told_once_the_head_is_out(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        waiter = asyncio.create_task(receive())
        await settle()
        await send(start())
        assert not waiter.done()
        await send(body(b"a", more_body=True))
        assert await waiter == await receive() == DISCONNECT
        await send(body(b"b", more_body=True))
        await send(body())

    async def main() -> None:
        server, sink = Server(), Sink()
        head = Head(b"HEAD", end_stream=False)
        await server.run(app, head, sink)
        assert sink.names == ["start", "data", "data", "finish"]
        assert server.ends == [("response", 200), ("complete", 200)]

    run(main())


def endless(sent: list[int]) -> App:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send(start())
        while True:
            await send(body(b"x", more_body=True))
            sent.append(1)

    return app


def test_endless_body_that_nobody_wants(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER.name)
    sent: list[int] = []

    async def main() -> None:
        server, sink = Server(), Sink()
        await server.run(endless(sent), Head(b"HEAD"), sink)
        assert len(sent) - 1 == BURST // (MESSAGE_COST + 1)
        assert sink.calls[1:] == [("data", b"x", False), ("data", b"", True), ("finish",)]
        assert server.ends == [("response", 200), ("complete", 200)]

    run(main())
    assert caplog.messages == ["ASGI application ended with its client"]


def test_reset_ends_a_body_that_nobody_wants(run: Run) -> None:
    async def main() -> None:
        sent: list[int] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            for _ in range(3):
                await send(body(b"x", more_body=True))
            exchange.on_reset(8)
            await endless(sent)(scope, receive, send)

        server, sink = Server(), Sink()
        exchange = server.exchange(app, Head(b"HEAD"), sink)
        exchange.start()
        await server.completed.wait()
        assert sent == []
        assert sink.names == ["start", "data"]

    run(main())


def test_work_after_a_body_that_was_cut_off(run: Run) -> None:
    async def main() -> None:
        work = asyncio.Event()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            with pytest.raises(ClientDisconnected):
                await endless([])(scope, receive, send)
            await work.wait()

        server, sink = Server(), Sink()
        exchange = server.exchange(app, Head(b"HEAD"), sink)
        exchange.start()
        while "finish" not in sink.names:
            await settle()
        assert server.ends == [("response", 200)]
        work.set()
        await server.completed.wait()
        assert sink.names == ["start", "data", "data", "finish"]

    run(main())


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


# The client leaves


def test_reset_wakes_receivers_and_senders(run: Run) -> None:
    async def main() -> None:
        got: list[object] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await receive()
            receiver = asyncio.create_task(receive())
            await send(start())
            senders = [asyncio.create_task(send(body(b"a", more_body=True))) for _ in range(2)]
            got.append(await receiver)
            got.extend(await asyncio.gather(*senders, return_exceptions=True))
            with pytest.raises(OSError, match="the client has left"):
                await send(body(b"b"))

        server, sink = Server(), Sink()
        sink.has_room = False
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await settle()
        exchange.on_reset(8)
        assert exchange.is_reset
        await server.completed.wait()
        assert got[0] == DISCONNECT
        assert [type(error) for error in got[1:]] == [ClientDisconnected] * 2
        assert sink.names == ["start", "data"]
        assert server.ends == [("response", 200), ("complete", 200)]

    run(main())


def test_reset_before_the_start(run: Run) -> None:
    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = server.exchange(hello, sink=sink)
        exchange.on_reset(8)
        was_done = exchange.is_done
        exchange.start()
        assert exchange.is_reset
        assert [was_done, exchange.is_done] == [False, True]
        assert sink.calls == []
        assert server.ends == [("response", 0), ("complete", 0)]

    run(main())


@pytest.mark.parametrize("message", [start(), body(), trailers()], ids=lambda m: str(m["type"]))
def test_every_message_after_the_reset_is_an_oserror(run: Run, message: dict[str, object]) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            exchange.on_reset(8)
            await send(message)

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await server.completed.wait()
        assert sink.calls == []

    run(main())


def test_departure_that_the_application_lets_pass_is_not_logged(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            exchange.on_reset(8)
            async with asyncio.TaskGroup() as group:
                group.create_task(send(start()))

        server = Server()
        exchange = server.exchange(app)
        exchange.start()
        await server.completed.wait()
        assert caplog.records == []

    run(main())


def test_application_that_returns_when_the_client_left_is_not_logged(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await receive()
            await receive()

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await settle()
        exchange.on_reset(8)
        await server.completed.wait()
        assert caplog.records == []
        assert sink.calls == []

    run(main())


def test_reset_after_the_response(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await hello(scope, receive, send)
            exchange.on_reset(8)
            assert await receive() == DISCONNECT

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await server.completed.wait()
        assert sink.calls == HELLO
        assert caplog.records == []

    run(main())


# Cancellation


@pytest.mark.parametrize(
    ("messages", "names"),
    [
        ([], ["abort"]),
        ([start(), body(b"a", more_body=True)], ["start", "data", "abort"]),
        ([start(), body()], ["start", "finish"]),
    ],
)
def test_cancelled_application(
    run: Run,
    caplog: pytest.LogCaptureFixture,
    messages: list[dict[str, object]],
    names: list[str],
) -> None:
    caplog.set_level(logging.DEBUG, "tests.asgi_bridge")

    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
        await asyncio.Event().wait()

    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await settle()
        exchange.cancel()
        await server.completed.wait()
        assert sink.names == names
        assert len(server.ends) == 2
        assert caplog.records == []

    run(main())


def test_cancellation_that_the_application_survives(run: Run) -> None:
    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.Event().wait()
        await hello(scope, receive, send)

    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await settle()
        exchange.cancel()
        await server.completed.wait()
        assert sink.calls == HELLO

    run(main())


def test_cancellation_before_the_start(run: Run) -> None:
    async def main() -> None:
        server, sink = Server(), Sink()
        exchange = server.exchange(hello, sink=sink)
        exchange.cancel()
        exchange.start()
        assert exchange.is_done
        assert sink.calls == [("abort",)]
        assert server.ends == [("response", 0), ("complete", 0)]

    run(main())


def test_cancellation_by_the_first_step_of_the_application(run: Run) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            exchange.cancel()
            await asyncio.Event().wait()

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        await server.completed.wait()
        assert sink.calls == [("abort",)]

    run(main())


def test_cancellation_after_the_end_is_nothing(run: Run) -> None:
    async def main() -> None:
        sink = Sink()
        exchange = await Server().run(hello, sink=sink)
        exchange.cancel()
        exchange.disconnect()
        assert sink.calls == HELLO

    run(main())


def test_loop_that_ends_takes_the_application_with_it(run: Run) -> None:
    """Nobody is left to be told; above all, nothing is logged or sent."""

    async def main() -> None:
        server, sink = Server(), Sink()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await asyncio.Event().wait()

        coroutine = server.exchange(app, sink=sink)._run()
        coroutine.send(None)
        coroutine.close()
        assert sink.calls == []
        assert server.ends == []

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
