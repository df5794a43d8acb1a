"""Owns the command that passes the tests: `python3 tools/test.py [PYTEST-OPTION]...`.

It makes .venv, the environment to work in, with uv and the packages editable, brings it up to
date, and runs pytest in two processes or more. Does not build or test wheels: .ci/run does.
"""

import subprocess
import sys

from environment import ROOT, command, constraints_uri, create, run

ENVIRONMENT = ROOT / ".venv"
VERSION = "import sys; print(*sys.version_info[:2])"


def is_usable() -> bool:
    """Return whether the environment is there, with uv and the Python that runs this."""
    try:
        subprocess.run([command(ENVIRONMENT, "uv"), "--version"], check=True, capture_output=True)
        found = subprocess.check_output([command(ENVIRONMENT, "python"), "-c", VERSION], text=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return found.split() == list(map(str, sys.version_info[:2]))


def main() -> None:
    """Make or update the environment and run the tests in it."""
    if not is_usable():
        create(ENVIRONMENT)
        run(
            *(command(ENVIRONMENT, "python"), "-m", "pip", "install", "--quiet", "uv"),
            PIP_CONSTRAINT=constraints_uri(ENVIRONMENT),
            PIP_DISABLE_PIP_VERSION_CHECK="1",
        )
    python = command(ENVIRONMENT, "python")
    run(
        *(command(ENVIRONMENT, "uv"), "sync", "--quiet", "--python", python),
        UV_PROJECT_ENVIRONMENT=str(ENVIRONMENT),
    )
    run(python, "-I", "tools/ours.py", "editable")
    run(python, "-m", "pytest", "--numprocesses", "auto", *sys.argv[1:])


if __name__ == "__main__":
    main()
