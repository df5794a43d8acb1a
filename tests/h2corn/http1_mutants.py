"""Owns the proof that the table covers the checks: breaks each of them, and looks which rows fail.

Does not run under pytest, whose modules it would load anew: `test_http1_mutants` starts it. To read
which rows fail with which check: `python -m tests.h2corn.http1_mutants`, and a part of the name of
those that are wanted.
"""

import ast
import importlib
import importlib.abc
import importlib.util
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FrameType, ModuleType
from typing import NamedTuple

from tests.h2corn.http1_equivalents import EQUIVALENT
from tests.h2corn.http1_mutations import MODULES, REPLACED, candidates

PACKAGE = "h2corn."
PLAY = "tests.h2corn.http1_play"
PATIENCE = 10.0
"""Seconds for all rows with one mutant; one that makes the engine run for ever is found, too."""


class Mutant(NamedTuple):
    module: str
    name: str
    tree: ast.Module


def mutants() -> Iterator[Mutant]:
    """Make all mutants, each a whole module with one change and a name of its own."""
    sources = {module: _source(module) for module in MODULES}
    for module, source in sources.items():
        counts: Counter[str] = Counter()
        for name, tree in candidates(source):
            counts[name] += 1
            number = f" ({counts[name]})" if counts[name] > 1 else ""
            yield Mutant(module, name + number, tree)
    for hint, old, new in REPLACED:
        # What was moved to another module is still found.
        module = next((name for name in sources if sources[name].count(old) == 1), hint)
        source = sources.get(module) or _source(module)
        if source.count(old) != 1:
            raise ValueError(f"not once in {module}: {old}")
        yield Mutant(module, f"{old} -> {new}", ast.parse(source.replace(old, new)))


def _source(module: str) -> str:
    spec = importlib.util.find_spec(PACKAGE + module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text()


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads a mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != PACKAGE + self._mutant.module:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        code = compile(self._mutant.tree, self._mutant.name, "exec")
        exec(code, module.__dict__)


def killers(mutant: Mutant, enough: int) -> list[str]:
    """Return the rows that fail with a mutant, or the first of them.

    Args:
        mutant: what is loaded in place of its module.
        enough: how many rows to look for.
    """
    for name in list(sys.modules):
        if name.startswith((PACKAGE + "_http1", "tests.h2corn.http1_")) and name != __name__:
            del sys.modules[name]
    finder = _Finder(mutant)
    sys.meta_path.insert(0, finder)
    try:
        play = importlib.import_module(PLAY)
        cases = importlib.import_module("tests.h2corn.http1_table").CASES
    finally:
        sys.meta_path.remove(finder)
    # What is found in one piece need not be played byte by byte, which takes longer.
    failing = _failing(play, cases, enough, is_cut=False)
    if failing or f"{mutant.module}: {mutant.name}" in EQUIVALENT:
        return failing
    return _failing(play, cases, enough, is_cut=True)


def _failing(
    play: ModuleType, cases: list[tuple[str, str]], enough: int, *, is_cut: bool
) -> list[str]:
    failing = []
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    for case in cases:
        try:
            fault = play.play(case, is_cut=is_cut)
        except TimeoutError:
            return [f"{case[0]} ({case[1]}): for ever"]
        except Exception as error:  # noqa: BLE001 - whatever a broken engine does
            fault = repr(error)
        if fault:
            failing.append(f"{case[0]} ({case[1]})")
            if len(failing) == enough:
                break
    signal.setitimer(signal.ITIMER_REAL, 0)
    return failing


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def main() -> None:
    """Print which rows fail with each mutant; with --json, so that a program can read it."""
    signal.signal(signal.SIGALRM, _stop)
    begin = time.process_time()
    is_test = "--json" in sys.argv
    enough = 1 if is_test else sys.maxsize
    only = sys.argv[1] if len(sys.argv) > 1 and not is_test else ""
    found = {
        name: killers(mutant, enough)
        for mutant in list(mutants())
        if only in (name := f"{mutant.module}: {mutant.name}")
    }
    if is_test:
        json.dump({"killers": found, "equivalent": EQUIVALENT}, sys.stdout)
        return
    lines = []
    for name, rows in found.items():
        lines += [name, *(f"    {row}" for row in rows[:5])]
        if len(rows) > 5:
            lines.append(f"    and {len(rows) - 5} more")
        if not rows:
            lines.append(f"    no row: {EQUIVALENT.get(name, 'SURVIVES')}")
    survivors = [name for name, rows in found.items() if not rows]
    seconds = time.process_time() - begin
    lines.append(f"{len(found)} mutants, {len(survivors)} without a row, {seconds:.1f} s")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
