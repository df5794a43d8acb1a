"""The scope of a WebSocket, over HTTP/1.1 and HTTP/2 (ASGI WebSocket 2.5, Connection Scope)."""

import pytest

from tests.server.asgi.served import Receive, Run, Scope, Send, Served
from tests.server.asgi.test_scope import PATHS
from tests.server.wsclient import PROTOCOLS, Connect

VERSIONS = {"HTTP/1.1": "1.1", "HTTP/2": "2"}


async def accept(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept and close."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})


@pytest.fixture
def run(served: Served) -> Run[None]:
    """Let the application keep nothing but its scope."""
    return served.run(accept)


@pytest.mark.parametrize("protocol", list(PROTOCOLS))
def test_fields_and_types(served: Served, run: Run[None], protocol: str) -> None:
    fields = ("X-Field: value", "Sec-WebSocket-Protocol: chat, other")
    with PROTOCOLS[protocol](served.endpoint(), "/a%20b?query", *fields) as session:
        port = session.client.socket.getsockname()[1]  # type: ignore[attr-defined]
    (scope,) = run.scopes
    assert type(scope) is dict
    headers = scope.pop("headers")
    extensions = scope.pop("extensions")
    assert scope == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": VERSIONS[protocol],
        "scheme": "ws",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"query",
        "root_path": "",
        "client": ("127.0.0.1", port),
        "server": served.endpoint(),
        "subprotocols": ["chat", "other"],
        "state": {"answer": 42, "shared": []},
    }
    assert extensions["websocket.http.response"] == {}
    assert all(type(name) is type(value) is bytes for name, value in headers)
    assert headers[0][0] == b"host"
    assert (b"x-field", b"value") in headers
    assert [name for name, _ in headers if name.startswith(b":")] == []


@pytest.mark.parametrize(("target", "path", "raw_path", "query"), PATHS, ids=lambda value: "")
def test_path(
    served: Served,
    run: Run[None],
    open_session: Connect,
    target: str,
    path: str,
    raw_path: bytes,
    query: bytes,
) -> None:
    with open_session(served.endpoint(), target):
        pass
    (scope,) = run.scopes
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (path, raw_path, query)


@pytest.mark.parametrize(
    ("fields", "subprotocols"),
    [
        ((), []),
        (("Sec-WebSocket-Protocol: one",), ["one"]),
        (("Sec-WebSocket-Protocol: one,two ,  three",), ["one", "two", "three"]),
        (("Sec-WebSocket-Protocol: two", "Sec-WebSocket-Protocol: one"), ["two", "one"]),
    ],
    ids=lambda value: "",
)
def test_subprotocols(
    served: Served,
    run: Run[None],
    open_session: Connect,
    fields: tuple[str, ...],
    subprotocols: list[str],
) -> None:
    with open_session(served.endpoint(), "/", *fields):
        pass
    assert run.scopes[0]["subprotocols"] == subprotocols
