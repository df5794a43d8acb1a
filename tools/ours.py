"""Owns the proof that an environment has this tree's packages, not others of the same names.

Another server named h2corn is on the package index. Whoever installs ours runs this with the
Python of the environment: `python -I tools/ours.py editable`, or
`python -I tools/ours.py wheel [compiled|pure [DIRECTORY-OF-WHEELS]]`. It exits with 1 and says why
where a package came from elsewhere, was installed otherwise than asked, or h2c_core runs compiled
where plain Python was asked for, or the reverse. Does not install.
"""

import importlib
import json
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "h2c-core": "h2c_core",
    "asgi-bridge": "asgi_bridge",
    "prefork": "prefork",
    "proxyproto": "proxyproto",
    "h2corn": "h2corn",
}


def fault(distribution: str, module: str, source: Path, *, is_editable: bool) -> str:
    """Return what is wrong with an installed package, or an empty string."""
    try:
        found = metadata.distribution(distribution)
        file = Path(importlib.import_module(module).__file__ or "")
    except ImportError as error:  # PackageNotFoundError is one
        return f"{distribution} is not installed: {error}"
    # The record of PEP 610: an installation from an index has none.
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if not origin.get("url", "").startswith(f"{source.as_uri()}/"):
        return f"{distribution} {found.version} is not of {source}: {origin or 'from an index'}"
    if bool(origin.get("dir_info", {}).get("editable")) is not is_editable:
        return f"{distribution} was {'not ' if is_editable else ''}installed as editable"
    home = ROOT / "packages" / distribution / "src" if is_editable else Path(sys.prefix)
    if not file.resolve().is_relative_to(home.resolve()):
        return f"{module} was imported from {file}, not from {home}"
    return ""


def main() -> str:
    """Return the first fault of the environment that runs this, or an empty string."""
    kind, build, place = [*sys.argv[1:], "", ""][:3]
    source = Path(place).resolve() if place else ROOT
    for distribution, module in PACKAGES.items():
        if text := fault(distribution, module, source, is_editable=kind == "editable"):
            return text
    is_compiled = bool(importlib.import_module("h2c_core").COMPILED)
    found = "compiled" if is_compiled else "pure"
    if build and found != build:
        return f"h2c_core is {found}, not {build}"
    print(f"h2corn {metadata.version('h2corn')} of {source}, {kind}, h2c_core {found}")
    return ""


if __name__ == "__main__":
    sys.exit(main() or None)
