"""Owns options as environment variables, and the file that such variables can come from.

Does not say whether they are right beyond their names and forms; `config` does. Every name that
starts with `H2CORN_` is taken for an option, so that none that is misspelt is overlooked.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from h2corn._layers import Layer
from h2corn._option_values import parse_variable
from h2corn._options import VARIABLE_PREFIX, Fault, Kind, Row
from h2corn._records import parse_records
from h2corn._suggestions import unknown

__all__ = ["CONFIG_VARIABLE", "environment_layer", "read_env_file"]

CONFIG_VARIABLE: Final = VARIABLE_PREFIX + "CONFIG"
"""The one variable of that prefix that is no option: the path of a TOML file."""


def environment_layer(
    rows: Iterable[Row],
    environ: Mapping[str, str],
    *,
    places: Mapping[str, str] | None = None,
    flags_only: Mapping[str, str] | None = None,
) -> Layer:
    """Return what variables say.

    Args:
        rows: the options.
        environ: all variables; those of other names are nothing to this.
        places: where a variable stands, if that is not the environment itself.
        flags_only: by the name of its variable, if it had one, each flag that has none.
    """
    known = {row.variable: row for row in rows}
    layer = Layer(lambda name: VARIABLE_PREFIX + name.upper())
    for variable, text in sorted(environ.items()):
        if not variable.startswith(VARIABLE_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        place = (places or {}).get(variable, variable)
        row = known.get(variable)
        if row is not None:
            layer.take(row.name, place, partial(_value, row, text))
            continue
        flag = (flags_only or {}).get(variable)
        names = [name.removeprefix(VARIABLE_PREFIX) for name in (*known, CONFIG_VARIABLE)]
        message = unknown(variable.removeprefix(VARIABLE_PREFIX), names, VARIABLE_PREFIX)
        if flag is not None:
            message = f"there is no such option; {flag} is a flag only"
        layer.faults.append(Fault(variable, message, place))
    layer.settle_listeners()
    return layer


def _value(row: Row, text: str) -> object:
    if row.kind is Kind.RECORDS:
        return parse_records(row, [line for line in text.splitlines() if line.strip()])
    return parse_variable(row, text)


def read_env_file(path: str) -> dict[str, str]:
    """Return the variables of a file, with what `${NAME}` in them stands for.

    Raises:
        OSError: it cannot be read.
        ValueError: a line of it is no variable, or it is not in UTF-8.
    """
    from dotenv import dotenv_values  # noqa: PLC0415 - hardly ever needed
    from dotenv.parser import parse_stream  # noqa: PLC0415

    with Path(path).open(encoding="utf-8") as file:
        for binding in parse_stream(file):
            if binding.error:
                raise ValueError(f"line {binding.original.line} is no NAME=VALUE")
    found = dotenv_values(path, encoding="utf-8")
    return {name: value for name, value in found.items() if value is not None}
