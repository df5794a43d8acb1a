"""Owns the command that measures what proxies cost a request: `python3 -m bench.forwarding`.

It makes the environment, has the rows measured there, prints the table and writes it as JSON. Does
not measure by itself. It exits with 1 where a bar is not met.
"""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.environments import ROOT, bridge_environment
from bench.judgement import MIN_ROUNDS, interval, is_met
from bench.report import heading, line, write

__all__ = ["BAR", "judge", "main"]

BAR = 1.5
"""Microseconds of CPU that a request of a trusted proxy may cost above one nobody looks at."""


def judge(name: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return what was found of a row: the difference to a scope without it."""
    found = interval([ours - plain for ours, plain in pairs])
    return {
        "name": name,
        "bar": BAR,
        "microseconds": statistics.median(ours for ours, _ in pairs),
        "rival_microseconds": statistics.median(plain for _, plain in pairs),
        "estimate": asdict(found),
        "rounds": pairs,
        "is_met": is_met(found, BAR),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m bench.forwarding")
    parser.add_argument("--rounds", type=int, default=25, help="paired rounds a row, 7 or more")
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    parser.add_argument("--interpreter", help="of an environment to use in place of a new one")
    parser.add_argument("--json", type=Path, default=ROOT / ".bench" / "forwarding.json")
    options = parser.parse_args()
    if options.rounds < MIN_ROUNDS:
        parser.error(f"{MIN_ROUNDS} rounds are the least")
    return options


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    options = _options()
    interpreter = options.interpreter or bridge_environment(options.python)
    command = [interpreter, "-m", "bench.micro.scopes", "--rounds", str(options.rounds)]
    rows = []
    print(heading("scope", "plain"))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for result in map(json.loads, process.stdout):
            rows.append(judge(result["name"], result["pairs"]))
            print(line(rows[-1]), flush=True)
    if process.returncode:
        sys.exit(f"failed with {process.returncode}: {' '.join(command)}")
    write(options.json, options.python, rows)
    return 0 if all(row["is_met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
