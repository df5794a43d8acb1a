"""Owns the reference of the options, made of their table: a page, and a schema for editors.

    python tools/reference.py           writes them
    python tools/reference.py --check   exits with 1 where they are not what it would write

Does not say anything that the table does not, but how options are given.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from h2corn._command_options import COMMAND_OPTIONS
from h2corn._environment import CONFIG_VARIABLE
from h2corn._options import Kind, Row
from h2corn._schema import schema
from h2corn.config import OPTIONS

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "configuration.md"
SCHEMA: Final = ROOT / "docs" / "h2corn.schema.json"

INTRODUCTION: Final = f"""\
# Configuration

Every option can be given in four ways, each above the ones below it:

1. a flag of the command: `--backlog 512`
2. an environment variable: `H2CORN_BACKLOG=512`; those of `--env-file` are below those that are set
3. a TOML file: `backlog = 512`; the one of `--config`, or of `{CONFIG_VARIABLE}`, or else the table
   `[tool.h2corn]` of `pyproject.toml` in the current directory
4. its default

In a program they are the fields of `Config`: `Config(backlog=512)`, `Config.from_env(os.environ)`,
`Config.from_toml("h2corn.toml")`, `Config.from_mapping({{"backlog": 512}})`.

A TOML file has options by themselves or in tables by the names of their sections:

```toml
#:schema ./h2corn.schema.json
workers = 4

[limits]
limit_concurrency = 100
```

The comment lets editors complete and check it by [its schema](h2corn.schema.json), which
`h2corn --print-schema` prints too. `h2corn --check-config` checks all options,
`h2corn --print-config` prints them with where each is from. What is wrong is told all at once,
before anything is bound, and names that there are none of are errors.

In a variable, true is `1`, `true`, `yes` or `on`, false `0`, `false`, `no` or `off`, nothing is an
option that is not set, and of a list each line is one item, or what stands between commas where the
table says so. Octal numbers are written as in a shell (`660`), in TOML as a string or `0o660`.
"""
COMMAND_ONLY: Final = """\
## Flags of the command alone

"""


def page() -> str:
    """Return the page."""
    sections: dict[str, list[Row]] = {}
    for row in OPTIONS:
        sections.setdefault(row.option.section, []).append(row)
    parts = [INTRODUCTION]
    for section, rows in sections.items():
        parts.append(f"## {section}\n\nTOML table `[{rows[0].section_key}]`.\n\n")
        parts[-1] += "\n".join(map(_entry, rows))
    parts.append(COMMAND_ONLY + "\n".join(map(_flag_entry, COMMAND_OPTIONS)))
    return "\n".join(parts)


def _entry(row: Row) -> str:
    facts = [_type(row), *_range(row), f"default {_default(row)}"]
    return _block(row.name, f"{_flags(row)}, `{row.variable}`", facts, row)


def _flag_entry(row: Row) -> str:
    default = [] if row.default in {None, False, ()} else [f"default {_default(row)}"]
    return _block(row.flag, _flags(row), [_type(row), *default], row)


def _block(title: str, names: str, facts: list[str], row: Row) -> str:
    text = f"### `{title}`\n\n{names}: {', '.join(facts)}.\n\n{_help(row)}\n"
    if row.columns:
        text += "\n" + "\n".join(map(_column, row.columns)) + "\n"
    return text


def _column(row: Row) -> str:
    default = "must be there" if row.is_required else "by default that of the option"
    facts = ", ".join([_type(row), *_range(row), default])
    return f"- `{row.name}`: {facts}. {_help(row)}"


def _flags(row: Row) -> str:
    value = f" {row.metavar}" if row.metavar and row.kind is not Kind.CHOICE else ""
    names = [row.option.short, f"{row.flag}{value}", row.negative_flag]
    return ", ".join(f"`{name}`" for name in names if name)


def _type(row: Row) -> str:
    if row.kind is Kind.CHOICE:
        return " or ".join(f"`{choice}`" for choice in row.choices)
    if row.kind is Kind.TEXTS:
        separator = row.option.separator or row.option.variable_separator
        where = "" if row.option.separator else " in a variable"
        return "a list" + (f", also between commas{where}" if separator else "")
    if row.kind is Kind.RECORDS:
        return "a list of records of the fields below"
    if row.option.is_octal:
        return "an octal number"
    names = {Kind.FLAG: "true or false", Kind.INTEGER: "a whole number", Kind.NUMBER: "a number"}
    unit = f" of {row.option.unit}" if row.option.unit else ""
    return names.get(row.kind, "a text") + unit


def _range(row: Row) -> Iterable[str]:
    low, high, above = row.option.minimum, row.option.maximum, row.option.above
    shape = "o" if row.option.is_octal else ".15g" if row.kind is Kind.NUMBER else "d"
    if above is not None:
        yield f"above {above:g}"
    if low is not None and high is not None:
        yield f"from {low:{shape}} to {high:{shape}}"
    elif low is not None:
        yield f"at least {low:{shape}}"
    elif high is not None:
        yield f"at most {high:{shape}}"


def _default(row: Row) -> str:
    if row.default is None:
        return "not set"
    if row.kind is Kind.FLAG:
        return "true" if row.default else "false"
    if isinstance(row.default, tuple):
        return ", ".join(f"`{item}`" for item in row.default) or "none"
    return f"`{row.default_text}`" if row.default_text else "empty"


def _help(row: Row) -> str:
    zero = f" 0: {row.option.zero}." if row.option.zero else ""
    return f"{row.option.help}{zero}".replace("<", "&lt;").replace("*", "\\*")


def texts() -> dict[Path, str]:
    """Return what is written, by its path."""
    return {PAGE: page(), SCHEMA: json.dumps(schema(OPTIONS), indent=2) + "\n"}


def main() -> int:
    """Write the files, or check them; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    stale = []
    for path, text in texts().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.relative_to(ROOT))
            if not is_check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path} {'is stale' if is_check else 'is written'}")
    return int(is_check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
