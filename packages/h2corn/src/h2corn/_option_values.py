"""Owns the values of a row: how they are read from text, and what is wrong with one.

Does not know options that are right alone and wrong together; `config` does.
"""

import math
import re
from collections.abc import Iterable

from h2corn._options import MAX_RECORDS, Kind, Row

__all__ = ["fault_of", "parse_text", "parse_texts", "parse_variable"]


def parse_text(row: Row, text: str) -> object:
    """Read the value of one row from text.

    Ranges and choices are left to `fault_of`. Of a row of kind TEXTS it is a text as it stands:
    `parse_texts` reads all of them. Nothing is None where that is a value.

    Raises:
        ValueError: The text has not the form that the row's kind asks for.
    """
    if row.is_optional and text.strip().lower() in {"", row.option.none_word}:
        return None
    if row.kind is Kind.INTEGER and row.option.is_octal:
        return int(_matching(r"(?:0o)?[0-7]{1,20}", text, "an octal number"), 8)
    if row.kind is Kind.INTEGER:
        return int(_matching(r"[+-]?[0-9]{1,20}", text, "a whole number"))
    if row.kind is Kind.NUMBER:
        form = r"[+-]?(?=\.?[0-9])[0-9]{0,20}(?:\.[0-9]{0,20})?"
        return float(_matching(form, text, "a number"))
    if row.kind is Kind.FLAG:
        word = text.strip().lower()
        if word in {"1", "true", "yes", "on"}:
            return True
        if word in {"0", "false", "no", "off"}:
            return False
        raise ValueError(f"must be true or false, not {text!r}")
    return text


def parse_texts(row: Row, texts: Iterable[object]) -> tuple[object, ...]:
    """Read the value of a row of kind TEXTS, each of which may stand for several."""
    separator = row.option.separator
    if not separator:
        return tuple(texts)
    read: list[object] = []
    for text in texts:
        if isinstance(text, str):
            read += [part.strip() for part in text.split(separator) if part.strip()]
        else:
            read.append(text)
    return tuple(read)


def parse_variable(row: Row, text: str) -> object:
    """Read the value of one row from an environment variable.

    Raises:
        ValueError: The text has not the form that the row's kind asks for.
    """
    if row.kind is not Kind.TEXTS:
        return parse_text(row, text)
    separator = row.option.separator or row.option.variable_separator or "\n"
    lines = text.replace(separator, "\n").split("\n")
    return tuple(line.strip() for line in lines if line.strip())


def _matching(pattern: str, text: str, what: str) -> str:
    # Narrower than int() and float(), which also take 1_000, inf, nan and digits of other scripts.
    text = text.strip()
    if not re.fullmatch(pattern, text):
        raise ValueError(f"must be {what}, not {text!r}")
    return text


def fault_of(row: Row, value: object) -> str | None:
    """Return what is wrong with a value by its row alone, or None."""
    if value is None and row.is_optional:
        return None
    if row.kind is Kind.CHOICE:
        is_fine, wanted = value in row.choices, _any_of(row.choices)
    elif row.kind is Kind.TEXTS:
        is_fine = isinstance(value, tuple) and all(isinstance(item, str) for item in value)
        wanted = "a tuple of strings"
    elif row.kind is Kind.RECORDS:
        return _records_fault(row, value)
    elif row.kind is Kind.TEXT:
        if isinstance(value, str) and row.option.check is not None:
            return row.option.check(value)
        is_fine, wanted = isinstance(value, str), "a string"
    elif row.kind is Kind.FLAG:
        is_fine, wanted = isinstance(value, bool), "True or False"
    else:
        return _number_fault(row, value)
    return None if is_fine else f"must be {wanted}, not {value!r}"


def _records_fault(row: Row, value: object) -> str | None:
    record = row.record
    if not isinstance(value, tuple) or not isinstance(record, type):
        return f"must be a tuple, not {value!r}"
    if len(value) > MAX_RECORDS:
        return f"must be at most {MAX_RECORDS}, not {len(value)}"
    faults = []
    for number, item in enumerate(value, 1):
        if not isinstance(item, record):
            faults.append(f"entry {number}: must be a {record.__name__}, not {item!r}")
            continue
        for column in row.columns:
            message = fault_of(column, getattr(item, column.name))
            if message is not None:
                faults.append(f"entry {number}: {column.name}: {message}")
    return "; ".join(faults) or None


def _any_of(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _number_fault(row: Row, value: object) -> str | None:
    is_whole = row.kind is Kind.INTEGER
    # bool is a kind of int to Python, and hardly what anybody means by it here.
    if isinstance(value, bool) or not isinstance(value, int if is_whole else int | float):
        return f"must be a {'whole ' if is_whole else ''}number, not {value!r}"
    declared = row.option
    low, high = declared.minimum, declared.maximum
    shape = "{:o}" if declared.is_octal else "{:.15g}" if isinstance(value, float) else "{}"
    if isinstance(value, float) and not math.isfinite(value):
        wanted = "finite"
    elif declared.above is not None and value <= declared.above:
        wanted = f"above {shape.format(declared.above)}"
    elif low is not None and high is not None and not low <= value <= high:
        wanted = f"from {shape.format(low)} to {shape.format(high)}"
    elif low is not None and value < low:
        wanted = f"at least {shape.format(low)}"
    elif high is not None and value > high:
        wanted = f"at most {shape.format(high)}"
    else:
        return None
    return f"must be {wanted}, not {shape.format(value)}"
