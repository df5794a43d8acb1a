"""The stop of a server: what runs may end, what does not is ended, and nothing waits for ever."""

import asyncio
import logging
import threading
from typing import Any

import pytest
from h2.events import StreamReset

from h2corn._connections import SERVICE_RESTART, Connections
from h2corn._drain import CANCEL_GRACE, StopRequest, drain
from tests.h2corn.conftest import Runner
from tests.h2corn.requests import application
from tests.h2corn.running import (
    CLOSING_GET,
    GET,
    Http2,
    Receive,
    Send,
    answer,
    connected,
    hello,
    serving,
    stops,
)

START = {"type": "http.response.start", "status": 200, "headers": []}


class Slow:
    """An application whose responses end when a test says so."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        self.entered.set()
        await self.may_end.wait()
        await answer(send)


def test_what_runs_may_end(run: Runner) -> None:
    async def main() -> None:
        app = Slow()
        async with (
            serving(app) as server,
            connected(server) as streams,
            connected(server) as (reader, writer),
        ):
            client = Http2(*streams)
            stream = client.request()
            await app.entered.wait()
            app.entered.clear()
            writer.write(GET)
            await app.entered.wait()
            await stops(server)
            app.may_end.set()
            assert await client.response(stream) == (200, b"hello")
            response = await reader.read()
            assert b"connection: close\r\n" in response
            assert response.endswith(b"hello")

    run(main())


@pytest.mark.slow
def test_idle_connections_end(run: Runner) -> None:
    async def main() -> None:
        async with (
            serving(hello) as server,
            connected(server) as streams,
            connected(server) as (reader, writer),
        ):
            client = Http2(*streams)
            await client.response(client.request())
            writer.write(GET)
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
            server.shutdown()
            assert await reader.read() == b""
            while await client.read():
                pass
            assert client.goaways == [2**31 - 1, 1]

    run(main())


def test_idle_http1_is_served_until_the_others_have_ended(run: Runner) -> None:
    async def main() -> None:
        app = Slow()
        async with (
            serving(app) as server,
            connected(server) as (idle_reader, idle_writer),
            connected(server) as (reader, writer),
        ):
            app.may_end.set()
            idle_writer.write(GET)
            await idle_reader.readuntil(b"hello")
            app.may_end.clear()
            app.entered.clear()
            writer.write(GET)
            await app.entered.wait()
            await stops(server)
            app.entered.clear()
            idle_writer.write(GET)
            await app.entered.wait()
            app.may_end.set()
            assert b"connection: close\r\n" in await idle_reader.read()
            assert (await reader.read()).endswith(b"hello")

    run(main())


def test_those_that_wait_for_their_clients_are_told_at_once(run: Runner) -> None:
    async def events(scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send(START)
        await send({"type": "http.response.body", "body": b"event", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"bye"})

    async def main() -> None:
        async with (
            serving(events) as server,
            connected(server) as streams,
            connected(server) as (reader, writer),
        ):
            client = Http2(*streams)
            stream = client.request()
            writer.write(CLOSING_GET)
            await reader.readuntil(b"event")
            server.shutdown()
            assert await client.response(stream) == (200, b"eventbye")
            assert b"bye" in await reader.read()

    run(main())


def test_an_upload_is_taken_to_its_end(run: Runner) -> None:
    async def count(scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        size = 0
        more = True
        while more:
            message = await receive()
            assert message["type"] == "http.request"
            entered.set()
            size += len(message["body"])
            more = message["more_body"]
        await answer(send, b"%d" % size)

    entered = asyncio.Event()

    async def main() -> None:
        async with serving(count) as server, connected(server) as streams:
            client = Http2(*streams)
            stream = client.request(method="POST", end=False)
            client.h2.send_data(stream, b"a" * 1000)
            client.flush()
            await entered.wait()
            await stops(server)
            client.h2.send_data(stream, b"b" * 1000, end_stream=True)
            client.flush()
            assert await client.response(stream) == (200, b"2000")

    run(main())


def test_background_work_may_end(run: Runner) -> None:
    async def works_on(scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await answer(send)
        await may_end.wait()
        log.append("worked")

    may_end = asyncio.Event()
    log: list[str] = []

    async def main() -> None:
        async with serving(works_on) as server, connected(server) as (reader, writer):
            writer.write(CLOSING_GET)
            assert (await reader.read()).endswith(b"hello")
            await stops(server)
            may_end.set()
        assert log == ["worked"]

    run(main())


@pytest.mark.parametrize("timeout", [0, 0.05])
def test_what_does_not_end_is_cancelled(
    run: Runner, caplog: pytest.LogCaptureFixture, timeout: float
) -> None:
    async def endless(scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    entered = asyncio.Event()
    log: list[str] = []

    async def main() -> None:
        async with (
            serving(endless, timeout_graceful_shutdown=timeout) as server,
            connected(server) as streams,
        ):
            client = Http2(*streams)
            stream = client.request()
            await entered.wait()
            server.shutdown()
            await client.wait(StreamReset, stream)
        assert log == ["cancelled"]

    run(main())
    assert [record.getMessage() for record in caplog.records] == ["cancelled 1 running request"]


def test_what_ignores_its_cancellation_is_left_behind(
    run: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    async def stubborn(scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        entered.set()
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                log.append("ignored")
        ended.set()

    entered, may_end = asyncio.Event(), asyncio.Event()
    ended = asyncio.Event()
    log: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with (
            serving(stubborn, timeout_graceful_shutdown=0.05) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(GET)
            await entered.wait()
            begin = loop.time()
            server.shutdown()
            assert await reader.read() == b""
        assert loop.time() - begin < 0.05 + 2 * CANCEL_GRACE + 2
        assert log == ["ignored"]
        may_end.set()
        await ended.wait()

    run(main())
    assert caplog.messages == [
        "cancelled 1 running request",
        "1 go on after their cancellation",
    ]


def test_a_client_that_does_not_read_does_not_hold_the_server(run: Runner) -> None:
    async def endless(scope: Any, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send(START)
        while True:
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})

    async def main() -> None:
        async with (
            serving(endless, timeout_graceful_shutdown=0.05) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(GET)
            await reader.readuntil(b"\r\n\r\n")
            server.shutdown()

    run(main())


def test_a_client_that_does_not_answer_the_ping_does_not_hold_the_server(run: Runner) -> None:
    async def main() -> None:
        async with (
            serving(hello, timeout_graceful_shutdown=0.05) as server,
            connected(server) as streams,
        ):
            client = Http2(*streams)
            await client.response(client.request())
            server.shutdown()

    run(main())


def test_at_once(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        app = Slow()
        async with serving(app) as server, connected(server) as (reader, writer):
            writer.write(GET)
            await app.entered.wait()
            await stops(server)
            server.shutdown(at_once=True)
            assert await reader.read() == b""

    run(main())
    assert caplog.messages == ["cancelled 1 running request"]


def test_connections_that_begin_something_learn_what_it_is_to_be_closed_with() -> None:
    async def main() -> int:
        connections = Connections()
        stop = StopRequest(asyncio.get_running_loop())
        logger = logging.getLogger("h2corn")
        app = application(hello)
        await drain(connections, app, stop, timeout=9, logger=logger, code=SERVICE_RESTART)
        return connections.close_code

    assert asyncio.run(main()) == SERVICE_RESTART


class TestStopRequest:
    def test_from_a_thread(self, run: Runner) -> None:
        async def main() -> None:
            stop = StopRequest(asyncio.get_running_loop())
            thread = threading.Thread(target=stop.ask, kwargs={"at_once": False})
            thread.start()
            await stop.asked.wait()
            thread.join()
            assert not stop.asked_at_once.is_set()

        run(main())

    def test_after_the_loop_has_closed(self) -> None:
        loop = asyncio.new_event_loop()
        stop = StopRequest(loop)
        loop.close()
        stop.ask(at_once=True)

    def test_work_that_ends_by_itself(self, run: Runner) -> None:
        async def main() -> None:
            stop = StopRequest(asyncio.get_running_loop())
            assert await stop.run_until_asked(asyncio.sleep(0))
            assert await stop.run_until_asked_at_once(asyncio.sleep(0))

        run(main())

    def test_work_that_fails(self, run: Runner) -> None:
        async def fail() -> None:
            raise LookupError("it")

        async def main() -> None:
            stop = StopRequest(asyncio.get_running_loop())
            with pytest.raises(LookupError):
                await stop.run_until_asked(fail())

        run(main())

    def test_work_that_is_ended(self, run: Runner) -> None:
        log: list[str] = []

        async def work() -> None:
            log.append("begun")
            try:
                await asyncio.Event().wait()
            finally:
                log.append("cleaned up")

        async def main() -> None:
            stop = StopRequest(asyncio.get_running_loop())
            stop.ask(at_once=True)
            await stop.asked_at_once.wait()
            assert not await stop.run_until_asked(work())
            assert log == ["begun", "cleaned up"]

        run(main())

    def test_one_that_waits_for_it_may_be_cancelled(self, run: Runner) -> None:
        log: list[str] = []

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                log.append("cleaned up")

        async def main() -> None:
            stop = StopRequest(asyncio.get_running_loop())
            task = asyncio.create_task(stop.run_until_asked(work()))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert log == ["cleaned up"]

        run(main())
