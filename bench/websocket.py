"""Owns the command that measures WebSockets against uvicorn's: `python3 -m bench.websocket`.

It makes the environments, lets the servers take turns, prints the table and writes it as JSON. Does
not speak to a server: `bench.echo` does. It exits with 1 where a bar is not met.
"""

import resource
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import Any

from bench.command import make_parser
from bench.echo.http1 import Http1Client
from bench.echo.load import echo, open_clients
from bench.echo.rows import BYTES_BAR, IDLE, IDLE_COUNT, ROWS, EchoRow
from bench.echo.servers import OURS, RIVALS, ServerProcess, pin_client, start
from bench.environments import rival_environment, server_environment
from bench.judgement import verdict
from bench.report import heading, line, write
from bench.rounds import paired

__all__ = ["judge", "main"]

_OURS = "h2corn"
_MICROSECONDS = 1e6
_TRIALS = 3
# Opened before memory is read for the first time: what the first ones bring stays.
_FIRST_IDLE = 50

Servers = Mapping[str, ServerProcess]


def judge(row: EchoRow, rival: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return what was found of a row, in words that JSON and the table share."""
    return {**asdict(row), "rival": rival, **verdict(pairs, row.bar)}


def _turn(row: EchoRow, server: ServerProcess, protocol: str) -> float:
    """Return CPU microseconds of the server for one message, without the handshakes."""
    with open_clients(row, server.port, protocol) as clients:
        begin = server.cpu_seconds()
        count = echo(row, clients)
        return (server.cpu_seconds() - begin) / count * _MICROSECONDS


def _fastest(row: EchoRow, servers: Servers) -> str:
    """Return the name of the rival that takes the least for this row."""
    spent: dict[str, list[float]] = {name: [] for name in RIVALS}
    for _ in range(_TRIALS):
        for name, times in spent.items():
            times.append(_turn(row, servers[name], "http1"))
    return min(spent, key=lambda name: statistics.median(spent[name]))


def _compare(row: EchoRow, servers: Servers, rounds: int) -> dict[str, Any]:
    if row.rival == "uvicorn":
        rival = _fastest(row, servers)
        turns = {row.protocol: (_OURS, row.protocol), rival: (rival, "http1")}
    else:
        rival = row.rival
        turns = {protocol: (_OURS, protocol) for protocol in (row.protocol, rival)}

    def turn(name: str) -> float:
        server, protocol = turns[name]
        return _turn(row, servers[server], protocol)

    return judge(row, rival, paired(turn, row.protocol, rival, rounds))


def _idle(server: ServerProcess) -> dict[str, Any]:
    """Return the memory of the server for each WebSocket that is open and does nothing."""
    clients = [Http1Client(server.port, is_deflated=False) for _ in range(_FIRST_IDLE)]
    before = server.memory()
    clients += [Http1Client(server.port, is_deflated=False) for _ in range(IDLE_COUNT)]
    size = (server.memory() - before) / IDLE_COUNT
    for client in clients:
        client.close()
    return {"name": IDLE, "bytes": size, "bar": BYTES_BAR, "is_met": size <= BYTES_BAR}


@contextmanager
def _servers(ours: str, theirs: str) -> Iterator[Servers]:
    with ExitStack() as stack:
        servers = {_OURS: stack.enter_context(start(ours, OURS))}
        for name, arguments in RIVALS.items():
            servers[name] = stack.enter_context(start(theirs, arguments))
        yield servers


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    parser = make_parser("websocket", rounds=15)
    parser.add_argument("--only", default="", help="rows whose names have this in them")
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    parser.add_argument("--ours", help="interpreter with h2corn, in place of a new environment")
    parser.add_argument("--rival", help="interpreter with uvicorn, likewise")
    options = parser.parse_args()
    ours = options.ours or server_environment(options.python)
    theirs = options.rival or rival_environment(options.python)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = []
    print(heading("h2corn", "rival"))
    if options.only in IDLE:
        # By a process that has done nothing else, whose allocator has no room left over.
        with start(ours, OURS) as server:
            found.append(_idle(server))
        print(line(found[-1]), flush=True)
    rows = [row for row in ROWS if options.only in row.name]
    with _servers(ours, theirs) as servers:
        pin_client()
        for row in rows:
            found.append(_compare(row, servers, options.rounds))
            print(line(found[-1]), found[-1]["rival"], flush=True)
    write(options.json, options.python, found)
    return 0 if found and all(row["is_met"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
