"""What `send` takes: heads and bodies of any shape that ASGI has, in order, from any task."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.server.asgi.answers import answer, start
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Receive, Scope, Send, Served

DATED = {b"date", b"server"}
"""Fields that the server may add of its own."""


def test_only_the_type_and_the_status_must_be_there(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    served.run(app)
    reply = peer.get()
    assert (reply.status, reply.body, reply.is_complete) == (200, b"", True)


def test_fields_keep_their_order_and_number(served: Served, peer: Peer) -> None:
    fields = [
        (b"x-b", b"1"),
        (b"set-cookie", b"a=1"),
        (b"x-a", b""),
        (b"set-cookie", b"b=2"),
        (b"x-latin", b"caf\xe9"),
        (b"content-length", b"2"),
        (b"x-b", b"1"),
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, *fields)
        await send({"type": "http.response.body", "body": b"ok"})

    served.run(app)
    reply = peer.get()
    assert [pair for pair in reply.fields if pair[0] not in DATED] == fields


def pairs() -> Iterator[list[bytes]]:
    """Yield header fields."""
    yield [b"x-a", b"1"]
    yield [b"x-b", b"2"]


@pytest.mark.parametrize(
    "headers",
    [
        pairs(),
        ((b"x-a", b"1"), (b"x-b", b"2")),
        [[b"x-a", b"1"], (b"x-b", b"2")],
        [(bytearray(b"x-a"), b"1"), (b"x-b", memoryview(b"2"))],
    ],
    ids=["generator", "tuple", "lists", "buffers"],
)
def test_shapes_of_fields(served: Served, protocol: type[Peer], headers: object) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        shape = pairs() if isinstance(headers, Iterator) else headers
        await send({"type": "http.response.start", "status": 200, "headers": shape})
        await send({"type": "http.response.body"})

    served.run(app)
    with protocol(served.endpoint()) as peer:
        reply = peer.get()
    assert reply.values(b"x-a") == [b"1"]
    assert reply.values(b"x-b") == [b"2"]


def test_upper_case_names(served: Served, peer: Peer) -> None:
    """Many an application sends them, and HTTP/2 has none."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, (b"X-Upper", b"A"), (b"Content-Length", b"2"))
        await send({"type": "http.response.body", "body": b"ok"})

    served.run(app)
    reply = peer.get()
    assert reply.values(b"x-upper") == [b"A"]
    assert reply.values(b"content-length") == [b"2"]
    assert reply.body == b"ok"


@pytest.mark.parametrize("field", [(b"connection", b"keep-alive"), (b"keep-alive", b"timeout=5")])
def test_fields_of_a_connection_are_none_of_http2(
    served: Served, peer: Peer, field: tuple[bytes, bytes]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, field, (b"x-other", b"1"))
        await send({"type": "http.response.body", "body": b"ok"})

    served.run(app)
    reply = peer.get()
    assert (reply.body, reply.is_complete) == (b"ok", True)
    assert reply.values(b"x-other") == [b"1"]
    if peer.http_version == "2":
        assert reply.values(field[0]) == []


def test_transfer_encoding_is_the_servers(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, (b"transfer-encoding", b"chunked"))
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        await send({"type": "http.response.body", "body": b"k"})

    served.run(app)
    reply = peer.get()
    assert (reply.body, reply.is_complete) == (b"ok", True)


@pytest.mark.parametrize("body", [bytearray(b"body"), memoryview(b"body"), b"body"], ids=type)
def test_kinds_of_body(served: Served, peer: Peer, body: object) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    served.run(app)
    assert peer.get().body == b"bodybody"


def test_a_buffer_is_the_applications_again_when_it_was_sent(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        buffer = bytearray(100_000)
        for number in range(5):
            buffer[:] = bytes([number]) * len(buffer)
            await send({"type": "http.response.body", "body": buffer, "more_body": number < 4})

    served.run(app)
    assert peer.get().body == b"".join(bytes([number]) * 100_000 for number in range(5))


def test_empty_parts(served: Served, peer: Peer) -> None:
    """They send the head at the latest, and end nothing: a chunk of size 0 would."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await may_go_on.wait()
        for body in (b"", b"a", b"", b"b", b""):
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    may_go_on = asyncio.Event()
    served.run(app)
    call = peer.open()
    assert call.head().status == 200
    served.call(may_go_on.set)
    reply = call.whole()
    assert (reply.body, reply.is_complete) == (b"ab", True)


def test_a_start_alone_sends_nothing(served: Served, peer: Peer) -> None:
    """ASGI HTTP 2.5, Response Start: not before there is a body message."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 201)
        await may_go_on.wait()
        await send({"type": "http.response.body", "body": b"now"})

    may_go_on = asyncio.Event()
    run = served.run(app)
    call = peer.open()
    run.wait_called()
    while peer.receive(0.02):
        assert not call.answer.status
    served.call(may_go_on.set)
    assert call.whole().status == 201


@pytest.mark.parametrize("status", [200, 201, 299, 400, 418, 451, 500, 599, 600, 999])
def test_statuses(served: Served, peer: Peer, status: int) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"ok", status)

    served.run(app)
    reply = peer.get()
    assert (reply.status, reply.body) == (status, b"ok")
