"""Owns the tests of the making of scopes (ASGI HTTP 2.5)."""

import pytest

from asgi_bridge import HTTPScope, ScopeBuilder, _scope
from tests.asgi_bridge.fakes import Head, Sink


def build(head: Head | None = None, *, scheme: str = "http", root_path: str = "") -> HTTPScope:
    builder = ScopeBuilder(
        client=("192.0.2.1", 4000),
        server=("192.0.2.2", 80),
        scheme=scheme,
        root_path=root_path,
        state={},
    )
    return builder.http(head or Head(), Sink())


def test_all_keys() -> None:
    headers = [(b"host", b"example.org"), (b"accept", b"*/*"), (b"accept", b"text/html")]
    state: dict[str, object] = {"pool": object()}
    builder = ScopeBuilder(
        client=("2001:db8::1", 4000), server=("::1", 80), scheme="http", root_path="", state=state
    )
    head = Head(b"POST", b"/a%20b?c=%20d", b"https", headers)
    assert builder.http(head, Sink()) == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "2",
        "method": "POST",
        "scheme": "https",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"c=%20d",
        "root_path": "",
        "headers": headers,
        "client": ("2001:db8::1", 4000),
        "server": ("::1", 80),
        "state": state,
        "extensions": {
            "http.response.early_hint": {},
            "http.response.pathsend": {},
            "http.response.trailers": {},
            "http.response.zerocopysend": {},
        },
    }


def test_unix_socket() -> None:
    builder = ScopeBuilder(
        client=None, server=("/run/app.sock", None), scheme="http", root_path="", state={}
    )
    scope = builder.http(Head(), Sink())
    assert scope["client"] is None
    assert scope["server"] == ("/run/app.sock", None)


@pytest.mark.parametrize(
    ("target", "path", "raw_path", "query"),
    [
        (b"/", "/", b"/", b""),
        (b"/a/b", "/a/b", b"/a/b", b""),
        (b"/?", "/", b"/", b""),
        (b"/a?b?c", "/a", b"/a", b"b?c"),
        (b"/%41%2f%3f?%41", "/A/?", b"/%41%2f%3f", b"%41"),
        (b"/caf%C3%A9", "/caf\xe9", b"/caf%C3%A9", b""),
        ("/caf\xe9".encode(), "/caf\xe9", "/caf\xe9".encode(), b""),
        (b"/%ff", "/\ufffd", b"/%ff", b""),
        (b"/\xff", "/\ufffd", b"/\xff", b""),
        (b"/%zz%4", "/%zz%4", b"/%zz%4", b""),
        (b"/a+b", "/a+b", b"/a+b", b""),
        (b"//a/../b", "//a/../b", b"//a/../b", b""),
        (b"*", "*", b"*", b""),
        (b"", "", b"", b""),
        (b"http://example.org", "/", b"/", b""),
        (b"http://example.org/a%20b?c", "/a b", b"/a%20b", b"c"),
        (b"http://example.org?c", "/", b"/", b"c"),
        (b"/http://a", "/http://a", b"/http://a", b""),
        (b"a://", "/", b"/", b""),
        (b"a1://b/c", "a1://b/c", b"a1://b/c", b""),
    ],
)
def test_target(target: bytes, path: str, raw_path: bytes, query: bytes) -> None:
    scope = build(Head(target=target))
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (path, raw_path, query)


@pytest.mark.parametrize(
    ("root_path", "target", "root", "path", "raw_path"),
    [
        ("/api", b"/a", "/api", "/api/a", b"/api/a"),
        ("/api/", b"/a", "/api", "/api/a", b"/api/a"),
        ("/", b"/a", "", "/a", b"/a"),
        ("/caf\xe9 b", b"/%41", "/caf\xe9 b", "/caf\xe9 b/A", b"/caf%C3%A9%20b/%41"),
        ("/api", b"*", "/api", "*", b"*"),
    ],
)
def test_root_path(root_path: str, target: bytes, root: str, path: str, raw_path: bytes) -> None:
    scope = build(Head(target=target), root_path=root_path)
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == (root, path, raw_path)


@pytest.mark.parametrize(
    ("version", "sent", "scheme"),
    [
        ("2", b"http", "http"),
        ("2", b"https", "https"),
        ("2", b"ftp", "wss"),
        ("2", b"", "wss"),
        ("1.1", b"https", "wss"),
        ("1.0", b"", "wss"),
    ],
)
def test_scheme_is_the_clients_in_http2_alone(version: str, sent: bytes, scheme: str) -> None:
    scope = build(Head(scheme=sent, http_version=version), scheme="wss")
    assert scope["scheme"] == scheme
    assert scope["http_version"] == version


@pytest.mark.parametrize(
    ("method", "name"),
    [(b"GET", "GET"), (b"PATCH", "PATCH"), (b"PROPFIND", "PROPFIND"), (b"get", "GET")],
)
def test_method(method: bytes, name: str) -> None:
    assert build(Head(method))["method"] == name


def test_trailers_are_offered_where_they_can_be_sent() -> None:
    builder = ScopeBuilder(client=None, server=None, scheme="http", root_path="", state={})
    for can_trailers in (True, False):
        scope = builder.http(Head(), Sink(can_trailers=can_trailers))
        assert ("http.response.trailers" in scope["extensions"]) is can_trailers


@pytest.mark.parametrize("version", ["1.0", "1.1", "2"])
def test_early_hints_are_not_offered_to_http_1_0(version: str) -> None:
    scope = build(Head(http_version=version))
    assert ("http.response.early_hint" in scope["extensions"]) is (version != "1.0")


def test_files_are_offered_where_they_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"http.response.pathsend", "http.response.zerocopysend"}
    assert build()["extensions"].keys() >= files
    monkeypatch.setattr(_scope, "CAN_SEND_FILES", False)
    assert not build()["extensions"].keys() & files


def test_priority_is_told_where_there_is_one() -> None:
    builder = ScopeBuilder(client=None, server=None, scheme="http", root_path="", state={})
    sink = Sink()
    assert "http.response.priority" not in builder.http(Head(), sink)["extensions"]
    sink.weight, sink.depends_on, sink.urgency, sink.incremental = 256, 7, 1, True
    assert builder.http(Head(), sink)["extensions"]["http.response.priority"] == {
        "weight": 256,
        "depends_on": 7,
        "urgency": 1,
        "incremental": True,
    }


def test_what_an_application_writes_into_a_scope_is_seen_in_no_other() -> None:
    pool: list[int] = []
    state: dict[str, object] = {}
    builder = ScopeBuilder(client=None, server=None, scheme="http", root_path="", state=state)
    state["pool"] = pool  # the lifespan has filled it since
    one, two = builder.http(Head(), Sink()), builder.http(Head(), Sink())
    one["state"]["user"] = "me"
    one["extensions"]["http.response.priority"] = {
        "weight": 1,
        "depends_on": 0,
        "urgency": 0,
        "incremental": False,
    }
    one["headers"].append((b"a", b"b"))
    one["path"] = "/other"
    assert two == builder.http(Head(), Sink())
    assert state == {"pool": []}
    assert two["state"]["pool"] is pool


def test_connections_share_no_part_of_their_scopes() -> None:
    one, two = build(), build()
    one["extensions"]["http.response.trailers"]["x"] = 1
    one["asgi"]["spec_version"] = "2.0"
    assert two == build()
