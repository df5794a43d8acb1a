"""Owns what every process of a supervisor begins with: what it lets go of, and as whom it goes on.

Does not fork. What a child keeps open of its parent would outlive it: a connection that does not
end, a worker that never sees that the supervisor is gone, a port that stays taken.
"""

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from prefork._child import Closing
from prefork._listeners import Listeners
from prefork._loop import Loop
from prefork._notify import MANAGER_VARIABLES
from prefork._options import Options
from prefork._privileges import drop_privileges
from prefork._process import Children
from prefork._value import Value

__all__ = ["Launch", "Tools"]


@dataclass(slots=True)
class Launch:
    """How the children of one supervisor are launched."""

    options: Options
    """Of the first plan: user and group stay as they are there."""
    listeners: Listeners
    belongings: list[Callable[[], Iterable[Closing]]] = field(default_factory=list)
    """What the supervisor holds that no child may."""
    slots: set[int] = field(default_factory=lambda: {0})
    """Those that a worker was started in, and whose own listeners are open."""

    def adjusted(self, options: Options) -> Options:
        """Return the options that hold with these listeners."""
        if self.listeners.reuse_port:
            # The kernel spreads connections over the listeners, and only their workers get them.
            return replace(options, balance=False)
        return options

    def leave(self, slot: int | None = None) -> list[Closing]:
        """Return what a child is to close.

        Args:
            slot: of a worker, whose listeners it keeps; None for whoever listens on nothing.
        """
        closing: list[Closing] = [item for owner in self.belongings for item in owner()]
        kept = () if slot is None else self.listeners.of_slot(slot)
        mine = {id(listener.socket) for listener in kept}
        others = (other for known in self.slots for other in self.listeners.of_slot(known))
        closing.extend(other.socket for other in others if id(other.socket) not in mine)
        return closing

    def prepare(self, options: Options) -> Callable[[], object]:
        """Return what a child calls before its work."""
        return partial(_prepare, self.options.user, self.options.group, options.umask)

    def prepare_reader(self) -> Callable[[], object]:
        """Return the same for a reader of configuration, which keeps the supervisor's rights."""
        return partial(_prepare, None, None, None)


class Tools(Value):
    """What the parts of a supervisor share."""

    loop: Loop
    children: Children
    launch: Launch
    clock: Callable[[], float]
    """Monotonic seconds."""
    logger: logging.Logger


def _prepare(user: int | None, group: int | None, umask: int | None) -> None:
    for name in MANAGER_VARIABLES:
        os.environ.pop(name, None)
    drop_privileges(user, group, umask)
