"""Owns the addresses that a listener binds: their types, their text form and its parser.

Does not open sockets or resolve names. `parse_address` and `str` are inverse on canonical text;
what the operating system thinks of an address (a busy port, an unknown host) shows at the bind.
"""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Final, TypeAlias

from prefork._value import Value

__all__ = ["Address", "FdAddress", "TcpAddress", "UnixAddress", "parse_address"]

MAX_PORT: Final = 65535
MAX_FD: Final = 2**31 - 1
MAX_UNIX_PATH: Final = 107
"""Bytes of `sun_path` less its NUL, see unix(7). Where it is shorter (macOS), bind says so."""

_FORMS: Final = "HOST:PORT, [IPV6]:PORT, unix:PATH or fd://N"
_HOST_NAME: Final = re.compile(r"[^\s\x00-\x20\x7f/:@\[\]?#*\\,]+")
_NUMBER: Final = re.compile(r"[0-9]{1,10}")


class TcpAddress(Value):
    """A TCP listener."""

    host: str
    """Host name, IPv4 or IPv6 address; the latter without brackets."""
    port: int
    """0 asks the operating system for a free port."""

    def __str__(self) -> str:
        """Return `HOST:PORT`, with an IPv6 host in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class UnixAddress(Value):
    """A Unix domain socket in the file system."""

    path: str

    def __str__(self) -> str:
        """Return `unix:PATH`."""
        return f"unix:{self.path}"


class FdAddress(Value):
    """A listening socket that this process inherited, as from systemd."""

    fd: int

    def __str__(self) -> str:
        """Return `fd://N`."""
        return f"fd://{self.fd}"


Address: TypeAlias = TcpAddress | UnixAddress | FdAddress


def parse_address(text: str) -> Address:
    """Parse one listener address.

    Args:
        text: `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH` or `fd://N`.

    Raises:
        ValueError: The text is none of these. The message names it and what is wrong with it.
    """
    if text.startswith("unix:"):
        return UnixAddress(_unix_path(text, text.removeprefix("unix:")))
    if text.startswith("fd://"):
        return FdAddress(_fd(text, text.removeprefix("fd://")))
    host, colon, port = text.rpartition(":")
    if not colon or "/" in text:
        raise ValueError(f"{text!r} is not an address; expected {_FORMS}")
    return TcpAddress(_host(text, host), _port(text, port))


def _unix_path(text: str, path: str) -> str:
    if not path or "\0" in path:
        raise ValueError(f"{text!r} names no socket path")
    size = len(os.fsencode(path))
    if size > MAX_UNIX_PATH:
        raise ValueError(
            f"{text!r} has a path of {size} bytes; a socket path has at most {MAX_UNIX_PATH}"
        )
    return path


def _fd(text: str, number: str) -> int:
    if not _NUMBER.fullmatch(number) or int(number) > MAX_FD:
        raise ValueError(f"{text!r} has no file descriptor number after fd://")
    return int(number)


def _port(text: str, number: str) -> int:
    if not _NUMBER.fullmatch(number) or int(number) > MAX_PORT:
        raise ValueError(f"{text!r} has no port from 0 to {MAX_PORT}")
    return int(number)


def _host(text: str, host: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise ValueError(f"{text!r} has no IPv6 address in its brackets") from None
        return host[1:-1]
    if host in {"", "*"}:
        # Not taken for "every interface": that is too much to open by leaving something out.
        raise ValueError(
            f"{text!r} has no host; 0.0.0.0 is every IPv4 interface and [::] every IPv6 one"
        )
    if ":" in host:
        raise ValueError(
            f"{text!r} has more than one colon; an IPv6 address is written [ADDRESS]:PORT"
        )
    if not _HOST_NAME.fullmatch(host) or (host.replace(".", "").isdecimal() and not _is_ipv4(host)):
        raise ValueError(f"{text!r} has no valid host name or IPv4 address")
    return host


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
