"""Where streams become exchanges: what the application gets, and what never reaches it."""

import asyncio
from typing import Any

import pytest

from asgi_bridge import WebSocket
from h2corn._adapters import Request, disconnect
from tests.h2corn.requests import (
    PEERS,
    Head,
    Lines,
    Sink,
    application,
    handshake,
    open_until_left,
    settle,
    start,
)
from tests.h2corn.running import Receive, Send, answer


def test_the_scope_is_that_of_the_connection() -> None:
    scopes: list[Any] = []

    async def keep(scope: Any, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await answer(send)

    async def main() -> None:
        app = application(keep)
        requests = app.connect(PEERS, is_serial=False)
        assert requests.peers is PEERS
        assert not requests.is_serial
        requests.open_stream(Sink(), Head())
        assert scopes == [], "it only records"
        start(requests)
        await settle(app)

    asyncio.run(main())
    (scope,) = scopes
    assert scope["client"] == ("192.0.2.1", 5)
    assert scope["server"] == ("192.0.2.2", 80)
    assert (scope["path"], scope["root_path"]) == ("/mount/a", "/mount")
    assert scope["state"] == {"key": "value"}
    assert scope["scheme"] == "http"


@pytest.mark.parametrize("is_logged", [False, True])
def test_connect_is_refused_without_the_application(is_logged: bool) -> None:
    async def never(scope: Any, receive: Receive, send: Send) -> None:
        raise AssertionError

    async def main() -> None:
        app = application(never, lines=Lines() if is_logged else None)
        requests = app.connect(PEERS, is_serial=True)
        sink = Sink()
        requests.open_stream(sink, Head(b"CONNECT", b""))
        start(requests)
        await settle(app)
        assert sink.status == 501
        assert sink.body == b"Not Implemented"
        assert sink.is_finished
        assert (b"server", b"test") in sink.headers

    asyncio.run(main())


class TestWebSockets:
    def test_are_made_of_requests_for_them(self) -> None:
        async def main() -> None:
            app = application(open_until_left)
            requests = app.connect(PEERS, is_serial=False)
            sink = Sink()
            session = requests.open_stream(sink, handshake())
            assert isinstance(session, WebSocket)
            start(requests)
            for _ in range(3):
                await asyncio.sleep(0)
            assert sink.status == 200
            assert app.running == {session}
            session.on_reset(8)
            await settle(app)

        asyncio.run(main())

    def test_other_protocols_are_not_implemented(self) -> None:
        async def main() -> None:
            app = application(open_until_left)
            requests = app.connect(PEERS, is_serial=False)
            sink = Sink()
            requests.open_stream(sink, handshake(b"connect-udp"))
            start(requests)
            await settle(app)
            assert sink.status == 501

        asyncio.run(main())


class TestHalfClose:
    def test_tells_a_request_and_who_wants_to_know(self) -> None:
        received: list[Any] = []

        async def waits(scope: Any, receive: Receive, send: Send) -> None:
            await receive()
            received.append(await receive())

        async def main() -> None:
            left: list[Request] = []
            app = application(waits, on_leave=left.append)
            requests = app.connect(PEERS, is_serial=True)
            exchange = requests.open_stream(Sink(), Head())
            start(requests)
            for _ in range(3):
                await asyncio.sleep(0)
            requests.half_close(exchange)
            assert left == [exchange]
            await settle(app)

        asyncio.run(main())
        assert received == [{"type": "http.disconnect"}]

    def test_ends_a_websocket(self) -> None:
        async def main() -> None:
            app = application(open_until_left)
            requests = app.connect(PEERS, is_serial=True)
            sink = Sink()
            session = requests.open_stream(sink, handshake())
            start(requests)
            for _ in range(3):
                await asyncio.sleep(0)
            requests.half_close(session)
            assert sink.body.endswith(b"\x88\x02\x03\xe9")
            session.on_reset(8)
            await settle(app)

        asyncio.run(main())


@pytest.mark.parametrize(("protocol", "end"), [(b"websocket", b"\x88\x02\x03\xf4"), (b"", b"bye")])
def test_requests_are_told_to_end(protocol: bytes, end: bytes) -> None:
    async def until_told(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await open_until_left(scope, receive, send)
            return
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        await answer(send, b"bye")

    async def main() -> None:
        app = application(until_told)
        requests = app.connect(PEERS, is_serial=False)
        sink = Sink()
        request = requests.open_stream(sink, handshake() if protocol else Head())
        start(requests)
        for _ in range(3):
            await asyncio.sleep(0)
        disconnect(request, 1012)
        for _ in range(3):
            await asyncio.sleep(0)
        assert sink.body.endswith(end)
        request.on_reset(8)
        await settle(app)

    asyncio.run(main())
