"""Bodies and what their heads say of them: none where there can be none, none of another length."""

import pytest

from tests.server.asgi.answers import start
from tests.server.asgi.peers import Peer
from tests.server.asgi.served import Message, Receive, Scope, Send, Served


@pytest.mark.parametrize(
    ("status", "method"), [(200, "HEAD"), (404, "HEAD"), (204, "GET"), (304, "GET")]
)
def test_responses_without_a_body(served: Served, peer: Peer, status: int, method: str) -> None:
    """What the application sends as one is dropped, and the next response is its own."""

    async def app(scope: Scope, receive: Receive, send: Send) -> Message:
        await start(send, status, (b"x-a", b"1"))
        await send({"type": "http.response.body", "body": b"no", "more_body": True})
        await send({"type": "http.response.body", "body": b"body"})
        return await receive()

    run = served.run(app)
    for index in range(2):
        reply = peer.get(method=method)
        assert (reply.status, reply.body, reply.is_complete) == (status, b"", True)
        assert reply.values(b"x-a") == [b"1"]
        assert run.result(index)["type"] in {"http.request", "http.disconnect"}


def test_head_tells_the_length_of_the_body(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-length", b"1000"))
        body = b"" if scope["path"] == "/none" else b"x" * 1000
        await send({"type": "http.response.body", "body": body})

    served.run(app)
    for path in ("/none", "/whole"):
        reply = peer.get(path, method="HEAD")
        assert reply.values(b"content-length") == [b"1000"]
        assert (reply.body, reply.is_complete) == (b"", True)


def test_a_body_that_is_too_long(served: Served, peer: Peer, expected_log: list[str]) -> None:
    """What is beyond the content-length would be read as the next response."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-length", b"5"))
        await send({"type": "http.response.body", "body": b"123", "more_body": True})
        with pytest.raises(RuntimeError, match="content-length"):
            await send({"type": "http.response.body", "body": b"456", "more_body": True})
        with pytest.raises(RuntimeError):
            await send({"type": "http.response.body", "body": b""})

    run = served.run(app)
    reply = peer.get()
    assert run.error() is None
    assert not reply.is_complete
    assert len(reply.body) <= 5


def test_a_body_that_is_too_short(served: Served, peer: Peer, expected_log: list[str]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-length", b"5"))
        await send({"type": "http.response.body", "body": b"12", "more_body": True})
        await send({"type": "http.response.body", "body": b"3"})

    served.run(app)
    reply = peer.get()
    assert not reply.is_complete
    expected_log.append("ASGI application sent 2 bytes less than its content-length")
