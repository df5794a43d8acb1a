"""Versions, changelogs and requirements agree."""

from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.workspace.tree import PACKAGES, ROOT, settings
from tests.workspace.versions import heading_faults, newest_version, version_of

each_package = pytest.mark.parametrize("path", PACKAGES.values(), ids=list(PACKAGES))


def requirements(path: Path) -> list[Requirement]:
    return [Requirement(text) for text in settings(path)["project"]["dependencies"]]


def constraints(table: str) -> dict[str, Version]:
    found = {}
    for text in settings(ROOT)["tool"]["uv"][table]:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{text} is no exact version"
        assert requirement.name not in found, f"{requirement.name} is there twice"
        found[requirement.name] = Version(specifier.version)
    return found


@each_package
def test_version_is_the_newest_of_the_changelog(path: Path) -> None:
    text = (path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert newest_version(text) == version_of(path.name)
    assert heading_faults(text) == []


@pytest.mark.parametrize(
    ("headings", "faults"),
    [
        (["Unreleased", "0.1.0"], []),
        (["0.2.0 - 2026-02-01", "0.1.0 - 2026-01-31"], []),
        (["Unreleased", "0.2.0", "0.1.0"], ["0.1.0: released, and without a day"]),
        (["0.1.0"], ["0.1.0: released, and without a day"]),
        (["0.1.0 - 2026-02-30"], ["0.1.0 - 2026-02-30: day "]),
        (["0.1.0 - 2026-01-01", "Unreleased"], ["Unreleased: Invalid version"]),
        (["0.1.0 - 2026-02-01", "0.2.0 - 2026-01-01"], ["0.2.0 is not below 0.1.0"]),
        (["0.2.0 - 2026-01-01", "0.1.0 - 2026-02-01"], ["2026-02-01 is after 2026-01-01"]),
    ],
    ids=str,
)
def test_faults_of_headings_are_told(headings: list[str], faults: list[str]) -> None:
    found = heading_faults("".join(f"## {heading}\n\ntext\n" for heading in headings))
    assert len(found) == len(faults)
    for text, start in zip(found, faults, strict=True):
        assert text.startswith(start)


@each_package
def test_dependencies_are_ranges(path: Path) -> None:
    for requirement in requirements(path):
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators == {">=", "<"}, requirement


def test_h2corn_takes_the_versions_of_the_workspace() -> None:
    ours = [r for r in requirements(PACKAGES["h2corn"]) if r.name in PACKAGES]
    assert {requirement.name for requirement in ours} == set(PACKAGES) - {"h2corn"}
    for requirement in ours:
        version = version_of(requirement.name)
        bounds = {part.operator: Version(part.version) for part in requirement.specifier}
        assert version in requirement.specifier
        # Before 1.0 a new minor version may change what h2corn relies on.
        assert bounds[">="].release[:2] == version.release[:2]
        following = (
            (version.major, version.minor + 1) if not version.major else (version.major + 1,)
        )
        assert bounds["<"].release == following


@each_package
def test_packages_share_their_metadata(path: Path) -> None:
    project = settings(path)["project"]
    assert project["requires-python"] == settings(ROOT)["project"]["requires-python"]
    assert project["license"] == "MIT"
    assert (path / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_constraints_hold_the_exact_version_of_everything_installed() -> None:
    exact = constraints("constraint-dependencies")
    groups = settings(ROOT)["dependency-groups"]
    waiting = [Requirement(text) for name in groups for text in groups[name] if name != "dev"]
    for path in PACKAGES.values():
        waiting += requirements(path)
    seen = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        if name in PACKAGES or (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another platform, or of a group that this environment does not have
        assert Version(found.version) == exact.get(name), f"{name} {found.version}"
        assert exact[name] in requirement.specifier
        for text in found.requires or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)
    assert len(seen) > len(groups["test"])


def test_builds_use_the_versions_that_the_constraints_hold() -> None:
    exact = constraints("build-constraint-dependencies")
    work = constraints("constraint-dependencies")
    for path in PACKAGES.values():
        for text in settings(path)["build-system"]["requires"]:
            requirement = Requirement(text)
            assert str(requirement.specifier) == f"=={exact[requirement.name]}"
    shared = exact.keys() & work.keys()
    assert {name: exact[name] for name in shared} == {name: work[name] for name in shared}
