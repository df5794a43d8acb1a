"""What options about added and forwarded fields do to a running server."""

import json
from typing import Any

import pytest

from tests.server.http1client import Http1Client
from tests.server.process import APP, ServerProcess

FORWARDED = ("X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: b.c")


def headers_of(*options: str) -> dict[str, str]:
    """Return the fields of a response of a server with some options."""
    with ServerProcess(APP, *options) as server, Http1Client(server.endpoint) as client:
        return client.get("/").headers


def scope_of(*options: str, before: bytes = b"") -> dict[str, Any]:
    """Return the scope of a request that a proxy has passed on."""
    with ServerProcess(APP, *options) as server, Http1Client(server.endpoint) as client:
        client.send(before)
        client.request("/scope", *FORWARDED)
        answer = client.response()
        assert answer.status == 200
        scope: dict[str, Any] = json.loads(answer.body)
        return scope


def test_date_header() -> None:
    assert "date" in headers_of("--date-header")
    assert "date" not in headers_of("--no-date-header")


def test_server_header() -> None:
    assert headers_of("--server-header")["server"] == "h2corn"
    assert "server" not in headers_of("--no-server-header")


def test_response_headers() -> None:
    found = headers_of("--header", "A: b", "--header", "via: me")
    assert (found["a"], found["via"]) == ("b", "me")


def test_proxy_headers() -> None:
    scope = scope_of("--proxy-headers")
    assert (scope["client"][0], scope["scheme"]) == ("192.0.2.1", "https")
    scope = scope_of("--no-proxy-headers")
    assert (scope["client"][0], scope["scheme"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize(("peers", "client"), [("*", "192.0.2.1"), ("192.0.2.9", "127.0.0.1")])
def test_forwarded_allow_ips(peers: str, client: str) -> None:
    scope = scope_of("--proxy-headers", "--forwarded-allow-ips", peers)
    assert scope["client"][0] == client


def test_forwarded_fields() -> None:
    scope = scope_of("--proxy-headers", "--forwarded-fields", "proto")
    assert (scope["client"][0], scope["scheme"]) == ("127.0.0.1", "https")


def test_proxy_protocol() -> None:
    before = b"PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\n"
    assert scope_of("--proxy-protocol", "v1", before=before)["client"] == ["192.0.2.7", 1234]
