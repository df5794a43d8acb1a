"""What the documentation says of options is what they are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from h2corn._command_options import COMMAND_OPTIONS
from h2corn._config_file import read_toml
from h2corn.config import OPTIONS, Config
from tests.workspace.tree import ROOT

ROWS = {row.name: row for row in OPTIONS}
SIZES = {"no limit": 0, "256 KiB": 256 << 10, "1 MiB": 1 << 20, "4 MiB": 4 << 20}
GUNICORN = ROOT / "docs" / "gunicorn.md"


def test_what_is_made_of_the_table_is_what_it_would_be_made_to() -> None:
    command = [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


def test_the_example_is_right(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    path = tmp_path / "h2corn.toml"
    path.write_text(block, encoding="utf-8")
    assert read_toml(path)[1] == ""
    assert Config.from_toml(path) == Config(workers=4, limit_concurrency=100)


def named() -> list[tuple[str, str]]:
    """Return what the table about gunicorn says is ours: the name, and the default behind it."""
    cells = [line.split("|")[2] for line in GUNICORN.read_text().splitlines() if line[:1] == "|"]
    return [
        (name, default)
        for cell in cells[2:]
        for name, default in re.findall(r"`([^`]+)`(?: \(([^)]*)\))?", cell)
    ]


@pytest.mark.parametrize(("name", "default"), named())
def test_what_is_ours(name: str, default: str) -> None:
    if name.startswith("--"):
        assert name in {row.flag for row in COMMAND_OPTIONS}
        return
    value = ROWS[name].default
    if default:
        assert value == (SIZES[default] if default in SIZES else float(default))
