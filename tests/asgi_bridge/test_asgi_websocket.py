"""Tests of the types of WebSocket messages, and of the scope that is built."""

from typing import get_args, get_type_hints

import pytest

from asgi_bridge import (
    ScopeBuilder,
    WebSocketReceiveMessage,
    WebSocketScope,
    WebSocketSendMessage,
)
from tests.asgi_bridge.fakes import Sink
from tests.asgi_bridge.websocket_fakes import WebSocketHead, handshake, http2_head

RECEIVED = {"websocket.connect", "websocket.receive", "websocket.disconnect"}
SENT = {
    "websocket.accept",
    "websocket.send",
    "websocket.close",
    "websocket.http.response.start",
    "websocket.http.response.body",
}


def types_of(union: object) -> set[str]:
    return {get_args(get_type_hints(event)["type"])[0] for event in get_args(union)}


def test_that_every_message_has_a_type() -> None:
    assert types_of(WebSocketReceiveMessage) == RECEIVED
    assert types_of(WebSocketSendMessage) == SENT


def builder(scheme: str = "http", root_path: str = "") -> ScopeBuilder:
    return ScopeBuilder(
        client=("192.0.2.1", 5000),
        server=("192.0.2.2", 80),
        scheme=scheme,
        root_path=root_path,
        state={"key": 1},
    )


def test_that_a_scope_has_all_that_asgi_names() -> None:
    head = WebSocketHead(handshake((b"sec-websocket-protocol", b"chat, superchat")))
    head.target = b"/r%C3%BCm?room=1"
    scope = builder(root_path="/app").websocket(head, Sink())
    assert scope == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/app/r\u00fcm",
        "raw_path": b"/app/r%C3%BCm",
        "query_string": b"room=1",
        "root_path": "/app",
        "headers": head.headers,
        "client": ("192.0.2.1", 5000),
        "server": ("192.0.2.2", 80),
        "subprotocols": ["chat", "superchat"],
        "state": {"key": 1},
        "extensions": {"websocket.http.response": {}},
    }
    assert scope.keys() == get_type_hints(WebSocketScope).keys()


def test_that_nothing_is_shared_between_scopes() -> None:
    scopes = builder()
    first, second = (scopes.websocket(WebSocketHead(), Sink()) for _ in range(2))
    first["state"]["more"] = 2
    del first["extensions"]["websocket.http.response"]
    first["subprotocols"].append("more")
    assert second["state"] == {"key": 1}
    assert second["extensions"] == {"websocket.http.response": {}}
    assert second["subprotocols"] == []


@pytest.mark.parametrize(
    ("scheme", "said", "expected"),
    [("http", b"http", "ws"), ("http", b"https", "wss"), ("https", b"http", "ws")],
)
def test_that_http2_names_its_scheme(scheme: str, said: bytes, expected: str) -> None:
    head = http2_head()
    head.scheme = said
    assert builder(scheme).websocket(head, Sink())["scheme"] == expected


def test_that_http1_has_the_scheme_of_the_connection() -> None:
    assert builder("https").websocket(WebSocketHead(), Sink())["scheme"] == "wss"
