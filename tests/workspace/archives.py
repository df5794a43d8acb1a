"""Owns what the archives of a package have to hold: its sources, licence, README and metadata.

Does not build them, and does not say what is in a source file.
"""

import ipaddress
import re
import tarfile
import zipfile
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet
from trove_classifiers import classifiers as known_classifiers

from tests.workspace.tree import MODULES, PACKAGES, ROOT, settings

__all__ = ["PYTHONS", "faults", "metadata_faults", "sdist_faults", "source_names", "wheel_faults"]

PYTHONS = ("3.11", "3.12", "3.13")
"""The versions of Python that the classifiers of every package name."""

EXTENSION = re.compile(r"(\w+/)?\w+\.(?:cpython-\w+(?:-[\w-]+)?\.so|cp\d+-\w+\.pyd)")
DIST_INFO = {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"}
MAY_BE_IN_DIST_INFO = {"entry_points.txt", "top_level.txt"}
IN_SDIST = {"CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
MAY_BE_IN_SDIST = {".gitignore", "MANIFEST.in", "setup.cfg", "setup.py"}
EGG_INFO = re.compile(r"src/\w+\.egg-info/[\w-]+(\.txt)?")


def source_names(package: str) -> set[str]:
    """Return what of a package is installed, as it is named in a wheel."""
    module = package.replace("-", "_")
    return {f"{module}/{path.name}" for path in MODULES[module]} | {f"{module}/py.typed"}


def _compare(found: Collection[str], needed: set[str]) -> list[str]:
    """Return which names are missing, and which are not to be there."""
    missing = [f"{name} is missing" for name in sorted(needed - set(found))]
    return missing + [f"{name} is there too" for name in sorted(set(found) - needed)]


def wheel_faults(package: str, names: Collection[str], version: str) -> list[str]:
    """Return what the list of files in a wheel has too much and too little."""
    folder = f"{package.replace('-', '_')}-{version}.dist-info"
    needed = source_names(package) | {f"{folder}/{name}" for name in DIST_INFO}
    optional = {f"{folder}/{name}" for name in MAY_BE_IN_DIST_INFO}
    compiled = (
        {name for name in names if EXTENSION.fullmatch(name)} if package == "h2c-core" else ()
    )
    return _compare(set(names) - optional - set(compiled), needed)


def sdist_faults(package: str, names: Collection[str], version: str) -> list[str]:
    """Return what the list of files in an sdist has too much and too little."""
    top = f"{package.replace('-', '_')}-{version}/"
    outside = [f"{name} is outside of {top}" for name in sorted(names) if not name.startswith(top)]
    inside = {name.removeprefix(top) for name in names if name.startswith(top)}
    needed = IN_SDIST | {f"src/{name}" for name in source_names(package)}
    egg_info = {name for name in inside if EGG_INFO.fullmatch(name)}
    return outside + _compare(inside - MAY_BE_IN_SDIST - egg_info, needed)


def metadata_faults(package: str, text: bytes, version: str) -> list[str]:
    """Return what is wrong with the metadata of an archive."""
    try:
        found = Metadata.from_email(text, validate=True)
    except ExceptionGroup as group:
        return [str(error) for error in group.exceptions]
    named = set(found.classifiers or ())
    pythons = {f"Programming Language :: Python :: {python}" for python in PYTHONS}
    pythons |= {"Programming Language :: Python :: 3 :: Only"}
    rules = {
        f"name {found.name}": found.name == package,
        f"version {found.version}": str(found.version) == version,
        f"licence {found.license_expression}": found.license_expression == "MIT",
        f"licence files {found.license_files}": found.license_files == ["LICENSE"],
        f"requires Python {found.requires_python}": found.requires_python
        == SpecifierSet(settings(ROOT)["project"]["requires-python"]),
        f"README of type {found.description_content_type}": found.description_content_type
        == "text/markdown",
        "the description is not the README": (found.description or "").strip()
        == (PACKAGES[package] / "README.md").read_text(encoding="utf-8").strip(),
        "no summary": bool(found.summary),
        "no keywords": bool(found.keywords),
        "no author": bool(found.author or found.author_email),
        "Typing :: Typed is missing": "Typing :: Typed" in named,
        f"Pythons {sorted(name for name in named if ':: Python ::' in name)}": pythons
        == {name for name in named if ":: Python ::" in name},
        f"unknown classifiers {sorted(named - known_classifiers)}": named <= known_classifiers,
        "a classifier for the licence beside its expression": not any(
            name.startswith("License ::") for name in named
        ),
    }
    urls = [url for url in (found.project_urls or {}).values() if not _is_public(url)]
    return [rule for rule, holds in rules.items() if not holds] + [
        f"URL {url} is for nobody else" for url in urls
    ]


def _is_public(url: str) -> bool:
    """Return whether a URL is for the world: encrypted, and of a host with a name of its own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        private = (".local", ".internal", ".invalid", ".test", ".localhost")
        return parts.scheme == "https" and "." in host and not host.endswith(private)
    return False


def faults(package: str, folder: Path, version: str) -> list[str]:
    """Return what is wrong with the sdist and the wheel of a package, in a folder of archives."""
    stem = f"{package.replace('-', '_')}-{version}"
    sdist = folder / f"{stem}.tar.gz"
    wheels = list(folder.glob(f"{stem}-*.whl"))
    if not sdist.is_file() or len(wheels) != 1:
        return [f"{package}: not one sdist and one wheel of {version} in {folder}"]
    with tarfile.open(sdist) as source:
        names = [entry.name for entry in source if not entry.isdir()]
        member = source.extractfile(f"{stem}/PKG-INFO") if f"{stem}/PKG-INFO" in names else None
        found = sdist_faults(package, names, version)
        found += metadata_faults(package, member.read() if member else b"", version)
    with zipfile.ZipFile(wheels[0]) as wheel:
        names = [name for name in wheel.namelist() if not name.endswith("/")]
        inside = f"{stem}.dist-info/METADATA"
        text = wheel.read(inside) if inside in names else b""
        found_in_wheel = wheel_faults(package, names, version)
        found_in_wheel += metadata_faults(package, text, version)
    return [f"{sdist.name}: {text}" for text in found] + [
        f"{wheels[0].name}: {text}" for text in found_in_wheel
    ]
