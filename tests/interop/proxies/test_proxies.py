"""What real proxies make of their clients' requests is served, over HTTP/2 cleartext."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.proxies.proxy import PROXIES, ProxyProcess, answer, receive_until
from tests.server.process import APP, ServerProcess

BODY = bytes(range(256)) * 4000
HEAD = b"Host: front.example\r\nUser-Agent: test\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Run a server that refuses HTTP/1, so that a proxy which falls back to it is noticed."""
    with ServerProcess(APP, "--no-http1") as process:
        yield process


@pytest.fixture(scope="module", params=PROXIES, ids=lambda command: command.__name__)
def proxy(
    request: pytest.FixtureRequest, server: ServerProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProxyProcess]:
    """Run a proxy in front of it."""
    folder: Path = tmp_path_factory.mktemp("proxy")
    with ProxyProcess(request.param, folder, server.endpoint) as process:
        yield process


def scope_of(proxy: ProxyProcess, request: bytes) -> dict[str, Any]:
    """Return what the application saw of a request to /scope."""
    found = proxy.ask(request)
    assert found.status == 200, found
    scope = json.loads(found.body)
    assert isinstance(scope, dict)
    return scope


def fields(scope: dict[str, Any], name: str) -> list[str]:
    """Return the values of a header field."""
    return [value for key, value in scope["headers"] if key == name]


def test_get(proxy: ProxyProcess) -> None:
    scope = scope_of(proxy, b"GET /scope?a=b HTTP/1.1\r\n" + HEAD + b"\r\n")
    assert (scope["http_version"], scope["method"], scope["path"]) == ("2", "GET", "/scope")
    assert scope["query_string"] == "a=b"
    assert fields(scope, "host") == ["front.example"]
    assert scope["headers"][0][0] == "host"
    assert fields(scope, "user-agent") == ["test"]


def test_head(proxy: ProxyProcess) -> None:
    found = proxy.ask(b"HEAD / HTTP/1.1\r\n" + HEAD + b"\r\n", "HEAD")
    assert (found.status, found.body) == (200, b"")
    assert found.headers["content-length"] == "5"


def test_many_requests_on_one_connection(proxy: ProxyProcess) -> None:
    with proxy.connect() as client:
        for number in range(100):
            client.sendall(b"GET /say?%d HTTP/1.1\r\n" % number + HEAD + b"\r\n")
            assert answer(client).body == b"%d" % number


def test_post(proxy: ProxyProcess) -> None:
    head = b"POST /count HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)
    found = proxy.ask(head + BODY, "POST")
    assert json.loads(found.body) == {"bytes": len(BODY), "crc32": zlib.crc32(BODY)}


def test_post_that_nobody_reads(proxy: ProxyProcess) -> None:
    head = b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY[:100_000])
    assert proxy.ask(head + BODY[:100_000], "POST").body == b"hello"


def test_chunked_post_with_trailers(proxy: ProxyProcess) -> None:
    head = b"POST /trailers HTTP/1.1\r\n" + HEAD
    head += b"TE: trailers\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    head += b"Trailer: x-sum\r\n\r\n"
    whole = proxy.ask_raw(head + b"5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n").lower()
    assert whole.startswith(b"http/1.1 200")
    assert b"hello" in whole
    assert b"x-length: 5\r\n" in whole


def test_download(proxy: ProxyProcess) -> None:
    size = 5_000_000
    found = proxy.ask(b"GET /download?bytes=%d HTTP/1.1\r\n" % size + HEAD + b"\r\n")
    assert len(found.body) == size


def test_expect_100_continue(proxy: ProxyProcess) -> None:
    head = b"POST /count HTTP/1.1\r\n" + HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(head)
        assert receive_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        client.sendall(b"hello")
        assert json.loads(answer(client, "POST").body)["bytes"] == 5


def test_cookies(proxy: ProxyProcess) -> None:
    cookies = b"Cookie: a=1; b=2; c=3\r\n"
    scope = scope_of(proxy, b"GET /scope HTTP/1.1\r\n" + HEAD + cookies + b"\r\n")
    assert fields(scope, "cookie") == ["a=1; b=2; c=3"]


@pytest.mark.parametrize("code", [204, 304, 404, 503])
def test_status(proxy: ProxyProcess, code: int) -> None:
    assert proxy.ask(b"GET /status?code=%d HTTP/1.1\r\n" % code + HEAD + b"\r\n").status == code


def test_application_that_fails(server: ServerProcess, proxy: ProxyProcess) -> None:
    server.allows_traceback = True
    assert proxy.ask(b"GET /raise-before HTTP/1.1\r\n" + HEAD + b"\r\n").status == 500


def test_client_that_leaves(server: ServerProcess, proxy: ProxyProcess) -> None:
    """The proxy resets the stream, and the application is told."""
    with proxy.connect() as client:
        client.sendall(b"GET /watch?name=%d HTTP/1.1\r\n" % id(proxy) + HEAD + b"\r\n")
        receive_until(client, b"watching")
    request = b"GET /outcome?name=%d HTTP/1.1\r\n" % id(proxy) + HEAD + b"\r\n"
    assert proxy.ask(request).body == b"http.disconnect"


@pytest.mark.parametrize("proxy", [PROXIES[0]], ids=["haproxy"], indirect=True)
def test_http_1_0_without_a_host(proxy: ProxyProcess) -> None:
    """HAProxy sends neither `:authority` nor `host` then."""
    scope = scope_of(proxy, b"GET /scope HTTP/1.0\r\n\r\n")
    assert scope["http_version"] == "2"
    assert fields(scope, "host") in ([], [""])
