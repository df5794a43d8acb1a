"""Owns the proof that the table covers the checks: breaks each of them, and looks which rows fail.

Does not run under pytest; `test_forwarding_mutants` starts it. To read which rows fail with which
check: `python -m tests.asgi_bridge.forwarding_mutants`, and a part of the name of those that are
wanted.
"""

import ast
from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.asgi_bridge.forwarding_equivalents import EQUIVALENT, REPLACED
from tests.mutants import Mutant, failing, loaded, main, named, source
from tests.mutations import broken_conditions, never

MODULES: Final = ("_trust", "_nodes", "_forwarded_elements", "_forwarded", "_forwarding")
PATIENCE: Final = 5.0
"""Seconds for all rows with one mutant."""


def mutants() -> Iterator[Mutant]:
    """Make all mutants."""
    for module in MODULES:
        text = source(f"asgi_bridge.{module}")
        candidates = (*broken_conditions(text), *never(text, _is_refusal))
        yield from named(f"asgi_bridge.{module}", candidates)
    for module, old, new in REPLACED:
        text = source(f"asgi_bridge.{module}")
        if text.count(old) != 1:
            raise ValueError(f"not once in {module}: {old}")
        tree = ast.parse(text.replace(old, new))
        yield Mutant(f"asgi_bridge.{module}", f"{old} -> {new}", tree)


def _is_refusal(node: ast.AST) -> bool:
    """Whether a statement is done where something is not to be believed."""
    return isinstance(node, ast.If) and isinstance(
        node.body[-1], ast.Return | ast.Break | ast.Continue
    )


def killers(mutant: Mutant, enough: int) -> list[str]:
    """Return the rows that fail with a mutant, or the first of them."""
    try:
        play, table = loaded(
            mutant,
            ("asgi_bridge", "tests.asgi_bridge.fakes", "tests.asgi_bridge.forwarding_play"),
            "tests.asgi_bridge.forwarding_play",
            "tests.asgi_bridge.forwarding_table",
        )
    except Exception as error:  # noqa: BLE001 - whatever a broken module does
        return [f"cannot be imported: {error!r}"]
    rows = ((name, partial(play.play, row)) for name, row in table.ROWS.items())
    return failing(rows, enough, PATIENCE)


if __name__ == "__main__":
    main(mutants(), killers, EQUIVALENT)
