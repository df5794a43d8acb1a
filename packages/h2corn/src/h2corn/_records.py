"""Owns the reading of options whose values are records, from text and from mappings.

Does not know any record: the columns of a row are the table of its type. Nor does it say whether
values are right beyond their forms; `fault_of` does.
"""

from collections.abc import Iterable, Mapping

from h2corn._option_values import parse_text
from h2corn._options import Row
from h2corn._suggestions import unknown

__all__ = ["parse_records"]


def parse_records(row: Row, values: Iterable[object]) -> tuple[object, ...]:
    """Read the values of a row of kind RECORDS.

    Args:
        row: the row.
        values: each a mapping, or a text such as `path=/upload,max_request_body_size=0`. What is
            neither stays what it is.

    Raises:
        ValueError: some have not that form; the text tells of all of them.
    """
    read: list[object] = []
    faults: list[str] = []
    for number, value in enumerate(values, 1):
        own: list[str] = []
        record = _record(row, value, own) if isinstance(value, str | Mapping) else value
        faults += [f"entry {number}: {fault}" for fault in own]
        read.append(record)
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(read)


def _record(row: Row, value: str | Mapping[str, object], faults: list[str]) -> object:
    """Return a record, or None with faults added."""
    columns = {column.name: column for column in row.columns}
    found: dict[str, object] = {}
    pairs = value.items() if isinstance(value, Mapping) else map(_pair, value.split(","))
    for key, raw in pairs:
        column = columns.get(key)
        if raw is None:
            faults.append(f"must be KEY=VALUE, not {key!r}")
        elif column is None:
            faults.append(f"{key}: {unknown(key, columns)}")
        elif key in found:
            faults.append(f"{key}: is there twice")
        else:
            try:
                is_text = isinstance(raw, str) and isinstance(value, str)
                found[key] = parse_text(column, str(raw)) if is_text else raw
            except ValueError as error:
                faults.append(f"{key}: {error}")
                found[key] = None
    needed = [column.name for column in row.columns if column.is_required]
    faults += [f"{name}: is missing" for name in needed if name not in found]
    return None if faults or row.record is None else row.record(**found)


def _pair(text: str) -> tuple[str, str | None]:
    key, separator, value = text.partition("=")
    return (key.strip(), value.strip()) if separator else (text, None)
