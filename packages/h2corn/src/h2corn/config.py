"""Owns the options of the server: `Config`, whose fields are the one table of them, and its rules.

Does not read any source; `_sources` and `cli` do, by the rows of `OPTIONS`. Making a `Config`
checks every value and every combination and reports all faults at once, before anything is bound.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from os import PathLike
from typing import Final, Self, TypeVar

from h2corn._added_fields import fault_of_fields
from h2corn._bind_rules import UNSETTLED, Binding, settle
from h2corn._config_file import mapping_layer, read_toml
from h2corn._environment import CONFIG_VARIABLE, environment_layer
from h2corn._layers import Layer, laid_over
from h2corn._limit_options import LimitOptions
from h2corn._logging_options import LoggingOptions
from h2corn._option_values import fault_of
from h2corn._options import Fault, Row, table
from h2corn._protocol_options import ProtocolOptions
from h2corn._proxy_options import ProxyOptions
from h2corn._serving_options import ServingOptions
from h2corn._worker_options import WorkerOptions
from prefork import SUPPORTED, Address, parse_address

__all__ = ["OPTIONS", "Config", "ConfigError", "config_of"]


PLATFORM: Final = sys.platform


class ConfigError(ValueError):
    """Some options are wrong, alone or together."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        position = {row.name: index for index, row in enumerate(OPTIONS)}
        # What is no option at all comes first.
        self.faults = tuple(sorted(faults, key=lambda fault: position.get(fault.name, -1)))
        """All of the faults, in the order of the table."""

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


# Fields are listed from the last base to the first, which is the order of the table.
@dataclass(frozen=True, kw_only=True)
class Config(
    LoggingOptions, LimitOptions, ProxyOptions, ProtocolOptions, WorkerOptions, ServingOptions
):
    """The options of a server.

    Raises:
        ConfigError: Some options are wrong; the error lists them all.
    """

    _settled: Binding = field(default=UNSETTLED, repr=False, compare=False)
    """What `bind`, `host` and `port` were before this one was made. Not for callers: it travels
    with a copy by `dataclasses.replace`, and tells which of the three the copy should change."""

    @classmethod
    def from_mapping(cls, data: Mapping[str, object]) -> Self:
        """Make one of options by their names, or in mappings by the names of their sections.

        Args:
            data: lists stand for tuples, as in TOML.

        Raises:
            ConfigError: Some options are wrong, or there are none of these names.
        """
        return config_of(cls, mapping_layer(OPTIONS, data))

    @classmethod
    def from_toml(cls, path: str | PathLike[str]) -> Self:
        """Make one of a TOML file that has options by their names, or in tables by their sections.

        Those of a `pyproject.toml` are in its table `tool.h2corn`.

        Raises:
            ConfigError: Some options are wrong, or there are none of these names.
            OSError: the file cannot be read.
            ValueError: it is no TOML.
        """
        data, prefix = read_toml(path)
        return config_of(cls, mapping_layer(OPTIONS, data, prefix))

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Make one of environment variables: `H2CORN_` and the name of an option in capitals.

        Args:
            env: such as `os.environ`; `H2CORN_CONFIG` is the path of a TOML file that they are
                above.

        Raises:
            ConfigError: Some options are wrong, or there are none of these names.
            OSError: the file cannot be read.
            ValueError: it is no TOML.
        """
        layer = environment_layer(OPTIONS, env)
        path = env.get(CONFIG_VARIABLE)
        if path is not None:
            data, prefix = read_toml(path)
            layer = laid_over(mapping_layer(OPTIONS, data, f"{path}: {prefix}"), layer)
        return config_of(cls, layer)

    def __post_init__(self) -> None:
        faults = [
            Fault(row.name, message)
            for row in OPTIONS
            if (message := fault_of(row, getattr(self, row.name))) is not None
        ]
        if not any(fault.name in {"bind", "host", "port"} for fault in faults):
            settled, more = settle(Binding(self.bind, self.host, self.port), self._settled)
            faults += more
            # A frozen dataclass sets its own fields no other way.
            for name, value in (*settled._asdict().items(), ("_settled", settled)):
                object.__setattr__(self, name, value)
        if not any(fault.name == "root_path" for fault in faults):
            faults += _root_path_faults(self.root_path)
        faults += _proxy_faults(self, {fault.name for fault in faults})
        faults += _faults_together(self, {fault.name for fault in faults})
        faults += _log_faults(self, {fault.name for fault in faults})
        faults += _platform_faults(self)
        if self.loop == "uvloop" and find_spec("uvloop") is None:
            faults.append(Fault("loop", "uvloop is not installed"))
        if faults:
            raise ConfigError(faults)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The parsed addresses of `bind`, in its order."""
        return tuple(parse_address(text) for text in self.bind)


_C = TypeVar("_C", bound=Config)


def config_of(config_type: type[_C], layer: Layer, unplaced: Mapping[str, str] | None = None) -> _C:
    """Make a `Config` of what its sources say together.

    Args:
        config_type: the type.
        layer: what they say.
        unplaced: by its name the place of an option that is wrong and stands in none of them.

    Raises:
        ConfigError: something is wrong with it, or was before; each fault has its place.
    """
    faults = list(layer.faults)
    try:
        config = config_type(**layer.values)
    except ConfigError as error:
        places = {**(unplaced or {}), **layer.places}
        faults += [replace(fault, source=places.get(fault.name, "")) for fault in error.faults]
    if faults:
        raise ConfigError(faults)
    return config


# Where the first is set, the second must be.
_NEEDS: Final = (
    ("h2c_upgrade", "http1", "asks for HTTP/1, which is switched off"),
    ("websocket_ping_timeout", "websocket_ping_interval", "must be 0 where no pings are sent"),
    ("limit_concurrency_queue", "limit_concurrency", "needs a limit_concurrency"),
    ("max_requests_jitter", "max_requests", "needs a max_requests"),
    ("proxy_headers", "forwarded_allow_ips", "needs a peer in forwarded_allow_ips"),
    ("proxy_headers", "forwarded_fields", "needs a field in forwarded_fields"),
)


def _faults_together(config: Config, wrong: set[str]) -> list[Fault]:
    """Return what is wrong with some options in view of others.

    Args:
        config: the options.
        wrong: names of those that are wrong by themselves, and whose values mean nothing.
    """
    faults = [
        Fault(name, message)
        for name, needed, message in _NEEDS
        if wrong.isdisjoint({name, needed})
        and getattr(config, name)
        and not getattr(config, needed)
    ]
    if wrong.isdisjoint({"response_headers", "date_header", "server_header"}):
        added = {"date": config.date_header, "server": config.server_header}
        taken = [name for name, is_added in added.items() if is_added]
        message = fault_of_fields(config.response_headers, taken)
        if message is not None:
            faults.append(Fault("response_headers", message))
    return faults


def _proxy_faults(config: Config, wrong: set[str]) -> list[Fault]:
    """Return what is wrong with whom is trusted, and what they are believed.

    Args:
        config: the options.
        wrong: names of those that are wrong by themselves.
    """
    names = {"forwarded_allow_ips", "forwarded_fields", "proxy_protocol"}
    if all(getattr(config, row.name) == row.default for row in OPTIONS if row.name in names):
        return []
    # Most of the server, which is not loaded where it is only asked for help.
    from asgi_bridge import ForwardingRules, TrustedPeers  # noqa: PLC0415

    faults = []
    trusted = () if "forwarded_allow_ips" in wrong else config.forwarded_allow_ips
    for entry in trusted:
        try:
            TrustedPeers([entry])
        except ValueError as error:
            faults.append(Fault("forwarded_allow_ips", str(error)))
    try:
        fields = () if "forwarded_fields" in wrong else config.forwarded_fields
        ForwardingRules(TrustedPeers(()), fields)
    except ValueError as error:
        faults.append(Fault("forwarded_fields", str(error)))
    if wrong.isdisjoint(names) and config.proxy_protocol != "off" and not trusted:
        faults.append(Fault("proxy_protocol", "needs a peer in forwarded_allow_ips"))
    return faults


def _log_faults(config: Config, wrong: set[str]) -> list[Fault]:
    """Return what is wrong with the form of logs.

    Args:
        config: the options.
        wrong: names of those that are wrong by themselves.
    """
    faults = [
        Fault(name, "must name a file")
        for name in ("access_log_file", "log_config")
        if name not in wrong and getattr(config, name) == ""
    ]
    if config.access_log_format and "access_log_format" not in wrong:
        from h2corn._access_format import fault_of_format  # noqa: PLC0415 - seldom asked for

        message = fault_of_format(config.access_log_format)
        if message is None and config.log_format == "json":
            message = "is for a log_format of text"
        if message is not None:
            faults.append(Fault("access_log_format", message))
    if "log_mask_query" not in wrong and "" in config.log_mask_query:
        faults.append(Fault("log_mask_query", "a name is empty"))
    return faults


_OF_PROCESSES: Final = (
    "max_requests",
    "max_worker_memory",
    "reuse_port",
    "pid",
    "user",
    "group",
    "umask",
)
"""Options that mean nothing to a server that runs in its own process."""


def _platform_faults(config: Config) -> list[Fault]:
    """Return what this system cannot do."""
    faults = []
    if config.preload and PLATFORM != "linux":
        faults.append(Fault("preload", "needs Linux"))
    if not SUPPORTED:
        if config.workers != 1:
            faults.append(Fault("workers", "must be 1: this system has no worker processes"))
        faults += [
            Fault(row.name, "needs worker processes, which this system has not")
            for row in OPTIONS
            if row.name in _OF_PROCESSES and getattr(config, row.name) != row.default
        ]
    return faults


def _root_path_faults(path: str) -> list[Fault]:
    if path and (not path.startswith("/") or path.endswith("/") or not path.isprintable()):
        wanted = "must be empty, or start with a slash and not end with one"
        return [Fault("root_path", f"{wanted}, not {path!r}")]
    return []


OPTIONS: Final[tuple[Row, ...]] = table(Config)
"""The rows of the table, in the order of the fields."""
