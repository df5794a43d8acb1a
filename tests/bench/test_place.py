"""The benchmarks stay outside of what is shipped."""

from pathlib import Path

import pytest

from tests.workspace.tree import MODULES, ROOT, imports, module_name

FILES = [path for files in MODULES.values() for path in files]
COMMAND = [*(ROOT / "bench").glob("*.py"), *(ROOT / "bench" / "echo").glob("*.py")]


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_no_package_imports_them(path: Path) -> None:
    assert [name for name in imports(path) if name.split(".")[0] == "bench"] == []


@pytest.mark.parametrize(
    "path", [*COMMAND, ROOT / "bench/micro/rows.py"], ids=lambda path: path.stem
)
def test_the_command_runs_before_anything_is_installed(path: Path) -> None:
    packages = {"asgi_bridge", "h2c_core", "h2corn", "proxyproto"}
    outside = packages | {"h2", "hpack", "ngh2", "uvloop", "wsproto"}
    assert {name.split(".")[0] for name in imports(path)}.isdisjoint(outside)
