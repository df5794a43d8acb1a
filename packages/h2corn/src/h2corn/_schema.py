"""Owns the JSON schema of a file of options, by which editors complete and check it.

Does not check anything itself, and says no more than the rows: what goes together is for `config`.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from h2corn._options import MAX_RECORDS, Kind, Row

__all__ = ["schema"]

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
"""The one that editors of TOML know (taplo, Even Better TOML)."""

_TYPES: Final = {
    Kind.FLAG: "boolean",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.TEXT: "string",
    Kind.CHOICE: "string",
}
_OCTAL: Final = {"type": "string", "pattern": "^(0o)?[0-7]+$"}


def schema(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the schema of a file that has these options, by themselves and in their sections."""
    sections: dict[str, dict[str, Any]] = {}
    properties: dict[str, Any] = {}
    for row in rows:
        reference = {"$ref": f"#/definitions/{row.name}"}
        sections.setdefault(row.section_key, {})[row.name] = reference
        properties[row.name] = reference
    for key, options in sections.items():
        table = {"type": "object", "properties": options, "additionalProperties": False}
        # An option may have the name of its section.
        properties[key] = {"anyOf": [properties[key], table]} if key in properties else table
    return {
        "$schema": DIALECT,
        "title": "Options of h2corn",
        "type": "object",
        "properties": dict(sorted(properties.items())),
        "additionalProperties": False,
        "definitions": {row.name: _option(row) for row in rows},
    }


def _option(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"description": row.option.help}
    if row.default is not None:
        default = row.default
        found["default"] = list(default) if isinstance(default, tuple) else default
    return found | _value(row)


def _value(row: Row) -> dict[str, Any]:
    if row.kind is Kind.RECORDS:
        item = {
            "type": "object",
            "properties": {column.name: _option(column) for column in row.columns},
            "required": [column.name for column in row.columns if column.is_required],
            "additionalProperties": False,
        }
        return {"type": "array", "items": item, "maxItems": MAX_RECORDS}
    if row.kind is Kind.TEXTS:
        texts: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
        return {"anyOf": [texts, {"type": "string"}]} if row.option.separator else texts
    found: dict[str, Any] = {"type": _TYPES[row.kind]}
    if row.kind is Kind.CHOICE:
        found["enum"] = list(row.choices)
    declared = row.option
    limits: Iterable[tuple[str, float | None]] = (
        ("minimum", declared.minimum),
        ("exclusiveMinimum", declared.above),
        ("maximum", declared.maximum),
    )
    found |= {name: limit for name, limit in limits if limit is not None}
    if declared.none_word:
        return {"anyOf": [found, {"const": declared.none_word}]}
    return {"anyOf": [found, _OCTAL]} if declared.is_octal else found
