"""Owns the proof that the table covers the checks: breaks each of them, and looks which rows fail.

Does not run under pytest, whose modules it would load anew: `test_forwarding_mutants` starts it. To
read which rows fail with which check: `python -m tests.asgi_bridge.forwarding_mutants`, and a part
of the name of those that are wanted.
"""

import ast
import importlib
import importlib.util
import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FrameType, ModuleType
from typing import Final, NamedTuple

from tests.asgi_bridge.forwarding_equivalents import EQUIVALENT, REPLACED
from tests.mutations import broken_conditions, never

PACKAGE: Final = "asgi_bridge"
PATIENCE: Final = 5.0
"""Seconds for all rows with one mutant; one that reads for ever is found, too."""
MODULES: Final = ("_trust", "_nodes", "_forwarded_elements", "_forwarded", "_forwarding")


class Mutant(NamedTuple):
    module: str
    name: str
    tree: ast.Module


def mutants() -> Iterator[Mutant]:
    """Make all mutants, each a whole module with one change and a name of its own."""
    for module in MODULES:
        source = _source(module)
        counts: Counter[str] = Counter()
        for name, tree in (*broken_conditions(source), *never(source, _is_refusal)):
            counts[name] += 1
            number = f" ({counts[name]})" if counts[name] > 1 else ""
            yield Mutant(module, name + number, tree)
    for module, old, new in REPLACED:
        source = _source(module)
        if source.count(old) != 1:
            raise ValueError(f"not once in {module}: {old}")
        yield Mutant(module, f"{old} -> {new}", ast.parse(source.replace(old, new)))


def _is_refusal(node: ast.AST) -> bool:
    """Whether a statement is done where something is not to be believed."""
    return isinstance(node, ast.If) and isinstance(
        node.body[-1], ast.Return | ast.Break | ast.Continue
    )


def _source(module: str) -> str:
    spec = importlib.util.find_spec(f"{PACKAGE}.{module}")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text()


class _Finder(MetaPathFinder, Loader):
    """Loads a mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname != f"{PACKAGE}.{self._mutant.module}":
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._mutant.tree, self._mutant.name, "exec"), module.__dict__)


def killers(mutant: Mutant, enough: int) -> list[str]:
    """Return the rows that fail with a mutant, or the first of them."""
    for name in list(sys.modules):
        if name.startswith((PACKAGE, "tests.asgi_bridge.f")) and name != __name__:
            del sys.modules[name]
    finder = _Finder(mutant)
    sys.meta_path.insert(0, finder)
    try:
        play = importlib.import_module("tests.asgi_bridge.forwarding_play")
        rows = importlib.import_module("tests.asgi_bridge.forwarding_table").ROWS
    except Exception as error:  # noqa: BLE001 - whatever a broken module does
        return [f"cannot be imported: {error!r}"]
    finally:
        sys.meta_path.remove(finder)
    failing: list[str] = []
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    for name, row in rows.items():
        try:
            faults = play.play(row)
        except TimeoutError:
            return [f"{name}: for ever"]
        except Exception as error:  # noqa: BLE001 - the same
            faults = [repr(error)]
        if faults:
            failing.append(name)
            if len(failing) == enough:
                break
    signal.setitimer(signal.ITIMER_REAL, 0)
    return failing


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def main() -> None:
    """Print which rows fail with each mutant; with --json, so that a program can read it."""
    signal.signal(signal.SIGALRM, _stop)
    is_test = "--json" in sys.argv
    only = sys.argv[1] if len(sys.argv) > 1 and not is_test else ""
    found = {
        name: killers(mutant, 1 if is_test else sys.maxsize)
        for mutant in list(mutants())
        if only in (name := f"{mutant.module}: {mutant.name}")
    }
    if is_test:
        json.dump({"killers": found, "equivalent": EQUIVALENT}, sys.stdout)
        return
    for name, rows in found.items():
        shown = rows[:3] or [f"no row: {EQUIVALENT.get(name, 'SURVIVES')}"]
        sys.stdout.write("\n    ".join([name, *shown]) + "\n")


if __name__ == "__main__":
    main()
