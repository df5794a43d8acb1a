"""Owns the breaking of a module's decisions, one at a time, for tests that look who notices.

Does not run what comes of it.
"""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Final

__all__ = ["broken_conditions", "never"]

_MOVED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def broken_conditions(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Take out each part of a condition, and move each limit and bound by one.

    Yields:
        What was changed, and the whole module.
    """
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.BoolOp):
            for place, part in enumerate(node.values):
                rest = deepcopy(node)
                del rest.values[place]
                new = rest if len(rest.values) > 1 else rest.values[0]
                yield _named(node, f"without {ast.unparse(part)}"), _replaced(tree, index, new)
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _MOVED:
            moved = deepcopy(node)
            moved.ops[0] = _MOVED[type(node.ops[0])]()
            yield _named(node, ast.unparse(moved)), _replaced(tree, index, moved)


def never(source: str, wanted: Callable[[ast.AST], bool]) -> Iterator[tuple[str, ast.Module]]:
    """Take out each of the statements that are wanted, in the same form."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.stmt) and wanted(node):
            yield _named(node, "never"), _replaced(tree, index, ast.Pass())


def _named(node: ast.stmt | ast.expr, change: str) -> str:
    return f"{ast.unparse(node)} -> {change}"


def _replaced(tree: ast.Module, index: int, new: ast.AST) -> ast.Module:
    """Return a copy of a tree with another node in one place."""
    copy = deepcopy(tree)
    old = list(ast.walk(copy))[index]
    for parent in ast.walk(copy):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(item is old for item in value):
                value[:] = [new if item is old else item for item in value]
    return ast.fix_missing_locations(copy)
