"""`receive` and `send` of several tasks, and several requests at a time."""

import asyncio
import json

import anyio

from tests.server.asgi.answers import answer, collect, start
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Message, Receive, Scope, Send, Served


def test_messages_of_several_tasks_keep_the_order_of_their_calls(
    served: Served, peer: Peer
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        parts = [bytes([65 + number]) * 100_000 for number in range(20)]
        await asyncio.gather(
            *(send({"type": "http.response.body", "body": p, "more_body": True}) for p in parts)
        )
        await send({"type": "http.response.body"})

    served.run(app)
    reply = peer.get()
    assert reply.body == b"".join(bytes([65 + number]) * 100_000 for number in range(20))


def test_anyio_starts_send_soon(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(send, {"type": "http.response.start", "status": 200})
        async with anyio.create_task_group() as group:
            for number in range(10):
                body = b"%d" % number
                part = {"type": "http.response.body", "body": body, "more_body": True}
                group.start_soon(send, part)
        async with anyio.create_task_group() as group:
            group.start_soon(send, {"type": "http.response.body", "body": b"end"})

    served.run(app)
    reply = peer.get()
    assert (reply.body, reply.is_complete) == (b"0123456789end", True)


def test_receive_and_send_at_the_same_time(served: Served, peer: Peer) -> None:
    """An echo of two tasks."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        parts: asyncio.Queue[Message] = asyncio.Queue()

        async def read() -> None:
            more = True
            while more:
                message = await receive()
                more = message["more_body"]
                await parts.put(message)

        await start(send)
        async with asyncio.TaskGroup() as group:
            group.create_task(read())
            more = True
            while more:
                message = await parts.get()
                more = message["more_body"]
                part = {"type": "http.response.body", "body": message["body"], "more_body": more}
                await send(part)

    served.run(app)
    call = peer.open(method="POST", end=False)
    sent = b""
    for number in range(20):
        part = bytes([65 + number]) * 5_000
        call.send(part)
        sent += part
        call.body(sent)
    call.send(b"", end=True)
    assert call.whole().is_complete


def test_requests_of_a_connection_at_the_same_time(served: Served, protocol: type[Peer]) -> None:
    """Each has its own body and its own answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = await collect(receive)
        await answer(send, json.dumps([scope["path"], body.decode()]).encode())

    served.run(app)
    with protocol(served.endpoint()) as peer:
        if peer.http_version == "2":
            calls = [peer.open(f"/{n}", method="POST", end=False) for n in range(20)]
            for number, call in reversed(list(enumerate(calls))):
                call.send(b"body of %d" % number, end=True)
            replies = [call.whole() for call in calls]
        else:
            replies = [peer.post(b"body of %d" % n, f"/{n}") for n in range(20)]
    for number, reply in enumerate(replies):
        assert json.loads(reply.body) == [f"/{number}", f"body of {number}"]
