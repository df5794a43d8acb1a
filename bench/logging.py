"""Owns the command that measures what the access log costs a request: `python3 -m bench.logging`.

It makes the environment and has the rows measured there. Does not measure by itself. It exits with
1 where a bar is not met.
"""

import sys
from typing import Any

from bench.command import make_parser, run
from bench.environments import server_environment
from bench.judgement import interval, verdict

__all__ = ["BARS", "judge", "main"]

BARS = {"default format, own handler": 4.0, "default format, foreign handler": 12.0}
"""Microseconds of CPU that the log may cost a request, by row."""


def judge(name: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return what was found of a row: the difference to requests that are not logged."""
    found = interval([ours - plain for ours, plain in pairs])
    return {"name": name, **verdict(pairs, BARS[name], found)}


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    parser = make_parser("logging", rounds=25)
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    parser.add_argument("--interpreter", help="of an environment to use in place of a new one")
    options = parser.parse_args()
    interpreter = options.interpreter or server_environment(options.python)
    command = [interpreter, "-m", "bench.micro.logs", "--rounds", str(options.rounds)]
    return run(command, lambda row: judge(row["name"], row["pairs"]), ("logged", "plain"), options)


if __name__ == "__main__":
    sys.exit(main())
