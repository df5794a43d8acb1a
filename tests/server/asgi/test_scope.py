"""The scope of a request: every field and its type (ASGI HTTP 2.5, HTTP Connection Scope)."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from h2corn import Config
from tests.server.asgi.answers import answer, ok
from tests.server.asgi.http1peer import HTTP1Peer
from tests.server.asgi.http2peer import HTTP2Peer
from tests.server.asgi.peers import Peer, encode
from tests.server.asgi.served import Receive, Run, Scope, Send, Served

PATHS = [
    ("/", "/", b"/", b""),
    ("/plain", "/plain", b"/plain", b""),
    ("/a%20b", "/a b", b"/a%20b", b""),
    ("/a+b", "/a+b", b"/a+b", b""),
    ("/a%2Fb", "/a/b", b"/a%2Fb", b""),
    ("/a%2fb%25", "/a/b%", b"/a%2fb%25", b""),
    ("/caf%C3%A9/%E2%82%AC", "/café/€", b"/caf%C3%A9/%E2%82%AC", b""),
    ("/%F0%9F%8C%BD", "/🌽", b"/%F0%9F%8C%BD", b""),
    ("/%FF", "/\ufffd", b"/%FF", b""),
    ("/a%C3%28b", "/a\ufffd(b", b"/a%C3%28b", b""),
    ("/%ED%A0%80", "/\ufffd\ufffd\ufffd", b"/%ED%A0%80", b""),
    ("/100%", "/100%", b"/100%", b""),
    ("/%zz%4", "/%zz%4", b"/%zz%4", b""),
    ("/%00", "/\0", b"/%00", b""),
    ("//double//", "//double//", b"//double//", b""),
    ("/a/../b/./c", "/a/../b/./c", b"/a/../b/./c", b""),
    ("/;v=1,2/~u!$&'()*:@", "/;v=1,2/~u!$&'()*:@", b"/;v=1,2/~u!$&'()*:@", b""),
    ("/?", "/", b"/", b""),
    ("/?a=b&c", "/", b"/", b"a=b&c"),
    ("/p?a?b", "/p", b"/p", b"a?b"),
    ("/p?%20+%FF%zz", "/p", b"/p", b"%20+%FF%zz"),
    ("/p?x=/y:z@[]", "/p", b"/p", b"x=/y:z@[]"),
    ("/p%3Fa", "/p?a", b"/p%3Fa", b""),
]


@pytest.fixture
def run(served: Served) -> Run[None]:
    """Let the application answer with nothing but its scope kept."""
    return served.run(ok)


def test_fields_and_types(run: Run[None], peer: Peer) -> None:
    peer.get("/path?query", fields=[("x-field", "value")])
    (scope,) = run.scopes
    host, port = peer.socket.getsockname()
    assert type(scope) is dict
    extensions = scope.pop("extensions")
    assert isinstance(extensions, dict)
    assert all(type(name) is str and isinstance(extensions[name], dict) for name in extensions)
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": peer.http_version,
        "method": "GET",
        "scheme": "http",
        "path": "/path",
        "raw_path": b"/path",
        "query_string": b"query",
        "root_path": "",
        "headers": [(b"host", b"test"), (b"x-field", b"value")],
        "client": (host, port),
        "server": peer.socket.getpeername(),
        "state": {"answer": 42, "shared": []},
    }
    for name, value in scope["headers"]:
        assert type(name) is type(value) is bytes
    assert type(scope["raw_path"]) is type(scope["query_string"]) is bytes


@pytest.mark.parametrize(("target", "path", "raw_path", "query"), PATHS, ids=lambda value: "")
def test_path(
    run: Run[None], peer: Peer, target: str, path: str, raw_path: bytes, query: bytes
) -> None:
    assert peer.get(target).status == 200
    (scope,) = run.scopes
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (path, raw_path, query)


def test_the_star_of_options(run: Run[None], peer: Peer) -> None:
    assert peer.get("*", method="OPTIONS").status == 200
    (scope,) = run.scopes
    assert (scope["method"], scope["path"], scope["raw_path"]) == ("OPTIONS", "*", b"*")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_method(run: Run[None], peer: Peer, method: str) -> None:
    assert peer.get(method=method).status == 200
    assert run.scopes[0]["method"] == method


def test_head(run: Run[None], peer: Peer) -> None:
    assert peer.get(method="HEAD").status == 200
    assert run.scopes[0]["method"] == "HEAD"


def test_fields_keep_their_order_and_number(run: Run[None], peer: Peer) -> None:
    fields = [
        ("x-b", "1"),
        ("accept", "text/html"),
        ("x-a", ""),
        ("x-b", "2"),
        ("x-b", "1"),
        ("x-latin", "caf\xe9"),
        ("x-spaced", "a  b\tc"),
    ]
    assert peer.get(fields=fields).status == 200
    assert run.scopes[0]["headers"] == [(b"host", b"test"), *encode(fields)]


def test_cookies(run: Run[None], peer: Peer) -> None:
    assert peer.get(fields=[("cookie", "a=1; b=2"), ("x-last", "1")]).status == 200
    headers = run.scopes[0]["headers"]
    assert headers == [(b"host", b"test"), (b"cookie", b"a=1; b=2"), (b"x-last", b"1")]


def test_what_applications_write_into_is_of_one_scope(run: Run[None], peer: Peer) -> None:
    peer.get()
    peer.get()
    first, second = run.scopes
    assert first is not second
    for key in ("headers", "state", "extensions"):
        assert first[key] is not second[key]


def test_state_is_a_shallow_copy(served: Served, peer: Peer) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["answer"] += 1
        scope["state"]["mine"] = True
        scope["state"]["shared"].append(1)
        await answer(send, json.dumps(scope["state"], sort_keys=True).encode())

    served.run(app)
    first, second = (json.loads(peer.get().body) for _ in range(2))
    served.run(keeps_nothing)
    peer.get()
    assert first == {"answer": 43, "mine": True, "shared": [1]}
    assert second == {"answer": 43, "mine": True, "shared": [1, 1]}


async def keeps_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Empty the list that all requests share."""
    scope["state"]["shared"].clear()
    await answer(send)


# What one protocol alone has


def test_http1_field_names_become_lower_case(run: Run[None], served: Served) -> None:
    with HTTP1Peer(served.endpoint()) as peer:
        fields = [("X-Upper", "MiXeD"), ("Content-TYPE", "text/plain")]
        peer.get(fields=fields)
    headers = run.scopes[0]["headers"]
    assert headers[1:] == [(b"x-upper", b"MiXeD"), (b"content-type", b"text/plain")]


def test_http1_values_lose_the_space_around_them(run: Run[None], served: Served) -> None:
    with socket.create_connection(served.endpoint()) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx-a: \t one two\t \r\nHost:test\r\nx-empty:\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert run.scopes[0]["headers"] == [
        (b"x-a", b"one two"),
        (b"host", b"test"),
        (b"x-empty", b""),
    ]


def test_http1_0(run: Run[None], served: Served) -> None:
    with socket.create_connection(served.endpoint()) as client:
        client.sendall(b"GET /old HTTP/1.0\r\n\r\n")
        assert b" 200 " in client.recv(1000)
    (scope,) = run.scopes
    assert (scope["http_version"], scope["path"], scope["headers"]) == ("1.0", "/old", [])


def test_http1_absolute_form(run: Run[None], served: Served) -> None:
    with HTTP1Peer(served.endpoint()) as peer:
        assert peer.get("http://test/a%20b?c").status == 200
        assert peer.get("http://test").status == 200
    paths = [(s["path"], s["raw_path"], s["query_string"], s["scheme"]) for s in run.scopes]
    assert paths == [("/a b", b"/a%20b", b"c", "http"), ("/", b"/", b"", "http")]


def test_http2_authority_comes_first(run: Run[None], served: Served) -> None:
    with HTTP2Peer(served.endpoint()) as peer:
        assert peer.get(fields=[("accept", "*/*"), ("host", "test")]).status == 200
    assert run.scopes[0]["headers"] == [(b"host", b"test"), (b"accept", b"*/*")]


def test_http2_cookie_fields_are_joined(run: Run[None], served: Served) -> None:
    with HTTP2Peer(served.endpoint()) as peer:
        assert peer.get(fields=[("cookie", "a=1"), ("accept", "*"), ("cookie", "b=2")]).status
    cookies = [value for name, value in run.scopes[0]["headers"] if name == b"cookie"]
    assert cookies == [b"a=1; b=2"]


# Where the server listens


def test_ipv6(protocol: type[Peer]) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with Served(Config(bind=("[::1]:0",), access_log=False), "uvloop") as served:
        run = served.run(ok)
        with protocol(served.endpoint()) as peer:
            assert peer.get().status == 200
            port = peer.socket.getsockname()[1]
        (scope,) = run.scopes
        assert scope["client"] == ("::1", port)
        assert scope["server"] == ("::1", served.endpoint()[1])


def has_ipv6() -> bool:
    """Return whether there is a loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as listener:
            listener.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_unix_socket(protocol: type[Peer], tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    config = Config(bind=(f"unix:{path}",), access_log=False)
    with Served(config, "uvloop") as served:
        run = served.run(ok)
        with protocol(path) as peer:
            assert peer.get().status == 200
        (scope,) = run.scopes
        assert scope["client"] is None
        assert scope["server"] == (path, None)


# Where the application is mounted


@pytest.fixture(scope="module")
def mounted() -> Iterator[Served]:
    """Run a server with a root path, for an application without a lifespan."""
    config = Config(bind=("127.0.0.1:0",), access_log=False, root_path="/café app")
    with Served(config, "uvloop") as served:
        yield served


def test_root_path(mounted: Served, protocol: type[Peer]) -> None:
    run = mounted.run(ok)
    with protocol(mounted.endpoint()) as peer:
        assert peer.get("/a%20b?c").status == 200
        assert peer.get("*", method="OPTIONS").status == 200
    first, star = run.scopes
    assert first["root_path"] == star["root_path"] == "/café app"
    assert first["path"] == "/café app/a b"
    assert first["raw_path"] == b"/caf%C3%A9%20app/a%20b"
    assert star["path"] == "*"


def test_state_without_a_lifespan(mounted: Served, protocol: type[Peer]) -> None:
    run = mounted.run(ok)
    with protocol(mounted.endpoint()) as peer:
        assert peer.get().status == 200
    assert run.scopes[0]["state"] == {}


# What the server offers beside


def test_extensions(run: Run[None], peer: Peer) -> None:
    peer.get()
    names = set(run.scopes[0]["extensions"])
    assert names >= {
        "http.response.early_hint",
        "http.response.pathsend",
        "http.response.zerocopysend",
    }
    only_http2 = {"http.response.trailers", "http.response.priority"}
    assert names & only_http2 == (only_http2 if peer.http_version == "2" else set())
    assert not names & {"http.response.push", "http.response.debug", "tls"}
