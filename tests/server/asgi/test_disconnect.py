"""Clients that leave before the end: `http.disconnect` from `receive`, OSError from `send`."""

import asyncio
import socket
import struct
from collections.abc import Callable

import pytest

from tests.server.asgi.answers import collect, start
from tests.server.asgi.http1peer import HTTP1Peer
from tests.server.asgi.http2peer import HTTP2Peer
from tests.server.asgi.peers import Call, Peer
from tests.server.asgi.served import Message, Receive, Scope, Send, Served

DISCONNECT = {"type": "http.disconnect"}


def leave(call: Call) -> None:
    """Give up the request alone, where the protocol has a way for it."""
    call.leave()


def close(call: Call) -> None:
    """Close the connection."""
    call.peer.close()


def reset(call: Call) -> None:
    """Let the connection be reset."""
    call.peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.peer.close()


async def until_refused(send: Send) -> None:
    """Send until that raises OSError.

    At once, but where a connection of HTTP/1.1 was closed: that looks as if the client had closed
    its own half alone, and still read, until the kernel says that it does not.
    """
    with pytest.raises(OSError, match="client"):  # noqa: PT012 - whichever comes to it
        while True:
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
            await asyncio.sleep(0)


each_way = pytest.mark.parametrize("way", [leave, close, reset])


@each_way
def test_while_the_application_waits(
    served: Served, peer: Peer, way: Callable[[Call], None]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> list[Message]:
        first = await receive()
        return [first, await receive(), await receive()]

    run = served.run(app)
    call = peer.open()
    run.wait_called()
    way(call)
    messages = run.result()
    assert messages[0]["more_body"] is False
    assert messages[1:] == [DISCONNECT] * 2


@each_way
def test_in_the_middle_of_the_response(
    served: Served, peer: Peer, way: Callable[[Call], None]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> Message:
        await collect(receive)
        await start(send)
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        message = await receive()
        await until_refused(send)
        with pytest.raises(OSError, match="client"):
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
        with pytest.raises(OSError, match="client"):
            await send({"type": "http.response.body"})
        return message

    run = served.run(app)
    call = peer.open()
    call.body(b"begun")
    way(call)
    assert run.result() == DISCONNECT


@each_way
def test_before_the_response(served: Served, peer: Peer, way: Callable[[Call], None]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await collect(receive)
        assert await receive() == DISCONNECT
        with pytest.raises(OSError, match="client"):  # noqa: PT012 - either of them
            await start(send)
            await until_refused(send)
            await start(send)

    run = served.run(app)
    call = peer.open()
    run.wait_called()
    way(call)
    assert run.error() is None


@each_way
def test_in_the_middle_of_the_request(
    served: Served, peer: Peer, way: Callable[[Call], None]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> bytes:
        await start(send)
        await send({"type": "http.response.body", "body": b"ready", "more_body": True})
        body = b""
        while (message := await receive())["type"] == "http.request":
            assert message["more_body"]
            body += message["body"]
        assert message == DISCONNECT
        await until_refused(send)
        return body

    run = served.run(app)
    call = peer.open(method="POST", fields=[("content-length", "10")], end=False)
    call.body(b"ready")
    call.send(b"half ")
    way(call)
    assert run.result() in {b"half ", b""}


@each_way
def test_while_the_application_sends(
    served: Served, peer: Peer, way: Callable[[Call], None]
) -> None:
    """It is told by the exception alone, which is no fault of its own that would be logged."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        while True:
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})

    run = served.run(app)
    call = peer.open()
    call.head()
    way(call)
    assert isinstance(run.error(), OSError)


@each_way
def test_beside_a_listener(served: Served, peer: Peer, way: Callable[[Call], None]) -> None:
    """As Starlette's StreamingResponse does it: listen for the end beside the stream."""

    async def app(scope: Scope, receive: Receive, send: Send) -> str:
        async def stream() -> None:
            await start(send)
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
            await asyncio.Event().wait()

        async def listen() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        tasks = {
            asyncio.create_task(stream(), name="stream"),
            asyncio.create_task(listen(), name="listen"),
        }
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.wait(pending)
        return done.pop().get_name()

    run = served.run(app)
    call = peer.open()
    call.body(b"begun")
    way(call)
    assert run.result() == "listen"


def test_http2_other_requests_go_on(served: Served) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> Message:
        await collect(receive)
        await start(send)
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        if scope["path"] == "/stays":
            await is_left.wait()
            await send({"type": "http.response.body", "body": b" and ended"})
        message = await receive()
        is_left.set()
        return message

    is_left = asyncio.Event()
    run = served.run(app)
    with HTTP2Peer(served.endpoint()) as peer:
        stays, leaves = peer.open("/stays"), peer.open("/leaves")
        leaves.body(b"begun")
        leaves.leave()
        assert stays.whole().body == b"begun and ended"
    assert [run.result(index) for index in range(2)] == [DISCONNECT] * 2


def test_a_client_that_closes_its_half_still_gets_its_response(served: Served) -> None:
    """Over HTTP/1.1 some clients shut down writing behind their request."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await collect(receive)
        assert await receive() == DISCONNECT
        await start(send)
        await send({"type": "http.response.body", "body": b"for ", "more_body": True})
        await send({"type": "http.response.body", "body": b"you"})

    run = served.run(app)
    with HTTP1Peer(served.endpoint()) as peer:
        call = peer.open()
        run.wait_called()
        peer.socket.shutdown(socket.SHUT_WR)
        assert call.whole().body == b"for you"
