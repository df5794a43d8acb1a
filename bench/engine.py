"""Owns the command that measures h2c_core against its rivals: `python3 -m bench.engine`.

It makes the environments, has each measure its rows, prints the table and writes it as JSON. Does
not measure by itself: the processes that it starts do. It exits with 1 where a bar is not met.
"""

import sys
from dataclasses import asdict
from typing import Any

from bench.command import make_parser, results
from bench.environments import engine_environment
from bench.judgement import verdict
from bench.micro.rows import ROWS, Row
from bench.report import heading, line, write

__all__ = ["judge", "main"]


def judge(row: Row, result: dict[str, Any]) -> dict[str, Any]:
    """Return what was found of a row, in words that JSON and the table share."""
    if row.rival:
        pairs = [(ours, theirs) for ours, theirs in result["pairs"]]
        return {**asdict(row), **verdict(pairs, row.bar)}
    return {**asdict(row), "bytes": result["bytes"], "is_met": result["bytes"] <= row.bar}


def main() -> int:
    """Measure, print and write; return 1 where a bar is not met."""
    parser = make_parser("engine", rounds=15)
    parser.add_argument("--only", default="", help="rows whose names have this in them")
    parser.add_argument("--python", default="3.13", help="the Python to measure with")
    options = parser.parse_args()
    rows = {row.name: row for row in ROWS if options.only in row.name}
    found = []
    print(heading("h2c_core", "rival"))
    for build in sorted({row.build for row in rows.values()}):
        interpreter = engine_environment(build, options.python)
        command = [interpreter, "-m", "bench.micro.measure", build]
        command += ["--rounds", str(options.rounds), "--only", options.only]
        for result in results(command):
            found.append(judge(rows.pop(result["name"]), result))
            print(line(found[-1]), flush=True)
    write(options.json, options.python, found)
    if rows:
        sys.exit(f"not measured: {', '.join(rows)}")
    return 0 if found and all(row["is_met"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
