"""Owns the process that measures rows with one build: `python -m bench.micro.measure BUILD`.

It prints one JSON object a row as soon as it has it. Does not judge.
"""

import argparse
import json
import sys
from collections.abc import Callable

from bench.micro import memory, turns
from bench.micro.rows import ROWS, Row
from bench.rounds import Turn, paired
from h2c_core import COMPILED

__all__ = ["main", "measures"]

_SIZES = {
    "download peak": memory.download_peak,
    "upload peak": memory.upload_peak,
    "idle connection": memory.idle_connection,
    "idle stream": memory.idle_stream,
}
# Requests of one turn: some 10 ms of the faster engine, half a second of the slowest.
_GETS = 2000
_GETS_OF_H2 = 500
_TRANSFERS = 24
_WRITES = 300


def _get(row: Row) -> Turn:
    count = _GETS_OF_H2 if row.rival == "h2" else _GETS
    return turns.get(row.proxy, count, is_varying=row.scenario == "varying")


def _download(row: Row) -> Turn:
    return turns.download(row.proxy, _TRANSFERS)


def _beside_streams(row: Row) -> Turn:
    return turns.get_beside_streams(row.proxy, _GETS)


_TURNS: dict[str, Callable[[Row], Turn]] = {
    "indexed": _get,
    "varying": _get,
    "download": _download,
    "upload": lambda _: turns.upload(_TRANSFERS),
    "literal": lambda row: turns.get_literal(row.proxy, _GETS),
    "streams": _beside_streams,
    "turns": lambda _: turns.send_in_turns(_WRITES),
}


def measures(row: Row) -> bool:
    """Whether this process can measure a row."""
    return row.scenario in (_TURNS if row.rival else _SIZES)


def main() -> None:
    """Measure the rows that are wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("build", choices=("compiled", "pure"))
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if COMPILED is not (options.build == "compiled"):
        sys.exit(f"h2c_core is not {options.build} here")
    for row in ROWS:
        if row.build != options.build or options.only not in row.name:
            continue
        if row.rival:
            pairs = paired(_TURNS[row.scenario](row), row.ours, row.rival, options.rounds)
            print(json.dumps({"name": row.name, "pairs": pairs}), flush=True)
        else:
            size = _SIZES[row.scenario]()
            print(json.dumps({"name": row.name, "bytes": size}), flush=True)


if __name__ == "__main__":
    main()
