"""Owns how run.py and test.py make an environment: its place, its exact versions, its commands.

Does not decide what goes into one. Imports the standard library alone, since it runs before
anything is installed.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - a newcomer may well start it with an older one
    sys.exit(f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}")

import tomllib

__all__ = ["PACKAGES", "ROOT", "command", "constraints_uri", "create", "requirements", "run"]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("h2c-core", "asgi-bridge", "prefork", "proxyproto", "h2corn")

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def create(environment: Path) -> None:
    """Make an environment with pip of the running Python anew, and its `constraints.txt`."""
    print(f"making {environment.name} with Python {sys.version.split()[0]}", flush=True)
    venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=True).create(environment)
    uv = SETTINGS["tool"]["uv"]
    pins = {*uv["constraint-dependencies"], *uv["build-constraint-dependencies"]}
    text = "".join(f"{pin}\n" for pin in sorted(pins))
    (environment / "constraints.txt").write_text(text, encoding="utf-8")


def constraints_uri(environment: Path) -> str:
    """Return what PIP_CONSTRAINT takes even where the path has spaces."""
    return (environment / "constraints.txt").as_uri()


def command(environment: Path, name: str) -> str:
    """Return the path of a command of an environment."""
    folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    return str(environment / folder / f"{name}{suffix}")


def requirements(group: str) -> list[str]:
    """Return the requirements of a dependency group that includes no other one."""
    return list(SETTINGS["dependency-groups"][group])


def run(*arguments: str, **variables: str) -> None:
    """Run a command at the root, with further environment variables, and exit where it fails."""
    done = subprocess.run(arguments, cwd=ROOT, env={**os.environ, **variables}, check=False)
    if done.returncode:
        print(f"failed with {done.returncode}: {' '.join(arguments)}", file=sys.stderr)
        sys.exit(done.returncode)
