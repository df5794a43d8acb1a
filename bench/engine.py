"""Owns the command that measures h2c_core against its rivals: `python3 -m bench.engine`.

It makes the environments, has each measure its rows, prints the table and writes it as JSON. Does
not measure by itself: the processes that it starts do. It exits with 1 where a bar is not met.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.environments import ROOT, engine_environment
from bench.judgement import MIN_ROUNDS, estimate, is_met
from bench.micro.rows import ROWS, Row
from bench.report import heading, line, write

__all__ = ["judge", "main"]


def judge(row: Row, result: dict[str, Any]) -> dict[str, Any]:
    """Return what was found of a row, in words that JSON and the table share."""
    if row.rival:
        pairs = [(ours, theirs) for ours, theirs in result["pairs"]]
        found = estimate(pairs)
        return {
            **asdict(row),
            "microseconds": statistics.median(ours for ours, _ in pairs),
            "rival_microseconds": statistics.median(theirs for _, theirs in pairs),
            "estimate": asdict(found),
            "rounds": pairs,
            "is_met": is_met(found, row.bar),
        }
    return {**asdict(row), "bytes": result["bytes"], "is_met": result["bytes"] <= row.bar}


def _results(interpreter: str, build: str, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    command = [interpreter, "-m", "bench.micro.measure", build, "--rounds", str(options.rounds)]
    command += ["--only", options.only]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield from map(json.loads, process.stdout)
    if process.returncode:
        sys.exit(f"failed with {process.returncode}: {' '.join(command)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m bench.engine")
    parser.add_argument("--rounds", type=int, default=15, help="paired rounds a row, 7 or more")
    parser.add_argument("--only", default="", help="rows whose names have this in them")
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    parser.add_argument("--json", type=Path, default=ROOT / ".bench" / "engine.json")
    options = parser.parse_args()
    if options.rounds < MIN_ROUNDS:
        parser.error(f"{MIN_ROUNDS} rounds are the least")
    return options


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    options = _options()
    rows = {row.name: row for row in ROWS if options.only in row.name}
    found = []
    print(heading("h2c_core", "rival"))
    for build in sorted({row.build for row in rows.values()}):
        interpreter = engine_environment(build, options.python)
        for result in _results(interpreter, build, options):
            found.append(judge(rows.pop(result["name"]), result))
            print(line(found[-1]), flush=True)
    write(options.json, options.python, found)
    if rows:
        sys.exit(f"not measured: {', '.join(rows)}")
    return 0 if found and all(row["is_met"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
