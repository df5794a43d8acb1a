"""What is believed of the heads that real proxies were seen to send, of a client that lies.

Each was recorded with the client on the machine itself, which is trusted; here it is at CLIENT.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from asgi_bridge import ForwardingRules, ScopeBuilder, TrustedPeers
from tests.asgi_bridge.fakes import Head, Sink

PEER = "127.0.0.1"
CLIENT = "198.51.100.9"
ENVOY_CLIENT = "192.0.2.2"
"""Envoy was told that by a PROXY header."""

RECORDED: dict[str, dict[str, list[list[str]]]] = json.loads(
    (Path(__file__).parents[1] / "proxy_headers.json").read_text(encoding="utf-8")
)
CAREFUL = {
    f"{proxy} {case}": fields
    for proxy, cases in RECORDED.items()
    for case, fields in cases.items()
    if proxy != "nginx-h2-default"
}


def scope_of(recorded: list[list[str]], *fields: str) -> dict[str, Any]:
    """Return the scope of a head, where these fields are believed."""
    rules = ForwardingRules(TrustedPeers((PEER,)), fields)
    builder = ScopeBuilder(
        client=(PEER, 40_000),
        server=(PEER, 8000),
        scheme="http",
        root_path="",
        state={},
        peer=rules.word_of(PEER),
    )
    moved = [
        (name.encode(), value.replace(PEER, CLIENT).encode() if "for" in name else value.encode())
        for name, value in recorded
        if not name.startswith(":")
    ]
    return dict(builder.http(Head(headers=moved), Sink()))


def forwarding(scope: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return the fields of a scope that speak of where a request comes from."""
    return [pair for pair in scope["headers"] if b"forward" in pair[0] or b"real" in pair[0]]


@pytest.mark.parametrize("name", CAREFUL)
def test_the_client_is_who_spoke_to_the_proxy(name: str) -> None:
    scope = scope_of(CAREFUL[name], "for", "proto")
    client = ENVOY_CLIENT if name.startswith("envoy") else CLIENT
    assert scope["client"] == (client, 0)
    assert scope["scheme"] == "http"
    assert sorted(forwarding(scope)) == [
        (b"x-forwarded-for", client.encode()),
        (b"x-forwarded-proto", b"http"),
    ]


@pytest.mark.parametrize("case", RECORDED["nghttpx-h2"])
def test_a_client_that_the_proxy_hides(case: str) -> None:
    scope = scope_of(RECORDED["nghttpx-h2"][case], "forwarded")
    assert scope["client"] is None
    assert scope["scheme"] == "http"
    [(name, value)] = forwarding(scope)
    assert name == b"forwarded"
    assert value.startswith(b"by=_iCSwxDoe;for=_")


def test_a_proxy_that_passes_on_what_it_is_told() -> None:
    """Nobody can tell that from a proxy's own word: hence nothing is believed by default."""
    recorded = RECORDED["nginx-h2-default"]["get"]
    assert scope_of(recorded, "for", "proto")["client"] == ("203.0.113.7", 0)
    scope = scope_of(recorded)
    assert scope["client"] == (PEER, 40_000)
    assert forwarding(scope) == []
