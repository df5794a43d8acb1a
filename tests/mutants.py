"""Owns modules that are broken in one place, and the finding out which rows of a table fail then.

Does not know the modules, nor what a row is. Mutants are loaded in place of modules that a process
may have loaded already, so that a process of their own plays them, without pytest.
"""

import ast
import importlib
import importlib.util
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FrameType, ModuleType
from typing import Final, NamedTuple

__all__ = ["Mutant", "check", "failing", "loaded", "main", "named", "source"]

ROOT: Final = Path(__file__).resolve().parents[1]
SHOWN: Final = 5


class Mutant(NamedTuple):
    """A whole module with one change."""

    module: str
    """With its package."""
    name: str
    tree: ast.Module

    @property
    def title(self) -> str:
        """What it is called among all of a package."""
        return f"{self.module.rpartition('.')[2]}: {self.name}"


def source(module: str) -> str:
    """Return the text of a module."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def named(module: str, candidates: Iterable[tuple[str, ast.Module]]) -> Iterator[Mutant]:
    """Make mutants of changed modules; what has the name of another one gets a number."""
    counts: Counter[str] = Counter()
    for name, tree in candidates:
        counts[name] += 1
        number = f" ({counts[name]})" if counts[name] > 1 else ""
        yield Mutant(module, name + number, tree)


class _Finder(MetaPathFinder, Loader):
    """Loads a mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._mutant.tree, self._mutant.name, "exec"), module.__dict__)


def loaded(mutant: Mutant, names: tuple[str, ...], *modules: str) -> list[ModuleType]:
    """Load modules anew, with a mutant.

    Args:
        mutant: what is loaded in place of its module.
        names: what those begin with that are loaded anew.
        modules: what is wanted of them.
    """
    for name in list(sys.modules):
        if name.startswith(names):
            del sys.modules[name]
    finder = _Finder(mutant)
    sys.meta_path.insert(0, finder)
    try:
        return [importlib.import_module(name) for name in modules]
    finally:
        sys.meta_path.remove(finder)


def failing(
    rows: Iterable[tuple[str, Callable[[], object]]], enough: int, patience: float
) -> list[str]:
    """Return the names of rows that fail, or of the first of them.

    Args:
        rows: each with what returns its faults, if any.
        enough: how many to look for.
        patience: seconds for all of them; what goes on for ever is found, too.
    """
    found = []
    signal.setitimer(signal.ITIMER_REAL, patience)
    for name, play in rows:
        try:
            faults = play()
        except TimeoutError:
            return [f"{name}: for ever"]
        except Exception as error:  # noqa: BLE001 - whatever a broken module does
            faults = error
        if faults:
            found.append(name)
            if len(found) == enough:
                break
    signal.setitimer(signal.ITIMER_REAL, 0)
    return found


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def main(
    mutants: Iterable[Mutant],
    killers: Callable[[Mutant, int], list[str]],
    equivalent: Mapping[str, str],
) -> None:
    """Print which rows fail with each mutant; with --json, so that a program can read it.

    Args:
        mutants: all of them.
        killers: returns the rows that fail with one, as many as are enough.
        equivalent: those that no row can fail with, and why.
    """
    signal.signal(signal.SIGALRM, _stop)
    is_test = "--json" in sys.argv
    enough = 1 if is_test else sys.maxsize
    only = sys.argv[1] if len(sys.argv) > 1 and not is_test else ""
    found = {
        mutant.title: killers(mutant, enough) for mutant in list(mutants) if only in mutant.title
    }
    if is_test:
        json.dump({"killers": found, "equivalent": dict(equivalent)}, sys.stdout)
        return
    lines = []
    for title, rows in found.items():
        lines += [title, *(f"    {row}" for row in rows[:SHOWN])]
        if len(rows) > SHOWN:
            lines.append(f"    and {len(rows) - SHOWN} more")
        if not rows:
            lines.append(f"    no row: {equivalent.get(title, 'SURVIVES')}")
    survivors = [title for title, rows in found.items() if not rows]
    lines.append(f"{len(found)} mutants, {len(survivors)} without a row")
    sys.stdout.write("\n".join(lines) + "\n")


def check(program: str, least: int) -> None:
    """Run a program that ends in `main`, and assert that a row fails with each of its mutants.

    Args:
        program: the name of its module.
        least: how many mutants there are more than.
    """
    done = subprocess.run(
        [sys.executable, "-m", program, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    found: dict[str, list[str]] = answer["killers"]
    excused = set(answer["equivalent"])
    assert len(found) > least
    survivors = {title for title, rows in found.items() if not rows}
    assert survivors - excused == set(), "no row fails without these"
    assert excused - survivors == set(), "these are gone, or some row fails without them"
