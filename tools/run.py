"""Owns the command that runs an example: `python3 tools/run.py examples.hello:app [OPTION]...`.

It keeps an environment of its own, .venv-run, with wheels of the packages and the needs of the
examples, made anew when the sources have changed; its arguments are those of `h2corn`. Does not
touch the environment that the project is worked on in.
"""

import hashlib
import os
import subprocess
import sys

from environment import PACKAGES, ROOT, command, constraints_uri, create, requirements, run

ENVIRONMENT = ROOT / ".venv-run"
STAMP = ENVIRONMENT / "stamp.txt"


def digest() -> str:
    """Return a digest of everything that the environment is made from."""
    made_from = hashlib.sha256(f"{sys.version} {os.environ.get('BUILD_MYPYC')}".encode())
    for path in [ROOT / "pyproject.toml", *sorted((ROOT / "packages").glob("*/**/*"))]:
        if path.suffix in {".py", ".toml"}:
            made_from.update(f"{path}\n".encode() + path.read_bytes())
    return made_from.hexdigest()


def install() -> None:
    """Make the environment anew."""
    create(ENVIRONMENT)
    print("building and installing; half a minute where there is a C compiler", flush=True)
    constraints = constraints_uri(ENVIRONMENT)
    run(
        *(command(ENVIRONMENT, "python"), "-m", "pip", "install", "--quiet"),
        *(f"./packages/{name}" for name in PACKAGES),
        *requirements("examples"),
        # By environment, for pip's isolated builds to see them; each release reads one of them.
        PIP_CONSTRAINT=constraints,
        PIP_BUILD_CONSTRAINT=constraints,
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    run(command(ENVIRONMENT, "python"), "-I", "tools/ours.py", "wheel")


def main() -> int:
    """Run h2corn from an environment that is as the sources are."""
    wanted = digest()
    if not STAMP.is_file() or STAMP.read_text(encoding="utf-8") != wanted:
        install()
        STAMP.write_text(wanted, encoding="utf-8")
    server = [command(ENVIRONMENT, "h2corn"), *sys.argv[1:]]
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(server[0], server)  # noqa: S606 - signals reach the server itself
    return subprocess.run(server, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
