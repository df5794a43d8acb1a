"""Owns one source of options as it was read, and what becomes of one that lies over another.

Does not read any: `_config_file`, `_environment` and `_flag_values` do. A layer has values by the
names of their options, the place where each stands, and what is wrong with it so far; whether the
values are right together is for `config` to say of what the layers are in the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from h2corn._options import Fault
from prefork import TcpAddress, parse_address

__all__ = ["LISTENER_NAMES", "Layer", "laid_over"]

LISTENER_NAMES: Final = ("bind", "host", "port")


@dataclass(slots=True)
class Layer:
    """What one source says."""

    spell: Callable[[str], str] = str
    """Returns how an option is called there."""
    values: dict[str, Any] = field(default_factory=dict)
    """By the names of their options."""
    places: dict[str, str] = field(default_factory=dict)
    """Where each option stands, such as `--backlog` or `FILE: limits.backlog`."""
    faults: list[Fault] = field(default_factory=list)

    def take(self, name: str, place: str, read: Callable[[], object]) -> None:
        """Add an option.

        Args:
            name: the option.
            place: where it stands.
            read: returns its value, or raises ValueError.
        """
        self.places[name] = place
        try:
            self.values[name] = read()
        except ValueError as error:
            self.faults.append(Fault(name, str(error), place))

    def settle_listeners(self) -> None:
        """Say that `bind` does not go with `host` or `port`, and leave only that one of them."""
        if "bind" in self.places and not self.places.keys().isdisjoint({"host", "port"}):
            others = f"{self.spell('host')} or {self.spell('port')}"
            text = f"cannot be combined with {others}"
            self.faults.append(Fault("bind", text, self.places["bind"]))
            self.values.pop("host", None)
            self.values.pop("port", None)


def laid_over(lower: Layer, upper: Layer) -> Layer:
    """Return what two layers are together: the upper one's values, and the lower one's beside them.

    Of listeners, `bind` of the upper one replaces all, and `host` and `port` change the one TCP
    listener of the lower.
    """
    base, faults = dict(lower.values), [*lower.faults, *upper.faults]
    if "bind" in upper.values:
        for name in LISTENER_NAMES:
            base.pop(name, None)
    elif "bind" in base and not upper.values.keys().isdisjoint({"host", "port"}):
        address = _only_tcp(base.pop("bind"))
        if address is None:
            changes = f"{upper.spell('host')} and {upper.spell('port')}"
            text = f"can be changed by {changes} only where it is one TCP address"
            faults.append(Fault("bind", text, lower.places["bind"]))
        else:
            base.update(host=address.host, port=address.port)
    places = {**lower.places, **upper.places}
    return Layer(upper.spell, {**base, **upper.values}, places, faults)


def _only_tcp(bind: object) -> TcpAddress | None:
    if not isinstance(bind, tuple) or len(bind) != 1 or not isinstance(bind[0], str):
        return None
    try:
        address = parse_address(bind[0])
    except ValueError:
        return None
    return address if isinstance(address, TcpAddress) else None
