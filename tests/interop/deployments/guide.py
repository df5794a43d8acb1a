"""Owns the reading of what the README says of proxies: their configuration, and our command.

Does not change either; `deployment` puts its own addresses in.
"""

import re
import shlex
from typing import NamedTuple

from tests.server.process import ROOT

TARGET = "package.module:app"

_is_configuration = re.compile(
    r"^```(?:haproxy|caddyfile)\n(.*?)^```", re.MULTILINE | re.DOTALL
).search
_is_command = re.compile(r"^```console\n\$ (.*?)^```", re.MULTILINE | re.DOTALL).search


class Pair(NamedTuple):
    """What stands under the name of a proxy."""

    configuration: str
    options: list[str]
    """Of our command, behind the target."""


def read(name: str, *changes: tuple[str, str]) -> Pair:
    """Return what the README shows for a proxy.

    Args:
        name: the heading.
        changes: of both; what they replace must be there.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = replaced(text.split(f"\n### {name}\n")[1].split("\n##")[0], *changes)
    configuration = _is_configuration(section)
    command = _is_command(section)
    assert configuration
    assert command
    words = shlex.split(command[1].replace("\\\n", " "))
    assert words[:2] == ["h2corn", TARGET]
    return Pair(configuration[1], words[2:])


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Replace texts, each of which must be there."""
    for old, new in pairs:
        assert old in text, f"{old!r} is not in the README any more"
        text = text.replace(old, new)
    return text
