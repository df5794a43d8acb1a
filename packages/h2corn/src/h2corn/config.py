"""Owns the options of the server: `Config`, whose fields are the one table of them, and its rules.

Does not read any source; `_sources` and `cli` do, by the rows of `OPTIONS`. Making a `Config`
checks every value and every combination and reports all faults at once, before anything is bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Final, Literal

from h2corn._address import Address, parse_address
from h2corn._bind_rules import DEFAULT_BIND, UNSETTLED, Binding, settle
from h2corn._options import Fault, Option, Row, fault_of, option, table

__all__ = ["OPTIONS", "Config", "ConfigError"]

# What a C int, a stream identifier and the value of an HTTP/2 setting hold (RFC 9113 6.5.1).
MAX_INT31: Final = 2**31 - 1
MAX_UINT32: Final = 2**32 - 1
# SETTINGS_MAX_FRAME_SIZE lies between these (RFC 9113 6.5.2).
MIN_FRAME_SIZE: Final = 2**14
MAX_FRAME_SIZE: Final = 2**24 - 1
# Nothing here waits for longer than a week, and what does was written in other units.
MAX_SECONDS: Final = 604_800

# What the rows have in common whose 0 is no limit.
_time_limit: Final = partial(
    Option, unit="seconds", minimum=0, maximum=MAX_SECONDS, zero="no limit"
)
_size_limit: Final = partial(Option, unit="bytes", minimum=0, maximum=MAX_UINT32, zero="no limit")


class ConfigError(ValueError):
    """Some options are wrong, alone or together."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        position = {row.name: index for index, row in enumerate(OPTIONS)}
        self.faults = tuple(sorted(faults, key=lambda fault: position[fault.name]))
        """All of the faults, in the order of the table."""

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The options of a server.

    Raises:
        ConfigError: Some options are wrong; the error lists them all.
    """

    root_path: str = option(
        "",
        Option(
            section="Application",
            short="-r",
            metavar="PATH",
            help="Path that the application is mounted at, such as /api.",
        ),
    )
    """ASGI `root_path`: empty, or a path that starts but does not end with a slash."""

    loop: Literal["auto", "asyncio", "uvloop"] = option(
        "auto",
        Option(
            section="Application",
            help="Event loop. auto is uvloop where it is installed.",
        ),
    )
    """Event loop that `serve` runs; `Server.serve` runs in the one that it is called in."""

    timeout_lifespan_startup: float = option(
        60.0,
        _time_limit(
            section="Application",
            help="Time that the application's lifespan startup may take.",
        ),
    )
    """Seconds that the application's lifespan startup may take; 0 is no limit."""

    timeout_lifespan_shutdown: float = option(
        30.0,
        _time_limit(
            section="Application",
            help="Time that the application's lifespan shutdown may take.",
        ),
    )
    """Seconds that the application's lifespan shutdown may take; 0 is no limit."""

    bind: tuple[str, ...] = option(
        DEFAULT_BIND,
        Option(
            section="Listeners",
            short="-b",
            metavar="ADDRESS",
            help="Address to listen on: HOST:PORT, [IPV6]:PORT, unix:PATH or fd://N. "
            "Repeat it for more listeners.",
        ),
    )
    """Addresses to listen on."""

    host: str | None = option(
        None,
        Option(
            section="Listeners",
            metavar="HOST",
            help="Host of the one TCP listener. Not together with --bind.",
        ),
    )
    """Host of the one TCP listener: sets `bind`, and is set by it; None with other listeners."""

    port: int | None = option(
        None,
        Option(
            section="Listeners",
            short="-p",
            metavar="PORT",
            minimum=0,
            maximum=65535,
            help="Port of the one TCP listener; 0 takes a free one. Not together with --bind.",
        ),
    )
    """Port of the one TCP listener: sets `bind`, and is set by it; None with other listeners."""

    uds_permissions: int | None = option(
        None,
        Option(
            section="Listeners",
            metavar="OCTAL",
            minimum=0,
            maximum=0o777,
            is_octal=True,
            help="Permissions of Unix domain sockets, such as 660. Without it, as the umask says.",
        ),
    )
    """Permissions of Unix domain sockets; None leaves them to the umask."""

    backlog: int = option(
        1024,
        Option(
            section="Listeners",
            metavar="CONNECTIONS",
            minimum=1,
            maximum=MAX_INT31,
            help="Connections that may wait to be accepted. The operating system may lower it.",
        ),
    )
    """Connections that may wait to be accepted."""

    max_concurrent_streams: int = option(
        256,
        Option(
            section="HTTP/2",
            metavar="STREAMS",
            minimum=1,
            maximum=MAX_INT31,
            help="Streams that may be open at a time on one connection.",
        ),
    )
    """Streams that may be open at a time on one HTTP/2 connection."""

    h2_max_header_list_size: int = option(
        1_048_576,
        _size_limit(
            section="HTTP/2",
            help="Size of a decoded header list, counted as RFC 9113 section 6.5.2 does.",
        ),
    )
    """Bytes of a decoded HTTP/2 header list (RFC 9113 section 6.5.2); 0 is no limit."""

    h2_max_header_block_size: int = option(
        1_048_576,
        _size_limit(
            section="HTTP/2",
            help="Size of a compressed header block, over HEADERS and CONTINUATION frames.",
        ),
    )
    """Bytes of a compressed HTTP/2 header block; 0 is no limit."""

    h2_max_inbound_frame_size: int = option(
        65_536,
        Option(
            section="HTTP/2",
            unit="bytes",
            minimum=MIN_FRAME_SIZE,
            maximum=MAX_FRAME_SIZE,
            help="Payload of a frame that is accepted, and announced as SETTINGS_MAX_FRAME_SIZE.",
        ),
    )
    """Bytes of payload of an HTTP/2 frame that is accepted (RFC 9113 section 6.5.2)."""

    h2_timeout_response_stall: float = option(
        60.0,
        _time_limit(
            section="HTTP/2",
            help="Time that a response may wait for a client which opens no window or takes "
            "nothing. Then its stream, or the connection, ends.",
        ),
    )
    """Seconds that a response may wait for an HTTP/2 client which opens no window or takes
    nothing; 0 is no limit."""

    http1: bool = option(
        True,
        Option(
            section="HTTP/1",
            help="Speak HTTP/1.1 too. Meant for development: in production, --no-http1 makes "
            "a proxy that speaks it fail at once.",
        ),
    )
    """Whether HTTP/1.1 is spoken too."""

    h2c_upgrade: bool = option(
        False,
        Option(
            section="HTTP/1",
            help="Let HTTP/1.1 requests change to HTTP/2 by `Upgrade: h2c`. Not behind a proxy "
            "that passes the field on: what follows goes past its rules.",
        ),
    )
    """Whether `Upgrade: h2c` changes a connection of HTTP/1.1 to HTTP/2; without it the field is
    ignored, and HTTP/1.1 answers."""

    limit_request_head_size: int = option(
        1_048_576,
        _size_limit(
            section="HTTP/1",
            help="Size of a whole request head.",
        ),
    )
    """Bytes of an HTTP/1 request head; 0 is no limit."""

    limit_request_line: int = option(
        16_384,
        _size_limit(
            section="HTTP/1",
            help="Size of a request line.",
        ),
    )
    """Bytes of an HTTP/1 request line; 0 is no limit."""

    limit_request_fields: int = option(
        100,
        Option(
            section="HTTP/1",
            metavar="FIELDS",
            minimum=0,
            maximum=MAX_UINT32,
            zero="no limit",
            help="Header fields in a request.",
        ),
    )
    """Header fields in an HTTP/1 request; 0 is no limit."""

    limit_request_field_size: int = option(
        32_768,
        _size_limit(
            section="HTTP/1",
            help="Size of one header field.",
        ),
    )
    """Bytes of one HTTP/1 header field; 0 is no limit."""

    timeout_handshake: float = option(
        5.0,
        Option(
            section="Timeouts",
            unit="seconds",
            above=0,
            maximum=MAX_SECONDS,
            help="Time that a connection has to say which protocol it speaks.",
        ),
    )
    """Seconds that a connection has to say which protocol it speaks."""

    timeout_graceful_shutdown: float = option(
        30.0,
        Option(
            section="Timeouts",
            unit="seconds",
            minimum=0,
            maximum=MAX_SECONDS,
            zero="ends them at once",
            help="Time that running requests have to end when the server stops.",
        ),
    )
    """Seconds that running requests have to end when the server stops; 0 ends them at once."""

    timeout_keep_alive: float = option(
        120.0,
        _time_limit(
            section="Timeouts",
            help="Time that a connection may be idle. Longer than the proxy's, so that it is "
            "the proxy who closes.",
        ),
    )
    """Seconds that a connection may be idle; 0 is no limit."""

    timeout_request_header: float = option(
        10.0,
        _time_limit(
            section="Timeouts",
            help="Time that a request head may take from its first byte on.",
        ),
    )
    """Seconds that a request head may take from its first byte on; 0 is no limit."""

    timeout_request_body_idle: float = option(
        60.0,
        _time_limit(
            section="Timeouts",
            help="Time without a byte of a request body that is waited for, until the response "
            "begins. Answered with 408.",
        ),
    )
    """Seconds without a byte of a request body that is waited for, until the response begins; 0 is
    no limit."""

    access_log: bool = option(
        True,
        Option(section="Logging", help="Write a line for each request to standard error."),
    )
    """Whether a line for each request is written to standard error."""

    _settled: Binding = field(default=UNSETTLED, repr=False, compare=False)
    """What `bind`, `host` and `port` were before this one was made. Not for callers: it travels
    with a copy by `dataclasses.replace`, and tells which of the three the copy should change."""

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
        if self.h2c_upgrade and not self.http1:
            faults.append(Fault("h2c_upgrade", "asks for HTTP/1, which is switched off"))
        if self.loop == "uvloop" and find_spec("uvloop") is None:
            faults.append(Fault("loop", "uvloop is not installed"))
        if faults:
            raise ConfigError(faults)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The parsed addresses of `bind`, in its order."""
        return tuple(parse_address(text) for text in self.bind)


def _root_path_faults(path: str) -> list[Fault]:
    if path and (not path.startswith("/") or path.endswith("/") or not path.isprintable()):
        wanted = "must be empty, or start with a slash and not end with one"
        return [Fault("root_path", f"{wanted}, not {path!r}")]
    return []


OPTIONS: Final[tuple[Row, ...]] = table(Config)
"""The rows of the table, in the order of the fields."""
