"""Owns the process that measures what proxies cost a request: `python -m bench.micro.scopes`.

Does not judge. A scope is built with what a trusted proxy says and, in turns, by a builder that
looks at nothing; the head is the same, and made before the clock starts.
"""

import argparse
import gc
import json
import time

from asgi_bridge import ForwardingRules, ProxyProtocol, ScopeBuilder, TrustedPeers
from bench.micro.exchange import Field, Head, Sink, make_head
from bench.rounds import paired

__all__ = ["ROWS", "builder", "heads", "main"]

OURS, PLAIN = "ours", "plain"
COUNT = 2_000
"""Requests of one turn."""
CLIENTS = 200
"""Whom they come from, in turn."""
PROXY = "127.0.0.1"
_MICROSECONDS = 1e6

_TOLD: ProxyProtocol = {
    "version": 2,
    "command": "PROXY",
    "authority": "example.com",
    "tlvs": (),
}

ROWS = {
    "X-Forwarded-For and -Proto": ("for", "proto"),
    "the same, with the PROXY protocol": ("for", "proto"),
    "all X-Forwarded fields": ("for", "proto", "host", "port", "prefix"),
    "Forwarded": ("forwarded",),
    "no such fields": ("for", "proto"),
}


_FOR, _PROTO, _FORWARDED = b"x-forwarded-for", b"x-forwarded-proto", b"forwarded"
_HTTPS = (_PROTO, b"https")
_OTHERS = [
    (b"x-forwarded-host", b"example.com"),
    (b"x-forwarded-port", b"443"),
    (b"x-forwarded-prefix", b"/api"),
]


def fields_of(row: str, number: int) -> list[Field]:
    """Return what a proxy adds to the head of a request of one of its clients.

    Names, and whole fields that repeat, are the objects that they were before, as in the dynamic
    table of HPACK (RFC 7541, 2.3.2) and the memos of HTTP/1; what names the client is new.
    """
    client = b"203.0.113.%d" % (number % CLIENTS)
    if row == "no such fields":
        return []
    if row == "Forwarded":
        return [(_FORWARDED, b"for=%b;proto=https" % client)]
    return [(_FOR, client), _HTTPS, *(_OTHERS if row == "all X-Forwarded fields" else ())]


def heads(row: str) -> list[Head]:
    """Return as many heads as a turn needs, each with a list of its own as engines make them."""
    told = (_FORWARDED, b"x-forwarded-", b"x-real-ip")
    base = [field for field in make_head("2").headers if not field[0].startswith(told)]
    made = []
    for number in range(COUNT):
        head = make_head("2")
        head.headers = base + fields_of(row, number)
        made.append(head)
    return made


def builder(row: str, kind: str) -> ScopeBuilder:
    """Return what makes the scopes of a connection from the proxy."""
    is_ours = kind == OURS
    rules = ForwardingRules(TrustedPeers([PROXY, "10.0.0.0/8"]), ROWS[row])
    return ScopeBuilder(
        client=(PROXY, 40_000),
        server=(PROXY, 8000),
        scheme="http",
        root_path="",
        state={},
        peer=rules.word_of(PROXY) if is_ours else None,
        proxy_protocol=_TOLD if is_ours and "PROXY" in row else None,
    )


def spend(scopes: ScopeBuilder, row: str) -> float:
    """Return microseconds of CPU for the scope of one request."""
    made = heads(row)
    sink = Sink("2")
    gc.collect()
    gc.disable()
    begin = time.process_time()
    for head in made:
        scopes.http(head, sink)
    spent = time.process_time() - begin
    gc.enable()
    return spent / COUNT * _MICROSECONDS


def main() -> None:
    """Print a line of JSON for each row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, required=True)
    rounds = parser.parse_args().rounds
    for row in ROWS:
        builders = {kind: builder(row, kind) for kind in (OURS, PLAIN)}
        pairs = paired(lambda kind: spend(builders[kind], row), OURS, PLAIN, rounds)  # noqa: B023
        print(json.dumps({"name": row, "pairs": pairs}), flush=True)


if __name__ == "__main__":
    main()
