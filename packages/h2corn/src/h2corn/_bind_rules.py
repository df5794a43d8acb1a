"""Owns the rule that `bind`, `host` and `port` say one thing, and which addresses go together.

Does not know `Config`, which holds the three. `host` and `port` are a convenience for the one TCP
listener that most servers have: they set `bind`, and are read back from it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from h2corn._options import Fault
from prefork import Address, TcpAddress, parse_address

__all__ = ["DEFAULT_BIND", "UNSETTLED", "Binding", "settle"]

DEFAULT_BIND: Final = ("127.0.0.1:8000",)


class Binding(NamedTuple):
    """The three fields."""

    bind: tuple[str, ...]
    host: str | None
    port: int | None


UNSETTLED: Final = Binding(DEFAULT_BIND, None, None)
"""What a new `Config` starts from."""


def settle(asked: Binding, before: Binding) -> tuple[Binding, list[Fault]]:
    """Bring the three to agree.

    Args:
        asked: What the three are now.
        before: What they were; the difference is what somebody asks for.

    Returns:
        The three in agreement, and what is wrong with them.
    """
    addresses, faults = _parsed(asked.bind)
    if faults:
        return asked, faults
    host = asked.host if asked.host != before.host else None
    port = asked.port if asked.port != before.port else None
    if host is not None or port is not None:
        overridden = _override(addresses, host, port)
        if overridden is None or (overridden != addresses[0] and asked.bind != before.bind):
            return asked, [Fault("bind", "cannot be combined with host or port")]
        addresses, faults = _parsed([str(overridden)])
        if faults:
            return asked, [Fault("host", f"{host!r} is not a host name or an IP address")]
    only = addresses[0] if len(addresses) == 1 else None
    bind = tuple(str(address) for address in addresses)
    if isinstance(only, TcpAddress):
        return Binding(bind, only.host, only.port), []
    return Binding(bind, None, None), _faults_together(addresses)


def _parsed(bind: Sequence[str]) -> tuple[list[Address], list[Fault]]:
    addresses: list[Address] = []
    faults = []
    for text in bind:
        try:
            addresses.append(parse_address(text))
        except ValueError as error:
            faults.append(Fault("bind", str(error)))
    return addresses, faults


def _override(
    addresses: Sequence[Address], host: str | None, port: int | None
) -> TcpAddress | None:
    if len(addresses) != 1 or not isinstance(only := addresses[0], TcpAddress):
        return None
    return TcpAddress(
        only.host if host is None else host.removeprefix("[").removesuffix("]"),
        only.port if port is None else port,
    )


def _faults_together(addresses: Sequence[Address]) -> list[Fault]:
    if not addresses:
        return [Fault("bind", "must name at least one address")]
    ports = {address.port for address in addresses if isinstance(address, TcpAddress)}
    if 0 in ports and len(ports) > 1:
        return [Fault("bind", "cannot mix port 0 with explicit ports")]
    if ports == {0}:
        addresses = [address for address in addresses if not isinstance(address, TcpAddress)]
    return [
        Fault("bind", f"has {str(address)!r} more than once")
        for address in dict.fromkeys(addresses)
        if addresses.count(address) > 1
    ]
