"""Owns options as a mapping has them, such as a TOML file: by their names, each with its own type.

Does not say whether they are right beyond their names and forms; `config` does.
"""

import tomllib
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from h2corn._options import Fault, Kind, Row, parse_text, parse_texts

__all__ = ["read_toml", "values_of"]


def read_toml(path: str | PathLike[str]) -> dict[str, object]:
    """Return what a TOML file holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no TOML; the text tells where.
    """
    with Path(path).open("rb") as file:
        return tomllib.load(file)


def values_of(
    rows: Iterable[Row], data: Mapping[str, object]
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the values of rows by their names, and what is wrong with the mapping.

    Args:
        rows: those that may be there.
        data: lists stand for tuples; octal numbers may be strings such as "660", and what is a
            list of words one string, which is what they look like on a command line.
    """
    known = {row.name: row for row in rows}
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, raw in data.items():
        row = known.get(name)
        if row is None:
            faults.append(Fault(name, "there is no such option"))
            continue
        try:
            values[name] = _value(row, raw)
        except ValueError as error:
            faults.append(Fault(name, str(error)))
    return values, faults


def _value(row: Row, raw: object) -> object:
    if row.kind is Kind.TEXTS and isinstance(raw, list):
        return parse_texts(row, raw)
    if row.option.separator and isinstance(raw, str):
        return parse_texts(row, [raw])
    if row.option.is_octal and isinstance(raw, str):
        return parse_text(row, raw)
    return raw
