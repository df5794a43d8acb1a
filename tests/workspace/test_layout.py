"""Every module says what it owns, has its tests, and stays in its room."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from tests.workspace.tree import MODULES, PACKAGES, ROOT, identifiers, imports, module_name

FILES = [path for files in MODULES.values() for path in files]
each_file = pytest.mark.parametrize("path", FILES, ids=module_name)
each_package = pytest.mark.parametrize("package", sorted(MODULES))

UNTESTED = {"__init__", "__main__", "_version"}
"""Modules without a test module: re-exports, and what only calls a tested one."""

TOPICS = {
    "test_forwarding_mutants": "that taking a check of forwarding out makes a row of a table fail",
    "test_http1_mutants": "that taking a check of HTTP/1 out makes a row of the table fail",
    "test_http1_table": "malformed and ambiguous requests of HTTP/1 in all modules together",
    "test_package": "what holds for a package as a whole",
    "test_properties": "several modules together, under hypothesis",
    "test_recorded_proxies": "what real proxies were seen to send, in the whole scope",
    "test_times": "the times of the options over both protocols",
}
"""Test modules that belong to no single source module."""


def test_every_package_is_found() -> None:
    assert set(PACKAGES) == {"asgi-bridge", "h2c-core", "h2corn", "prefork", "proxyproto"}
    assert set(MODULES) == {"asgi_bridge", "h2c_core", "h2corn", "prefork", "proxyproto"}


@each_package
def test_modules_and_test_modules_match(package: str) -> None:
    expected = {
        f"test_{path.stem.strip('_')}" for path in MODULES[package] if path.stem not in UNTESTED
    }
    found = {path.stem for path in (ROOT / "tests" / package).glob("test_*.py")}
    assert sorted(found - set(TOPICS)) == sorted(expected)


@each_file
def test_docstring_says_what_the_module_owns(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    assert text.startswith("Owns "), text
    assert "Does not " in text or "Imports nothing" in text, text


@each_file
def test_no_module_imports_the_front_door_of_its_own_package(path: Path) -> None:
    package = path.parent.name
    if path.stem != "__main__":
        assert package not in imports(path)


@each_file
def test_names_that_are_exported_exist(path: Path) -> None:
    if path.stem == "__main__":
        return
    module = importlib.import_module(module_name(path))
    names = module.__all__
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []


@each_package
def test_front_door_exports_all_that_it_imports(package: str) -> None:
    door = ROOT.joinpath(*_source(package), "__init__.py")
    imported = {
        alias.asname or alias.name
        for node in ast.parse(door.read_bytes()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if not re.match(r"_[^_]", alias.name)
    }
    names = set(importlib.import_module(package).__all__)
    assert imported <= names
    assert "__version__" in names


@each_package
def test_package_is_typed(package: str) -> None:
    assert ROOT.joinpath(*_source(package), "py.typed").read_bytes() == b""


@pytest.mark.parametrize("path", MODULES["h2c_core"], ids=module_name)
def test_engine_reads_no_environment(path: Path) -> None:
    assert identifiers(path).isdisjoint({"environ", "getenv"})


@pytest.mark.parametrize("path", MODULES["asgi_bridge"], ids=module_name)
def test_bridge_knows_no_number_of_a_stream(path: Path) -> None:
    assert "stream_id" not in identifiers(path)


def _source(package: str) -> tuple[str, str, str, str]:
    return "packages", package.replace("_", "-"), "src", package
