"""What `receive` gives: the body as it comes, then nothing until it is time to disconnect."""

import asyncio
import socket

import pytest

from tests.server.asgi.answers import answer, collect, start
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Message, Receive, Scope, Send, Served

EMPTY = {"type": "http.request", "body": b"", "more_body": False}
DISCONNECT = {"type": "http.disconnect"}


async def keep_messages(scope: Scope, receive: Receive, send: Send) -> list[Message]:
    """Take the whole body and return the messages."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    await answer(send)
    return messages


def test_no_body(served: Served, peer: Peer) -> None:
    run = served.run(keep_messages)
    assert peer.get().status == 200
    assert run.result() == [EMPTY]


def test_empty_body(served: Served, peer: Peer) -> None:
    run = served.run(keep_messages)
    peer.post(b"")
    call = peer.open(method="POST", end=False)
    call.send(b"", end=True)
    call.whole()
    for index in range(2):
        messages = run.result(index)
        assert messages[-1] == EMPTY
        assert all(message["body"] == b"" for message in messages)


@pytest.mark.parametrize("size", [1, 1_000, 70_000, 1_000_000])
def test_body(served: Served, peer: Peer, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    run = served.run(keep_messages)
    assert peer.post(body).status == 200
    messages = run.result()
    assert b"".join(message["body"] for message in messages) == body
    assert [message["more_body"] for message in messages[:-1]] == [True] * (len(messages) - 1)
    assert messages[-1]["more_body"] is False
    for message in messages:
        assert type(message) is dict
        assert set(message) == {"type", "body", "more_body"}
        assert message["type"] == "http.request"
        assert type(message["body"]) is bytes


def test_parts_are_given_as_they_come(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        more = True
        while more:
            message = await receive()
            more = message["more_body"]
            await send({"type": "http.response.body", "body": message["body"], "more_body": more})

    served.run(app)
    call = peer.open(method="POST", end=False)
    for number in range(5):
        call.send(b"part%d " % number)
        call.body(b"".join(b"part%d " % seen for seen in range(number + 1)))
    call.send(b"end", end=True)
    assert call.whole().body.endswith(b"part4 end")
    assert call.answer.is_complete


def test_after_the_body_it_waits_for_the_response(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> list[Message]:
        await collect(receive)
        listener = asyncio.create_task(receive())
        await start(send)
        for _ in range(5):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await asyncio.sleep(0)
            assert not listener.done()
        await send({"type": "http.response.body"})
        return [await listener, await receive(), await receive()]

    run = served.run(app)
    assert peer.post(b"body").body == b"xxxxx"
    assert run.result() == [DISCONNECT] * 3


def test_it_waits_beside_a_body_that_is_still_to_come(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> bytes:
        await start(send)
        await send({"type": "http.response.body", "body": b"ready", "more_body": True})
        body = await collect(receive)
        await send({"type": "http.response.body"})
        return body

    run = served.run(app)
    call = peer.open(method="POST", end=False)
    call.body(b"ready")
    call.send(b"late", end=True)
    assert call.whole().is_complete
    assert run.result() == b"late"


def test_a_receive_that_is_cancelled_takes_nothing(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> bytes:
        listener = asyncio.create_task(receive())
        await asyncio.sleep(0)
        listener.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listener
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0.01)
        await start(send)
        await send({"type": "http.response.body", "body": b"now", "more_body": True})
        body = await collect(receive)
        await send({"type": "http.response.body"})
        return body

    run = served.run(app)
    call = peer.open(method="POST", end=False)
    call.body(b"now")
    call.send(b"all ")
    call.send(b"of it", end=True)
    call.whole()
    assert run.result() == b"all of it"


def test_a_body_that_nobody_takes(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> Message:
        await answer(send, b"done")
        return await receive()

    run = served.run(app)
    assert peer.post(b"x" * 1000).body == b"done"
    assert run.result() == DISCONNECT


def test_http1_trailers_of_a_request_end_its_body(served: Served) -> None:
    run = served.run(keep_messages)
    with socket.create_connection(served.endpoint()) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n"
        )
        assert b" 200 " in client.recv(1000)
    messages = run.result()
    assert b"".join(message["body"] for message in messages) == b"body"
    assert (b"x-sum", b"1") not in run.scopes[0]["headers"]
