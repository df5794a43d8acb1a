"""Owns receive windows (RFC 9113 section 6.9): what they still admit, and when credit is announced.

Does not send frames, and does not decide when a byte counts as taken. Send windows are plain
numbers of the streams and the connection: a frame either fits or it waits.
"""

__all__ = ["ReceiveWindow"]


class ReceiveWindow:
    """What the peer may still send, of one stream or of the connection.

    Credit is announced when half of the window has been taken: by then the peer still has the
    other half to send while the WINDOW_UPDATE is under way, and a frame of 13 bytes is paid once
    for that half rather than once a DATA frame.
    """

    __slots__ = ("_available", "_taken", "_threshold")

    def __init__(self, size: int, ahead: int = 0) -> None:
        """Begin with `size` bytes, and `ahead` more until the peer knows of the size."""
        self._available = size + ahead
        self._taken = 0
        self._threshold = max(size // 2, 1)

    def narrow(self, size: int) -> None:
        """Take `size` bytes back; the window may lie below zero then (section 6.9.2)."""
        self._available -= size

    def consume(self, size: int) -> bool:
        """Count `size` bytes of flow-controlled payload; False when the window does not admit it.

        Nothing is counted then.
        """
        # An empty payload needs no room, even where the window lies below zero.
        if size > self._available and size:
            return False
        self._available -= size
        return True

    def admits(self, size: int) -> bool:
        """Whether the window admits `size` bytes, one at least."""
        return size <= self._available

    def raise_to(self, size: int) -> int:
        """Admit `size` bytes in all; return the increment to announce, 0 where it does already."""
        increment = max(size - self._available, 0)
        self._available += increment
        return increment

    def credit(self, size: int) -> int:
        """Give `size` bytes back; return the increment to announce now, 0 for not yet."""
        self._taken += size
        return 0 if self._taken < self._threshold else self.release()

    def release(self) -> int:
        """Return the increment to announce of all that was given back, however little it is."""
        increment = self._taken
        self._taken = 0
        self._available += increment
        return increment
