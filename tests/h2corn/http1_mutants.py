"""Owns the proof that the table covers the checks: breaks each of them, and looks which rows fail.

Does not run under pytest; `test_http1_mutants` starts it. To read which rows fail with which check:
`python -m tests.h2corn.http1_mutants`, and a part of the name of those that are wanted.
"""

import ast
from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.h2corn.http1_equivalents import EQUIVALENT
from tests.h2corn.http1_mutations import MODULES, REPLACED, candidates
from tests.mutants import Mutant, failing, loaded, main, named, source

PATIENCE: Final = 10.0
"""Seconds for all rows with one mutant."""


def mutants() -> Iterator[Mutant]:
    """Make all mutants."""
    sources = {module: source(f"h2corn.{module}") for module in MODULES}
    for module, text in sources.items():
        yield from named(f"h2corn.{module}", candidates(text))
    for hint, old, new in REPLACED:
        # What was moved to another module is still found.
        module = next((name for name in sources if sources[name].count(old) == 1), hint)
        text = sources.get(module) or source(f"h2corn.{module}")
        if text.count(old) != 1:
            raise ValueError(f"not once in {module}: {old}")
        yield Mutant(f"h2corn.{module}", f"{old} -> {new}", ast.parse(text.replace(old, new)))


def killers(mutant: Mutant, enough: int) -> list[str]:
    """Return the rows that fail with a mutant, or the first of them."""
    play, table = loaded(
        mutant,
        ("h2corn._http1", "tests.h2corn.http1_play", "tests.h2corn.http1_shell"),
        "tests.h2corn.http1_play",
        "tests.h2corn.http1_table",
    )
    found: list[str] = []
    # What is found in one piece need not be played byte by byte, which takes longer.
    for is_cut in (False, True):
        if found or (is_cut and mutant.title in EQUIVALENT):
            break
        rows = (
            (f"{case[0]} ({case[1]})", partial(play.play, case, is_cut=is_cut))
            for case in table.CASES
        )
        found = failing(rows, enough, PATIENCE)
    return found


if __name__ == "__main__":
    main(mutants(), killers, EQUIVALENT)
