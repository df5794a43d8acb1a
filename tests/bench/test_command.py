"""What the commands that measure have in common."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.command import make_parser, results, run


def printing(*rows: dict[str, Any], code: int = 0) -> list[str]:
    lines = "\n".join(map(json.dumps, rows))
    return [sys.executable, "-c", f"import sys; print({lines!r}); sys.exit({code})"]


@pytest.mark.parametrize("text", ["6", "-7", "many", ""])
def test_too_few_rounds(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        make_parser("a", rounds=15).parse_args(["--rounds", text])
    assert "7 rounds are the least" in capsys.readouterr().err


def test_options() -> None:
    parser = make_parser("a", rounds=15)
    assert parser.parse_args([]).rounds == 15
    assert parser.parse_args(["--rounds", "7"]).rounds == 7
    assert parser.parse_args([]).json.name == "a.json"


def test_rows_come_from_another_process() -> None:
    rows = [{"name": "a"}, {"name": "b"}]
    assert list(results(printing(*rows))) == rows


def test_one_that_fails_ends_the_command() -> None:
    with pytest.raises(SystemExit, match="failed with 3: "):
        list(results(printing({"name": "a"}, code=3)))


@pytest.mark.parametrize(("met", "code"), [([True, True], 0), ([True, False], 1), ([], 1)])
def test_all_bars_must_be_met(tmp_path: Path, met: list[bool], code: int) -> None:
    def judge(row: dict[str, Any]) -> dict[str, Any]:
        return {"name": "a", "bytes": 1024, "bar": 1024, **row}

    options = argparse.Namespace(python="3.13", json=tmp_path / "found.json")
    command = printing(*({"is_met": value} for value in met)) if met else [sys.executable, "-c", ""]
    assert run(command, judge, ("ours", "theirs"), options) == code
    written = json.loads(options.json.read_text())
    assert [row["is_met"] for row in written["rows"]] == met
