"""Owns what the versions of packages are, and what headings of changelogs say of them.

Does not import a package's own parts but its version.
"""

import importlib
import re
from datetime import date
from itertools import pairwise

from packaging.version import InvalidVersion, Version

__all__ = ["heading_faults", "newest_version", "version_of"]

HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
UNRELEASED = "Unreleased"


def version_of(distribution: str) -> Version:
    """Return the version that the sources of a package say."""
    module = importlib.import_module(f"{distribution.replace('-', '_')}._version")
    return Version(module.__version__)


def newest_version(changelog: str) -> Version | None:
    """Return the version of the first heading that has one."""
    names = [text.split(" - ")[0] for text in HEADING.findall(changelog)]
    return next((Version(name) for name in names if name != UNRELEASED), None)


def heading_faults(changelog: str) -> list[str]:
    """Return what is wrong with the headings of a changelog.

    They are `Unreleased` and then versions, the newest first, with the days of their releases. Only
    a version that goes on under `Unreleased` may be without its day, as long as it is the newest.
    """
    headings = HEADING.findall(changelog)
    is_open = headings[:1] == [UNRELEASED]
    found = []
    versions, days = [], []
    for index, heading in enumerate(headings[is_open:]):
        name, dash, day = heading.partition(" - ")
        try:
            versions.append(Version(name))
            if dash:
                days.append(date.fromisoformat(day))
        except (InvalidVersion, ValueError) as error:
            found.append(f"{heading}: {error}")
            continue
        if not dash and (index or not is_open):
            found.append(f"{heading}: released, and without a day")
    found += [f"{old} is not below {new}" for new, old in pairwise(versions) if old >= new]
    found += [f"{old} is after {new}" for new, old in pairwise(days) if old > new]
    return found
