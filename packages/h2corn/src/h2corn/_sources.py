"""Owns the way from what an operator wrote to a `Config`, and the names of where it was written.

Does not say what is right; the rows and rules of `config` do. The command line is above the
environment, that above the file, and the file above the defaults.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import NamedTuple

from h2corn._command_options import COMMAND_OPTIONS
from h2corn._config_file import PROJECT_FILE, mapping_layer, read_toml
from h2corn._environment import CONFIG_VARIABLE, environment_layer, read_env_file
from h2corn._flag_values import FlagValue, flag_layer
from h2corn._layers import LISTENER_NAMES, Layer, laid_over
from h2corn._options import Fault
from h2corn.config import OPTIONS, Config, config_of

__all__ = ["Found", "Sources"]

_FLAGS = {row.name: row.flag for row in OPTIONS}
_FLAGS_ONLY = {row.variable: row.flag for row in COMMAND_OPTIONS}


class Found(NamedTuple):
    """What the sources say."""

    config: Config
    places: Mapping[str, str]
    """Where each option stands, by its name; one that stands nowhere has its default."""
    variables: Mapping[str, str]
    """Those of the file of variables that the environment does not have itself."""

    def placed(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults of these options, each with the place of its value."""
        places = {**_FLAGS, **self.places}
        return [replace(fault, source=places[fault.name]) for fault in faults]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where options come from, to be read as often as wanted."""

    flags: Mapping[str, FlagValue] = field(default_factory=dict)
    """By the name of its field what each flag has; one that was not given is not there."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """The environment."""
    file: str | None = None
    """Path of a TOML file, above the one that the environment names."""
    env_file: str | None = None
    """Path of a file of more variables, which those of the environment are above."""
    inherited: tuple[str, ...] = ()
    """Addresses that are listened on where nothing else names any."""
    has_project: bool = False
    """Whether a `pyproject.toml` in the current directory is read where no other file is named."""

    def read(self) -> Config:
        """Make a `Config` of them; see `find`."""
        return self.find().config

    def find(self) -> Found:
        """Make a `Config` of them, and tell where it is from.

        Raises:
            ConfigError: something is wrong; every fault has the flag, the variable, or the file and
                its key, as its source.
        """
        variables, faults = self._variables()
        environ = {**variables, **self.environ}
        places = {name: f"{self.env_file}: {name}" for name in variables}
        layers = [
            self._file_layer(environ),
            environment_layer(OPTIONS, environ, places=places, flags_only=_FLAGS_ONLY),
            flag_layer(OPTIONS, self.flags),
        ]
        found = reduce(laid_over, layers)
        found.faults += faults
        if found.places.keys().isdisjoint(LISTENER_NAMES) and self.inherited:
            found.values["bind"] = self.inherited
        return Found(config_of(Config, found, _FLAGS), found.places, variables)

    def _variables(self) -> tuple[dict[str, str], list[Fault]]:
        if self.env_file is None:
            return {}, []
        try:
            found = read_env_file(self.env_file)
        except (OSError, ValueError) as error:
            return {}, [_unreadable("env_file", "--env-file", self.env_file, error)]
        return {name: text for name, text in found.items() if name not in self.environ}, []

    def _file_layer(self, environ: Mapping[str, str]) -> Layer:
        file, place = self.file, "--config"
        if file is None and CONFIG_VARIABLE in environ:
            file, place = environ[CONFIG_VARIABLE], CONFIG_VARIABLE
        if file is None and self.has_project and Path(PROJECT_FILE).exists():
            file, place = PROJECT_FILE, ""
        if file is None:
            return Layer()
        try:
            data, prefix = read_toml(file)
        except (OSError, ValueError) as error:
            return Layer(faults=[_unreadable("config", place, file, error)])
        return mapping_layer(OPTIONS, data, f"{file}: {prefix}")


def _unreadable(name: str, place: str, file: str, error: OSError | ValueError) -> Fault:
    reason = str(error)
    if isinstance(error, OSError):
        reason = (error.strerror or reason).lower()
    return Fault(name, f"cannot read {file!r}: {reason}", place)
