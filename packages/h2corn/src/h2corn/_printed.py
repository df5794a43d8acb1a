"""Owns the options as TOML, as an operator could have written them.

Does not read TOML; `_config_file` does, and reads what is printed here to the same options.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from h2corn._options import Row, Section

__all__ = ["printed"]

# A TOML string has the escapes of JSON, and no control character as it is.
_ESCAPES: Final = {code: f"\\u{code:04x}" for code in (*range(0x20), 0x7F)} | {
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}
_DERIVED: Final = {"host", "port"}
"""What `bind` says as well."""


def printed(rows: Iterable[Row], config: object, places: Mapping[str, str]) -> str:
    """Return options as TOML, each with the place that it is from.

    Args:
        rows: the options.
        config: what has their values.
        places: by its name where each was given; the others have their defaults.
    """
    sections: dict[Section, list[str]] = {}
    keys: dict[Section, str] = {}
    for row in rows:
        if row.name in _DERIVED:
            continue
        section = row.option.section
        keys[section] = row.section_key
        sections.setdefault(section, []).append(_line(row, getattr(config, row.name), places))
    blocks = ["\n".join([f"[{keys[section]}]", *lines]) for section, lines in sections.items()]
    return "\n\n".join(blocks) + "\n"


def _line(row: Row, value: object, places: Mapping[str, str]) -> str:
    names = ["bind", *sorted(_DERIVED)] if row.name == "bind" else [row.name]
    given = [places[name] for name in names if name in places]
    comment = " and ".join(given).translate(_ESCAPES) or "default"
    if value is None and row.option.none_word:
        value = row.option.none_word
    if value is None:
        return f"# {row.name} is not set  # {comment}"
    return f"{row.name} = {_literal(row, value)}  # {comment}"


def _literal(row: Row, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and row.option.is_octal:
        return f"0o{value:o}"
    if row.columns and not isinstance(value, tuple):
        pairs = [(it, getattr(value, it.name)) for it in row.columns]
        given = [f"{it.name} = {_literal(it, own)}" for it, own in pairs if own is not None]
        return f"{{ {', '.join(given)} }}"
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(row, item) for item in value)}]"
    return str(value)
