"""Owns options as a mapping has them, such as a TOML file: by their names, each with its own type.

Does not say whether they are right beyond their names and forms; `config` does. Options stand by
themselves, or in tables by the names of their sections:

    workers = 4

    [limits]
    limit_concurrency = 100
"""

from collections.abc import Iterable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Final, cast

from h2corn._layers import Layer
from h2corn._option_values import parse_text, parse_texts
from h2corn._options import Fault, Kind, Row
from h2corn._records import parse_records
from h2corn._suggestions import unknown

__all__ = ["PROJECT_FILE", "mapping_layer", "read_toml"]

PROJECT_FILE: Final = "pyproject.toml"
_PROJECT_TABLE: Final = "tool.h2corn"


def read_toml(path: str | PathLike[str]) -> tuple[dict[str, object], str]:
    """Return the options of a TOML file, and what stands before their names in it.

    In a `pyproject.toml` they are in the table `tool.h2corn`.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no TOML, or that is no table; the text tells where.
    """
    import tomllib  # noqa: PLC0415 - most servers have no file

    with Path(path).open("rb") as file:
        data: object = tomllib.load(file)
    if Path(path).name != PROJECT_FILE:
        return cast("dict[str, object]", data), ""
    for key in _PROJECT_TABLE.split("."):
        data = data.get(key, {}) if isinstance(data, dict) else data
    if not isinstance(data, dict):
        raise ValueError(f"{_PROJECT_TABLE} is no table")  # noqa: TRY004 - as with all that is wrong
    return data, f"{_PROJECT_TABLE}."


def mapping_layer(rows: Iterable[Row], data: Mapping[str, object], prefix: str = "") -> Layer:
    """Return what a mapping says.

    Args:
        rows: the options that may be there.
        data: lists stand for tuples; octal numbers may be strings such as "660", and what is a
            list of words one string, which is what they look like on a command line.
        prefix: what stands before each name in the place of its option.
    """
    reading = _Reading(rows, prefix)
    for key, raw in data.items():
        if key in reading.sections and isinstance(raw, Mapping):
            for name, value in raw.items():
                reading.take(f"{key}.{name}", str(name), value, key)
        else:
            reading.take(key, key, raw, "")
    reading.layer.settle_listeners()
    return reading.layer


class _Reading:
    """The reading of one mapping."""

    def __init__(self, rows: Iterable[Row], prefix: str) -> None:
        self.layer: Final = Layer()
        self._rows: Final = {row.name: row for row in rows}
        self.sections: Final = {row.section_key for row in self._rows.values()}
        self._prefix: Final = prefix

    def take(self, key: str, name: str, raw: object, section: str) -> None:
        place, row = self._prefix + key, self._rows.get(name)
        if row is None:
            near = self._rows if section or not isinstance(raw, Mapping) else self.sections
            message = unknown(name, near)
        elif section and section != row.section_key:
            message = f"belongs to [{row.section_key}]"
        elif name in self.layer.places:
            message = f"is there twice, as {self.layer.places[name]} too"
        else:
            self.layer.take(name, place, partial(_value, row, raw))
            return
        self.layer.faults.append(Fault(name, message, place))


def _value(row: Row, raw: object) -> object:
    if row.kind is Kind.TEXTS and isinstance(raw, list):
        return parse_texts(row, raw)
    if row.kind is Kind.RECORDS and isinstance(raw, list):
        return parse_records(row, raw)
    if row.option.separator and isinstance(raw, str):
        return parse_texts(row, [raw])
    if isinstance(raw, str) and raw and raw == row.option.none_word:
        return None
    if row.option.is_octal and isinstance(raw, str):
        return parse_text(row, raw)
    return raw
