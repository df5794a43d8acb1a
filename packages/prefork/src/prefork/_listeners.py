"""Owns the listeners of one supervisor: which of them a worker has.

Does not bind by itself (`_listener` does) and accepts nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from prefork._address import Address, FdAddress, TcpAddress
from prefork._listener import Binding, Listener, open_listeners, twin_of
from prefork.errors import ListenError

__all__ = ["Listeners"]


class Listeners:
    """The addresses of a service and, once they are open, the sockets bound to them.

    All workers share the sockets. With `reuse_port` each slot has TCP sockets of its own, which
    stay with the slot when its worker is replaced or no longer wanted: closed, they would take the
    connections in their queues with them.

    Args:
        addresses: what to listen on.
        backlog: connections that the kernel keeps until they are accepted.
        permissions: mode of the files of Unix sockets; None leaves it to the umask.
        reuse_port: whether each slot has TCP sockets of its own.
        owner: user and group id that the files of Unix sockets are given to; None keeps it.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        backlog: int = 1024,
        permissions: int | None = None,
        reuse_port: bool = False,
        owner: tuple[int | None, int | None] = (None, None),
    ) -> None:
        self.addresses: Final = tuple(addresses)
        self.reuse_port: Final = reuse_port
        self._binding = Binding(
            backlog=backlog, permissions=permissions, reuse_port=reuse_port, owner=owner
        )
        self._shared: tuple[Listener, ...] = ()
        self._twins: dict[int, tuple[Listener, ...]] = {}
        self._listening: set[int] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """What clients connect to, with real ports; empty while nothing is open."""
        return tuple(listener.name for listener in self._shared)

    def open(self) -> None:
        """Bind every address, or none.

        Clients are refused at TCP addresses until `listen`, and wait at Unix and given sockets.

        Raises:
            ListenError: an address is busy, unknown, not permitted or not a listening socket.
            RuntimeError: they are open.
        """
        if self._shared:
            raise RuntimeError("these listeners are open")
        self._shared = tuple(open_listeners(self.addresses, self._binding))
        try:
            # What was given may not be able to listen at all, which is to be seen at once.
            self._listen(item for item in self._shared if isinstance(item.address, FdAddress))
        except ListenError:
            self.close()
            raise

    def listen(self, slot: int) -> None:
        """Let clients connect to what a slot listens on, its worker being ready.

        Raises:
            ListenError: another program listens there since `open`.
        """
        self._listen(self.of_slot(slot))
        self._listening.add(slot)

    def _listen(self, listeners: Iterable[Listener]) -> None:
        for listener in listeners:
            try:
                listener.socket.listen(self._binding.backlog)
            except OSError as error:
                raise ListenError(listener.address, error) from error

    def of_slot(self, slot: int) -> tuple[Listener, ...]:
        """Return what the worker of a slot listens on, in the order of `names`.

        Raises:
            ListenError: with `reuse_port`, the sockets of a new slot cannot be bound.
        """
        if not self.reuse_port or slot == 0:
            return self._shared
        if slot not in self._twins:
            made: list[Listener] = []
            try:
                made.extend(self._twin(listener) for listener in self._shared)
            except BaseException:
                _close_own(made, self._shared)
                raise
            self._twins[slot] = tuple(made)
        return self._twins[slot]

    def unattended(self, attended: Collection[int]) -> tuple[tuple[int, Listener], ...]:
        """Return what clients connect to and nobody accepts from. Only with `reuse_port`.

        Args:
            attended: the slots that a worker serves in.

        Returns:
            The sockets that only other slots have, each with its index in `of_slot`.
        """
        return tuple(
            (index, listener)
            for slot in sorted(self._listening.difference(attended))
            for index, listener in enumerate(self.of_slot(slot))
            if isinstance(listener.address, TcpAddress)
        )

    def close(self) -> None:
        """Close all of them, and remove the files of Unix sockets that this process made."""
        for twins in self._twins.values():
            _close_own(twins, self._shared)
        self._twins.clear()
        self._listening.clear()
        for listener in self._shared:
            listener.close()
        self._shared = ()

    def _twin(self, listener: Listener) -> Listener:
        if not isinstance(listener.address, TcpAddress):
            return listener
        return twin_of(listener)


def _close_own(listeners: Sequence[Listener], shared: Sequence[Listener]) -> None:
    for listener in listeners:
        if listener not in shared:
            listener.close()
