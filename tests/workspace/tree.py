"""Owns where things are in the workspace, for the tests of its rules. Does not judge."""

import ast
import tomllib
from pathlib import Path
from typing import Any

__all__ = ["MODULES", "PACKAGES", "ROOT", "identifiers", "imports", "module_name", "settings"]

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = {path.name: path for path in sorted((ROOT / "packages").iterdir()) if path.is_dir()}
"""Directory of each distribution."""

MODULES = {
    package.name: sorted(package.glob("*.py"))
    for path in PACKAGES.values()
    for package in (path / "src").iterdir()
    if (package / "py.typed").is_file()
}
"""Source files of each import package."""


def settings(path: Path) -> dict[str, Any]:
    """Return what a pyproject.toml says."""
    return tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    """Return the dotted name of a source file of a package."""
    return path.parent.name if path.stem == "__init__" else f"{path.parent.name}.{path.stem}"


def imports(path: Path) -> set[str]:
    """Return the names of all modules that a file imports, `from x import y` as x.y if a module."""
    found = set()
    siblings = {module_name(sibling) for sibling in path.parent.glob("*.py")}
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            assert node.module is not None
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if names <= siblings else {node.module}
    return found


def identifiers(path: Path) -> set[str]:
    """Return all names that a file uses: variables, arguments, attributes, keywords."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        for field in ("id", "attr", "arg", "name"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                found.add(value)
    return found
