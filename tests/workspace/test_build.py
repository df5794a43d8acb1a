"""How wheels of h2c-core are built: compiled as a must, never, or where it is possible."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "packages" / "h2c-core"

pytestmark = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("mypyc", "setuptools"))),
    reason="the environment of the wheels has no build tools; the one to work in has",
)

NO_COMPILER = {"CC": "false"}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a copy of the package, so that nothing is left behind in the tree."""
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "build", "dist", "*.egg-info")
    return Path(shutil.copytree(PACKAGE, tmp_path / "h2c-core", ignore=ignored))


def build(package: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "BUILD_MYPYC"}
    return subprocess.run(
        [sys.executable, "setup.py", "--quiet", "bdist_wheel", "--dist-dir", "wheels"],
        cwd=package,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def contents(package: Path) -> list[str]:
    """Return the names of the files in the one wheel that was built."""
    (wheel,) = (package / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def is_compiled(package: Path) -> bool:
    extensions = [name for name in contents(package) if name.endswith((".so", ".pyd"))]
    return any("_connection" in name for name in extensions)


def test_never(package: Path) -> None:
    result = build(package, {"BUILD_MYPYC": "0"})
    assert result.returncode == 0, result.stderr
    assert "built as plain Python, which is slower: BUILD_MYPYC=0" in result.stderr
    assert not is_compiled(package)
    assert "h2c_core/_connection.py" in contents(package)
    (wheel,) = (package / "wheels").iterdir()
    assert wheel.name.endswith("-py3-none-any.whl")


def test_must_where_it_is_impossible(package: Path) -> None:
    result = build(package, {"BUILD_MYPYC": "1"} | NO_COMPILER)
    assert result.returncode == 1
    assert "BUILD_MYPYC=1, but h2c_core cannot be compiled: a C compiler" in result.stderr
    assert not (package / "wheels").exists()


def test_automatic_where_it_is_impossible(package: Path) -> None:
    result = build(package, NO_COMPILER)
    assert result.returncode == 0, result.stderr
    assert "built as plain Python, which is slower: a C compiler with Python.h" in result.stderr
    assert not is_compiled(package)


def test_neither_must_nor_never(package: Path) -> None:
    result = build(package, {"BUILD_MYPYC": "yes"})
    assert result.returncode == 1
    assert "BUILD_MYPYC must be 0, 1 or unset, not 'yes'" in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_automatic_where_it_is_possible(package: Path) -> None:
    result = build(package, {})
    assert result.returncode == 0, result.stderr
    assert "slower" not in result.stderr
    assert is_compiled(package)
