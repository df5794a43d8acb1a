"""Owns whose turn it is to send, of all streams with waiting body bytes (RFC 9218 section 10).

Does not send: the outbound half of the connection asks for the next one. A turn is one frame, and
goes to the most urgent; one in sixteen goes to a less urgent one, so that none starves. A turn
costs the same however many wait.
"""

from typing import Final

from h2c_core._level import Level
from h2c_core._priority import INCREMENTAL
from h2c_core._waiting import WaitingBody

__all__ = ["LEVEL_SHARE", "Scheduler"]

LEVEL_SHARE: Final = 16
"""One turn in so many goes to the urgency that has waited longest, where several wait: urgent
responses keep 94 % of the bandwidth, and even the last of eight levels has one turn in 112."""

_URGENCIES: Final = 8

# The lowest bit of each set of urgencies.
_MOST_URGENT: Final = bytes(
    [0] + [(bits & -bits).bit_length() - 1 for bits in range(1, 1 << _URGENCIES)]
)


class Scheduler:
    """The streams that wait and whose own window is open.

    It holds a stream once, and streams leave it when they end, so that it is never longer than
    the connection has streams.
    """

    __slots__ = ("_levels", "_occupied", "_turns")

    def __init__(self) -> None:
        self._levels: list[Level | None] = [None] * _URGENCIES
        # A bit for each urgency at which somebody waits.
        self._occupied = 0
        self._turns = 0

    def is_empty(self) -> bool:
        """Nobody waits for a turn."""
        return self._occupied == 0

    def add(self, body: WaitingBody) -> None:
        """Let a stream wait for its turn; nothing when it does already."""
        if body.is_queued:
            return
        body.is_queued = True
        urgency = body.urgency
        level = self._levels[urgency]
        if level is None:
            level = Level()
            self._levels[urgency] = level
        bit = 1 << urgency
        if not self._occupied & bit:
            self._occupied |= bit
            level.since = self._turns
        level.add(body)

    def next(self) -> WaitingBody | None:
        """Take out the stream whose turn it is; None when nobody waits."""
        occupied = self._occupied
        if not occupied:
            return None
        urgency = _MOST_URGENT[occupied]
        if occupied & (occupied - 1):
            self._turns += 1
            if self._turns % LEVEL_SHARE == 0:
                urgency = self._longest_waiting()
        level = self._levels[urgency]
        if level is None:
            return None
        level.since = self._turns
        body = level.next()
        if body is not None:
            body.is_queued = False
            if level.is_empty():
                self._occupied &= ~(1 << urgency)
        return body

    def discard(self, body: WaitingBody) -> None:
        """Take out a stream that ended."""
        level = self._levels[body.urgency]
        if body.is_queued and level is not None:
            body.is_queued = False
            level.remove(body)
            if level.is_empty():
                self._occupied &= ~(1 << body.urgency)

    def prioritize(self, body: WaitingBody, priority: int) -> None:
        """Let a stream have what `parse_priority` returned; one that waits moves."""
        urgency = priority % INCREMENTAL
        incremental = priority >= INCREMENTAL
        if body.urgency == urgency and body.is_sequential != incremental:
            body.incremental = incremental
            return
        was_queued = body.is_queued
        self.discard(body)
        body.urgency = urgency
        body.incremental = incremental
        body.is_sequential = not incremental
        if was_queued:
            self.add(body)

    def _longest_waiting(self) -> int:
        found = 0
        oldest = self._turns
        for urgency in range(_URGENCIES):
            level = self._levels[urgency]
            if level is not None and self._occupied & (1 << urgency) and level.since < oldest:
                oldest = level.since
                found = urgency
        return found
