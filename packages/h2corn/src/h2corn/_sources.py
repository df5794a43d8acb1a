"""Owns the way from what an operator wrote to a `Config`, and the names of where it was written.

Does not say what is right; the rows and rules of `config` do. The command line is above the file,
and the file above the defaults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from h2corn._config_file import read_toml, values_of
from h2corn._options import Fault, Kind, Row, parse_text, parse_texts
from h2corn.config import OPTIONS, Config, ConfigError
from prefork import TcpAddress, parse_address

__all__ = ["FlagValue", "Sources"]

FlagValue = bool | str | Sequence[str]

_LISTENER_NAMES = ("bind", "host", "port")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where options come from, to be read as often as wanted."""

    flags: Mapping[str, FlagValue] = field(default_factory=dict)
    """By the name of its field what each flag has; one that was not given is not there."""
    file: str | None = None
    """Path of a TOML file."""
    inherited: tuple[str, ...] = ()
    """Addresses that are listened on where neither of them names any."""

    def read(self) -> Config:
        """Make a `Config` of them.

        Raises:
            ConfigError: Something is wrong; every fault has the flag, or the file and its key, as
                its source.
        """
        base, base_faults = self._file_values()
        values, faults = _flag_values(self.flags)
        faults += base_faults
        faults += [self._in_file(fault) for fault in _join(base, values)]
        values = {**base, **values}
        if values.keys().isdisjoint(_LISTENER_NAMES) and self.inherited:
            values["bind"] = self.inherited
        try:
            config = Config(**values)
        except ConfigError as error:
            faults += [replace(fault, source=self._source(fault.name)) for fault in error.faults]
        if faults:
            raise ConfigError(faults)
        return config

    def _file_values(self) -> tuple[dict[str, Any], list[Fault]]:
        if self.file is None:
            return {}, []
        try:
            data = read_toml(self.file)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
        except ValueError as error:
            reason = str(error)
        else:
            values, faults = values_of(OPTIONS, data)
            if "bind" in values and not values.keys().isdisjoint({"host", "port"}):
                faults.append(Fault("bind", "cannot be combined with host or port"))
                del values["bind"]
            return values, [self._in_file(fault) for fault in faults]
        return {}, [Fault("config", f"cannot read {self.file!r}: {reason}", "--config")]

    def _in_file(self, fault: Fault) -> Fault:
        return replace(fault, source=f"{self.file}: {fault.name}")

    def _source(self, name: str) -> str:
        if name in self.flags or self.file is None:
            return _FLAGS[name]
        return f"{self.file}: {name}"


_FLAGS = {row.name: row.flag for row in OPTIONS}


def _flag_values(given: Mapping[str, FlagValue]) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for row in OPTIONS:
        if row.name not in given:
            continue
        try:
            values[row.name] = _value(row, given[row.name])
        except ValueError as error:
            faults.append(Fault(row.name, str(error), row.flag))
    if "bind" in given and not given.keys().isdisjoint({"host", "port"}):
        faults.append(Fault("bind", "cannot be combined with --host or --port", "--bind"))
        values.pop("host", None)
        values.pop("port", None)
    return values, faults


def _value(row: Row, raw: FlagValue) -> object:
    if row.kind is Kind.TEXTS:
        texts = [raw] if isinstance(raw, str) else raw
        return parse_texts(row, texts) if isinstance(texts, Sequence) else texts
    return parse_text(row, raw) if isinstance(raw, str) else raw


def _join(base: dict[str, Any], flags: Mapping[str, object]) -> list[Fault]:
    """Leave in a file's values only what flags about the listeners do not replace.

    `--bind` replaces all of them; `--host` and `--port` change the one TCP listener of a file.
    """
    if "bind" in flags:
        for name in _LISTENER_NAMES:
            base.pop(name, None)
    elif "bind" in base and not flags.keys().isdisjoint({"host", "port"}):
        address = _only_tcp(base.pop("bind"))
        if address is None:
            text = "can be changed by --host and --port only where it is one TCP address"
            return [Fault("bind", text)]
        base.update(host=address.host, port=address.port)
    return []


def _only_tcp(bind: object) -> TcpAddress | None:
    if not isinstance(bind, tuple) or len(bind) != 1 or not isinstance(bind[0], str):
        return None
    try:
        address = parse_address(bind[0])
    except ValueError:
        return None
    return address if isinstance(address, TcpAddress) else None
