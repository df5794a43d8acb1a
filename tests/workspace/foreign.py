"""Owns the environments of somebody else's projects: the wheel of one package, and nothing else.

What makes them is there for other tests of wheels too. Does not hold the projects.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace.tree import ROOT

__all__ = ["install", "installed", "needs_uv", "uv"]

needs_uv = pytest.mark.skipif(
    importlib.util.find_spec("uv") is None,
    reason="the environment of the wheels has no build tools; the one to work in has",
)


def install(package: str, folder: Path) -> Path:
    """Build the wheel of a package and return the Python of a new environment that has it."""
    version = ("--python", sys.executable)
    uv("build", "--wheel", "--package", package, *version, "--out-dir", folder / "wheels")
    uv("venv", *version, folder / "environment")
    (wheel,) = (folder / "wheels").glob("*.whl")
    python = folder / "environment" / "bin" / "python"
    uv("pip", "install", "--no-index", "--python", python, wheel)
    return python


def installed(python: Path, package: str) -> str:
    """Return the names of all that is installed, the package's own import checked."""
    code = (
        f"import importlib.metadata as metadata, {package} as package, sys\n"
        "assert package.__file__.startswith(sys.prefix)\n"
        "print(*(found.name for found in metadata.distributions()))"
    )
    return subprocess.check_output([python, "-I", "-c", code], text=True, timeout=60).strip()


def uv(*arguments: str | Path, folder: Path = ROOT, timeout: float = 110) -> None:
    """Run uv in a folder, with the network only where its cache is not enough."""
    for offline in (["--offline"], []):
        command = [sys.executable, "-m", "uv", "--quiet", *offline, *arguments]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode == 0:
            return
    raise AssertionError(done.stderr)
