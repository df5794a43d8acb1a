"""Owns when an HTTP/1 connection stops reading: what waits in it is bounded.

Does not hold what waits.
"""

from typing import Protocol

from h2corn._http1_limits import Http1Limits

__all__ = ["ReadGate", "ReadingHandler"]


class ReadingHandler(Protocol):
    """Who reads."""

    def pause_reading(self) -> None:
        """Stop reading from the transport."""

    def resume_reading(self) -> None:
        """Read again."""


class ReadGate:
    """Lets bytes in while few of those that came are left.

    Attributes:
        is_shut: nothing is read.
        unread: body bytes passed on that the application has not taken.
    """

    __slots__ = ("_handler", "_max_buffered", "_max_unread", "is_shut", "unread")

    def __init__(self, handler: ReadingHandler, limits: Http1Limits) -> None:
        self.is_shut = False
        self.unread = 0
        self._handler = handler
        self._max_unread = limits.max_unread_body
        self._max_buffered = limits.max_pipelined

    def regulate(self, buffered: int, *, is_busy: bool) -> None:
        """Shut where too much waits, open where half of that is gone.

        Args:
            buffered: bytes that were not understood yet.
            is_busy: some of them could be, and will before more come.
        """
        if self.is_shut:
            if (
                self.unread * 2 <= self._max_unread
                and buffered * 2 <= self._max_buffered
                and not is_busy
            ):
                self.is_shut = False
                self._handler.resume_reading()
        elif self.unread > self._max_unread or buffered > self._max_buffered or is_busy:
            self.is_shut = True
            self._handler.pause_reading()
