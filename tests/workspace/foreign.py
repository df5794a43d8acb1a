"""Owns the environments of somebody else's projects: the wheel of one package, and nothing else.

Does not hold the projects.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace.tree import ROOT

__all__ = ["install", "installed", "needs_uv"]

needs_uv = pytest.mark.skipif(
    importlib.util.find_spec("uv") is None,
    reason="the environment of the wheels has no build tools; the one to work in has",
)


def install(package: str, folder: Path) -> Path:
    """Build the wheel of a package and return the Python of a new environment that has it."""
    version = ("--python", sys.executable)
    _uv("build", "--wheel", "--package", package, *version, "--out-dir", folder / "wheels")
    _uv("venv", *version, folder / "environment")
    (wheel,) = (folder / "wheels").glob("*.whl")
    python = folder / "environment" / "bin" / "python"
    _uv("pip", "install", "--no-index", "--python", python, wheel)
    return python


def installed(python: Path, package: str) -> str:
    """Return the names of all that is installed, the package's own import checked."""
    code = (
        f"import importlib.metadata as metadata, {package} as package, sys\n"
        "assert package.__file__.startswith(sys.prefix)\n"
        "print(*(found.name for found in metadata.distributions()))"
    )
    return subprocess.check_output([python, "-I", "-c", code], text=True, timeout=60).strip()


def _uv(*arguments: str | Path) -> None:
    """Run uv, with the network only where its cache is not enough."""
    for offline in (["--offline"], []):
        command = [sys.executable, "-m", "uv", "--quiet", *offline, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
        )
        if done.returncode == 0:
            return
    raise AssertionError(done.stderr)
