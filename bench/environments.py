"""Owns the environments that the benchmarks measure in, made with uv: one a build, or a server.

Does not measure. Imports the standard library alone, since it runs before anything is installed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = [
    "ROOT",
    "bridge_environment",
    "engine_environment",
    "header_environment",
    "rival_environment",
    "server_environment",
]

ROOT = Path(__file__).resolve().parent.parent
_BUILDS = {"compiled": "1", "pure": "0"}
_PACKAGES = (
    "./packages/h2c-core",
    "./packages/asgi-bridge",
    "./packages/prefork",
    "./packages/proxyproto",
    "./packages/h2corn",
)


def engine_environment(build: str, python: str) -> str:
    """Make an environment anew, with a wheel of h2c_core and its rivals; return its interpreter.

    Args:
        build: `compiled` or `pure`.
        python: what uv finds the Python by, as `3.13`.
    """
    wanted = ("./packages/h2c-core", "--group", "pyproject.toml:bench")
    return _make(build, python, *wanted, BUILD_MYPYC=_BUILDS[build])


def bridge_environment(python: str) -> str:
    """Make one with asgi_bridge and uvloop; return its interpreter."""
    return _make("bridge", python, "./packages/asgi-bridge", "uvloop")


def header_environment(python: str) -> str:
    """Make one with proxyproto and its rival; return its interpreter."""
    return _make("proxyproto", python, "./packages/proxyproto", "--group", "pyproject.toml:headers")


def server_environment(python: str) -> str:
    """Make one with h2corn as it is installed, its engine compiled; return its interpreter."""
    # The packages themselves and not the workspace's, which would be editable and not compiled.
    return _make("server", python, "--no-sources", *_PACKAGES, "uvloop", BUILD_MYPYC="1")


def rival_environment(python: str) -> str:
    """Make one with uvicorn and the fastest that it can be given; return its interpreter."""
    return _make("rival", python, "--group", "pyproject.toml:rivals")


def _make(name: str, python: str, *wanted: str, **variables: str) -> str:
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    if not Path(uv).is_file():
        sys.exit("uv is needed: install it, or let `python3 tools/test.py` make .venv with it")
    environment = ROOT / f".venv-bench-{name}"
    interpreter = str(environment / "bin" / "python")
    _run(uv, "venv", "--quiet", "--clear", "--python", _find(python), str(environment))
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
