"""Owns options as a command line has them: the texts of its flags.

Does not take a command line apart (`_flags` does), nor say whether the values are right beyond
their forms; `config` does.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from h2corn._layers import Layer
from h2corn._option_values import parse_text, parse_texts
from h2corn._options import Kind, Row
from h2corn._records import parse_records

__all__ = ["FlagValue", "flag_layer"]

FlagValue = bool | str | Sequence[str]


def flag_layer(rows: Iterable[Row], given: Mapping[str, FlagValue]) -> Layer:
    """Return what flags say.

    Args:
        rows: the options.
        given: by the name of its option what each flag has; one that was not given is not there.
    """
    known = {row.name: row for row in rows}
    layer = Layer(lambda name: known[name].flag)
    for name, row in known.items():
        if name in given:
            layer.take(name, row.flag, partial(_value, row, given[name]))
    layer.settle_listeners()
    return layer


def _value(row: Row, raw: FlagValue) -> object:
    if row.kind is Kind.TEXTS:
        texts = [raw] if isinstance(raw, str) else raw
        return parse_texts(row, texts) if isinstance(texts, Sequence) else texts
    if row.kind is Kind.RECORDS:
        texts = [raw] if isinstance(raw, str) else raw
        return parse_records(row, texts) if isinstance(texts, Sequence) else texts
    return parse_text(row, raw) if isinstance(raw, str) else raw
