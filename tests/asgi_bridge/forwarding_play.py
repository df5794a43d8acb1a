"""Owns the playing of a row against the scope builder.

Does not use pytest: mutants of the modules are played in a process without it.
"""

from asgi_bridge import ForwardingRules, ScopeBuilder, TrustedPeers
from tests.asgi_bridge.fakes import Head, Sink
from tests.asgi_bridge.forwarding_table import OWN_HOST, PEER, Field, Row

PORT = 40_000


def play(row: Row) -> list[str]:
    """Return where the scope that comes of a row differs from what it expects."""
    rules = ForwardingRules(TrustedPeers(row.trusted), row.fields)
    builder = ScopeBuilder(
        client=(PEER, PORT),
        server=("127.0.0.1", 8000),
        scheme="http",
        root_path="",
        state={},
        peer=rules.word_of(PEER),
    )
    faults = []
    # The second time, it is known what they mean.
    for builds in (builder.http, builder.websocket):
        head = Head(headers=[(b"host", OWN_HOST), *row.sent, (b"accept", b"*/*")])
        scope = builds(head, Sink())
        scheme = scope["scheme"].replace("ws", "http")
        faults += differences(
            row, scope["client"], scheme, scope["root_path"], scope["headers"], PORT
        )
    return faults


def differences(
    row: Row,
    client: tuple[str, int] | None,
    scheme: str,
    root_path: str,
    headers: list[Field],
    port: int,
) -> list[str]:
    """Return where parts of a scope differ from what a row expects.

    Args:
        row: which has `host` in front, and `accept` as the only other field that it does not name.
        client: of the scope.
        scheme: of the scope, in terms of HTTP.
        root_path: of the scope.
        headers: of the scope.
        port: of the peer.
    """
    expected_client = (PEER, port) if row.client == (PEER, -1) else row.client
    others = sorted(field for field in headers if field[0] not in {b"host", b"accept"})
    pairs = [
        ("client", client, expected_client),
        ("scheme", scheme, row.scheme),
        ("root_path", root_path, row.root_path),
        ("host", [value for name, value in headers if name == b"host"], [row.host]),
        ("fields", others, sorted(row.kept)),
    ]
    return [
        f"{name}: {found!r}, not {wanted!r}" for name, found, wanted in pairs if found != wanted
    ]
