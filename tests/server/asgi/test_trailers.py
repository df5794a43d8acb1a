"""`http.response.trailers`: for HTTP/2, and where a client of HTTP/1.1 says that it takes them."""

import socket

import pytest

from tests.server.asgi.answers import start
from tests.server.asgi.http1peer import HTTP1Peer
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Receive, Scope, Send, Served

TE = [("te", "trailers")]
EXTENSION = "http.response.trailers"
START = {"type": "http.response.start", "status": 200, "headers": [], "trailers": True}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with trailers in two messages."""
    await send(START)
    await send({"type": "http.response.body", "body": b"bo", "more_body": True})
    await send({"type": "http.response.body", "body": b"dy"})
    first = [(b"x-sum", b"1"), (b"x-both", b"a")]
    await send({"type": EXTENSION, "headers": first, "more_trailers": True})
    await send({"type": EXTENSION, "headers": [(b"x-both", b"b")], "more_trailers": False})


def test_for_who_takes_them(served: Served, peer: Peer) -> None:
    run = served.run(app)
    for index in range(2):
        reply = peer.get(fields=TE)
        assert run.scopes[index]["extensions"][EXTENSION] == {}
        assert (reply.body, reply.is_complete) == (b"body", True)
        assert reply.trailers == [(b"x-sum", b"1"), (b"x-both", b"a"), (b"x-both", b"b")]


def test_http1_for_who_does_not(served: Served) -> None:
    """They are dropped, and the application need not know."""
    run = served.run(app)
    with HTTP1Peer(served.endpoint()) as peer:
        for index in range(2):
            reply = peer.get()
            assert EXTENSION not in run.scopes[index]["extensions"]
            assert (reply.body, reply.trailers, reply.is_complete) == (b"body", [], True)
    assert run.error() is None


def test_http1_0_has_none(served: Served) -> None:
    run = served.run(app)
    with socket.create_connection(served.endpoint()) as client:
        client.sendall(b"GET / HTTP/1.0\r\nTE: trailers\r\n\r\n")
        reply = client.makefile("rb").read()
    assert reply.endswith(b"\r\n\r\nbody")
    assert EXTENSION not in run.scopes[0]["extensions"]


def test_http2_needs_no_field(served: Served, protocol: type[Peer]) -> None:
    with protocol(served.endpoint()) as peer:
        if peer.http_version != "2":
            return
        run = served.run(app)
        assert peer.get().trailers[0] == (b"x-sum", b"1")
        assert EXTENSION in run.scopes[0]["extensions"]


@pytest.mark.parametrize("body", [b"", b"body"])
def test_no_fields(served: Served, peer: Peer, body: bytes) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": body})
        await send({"type": EXTENSION})

    served.run(app)
    for _ in range(2):
        reply = peer.get(fields=TE)
        assert (reply.body, reply.trailers, reply.is_complete) == (body, [], True)


def test_behind_no_body(served: Served, peer: Peer) -> None:
    """A response to HEAD has none, nor has 304: RFC 9110, 6.5."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "status": 200 if scope["method"] == "HEAD" else 304})
        await send({"type": "http.response.body", "body": b""})
        await send({"type": EXTENSION, "headers": [(b"x-sum", b"1")]})

    run = served.run(app)
    for method in ("HEAD", "GET"):
        reply = peer.get(method=method, fields=TE)
        assert (reply.body, reply.trailers, reply.is_complete) == (b"", [], True)
    assert run.error(0) is run.error(1) is None


def test_announced_and_not_sent(served: Served, peer: Peer, expected_log: list[str]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"body"})

    served.run(app)
    assert not peer.get(fields=TE).is_complete
    expected_log.append("ASGI application returned without completing its response")


def test_a_length_beside_them(served: Served, peer: Peer) -> None:
    """HTTP/1.1 has trailers in chunked bodies alone; the body is whole in any case."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"body"})
        await send({"type": EXTENSION, "headers": [(b"x-sum", b"1")]})

    run = served.run(app)
    for index in range(2):
        reply = peer.get(fields=TE)
        assert (reply.body, reply.is_complete) == (b"body", True)
        assert reply.trailers in ([], [(b"x-sum", b"1")])
        assert run.error(index) is None


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without trailers where they could be sent."""
    await start(send)
    await send({"type": "http.response.body", "body": b"body"})


def test_not_announced(served: Served, peer: Peer) -> None:
    served.run(plain)
    reply = peer.get(fields=TE)
    assert (reply.body, reply.trailers) == (b"body", [])
