"""The server in the loop of a program, and `serve` in a loop of its own."""

import asyncio
import contextlib
import contextvars
import gc
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from asgi_bridge import Exchange, LifespanError
from h2c_core import PREFACE, Connection
from h2corn import _sniff
from h2corn._adapters import Peers
from h2corn._http1 import Http1Connection
from h2corn._protocol import ConnectionProtocol
from h2corn._sniff import peers_of
from h2corn.config import Config
from h2corn.server import ListenError, Server, TargetError
from tests.h2corn.conftest import Runner
from tests.h2corn.running import (
    CLOSING_GET,
    GET,
    Http2,
    Lifespan,
    Receive,
    Send,
    answer,
    ask,
    connected,
    endpoint,
    hello,
    serving,
)


class TestServe:
    def test_calls_a_factory(self, run: Runner) -> None:
        async def main() -> None:
            server = Server(lambda: hello, Config(port=0), factory=True)
            task = asyncio.create_task(server.serve())
            await server.wait_started()
            assert (await ask(server)).endswith(b"\r\n\r\nhello")
            server.shutdown()
            await task

        run(main())

    def test_says_what_is_wrong_with_a_factory(self, run: Runner) -> None:
        async def main() -> None:
            with pytest.raises(TargetError, match="made no application"):
                await Server(cast("Any", dict), Config(port=0), factory=True).serve()

        run(main())

    def test_is_one_process(self, run: Runner) -> None:
        async def main() -> None:
            with pytest.raises(NotImplementedError):
                await Server(hello, Config(port=0, workers=2)).serve()

        run(main())

    def test_answers_both_protocols(self, run: Runner) -> None:
        async def main() -> None:
            async with serving(hello) as server, connected(server) as streams:
                assert (await ask(server)).endswith(b"\r\n\r\nhello")
                client = Http2(*streams)
                assert await client.response(client.request()) == (200, b"hello")

        run(main())

    def test_is_over_when_it_was_told_to_stop(self, run: Runner) -> None:
        async def main() -> None:
            server = Server(hello, Config(bind=("127.0.0.1:0",)))
            assert server.addresses == ()
            task = asyncio.create_task(server.serve())
            await server.wait_started()
            await server.wait_started()
            address = endpoint(server)
            assert address[1]
            server.shutdown()
            await task
            assert server.addresses == ()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*address)

        run(main())

    def test_can_serve_again(self, run: Runner) -> None:
        async def main() -> None:
            server = Server(hello, Config(bind=("127.0.0.1:0",), access_log=False))
            for _ in range(2):
                task = asyncio.create_task(server.serve())
                await server.wait_started()
                assert (await ask(server)).endswith(b"hello")
                server.shutdown()
                await task

        run(main())

    def test_twice_at_once_is_refused(self, run: Runner) -> None:
        async def main() -> None:
            async with serving(hello) as server:
                with pytest.raises(RuntimeError, match="already has an active serve"):
                    await server.serve()
                assert (await ask(server)).endswith(b"hello")

        run(main())

    def test_two_servers_in_one_loop(self, run: Runner) -> None:
        async def other(scope: Any, receive: Receive, send: Send) -> None:
            await answer(send, b"other")

        async def main() -> None:
            async with serving(hello) as one:
                async with serving(other) as two:
                    assert (await ask(one)).endswith(b"hello")
                    assert (await ask(two)).endswith(b"other")
                assert (await ask(one)).endswith(b"hello")

        run(main())

    def test_many_addresses(self, run: Runner, tmp_path: Path) -> None:
        async def main() -> None:
            with socket.create_server(("127.0.0.1", 0)) as inherited:
                port = inherited.getsockname()[1]
                bind = (
                    "127.0.0.1:0",
                    "[::1]:0",
                    f"unix:{tmp_path}/socket",
                    f"fd://{inherited.fileno()}",
                )
                async with serving(hello, bind=bind) as server:
                    assert server.addresses[0].startswith("http://127.0.0.1:")
                    assert server.addresses[1].startswith("http://[::1]:")
                    assert server.addresses[2:] == bind[2:]
                    for index in range(3):
                        assert (await ask(server, index=index)).endswith(b"hello")
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(GET)
                    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
                    writer.close()
                    await writer.wait_closed()
                assert not (tmp_path / "socket").exists()
                assert inherited.getsockname()[1] == port

        run(main())

    def test_busy_port(self, run: Runner) -> None:
        async def main() -> None:
            async with serving(hello) as first:
                text = "{}:{}".format(*endpoint(first))
                second = Server(hello, Config(bind=(text,)))
                task = asyncio.create_task(second.serve())
                with pytest.raises(RuntimeError, match="the server has ended"):
                    await second.wait_started()
                with pytest.raises(RuntimeError, match="the server has ended"):
                    await second.wait_started()
                with pytest.raises(ListenError) as caught:
                    await task
                assert str(caught.value) == f"cannot listen on {text}: address already in use"

        run(main())

    def test_a_socket_that_cannot_listen(self, run: Runner, tmp_path: Path) -> None:
        async def main() -> None:
            with (
                socket.create_server(("127.0.0.1", 0)) as peer,
                socket.create_connection(peer.getsockname()) as connection,
            ):
                bind = (f"unix:{tmp_path}/socket", f"fd://{connection.fileno()}")
                server = Server(hello, Config(bind=bind))
                with pytest.raises(
                    ListenError, match=r"cannot listen on fd://\d+: invalid argument"
                ):
                    await server.serve()
            assert not (tmp_path / "socket").exists()

        run(main())

    def test_a_waiter_that_has_gone(self, run: Runner) -> None:
        async def main() -> None:
            server = Server(hello, Config(bind=("127.0.0.1:0",)))
            waiting = asyncio.create_task(server.wait_started())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            waiting.cancel()
            task = asyncio.create_task(server.serve())
            await server.wait_started()
            server.shutdown()
            await task

        run(main())

    def test_without_standard_error(self, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        async def main() -> None:
            async with serving(hello, access_log=True) as server:
                assert (await ask(server)).endswith(b"hello")

        monkeypatch.setattr(sys, "stderr", None)
        run(main())

    def test_installs_no_signal_handler(self, run: Runner) -> None:
        async def main() -> None:
            before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
            async with serving(hello):
                during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
            assert during == before

        run(main())

    def test_is_silent(self, run: Runner, capfd: pytest.CaptureFixture[str]) -> None:
        async def main() -> None:
            async with serving(hello) as server:
                await ask(server)

        run(main())
        assert capfd.readouterr() == ("", "")

    def test_access_log(self, run: Runner, capfd: pytest.CaptureFixture[str]) -> None:
        async def main() -> None:
            async with serving(hello, access_log=True) as server, connected(server) as streams:
                await ask(
                    server,
                    GET.replace(b"/ ", b"/a?b ").replace(b"\r\n\r\n", b"\r\n")
                    + b"Connection: close\r\n\r\n",
                )
                client = Http2(*streams)
                await client.response(client.request("/c"))
                await client.response(client.request(method="CONNECT", authority="example.com:1"))

        run(main())
        lines = capfd.readouterr().err.splitlines()
        assert [line.split("  ")[-2].lstrip() for line in lines] == [
            '"GET /a?b HTTP/1.1" 200',
            '"GET /c HTTP/2" 200',
            '"CONNECT example.com:1 HTTP/2" 501',
        ]
        assert all(line.startswith("127.0.0.1:") for line in lines)
        assert lines[0].endswith("ms tx=5b")


class TestScope:
    def test_names_both_ends(self, run: Runner, tmp_path: Path) -> None:
        seen: list[Any] = []

        async def keep(scope: Any, receive: Receive, send: Send) -> None:
            assert scope["type"] == "http"
            seen.append((scope["client"], scope["server"]))
            await answer(send)

        async def main() -> list[tuple[str, int]]:
            path = f"{tmp_path}/socket"
            bind = ("127.0.0.1:0", "[::1]:0", f"unix:{path}")
            async with serving(keep, bind=bind) as server:
                for index in range(3):
                    await ask(server, index=index)
                return [endpoint(server, index) for index in range(2)]

        endpoints = run(main())
        clients = [client for client, _ in seen]
        assert [client and client[0] for client in clients] == ["127.0.0.1", "::1", None]
        assert all(type(client[1]) is int for client in clients[:2])
        assert [server for _, server in seen] == [*endpoints, (f"{tmp_path}/socket", None)]


class TestTransport:
    def test_small_writes_are_not_held_back(
        self, run: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nagle's algorithm would hold the second of two writes until the first is received."""
        seen: list[int] = []

        def look(transport: asyncio.BaseTransport) -> Peers | None:
            sock = transport.get_extra_info("socket")
            seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            return peers_of(transport)

        async def main() -> None:
            monkeypatch.setattr(_sniff, "peers_of", look)
            with socket.create_server(("127.0.0.1", 0)) as inherited:
                bind = ("127.0.0.1:0", f"fd://{inherited.fileno()}")
                async with serving(hello, bind=bind) as server:
                    await ask(server)
                    reader, writer = await asyncio.open_connection(*inherited.getsockname())
                    writer.write(CLOSING_GET)
                    assert (await reader.read()).endswith(b"hello")
                    writer.close()
                    await writer.wait_closed()

        run(main())
        assert len(seen) == 2
        assert all(seen)

    def test_an_upload_that_is_cut_off_is_a_disconnect(self, run: Runner) -> None:
        """While a client that has only ended its half gets its whole response."""
        seen: list[str] = []
        ended = asyncio.Event()

        async def take(scope: Any, receive: Receive, send: Send) -> None:
            assert scope["type"] == "http"
            while (message := await receive()).get("more_body"):
                seen.append(message["body"].decode())
            seen.append(message["type"])
            if message["type"] == "http.request":
                await answer(send)
            ended.set()

        async def main() -> None:
            async with serving(take) as server, connected(server) as (reader, writer):
                writer.write(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf")
                writer.write_eof()
                assert await reader.read() == b""
                await ended.wait()
                async with connected(server) as (other, sender):
                    sender.write(GET)
                    sender.write_eof()
                    assert (await other.read()).endswith(b"hello")

        run(main())
        assert seen == ["half", "http.disconnect", "http.request"]

    def test_what_an_application_sets_stays_in_its_context(self, run: Runner) -> None:
        """The next request of the connection starts where the last one ended, but not inside."""
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="")
        seen: list[str] = []

        async def app(scope: Any, receive: Receive, send: Send) -> None:
            assert scope["type"] == "http"
            seen.append(variable.get())
            variable.set("mine")
            await asyncio.sleep(0)
            await answer(send)

        async def main() -> None:
            async with serving(app) as server:
                await ask(server, GET + GET + CLOSING_GET)

        run(main())
        assert seen == ["", "", ""]


class TestShutdown:
    def test_from_another_thread(self, run: Runner) -> None:
        async def main() -> None:
            server = Server(hello, Config(bind=("127.0.0.1:0",)))
            task = asyncio.create_task(server.serve())
            await server.wait_started()
            threads = [threading.Thread(target=server.shutdown) for _ in range(8)]
            for thread in threads:
                thread.start()
            await task
            for thread in threads:
                thread.join()

        run(main())

    def test_an_application_that_ignores_its_cancellation_is_left(self, run: Runner) -> None:
        entered, may_end = asyncio.Event(), asyncio.Event()

        async def stubborn(scope: Any, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            entered.set()
            while not may_end.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await may_end.wait()

        async def main() -> None:
            config = Config(bind=("127.0.0.1:0",), timeout_graceful_shutdown=0.2)
            server = Server(stubborn, config)
            task = asyncio.create_task(server.serve())
            await server.wait_started()
            async with connected(server) as (reader, writer):
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await entered.wait()
                begin = time.monotonic()
                server.shutdown()
                await task
                # The timeout, and what those that were cancelled have to end.
                assert time.monotonic() - begin < 3
                assert await reader.read() == b""
            may_end.set()

        run(main())

    def test_before_serve(self, run: Runner) -> None:
        async def main() -> None:
            app = Lifespan()
            server = Server(app, Config(bind=("127.0.0.1:0",)))
            server.shutdown()
            await server.serve()
            assert app.log == []

        run(main())

    def test_during_the_startup(self, run: Runner) -> None:
        events: list[str] = []

        async def slow(scope: Any, receive: Receive, send: Send) -> None:
            events.append("starting")
            server.shutdown()
            try:
                await asyncio.Event().wait()
            finally:
                events.append("cancelled")

        server = Server(slow, Config(bind=("127.0.0.1:0",)))
        run(server.serve())
        assert events == ["starting", "cancelled"]

    def test_serve_that_is_cancelled_stops_at_once(self, run: Runner) -> None:
        async def main() -> None:
            app = Lifespan(hangs=True)
            ended = asyncio.Event()

            async def waits(scope: Any, receive: Receive, send: Send) -> None:
                if scope["type"] == "lifespan":
                    await app(scope, receive, send)
                    return
                entered.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.set()

            entered = asyncio.Event()
            server = Server(waits, Config(bind=("127.0.0.1:0",), access_log=False))
            task = asyncio.create_task(server.serve())
            await server.wait_started()
            async with connected(server) as (_reader, writer):
                writer.write(GET)
                await entered.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert ended.is_set()
            assert app.log == ["started", "cancelled"]

        run(main())


class TestLifespan:
    def test_around_the_requests(self, run: Runner) -> None:
        app = Lifespan()

        async def main() -> None:
            async with serving(app) as server:
                await ask(server)

        run(main())
        assert app.log == ["started", "request with {'key': 'value'}", "stopped"]

    def test_a_failed_startup(self, run: Runner) -> None:
        server = Server(Lifespan(failure="no database"), Config(bind=("127.0.0.1:0",)))
        with pytest.raises(LifespanError, match=r"^no database$"):
            run(server.serve())

    def test_nothing_is_accepted_before_it_has_started(self, run: Runner, tmp_path: Path) -> None:
        async def main() -> None:
            path = tmp_path / "socket"
            is_starting, may_start = asyncio.Event(), asyncio.Event()
            seen: list[str] = []

            async def slow(scope: Any, receive: Receive, send: Send) -> None:
                if scope["type"] == "http":
                    seen.append("request")
                    await answer(send)
                    return
                await receive()
                is_starting.set()
                await may_start.wait()
                seen.append("started")
                await send({"type": "lifespan.startup.complete"})
                await receive()
                await send({"type": "lifespan.shutdown.complete"})

            server = Server(slow, Config(bind=(f"unix:{path}",), access_log=False))
            task = asyncio.create_task(server.serve())
            await is_starting.wait()
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(GET)
            may_start.set()
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            assert seen == ["started", "request"]
            writer.close()
            await writer.wait_closed()
            server.shutdown()
            await task

        run(main())


def exchanges() -> int:
    """Count those that are alive."""
    gc.collect()
    return sum(isinstance(item, Exchange) for item in gc.get_objects())


class TestLeaks:
    def test_10_000_requests_leave_nothing(self, run: Runner) -> None:
        requests = 0

        async def waits(scope: Any, receive: Receive, send: Send) -> None:
            nonlocal requests
            assert scope["type"] == "http"
            requests += 1
            if requests % 2:
                await asyncio.sleep(0)
            await answer(send)

        async def main() -> int:
            async with serving(waits) as server, connected(server) as streams:
                await self.get_by_http2(5_000, *streams)
                async with connected(server) as (reader, writer):
                    for _ in range(50):
                        writer.write(GET * 100)
                        for _ in range(100):
                            await reader.readuntil(b"\r\n\r\n")
                            await reader.readexactly(5)
                assert requests == 10_000
                return exchanges()

        # What earlier tests of the process left is not of this server.
        before = exchanges()
        assert run(main()) <= before

    async def get_by_http2(
        self, count: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Send requests as bare frames, 100 at a time: h2 would take seconds for so many."""
        writer.write(PREFACE + b"\0\0\0\x04\0\0\0\0\0")
        for first in range(0, count, 100):
            for number in range(first, first + 100):
                # :method GET, :scheme http, :path /, :authority t
                head = b"\x82\x86\x84\x01\x01t"
                frame = bytes((0, 0, len(head), 1, 5)) + (2 * number + 1).to_bytes(4, "big")
                writer.write(frame + head)
            ended = 0
            while ended < 100:
                header = await reader.readexactly(9)
                await reader.readexactly(int.from_bytes(header[:3], "big"))
                ended += header[3] == 0 and header[4] & 1

    def test_connections_leave_nothing(self, run: Runner) -> None:
        async def main() -> tuple[int, int]:
            counts = []
            async with serving(hello) as server:
                for count in (50, 200):
                    for _ in range(count):
                        await ask(server)
                    gc.collect()
                    counts.append(len(gc.get_objects()))
            return counts[0], counts[1]

        before, after = run(main())
        assert after - before < 300

    def test_nothing_waits_for_the_garbage_collector(self, run: Runner) -> None:
        """Neither a request nor a connection is a cycle."""

        def count() -> int:
            kinds = (ConnectionProtocol, Exchange, Connection, Http1Connection)
            return sum(isinstance(item, kinds) for item in gc.get_objects())

        async def main() -> int:
            async with serving(hello) as server:
                gc.collect()
                before = count()  # what other tests in this process still hold
                gc.disable()
                try:
                    for _ in range(20):
                        await ask(server)
                        async with connected(server) as streams:
                            client = Http2(*streams)
                            await client.response(client.request())
                    await asyncio.sleep(0)
                    return count() - before
                finally:
                    gc.enable()

        # The last connection may have its end still before it.
        assert run(main()) <= 4
