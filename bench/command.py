"""Owns what the commands that measure have in common: their options, and rows of another process.

Does not know what a row is.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.environments import ROOT
from bench.judgement import MIN_ROUNDS
from bench.report import heading, line, write

__all__ = ["make_parser", "results", "run"]


def make_parser(name: str, rounds: int) -> argparse.ArgumentParser:
    """Return a parser of the options that all have.

    Args:
        name: of the module.
        rounds: how many there are where nobody says.
    """
    parser = argparse.ArgumentParser(prog=f"python3 -m bench.{name}")
    help_text = f"paired rounds a row, {MIN_ROUNDS} or more"
    parser.add_argument("--rounds", type=_rounds, default=rounds, help=help_text)
    parser.add_argument("--json", type=Path, default=ROOT / ".bench" / f"{name}.json")
    return parser


def _rounds(text: str) -> int:
    if not text.isdecimal() or int(text) < MIN_ROUNDS:
        raise argparse.ArgumentTypeError(f"{MIN_ROUNDS} rounds are the least")
    return int(text)


def results(command: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Run a command that prints a line of JSON for each row, and return these as they come."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield from map(json.loads, process.stdout)
    if process.returncode:
        sys.exit(f"failed with {process.returncode}: {' '.join(command)}")


def run(
    command: Sequence[str],
    judge: Callable[[dict[str, Any]], dict[str, Any]],
    columns: tuple[str, str],
    options: argparse.Namespace,
) -> int:
    """Have rows measured, print and write them; return 1 where a bar is not met.

    Args:
        command: prints them.
        judge: makes of each what was found.
        columns: what the two sides are called.
        options: with `python` and `json`.
    """
    rows = []
    print(heading(*columns))
    for result in results(command):
        rows.append(judge(result))
        print(line(rows[-1]), flush=True)
    write(options.json, options.python, rows)
    return 0 if rows and all(row["is_met"] for row in rows) else 1
