"""Owns the tests of an exchange as a whole: tasks, waiting, and how it ends."""

import asyncio
import contextvars
import gc
import logging
import sys
import weakref
from collections import UserDict
from collections.abc import Callable
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
    async def main() -> None:
        server = Server()
        plain = server.exchange(hello)
        gc.disable()
        try:
            exchange = Exchange(plain._context, plain.scope, Head(), Sink())
            exchange.start()
            await server.completed.wait()
            await settle()
            reference = weakref.ref(exchange)
            del exchange
            assert reference() is None
        finally:
            gc.enable()

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
        ([start()], ["start", "data", "finish"], 500),
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
        ([start()], ["start", "data", "finish"]),
        ([start(204)], ["start", "data", "finish"]),
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


def test_cancellation_right_behind_the_start(run: Run) -> None:
    """Where tasks do not start at once, this one never does."""

    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await asyncio.Event().wait()

        server, sink = Server(), Sink()
        exchange = server.exchange(app, sink=sink)
        exchange.start()
        exchange.cancel()
        await server.completed.wait()
        assert exchange.is_done
        assert sink.names == ["abort"]
        assert server.ends == [("response", 0), ("complete", 0)]

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


# What a context asks for

LIMIT = 10


class Case:
    """An exchange with a context of its own."""

    def __init__(self, app: App, head: Head | None = None, **options: object) -> None:
        self.server = Server()
        self.sink = Sink()
        self.resets: list[Exchange] = []
        made = self.server.exchange(app, head, self.sink)
        context = replace(made._context, on_reset=self.resets.append, **options)  # type: ignore[arg-type]
        self.exchange = Exchange(context, made.scope, head or Head(), self.sink)

    def start(self) -> Exchange:
        self.exchange.start()
        return self.exchange

    async def end(self) -> list[object]:
        """Wait for the end; returns the calls of the sink, by name and first argument."""
        await self.server.completed.wait()
        return [call[:2] for call in self.sink.calls]


REFUSED = [("start", 413), ("data", b"Content Too Large"), ("finish",)]


async def read_all(scope: HTTPScope, receive: Receive, send: Send) -> None:
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            with pytest.raises(ClientDisconnected):
                await send(start())
            return
        size += len(message["body"])
        if not message["more_body"]:
            break
    await send(start())
    await send(body(b"%d" % size))


# max_body_size


@pytest.mark.parametrize("pieces", [[LIMIT], [4, 6], [1] * LIMIT])
def test_body_of_the_largest_size_is_taken(run: Run, pieces: list[int]) -> None:
    async def main() -> None:
        case = Case(read_all, upload(), max_body_size=LIMIT)
        exchange = case.start()
        for piece in pieces:
            exchange.on_data(b"x" * piece)
            await settle()
        exchange.on_end([])
        assert await case.end() == [("start", 200), ("data", b"10"), ("finish",)]

    run(main())


@pytest.mark.parametrize("pieces", [[LIMIT + 1], [LIMIT, 1], [4, 4, 4, 4]])
@pytest.mark.parametrize("is_at_once", [True, False])
def test_larger_body_is_refused(run: Run, pieces: list[int], is_at_once: bool) -> None:
    async def main() -> None:
        case = Case(read_all, upload(), max_body_size=LIMIT)
        exchange = case.start()
        for piece in pieces:
            exchange.on_data(b"x" * piece)
            if not is_at_once:
                await settle()
        exchange.on_end([])
        assert await case.end() == REFUSED
        assert case.server.ends == [("response", 413), ("complete", 413)]

    run(main())


def test_nothing_is_sent_from_inside_of_on_data(run: Run) -> None:
    async def main() -> None:
        case = Case(read_all, upload(), max_body_size=LIMIT)
        exchange = case.start()
        await settle()
        exchange.on_data(b"x" * 11)
        assert case.sink.calls == []
        await case.end()

    run(main())


def test_body_that_is_refused_is_not_held(run: Run) -> None:
    async def main() -> None:
        case = Case(read_all, upload(), max_body_size=LIMIT)
        exchange = case.start()
        for _ in range(100):
            exchange.on_data(b"x" * 11)
            assert exchange._body is None
        assert exchange.body_received == 1100
        assert await case.end() == REFUSED

    run(main())


def test_body_that_is_refused_before_the_start(run: Run) -> None:
    async def main() -> None:
        called: list[str] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            called.append("app")

        case = Case(app, upload(), max_body_size=LIMIT)
        case.exchange.on_data(b"x" * 11)
        await settle()
        case.start()
        assert await case.end() == REFUSED
        assert called == []
        assert case.exchange.is_done

    run(main())


def test_application_that_does_not_listen_is_overruled(run: Run) -> None:
    async def main() -> None:
        gate = asyncio.Event()
        errors: list[Exception] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await gate.wait()
            for message in (start(), body()):
                try:
                    await send(message)
                except OSError as error:
                    errors.append(error)
            assert await receive() == DISCONNECT

        case = Case(app, upload(), max_body_size=LIMIT)
        exchange = case.start()
        await settle()
        exchange.on_data(b"x" * 11)
        await settle()
        assert [call[:2] for call in case.sink.calls] == REFUSED
        gate.set()
        assert await case.end() == REFUSED
        assert [type(error) for error in errors] == [ClientDisconnected] * 2

    run(main())


def test_response_that_has_begun_is_cut_off(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(body(b"begun", more_body=True))
            while (await receive())["type"] == "http.request":
                pass
            await send(body(b"more", more_body=True))

        case = Case(app, upload(), max_body_size=LIMIT)
        exchange = case.start()
        await settle()
        exchange.on_data(b"x" * 11)
        assert await case.end() == [("start", 200), ("data", b"begun"), ("abort",)]

    run(main())
    assert caplog.records == []


def test_answer_of_the_application_stands(run: Run) -> None:
    async def main() -> None:
        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start(403))
            await send(body(b"no"))

        case = Case(app, upload(), max_body_size=LIMIT)
        case.start()
        await settle()
        case.exchange.on_data(b"x" * 11)
        assert await case.end() == [("start", 403), ("data", b"no"), ("finish",)]

    run(main())


# cancel_on_disconnect


def reset(exchange: Exchange) -> None:
    exchange.on_reset(8)


ENDS = pytest.mark.parametrize("leave", [reset, Exchange.on_half_close])


@ENDS
def test_application_is_cancelled_with_its_client(
    run: Run, leave: Callable[[Exchange], None], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        steps: list[str] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            try:
                await send(start())
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                steps.append("cancelled")
                raise
            finally:
                await asyncio.sleep(0)
                steps.append("cleaned up")

        case = Case(app, cancel_on_disconnect=True)
        exchange = case.start()
        await settle()
        leave(exchange)
        await case.end()
        assert steps == ["cancelled", "cleaned up"]

    run(main())
    assert caplog.records == []


@ENDS
def test_application_is_left_alone_unless_asked(
    run: Run, leave: Callable[[Exchange], None]
) -> None:
    async def main() -> None:
        gate = asyncio.Event()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await gate.wait()

        case = Case(app)
        leave(case.start())
        await settle()
        assert not case.exchange.is_done
        gate.set()
        await case.end()

    run(main())


@ENDS
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_work_behind_the_response_is_not_cancelled(
    run: Run, leave: Callable[[Exchange], None], method: bytes
) -> None:
    async def main() -> None:
        gate = asyncio.Event()
        steps: list[str] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            # To HEAD all has gone out with the head.
            await send(body(more_body=method == b"HEAD"))
            await gate.wait()
            steps.append("worked")

        case = Case(app, Head(method), cancel_on_disconnect=True)
        exchange = case.start()
        await settle()
        leave(exchange)
        await settle()
        gate.set()
        await case.end()
        assert steps == ["worked"]

    run(main())


def test_cancellation_that_is_swallowed_is_not_repeated(run: Run) -> None:
    async def main() -> None:
        gate = asyncio.Event()
        steps: list[str] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                steps.append("swallowed")
            await gate.wait()
            assert await receive() == DISCONNECT
            with pytest.raises(ClientDisconnected):
                await send(start())
            steps.append("went on")

        case = Case(app, cancel_on_disconnect=True)
        exchange = case.start()
        await settle()
        reset(exchange)
        await settle()
        gate.set()
        await case.end()
        assert steps == ["swallowed", "went on"]

    run(main())


def test_client_that_leaves_before_the_start(run: Run) -> None:
    async def main() -> None:
        case = Case(read_all, cancel_on_disconnect=True)
        reset(case.exchange)
        case.start()
        assert await case.end() == []

    run(main())


# on_reset


def test_server_hears_of_clients_that_leave(run: Run) -> None:
    async def main() -> None:
        gate = asyncio.Event()

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await gate.wait()

        case = Case(app)
        reset(case.start())
        assert case.resets == [case.exchange]
        gate.set()
        await case.end()

        done = Case(read_all)
        done.start()
        await done.end()
        reset(done.exchange)
        assert done.resets == []

    run(main())


# A stop


def test_stop_tells_who_has_taken_all_and_leaves_uploads_their_time(run: Run) -> None:
    async def main() -> None:
        seen: list[object] = []

        async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(body(b"event", more_body=True))
            while True:
                message = await receive()
                seen.append((message["type"], message.get("body")))
                if message["type"] == "http.disconnect":
                    await send(body(b"bye"))
                    return

        case = Case(app, upload())
        exchange = case.start()
        exchange.on_data(b"one")
        await settle()
        exchange.disconnect()
        await settle()
        assert seen == [("http.request", b"one")]
        exchange.on_data(b"two")
        await settle()
        exchange.on_end([])
        await case.end()
        assert seen == [
            ("http.request", b"one"),
            ("http.request", b"two"),
            ("http.request", b""),
            ("http.disconnect", None),
        ]
        assert case.sink.calls[-2:] == [("data", b"bye", True), ("finish",)]

    run(main())
