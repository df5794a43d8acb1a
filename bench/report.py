"""Owns how what was found is shown: the lines of a table, and a file of JSON.

Does not measure, nor decide whether a bar is met.
"""

import json
import platform
from pathlib import Path
from typing import Any

__all__ = ["heading", "line", "write"]

_LAYOUT = "{:<48} {:>9} {:>9} {:>7} {:>15} {:>7}  {}"
_KIB = 1024


def heading(ours: str, rival: str) -> str:
    """Return the first line of a table of two columns of microseconds, and what came of them."""
    return _LAYOUT.format("measure", ours, rival, "found", "95 %", "bar", "met")


def line(found: dict[str, Any]) -> str:
    """Return the line of one row: of a size in bytes, or of an estimate and its two sides."""
    met = "yes" if found["is_met"] else "NO"
    if "bytes" in found:
        size, most = (f"{found[key] / _KIB:.1f} KiB" for key in ("bytes", "bar"))
        return _LAYOUT.format(found["name"], size, "", "", "", most.replace(".0 ", " "), met)
    estimate = found["estimate"]
    return _LAYOUT.format(
        found["name"],
        f"{found['microseconds']:.2f}",
        f"{found['rival_microseconds']:.2f}",
        f"{estimate['median']:.3f}",
        f"{estimate['low']:.3f}-{estimate['high']:.3f}",
        f"{found['bar']:.3f}",
        met,
    )


def write(path: Path, python: str, rows: list[dict[str, Any]]) -> None:
    """Write all rounds of all rows, with what they were measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"python": python, "machine": platform.platform(), "rows": rows}
    path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
