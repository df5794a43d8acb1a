"""Owns the connection's receive window and the count of body bytes that wait for applications.

Does not own the windows of streams. The two levels differ on purpose: a stream is credited as its
application takes the body, the connection on receipt, as long as what is buffered stays below
`Limits.max_buffered_body`. One slow application so stops its own upload and no other.
"""

from h2c_core import _frames
from h2c_core._limits import Limits
from h2c_core._outbound import Outbound
from h2c_core._settings import DEFAULT_WINDOW
from h2c_core._windows import ReceiveWindow

__all__ = ["ConnectionCredit"]


class ConnectionCredit:
    """The receive window of the connection (RFC 9113 section 6.9.1)."""

    __slots__ = ("_buffered", "_limit", "_outbound", "_owed", "_window")

    def __init__(self, outbound: Outbound, limits: Limits) -> None:
        self._outbound = outbound
        self._window = ReceiveWindow(limits.initial_connection_window)
        self._limit = limits.max_buffered_body
        self._buffered = 0
        self._owed = 0
        if limits.initial_connection_window > DEFAULT_WINDOW:
            increment = limits.initial_connection_window - DEFAULT_WINDOW
            outbound.control(_frames.window_update(0, increment))

    def consume(self, size: int) -> bool:
        """Count the payload of a DATA frame; False when the window does not admit it."""
        return self._window.consume(size)

    def has_room(self) -> bool:
        """The peer may send something."""
        return self._window.admits(1)

    def admits(self, size: int) -> bool:
        """Whether the window admits `size` bytes more."""
        return self._window.admits(size)

    def buffered(self, size: int, extra: int = 0) -> None:
        """Bytes went to a handler, which now holds them, and `extra` bytes for their object."""
        self._buffered += size + extra
        self._owed += size
        self._settle()

    def passed_over(self, size: int) -> None:
        """Bytes that nobody will hold: padding, and the data of reset and refused streams."""
        self._owed += size
        self._settle()

    def released(self, size: int) -> None:
        """A handler let go of bytes that it held, those for their objects among them."""
        self._buffered -= size
        self._settle()

    def announce(self) -> None:
        """Tell the peer of all credit that it has not been told of, however little."""
        self._tell(self._window.release())

    def _settle(self) -> None:
        if self._owed and self._buffered <= self._limit:
            increment = self._window.credit(self._owed)
            self._owed = 0
            self._tell(increment)

    def _tell(self, increment: int) -> None:
        if increment:
            self._outbound.control(_frames.window_update(0, increment))
