"""Owns a small table of options, one of each kind.

Does not test it.
"""

from dataclasses import dataclass, field
from typing import Literal

from h2corn._options import Option, option, table

__all__ = ["OCTAL", "PLAIN", "ROWS", "Sample"]

PLAIN = Option(section="Application", help="Help.")
RANGE = Option(section="Application", help="Help.", minimum=1, maximum=8)
OCTAL = Option(section="Application", help="Help.", is_octal=True, minimum=0, maximum=0o777)
ABOVE = Option(section="Application", help="Help.", unit="seconds", above=0, maximum=10)
LEAST = Option(section="Application", help="Help.", minimum=3)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Has a field of each kind."""

    flag: bool = option(True, PLAIN)
    whole: int = option(2, RANGE)
    maybe: int | None = option(None, OCTAL)
    number: float = option(0.5, ABOVE)
    least: float = option(3.0, LEAST)
    text: str = option("", Option(section="Application", help="Help.", metavar="PATH"))
    texts: tuple[str, ...] = option(("a", "b"), PLAIN)
    choice: Literal["red", "green", "blue"] = option("red", PLAIN)
    _private: int = field(default=0)


ROWS = {row.name: row for row in table(Sample)}
