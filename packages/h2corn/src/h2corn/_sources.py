"""Owns the way from what an operator wrote to a `Config`, and the names of where it was written.

Does not say what is right; the rows and rules of `config` do. The command line is above the
defaults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from h2corn._options import Fault, Kind, Row, parse_text
from h2corn.config import OPTIONS, Config, ConfigError

__all__ = ["config_from_flags"]


def config_from_flags(given: Mapping[str, bool | str | Sequence[str]]) -> Config:
    """Make a `Config` of the flags on a command line.

    Args:
        given: By the name of its field what each flag has; a flag that was not given is not there.

    Raises:
        ConfigError: Something is wrong; every fault has the flag as its source.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for row in OPTIONS:
        if row.name not in given:
            continue
        try:
            values[row.name] = _value(row, given[row.name])
        except ValueError as error:
            faults.append(Fault(row.name, str(error)))
    if "bind" in given and not given.keys().isdisjoint({"host", "port"}):
        faults.append(Fault("bind", "cannot be combined with --host or --port"))
        values.pop("host", None)
        values.pop("port", None)
    try:
        config = Config(**values)
    except ConfigError as error:
        faults.extend(error.faults)
    if faults:
        flags = {row.name: row.flag for row in OPTIONS}
        raise ConfigError([replace(fault, source=flags[fault.name]) for fault in faults])
    return config


def _value(row: Row, raw: bool | str | Sequence[str]) -> object:
    if row.kind is Kind.TEXTS:
        return tuple(raw) if isinstance(raw, Sequence) else raw
    return parse_text(row, raw) if isinstance(raw, str) else raw
