"""Owns the command that measures proxyproto against its rival: `python3 -m bench.proxyproto`.

It makes the environment, has the rows measured there, prints the table and writes it as JSON. Does
not measure by itself. It exits with 1 where a bar is not met.
"""

import sys
from typing import Any

from bench.command import make_parser, run
from bench.environments import header_environment
from bench.judgement import verdict

__all__ = ["BARS", "judge", "main"]

BARS = {
    "decode, version 2": 1 / 3,
    "decode and read all, version 2": 1.0,
    "decode, version 1": 1.0,
}
"""Of each row, the most that our time may be of the rival's."""


def judge(name: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return what was found of a row."""
    return {"name": name, **verdict(pairs, BARS[name])}


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    parser = make_parser("proxyproto", rounds=25)
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    options = parser.parse_args()
    interpreter = header_environment(options.python)
    command = [interpreter, "-m", "bench.micro.headers", "--rounds", str(options.rounds)]
    return run(command, lambda row: judge(row["name"], row["pairs"]), ("ours", "rival"), options)


if __name__ == "__main__":
    sys.exit(main())
