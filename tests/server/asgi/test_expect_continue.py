"""`Expect: 100-continue` (RFC 9110, 10.1.1).

The 100 goes out when the application asks for the body, and not before.
"""

import asyncio
import threading

import pytest

from tests.server.asgi.answers import answer, collect, start
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import PATIENCE, Receive, Scope, Send, Served

FIELDS = [("content-length", "4"), ("expect", "100-continue")]


def test_when_the_application_asks(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> bytes:
        await may_ask.wait()
        body = await collect(receive)
        await answer(send, body)
        return body

    may_ask = asyncio.Event()
    run = served.run(app)
    call = peer.open(method="POST", fields=FIELDS, end=False)
    run.wait_called()
    while peer.receive(0.02):
        assert not call.answer.informational
    served.call(may_ask.set)
    peer.until(lambda: bool(call.answer.informational))
    assert call.answer.informational == [(100, [])]
    assert not call.answer.status
    call.send(b"body", end=True)
    assert call.whole().body == b"body"
    assert len(call.answer.informational) == 1


@pytest.mark.parametrize("value", ["100-Continue", "100-CONTINUE"])
def test_in_any_case(served: Served, peer: Peer, value: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, await collect(receive))

    served.run(app)
    fields = [("content-length", "4"), ("expect", value)]
    call = peer.open(method="POST", fields=fields, end=False)
    peer.until(lambda: bool(call.answer.informational))
    call.send(b"body", end=True)
    assert call.whole().body == b"body"


def test_asked_for_in_another_task(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = await asyncio.create_task(collect(receive))
        await answer(send, body)

    served.run(app)
    call = peer.open(method="POST", fields=FIELDS, end=False)
    peer.until(lambda: bool(call.answer.informational))
    call.send(b"body", end=True)
    assert call.whole().body == b"body"
    assert len(call.answer.informational) == 1


def test_asked_for_again(served: Served, peer: Peer) -> None:
    """One 100, however often the application asks."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(receive(), 0.005)
        has_asked.set()
        await answer(send, await collect(receive))

    has_asked = threading.Event()
    served.run(app)
    call = peer.open(method="POST", fields=FIELDS, end=False)
    assert has_asked.wait(PATIENCE)
    call.send(b"body", end=True)
    assert call.whole().body == b"body"
    assert len(call.answer.informational) == 1


@pytest.mark.parametrize("status", [200, 401, 413])
def test_an_answer_without_the_body(served: Served, protocol: type[Peer], status: int) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await answer(send, b"next")
        else:
            await answer(send, b"no", status)

    served.run(app)
    with protocol(served.endpoint()) as peer:
        reply = peer.open(method="POST", fields=FIELDS, end=False).whole()
        assert (reply.status, reply.body, reply.informational) == (status, b"no", [])
        if peer.http_version == "2":
            assert peer.get().body == b"next"
        else:
            # Nobody could tell a body that comes after all from the next request.
            assert reply.values(b"connection") == [b"close"]


def test_a_body_asked_for_behind_the_head_of_the_response(served: Served, peer: Peer) -> None:
    """No 100 then: the client has a final response, and sends the body or not."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await send({"type": "http.response.body", "body": b"head", "more_body": True})
        await send({"type": "http.response.body", "body": await collect(receive)})

    served.run(app)
    call = peer.open(method="POST", fields=FIELDS, end=False)
    call.body(b"head")
    call.send(b"body", end=True)
    assert call.whole().body == b"headbody"
    assert call.answer.informational == []


def test_a_client_that_does_not_wait(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await may_ask.wait()
        await answer(send, await collect(receive))

    may_ask = asyncio.Event()
    run = served.run(app)
    call = peer.open(method="POST", fields=FIELDS, end=False)
    call.send(b"body", end=True)
    run.wait_called()
    served.call(may_ask.set)
    assert call.whole().body == b"body"
    assert len(call.answer.informational) <= 1


def test_who_does_not_expect_it_gets_none(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, await collect(receive))

    served.run(app)
    reply = peer.post(b"body")
    assert (reply.body, reply.informational) == (b"body", [])


def test_no_body_is_nothing_to_wait_for(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, await collect(receive))

    served.run(app)
    reply = peer.get(fields=[("expect", "100-continue")])
    assert (reply.status, reply.body, reply.informational) == (200, b"", [])
