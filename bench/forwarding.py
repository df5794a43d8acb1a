"""Owns the command that measures what proxies cost a request: `python3 -m bench.forwarding`.

It makes the environment and has the rows measured there. Does not measure by itself. It exits with
1 where a bar is not met.
"""

import sys
from typing import Any

from bench.command import make_parser, run
from bench.environments import bridge_environment
from bench.judgement import interval, verdict

__all__ = ["BAR", "judge", "main"]

BAR = 1.5
"""Microseconds of CPU that a request of a trusted proxy may cost above one nobody looks at."""


def judge(name: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return what was found of a row: the difference to a scope without it."""
    return {"name": name, **verdict(pairs, BAR, interval([ours - plain for ours, plain in pairs]))}


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    parser = make_parser("forwarding", rounds=25)
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    parser.add_argument("--interpreter", help="of an environment to use in place of a new one")
    options = parser.parse_args()
    interpreter = options.interpreter or bridge_environment(options.python)
    command = [interpreter, "-m", "bench.micro.scopes", "--rounds", str(options.rounds)]
    return run(command, lambda row: judge(row["name"], row["pairs"]), ("scope", "plain"), options)


if __name__ == "__main__":
    sys.exit(main())
