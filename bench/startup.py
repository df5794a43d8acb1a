"""Owns the command that measures the start of the server: `python3 -m bench.startup`.

It makes the environments, lets the servers start in turns, prints the table and writes it as JSON.
Does not start them by itself: `bench.echo.servers` does. It exits with 1 where a bar is not met.
"""

import sys
from typing import Any

from bench.command import make_parser
from bench.echo.servers import OURS, RIVALS, pin_client, start
from bench.environments import rival_environment, server_environment
from bench.judgement import estimate, interval, verdict
from bench.report import heading, line, write
from bench.rounds import paired

__all__ = ["RATIO_BAR", "SECONDS_BAR", "judge", "main"]

RATIO_BAR = 1.2
"""Of our CPU time to uvicorn's."""
SECONDS_BAR = 0.4
"""CPU seconds that our start may take."""

_OURS, _RIVAL = "h2corn", "uvicorn websockets"
_APPLICATION = "examples.hello:app"
_MICROSECONDS = 1e6


def judge(pairs: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """Return what was found: the ratio, and our seconds."""
    seconds = interval([ours / _MICROSECONDS for ours, _ in pairs])
    return [
        {"name": "start, to uvicorn", **verdict(pairs, RATIO_BAR, estimate(pairs))},
        {"name": "start, seconds", **verdict(pairs, SECONDS_BAR, seconds)},
    ]


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    parser = make_parser("startup", rounds=15)
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    parser.add_argument("--ours", help="the interpreter of an environment with h2corn")
    parser.add_argument("--rival", help="the interpreter of one with uvicorn")
    options = parser.parse_args()
    ways = {
        _OURS: (options.ours or server_environment(options.python), OURS),
        _RIVAL: (options.rival or rival_environment(options.python), RIVALS[_RIVAL]),
    }
    pin_client()

    def turn(name: str) -> float:
        with start(*ways[name], _APPLICATION) as server:
            server.wait_answered()
            return server.cpu_seconds() * _MICROSECONDS

    rows = judge(paired(turn, _OURS, _RIVAL, options.rounds))
    print(heading("h2corn", "uvicorn"))
    for row in rows:
        print(line(row))
    write(options.json, options.python, rows)
    return 0 if all(row["is_met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
