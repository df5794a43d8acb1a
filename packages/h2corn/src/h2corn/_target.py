"""Owns what names an application: its module and attribute, and where it is looked for without one.

Does not import anything (`_importer` does): where no target is given, the source of the usual
modules is read for the usual names.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["APPLICATIONS", "FACTORIES", "Target", "find_target"]

APPLICATIONS: Final = ("main:app", "app:app", "asgi:application")
"""What is looked for where no target is given, in this order."""
FACTORIES: Final = ("main:create_app", "app:create_app", "asgi:create_app")
"""What is looked for behind these, or with `--factory` alone."""

_BLOCKS: Final = (ast.If, ast.Try, ast.With)
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Target:
    """What names an application."""

    text: str
    """`MODULE:ATTRIBUTE`; the attribute may be a dotted path."""
    is_factory: bool = False
    """Whether it names what makes the application when it is called."""
    directory: str | None = None
    """Where modules are looked for first; None is the current directory."""

    def __str__(self) -> str:
        return f"{self.text}()" if self.is_factory else self.text


def find_target(directory: str | None, *, is_factory: bool) -> Target | None:
    """Return the first of the usual targets that a directory has.

    Args:
        directory: where modules are looked for; None is the current directory.
        is_factory: whether only factories count.
    """
    candidates = FACTORIES if is_factory else (*APPLICATIONS, *FACTORIES)
    for text in candidates:
        module, _, attribute = text.partition(":")
        if attribute in _names_of(Path(directory or "."), module):
            return Target(text, is_factory or text in FACTORIES, directory)
    return None


def _names_of(directory: Path, module: str) -> set[str]:
    """Return what the source of a module binds outside of functions and classes."""
    for path in (directory / module / "__init__.py", directory / f"{module}.py"):
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        return set(_bound(tree.body))
    return set()


def _bound(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, _DEFINITIONS):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in statement.names)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
        elif isinstance(statement, _BLOCKS):
            for name in ("body", "orelse", "finalbody"):
                yield from _bound(getattr(statement, name, []))
            for handler in getattr(statement, "handlers", []):
                yield from _bound(handler.body)
