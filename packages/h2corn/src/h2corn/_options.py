"""Owns the row of the option table: what a field of `Config` says of itself, and what follows.

Does not hold the rows (they are the fields of `Config`) and knows no source of values. `option`
makes a dataclass field whose metadata is the declared half of a row; `table` joins it with the
name, the type and the default that the dataclass has anyway. `_option_values` goes by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "MAX_INT31",
    "MAX_INT63",
    "MAX_RECORDS",
    "MAX_SECONDS",
    "MAX_UINT32",
    "VARIABLE_PREFIX",
    "Fault",
    "Kind",
    "Option",
    "Row",
    "Section",
    "option",
    "required",
    "section_key",
    "size_limit",
    "table",
    "time_limit",
]

_T = TypeVar("_T")
_METADATA_KEY: Final = "h2corn.option"

# What a C int, a stream identifier and the value of an HTTP/2 setting hold (RFC 9113 6.5.1).
MAX_INT31: Final = 2**31 - 1
MAX_UINT32: Final = 2**32 - 1
# What a length of any protocol holds.
MAX_INT63: Final = 2**63 - 1
# Whoever needs more of them wants another program in front.
MAX_RECORDS: Final = 100
# Nothing here waits for longer than a week, and what does was written in other units.
MAX_SECONDS: Final = 604_800
VARIABLE_PREFIX: Final = "H2CORN_"

Section = Literal[
    "Application",
    "Listeners",
    "Workers",
    "HTTP/2",
    "HTTP/1",
    "WebSocket",
    "Proxy",
    "Limits",
    "Timeouts",
    "Responses",
    "Logging",
    "Development",
    "General",
]
Unit = Literal["", "bytes", "seconds"]


def section_key(section: Section) -> str:
    """Return the name of a section in TOML, such as `http2`."""
    return section.lower().replace("/", "")


class Kind(Enum):
    """What a row holds."""

    FLAG = "flag"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"
    CHOICE = "choice"
    RECORDS = "records"


_KINDS: Final = (
    (bool, Kind.FLAG),
    (int, Kind.INTEGER),
    (float, Kind.NUMBER),
    (str, Kind.TEXT),
    (tuple[str, ...], Kind.TEXTS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """The half of a row that a dataclass field does not have."""

    section: Section
    help: str
    """A sentence or two; the default and the meaning of 0 are added from the row."""
    flag: str = ""
    """Long flag; by default made of the field's name."""
    short: str = ""
    """Short flag, such as `-p`."""
    metavar: str = ""
    """What stands for the value in the help; by default the unit, or else the choices."""
    unit: Unit = ""
    minimum: float | None = None
    above: float | None = None
    """A minimum that is itself excluded."""
    maximum: float | None = None
    zero: str = ""
    """What 0 does where that is more than being a small number, such as "no limit"."""
    is_octal: bool = False
    none_word: str = ""
    """What stands for None where that is a value and not the absence of one."""
    separator: str = ""
    """What stands between texts that are written as one."""
    variable_separator: str = ""
    """The same where it is only so in an environment variable; a line break always is."""
    check: Callable[[str], str | None] | None = None
    """Returns what is wrong with a text beyond its being one."""


time_limit: Final = partial(Option, unit="seconds", minimum=0, maximum=MAX_SECONDS, zero="no limit")
"""What the rows of times have in common whose 0 is no limit."""

size_limit: Final = partial(Option, unit="bytes", minimum=0, maximum=MAX_UINT32, zero="no limit")
"""The same of sizes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    name: str
    kind: Kind
    is_optional: bool
    """Whether None is a value."""
    choices: tuple[str, ...]
    default: object
    option: Option
    is_required: bool = False
    """Whether there is no default."""
    record: Callable[..., object] | None = None
    """Makes a value of a row of kind RECORDS of its columns."""
    columns: tuple[Row, ...] = ()
    """The table of its type."""

    @property
    def flag(self) -> str:
        """The long flag, such as `--max-concurrent-streams`."""
        return self.option.flag or "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable, such as `H2CORN_MAX_CONCURRENT_STREAMS`."""
        return VARIABLE_PREFIX + self.name.upper()

    @property
    def section_key(self) -> str:
        """The name of its section in TOML, such as `http2`."""
        return section_key(self.option.section)

    @property
    def negative_flag(self) -> str:
        """The flag that takes `flag` back; empty when it has a value instead."""
        return f"--no-{self.flag[2:]}" if self.kind is Kind.FLAG else ""

    @property
    def metavar(self) -> str | None:
        """What stands for the value in the help; None when the flag has none."""
        if self.kind is Kind.FLAG:
            return None
        return self.option.metavar or self.option.unit.upper() or "|".join(self.choices)

    @property
    def default_text(self) -> str:
        """The default as an operator would write it; empty when there is none."""
        if self.default is None:
            return ""
        if isinstance(self.default, tuple):
            return ",".join(str(item) for item in self.default)
        if isinstance(self.default, float):
            return f"{self.default:g}"
        return str(self.default)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with one option."""

    name: str
    """Field of `Config`."""
    message: str
    source: str = ""
    """Where an operator gave the value, such as `--backlog`; empty when a program gave it."""

    def __str__(self) -> str:
        return f"{self.source or self.name}: {self.message}"


def option(default: _T, declared: Option) -> _T:
    """Return a dataclass field with this default that carries its row."""
    return field(default=default, metadata={_METADATA_KEY: declared})


def required(declared: Option) -> Any:  # noqa: ANN401 - as `field`, it stands for any type
    """Return a dataclass field without a default that carries its row."""
    return field(metadata={_METADATA_KEY: declared})


def table(config_type: type[DataclassInstance]) -> tuple[Row, ...]:
    """Read the rows off a dataclass whose public fields were all made with `option`.

    Raises:
        TypeError: A field was made otherwise, or has a type that no row can have.
    """
    hints = get_type_hints(config_type)
    rows = []
    for item in fields(config_type):
        if item.name.startswith("_"):
            continue
        declared = item.metadata.get(_METADATA_KEY)
        if not isinstance(declared, Option):
            raise TypeError(f"{config_type.__name__}.{item.name} is not an option")
        hint, is_required = hints[item.name], item.default is MISSING
        default = None if is_required else item.default
        record = _record_of(hint)
        if record is None:
            kind, is_optional, choices = _kind_of(hint)
            row = Row(item.name, kind, is_optional, choices, default, declared, is_required)
        else:
            columns = table(record)
            row = Row(item.name, Kind.RECORDS, False, (), default, declared, False, record, columns)
        rows.append(row)
    return tuple(rows)


def _record_of(hint: object) -> type[DataclassInstance] | None:
    """Return the dataclass that a hint names a tuple of, None where it names no such tuple."""
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        if isinstance(item, type) and is_dataclass(item):
            return item
    return None


def _kind_of(hint: object) -> tuple[Kind, bool, tuple[str, ...]]:
    is_optional = False
    if isinstance(hint, UnionType):
        inner = [arg for arg in get_args(hint) if arg is not NoneType]
        is_optional = len(inner) < len(get_args(hint))
        hint = inner[0] if len(inner) == 1 else None
    if get_origin(hint) is Literal:
        return Kind.CHOICE, is_optional, get_args(hint)
    for python_type, kind in _KINDS:
        if hint == python_type:
            return kind, is_optional, ()
    raise TypeError(f"no option can have the type {hint!r}")
