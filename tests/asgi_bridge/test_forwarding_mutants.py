"""Taking any check of forwarding out, or moving it, makes a row of the table fail."""

import json
import subprocess
import sys

import pytest

from tests.server.process import ROOT


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_check_has_a_row() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.asgi_bridge.forwarding_mutants", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    found: dict[str, list[str]] = answer["killers"]
    excused = set(answer["equivalent"])
    assert len(found) > 150
    survivors = {name for name, rows in found.items() if not rows}
    assert survivors - excused == set(), "no row fails without these"
    assert excused - survivors == set(), "these are gone, or some row fails without them"
