"""Owns the command that measures asgi_bridge against an empty task: `python3 -m bench.bridge`.

It makes the environment, has the rows measured there, prints the table and writes it as JSON. Does
not measure by itself. It exits with 1 where a bar is not met.
"""

import sys
from typing import Any

from bench.command import make_parser, run
from bench.environments import bridge_environment
from bench.judgement import interval, verdict

__all__ = ["BAR", "judge", "main"]

BAR = 6.0
"""Microseconds of CPU that one exchange may cost above an empty eager task."""

_VERSIONS = ("1.1", "2")


def judge(version: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return what was found of an HTTP version: the difference to an empty task."""
    found = interval([ours - empty for ours, empty in pairs])
    return {"name": f"exchange, HTTP/{version}, above an empty task", **verdict(pairs, BAR, found)}


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    parser = make_parser("bridge", rounds=25)
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    parser.add_argument("--interpreter", help="of an environment to use in place of a new one")
    options = parser.parse_args()
    interpreter = options.interpreter or bridge_environment(options.python)
    command = [interpreter, "-m", "bench.micro.exchange", *_VERSIONS]
    command += ["--rounds", str(options.rounds)]
    columns = ("exchange", "empty")
    return run(command, lambda row: judge(row["version"], row["pairs"]), columns, options)


if __name__ == "__main__":
    sys.exit(main())
