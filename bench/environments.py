"""Owns the environments that the benchmark measures in, made with uv: one a build of h2c_core.

Does not measure. Imports the standard library alone, since it runs before anything is installed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["ROOT", "make_environment"]

ROOT = Path(__file__).resolve().parent.parent
_BUILDS = {"compiled": "1", "pure": "0"}


def make_environment(build: str, python: str) -> str:
    """Make an environment anew, with a wheel of h2c_core and its rivals; return its interpreter.

    Args:
        build: `compiled` or `pure`.
        python: what uv finds the Python by, as `3.13`.
    """
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    if not Path(uv).is_file():
        sys.exit("uv is needed: install it, or let `python3 tools/test.py` make .venv with it")
    environment = ROOT / f".venv-bench-{build}"
    interpreter = str(environment / "bin" / "python")
    _run(uv, "venv", "--quiet", "--clear", "--python", _find(python), str(environment))
    wanted = ("./packages/h2c-core", "--group", "pyproject.toml:bench")
    variables = {"BUILD_MYPYC": _BUILDS[build]}
    _run(uv, "pip", "install", "--quiet", "--python", interpreter, *wanted, **variables)
    return interpreter


def _find(python: str) -> str:
    """Return the interpreter of a version that pyenv has, where uv does not look."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = sorted(versions.glob(f"{python}.*/bin/python{python}"))
    return str(found[-1]) if found else python


def _run(*arguments: str, **variables: str) -> None:
    done = subprocess.run(arguments, cwd=ROOT, env={**os.environ, **variables}, check=False)
    if done.returncode:
        sys.exit(f"failed with {done.returncode}: {' '.join(arguments)}")
