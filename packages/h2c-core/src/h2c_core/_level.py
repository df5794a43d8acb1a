"""Owns the order of waiting bodies of one urgency (RFC 9218 section 10).

Does not compare urgencies. Bodies of responses that are of use in parts share, a turn each; so do
those of clients that said nothing. Responses of clients that said they need them whole come one
after another instead. Where there are both, the two kinds alternate.
"""

from heapq import heappop, heappush
from typing import Final

from h2c_core._waiting import Ring, WaitingBody

__all__ = ["SEQUENCE_SHARE", "Level", "Sequence"]

SEQUENCE_SHARE: Final = 16
"""One turn in so many goes to the body that has waited longest, rather than to the first in order:
little enough to leave the order alone, and none waits for ever behind an endless one."""

_SLACK: Final = 64


class Sequence:
    """Bodies that are sent one after another, the lowest stream id first.

    Attributes:
        size: how many wait.
    """

    __slots__ = ("_entries", "_heap", "_ring", "_turns", "size")

    def __init__(self) -> None:
        # Bodies come and go with every chunk: an entry of the heap is left in place, with None for
        # its body, until it comes up.
        self._heap: list[int] = []
        self._entries: dict[int, WaitingBody | None] = {}
        self._ring = Ring()
        self._turns = 0
        self.size = 0

    def add(self, body: WaitingBody) -> None:
        """Let a body join."""
        stream_id = body.stream_id
        if stream_id not in self._entries:
            heappush(self._heap, stream_id)
        self._entries[stream_id] = body
        self._ring.append(body)
        self.size += 1

    def remove(self, body: WaitingBody) -> None:
        """Take out a body that waits."""
        self._entries[body.stream_id] = None
        self._ring.remove(body)
        self.size -= 1
        if len(self._heap) > 2 * self.size + _SLACK:
            self._forget_gone()

    def next(self) -> WaitingBody | None:
        """Return whose turn it is, who goes on waiting; None when nobody waits."""
        self._turns += 1
        if self._turns % SEQUENCE_SHARE == 0:
            return self._ring.first
        heap = self._heap
        while heap:
            body = self._entries[heap[0]]
            if body is not None:
                return body
            del self._entries[heappop(heap)]
        return None

    def _forget_gone(self) -> None:
        waiting = [stream_id for stream_id, body in self._entries.items() if body is not None]
        self._entries = {stream_id: self._entries[stream_id] for stream_id in waiting}
        self._heap = sorted(waiting)


class Level:
    """Bodies of one urgency.

    Attributes:
        since: the number of the turn in which the level was served, or from which on it waits.
    """

    __slots__ = ("_is_sequence_next", "_sequence", "_sharing", "since")

    def __init__(self) -> None:
        self._sharing = Ring()
        self._sequence = Sequence()
        self._is_sequence_next = True
        self.since = 0

    def is_empty(self) -> bool:
        """Nobody waits for a turn."""
        return self._sharing.first is None and self._sequence.size == 0

    def add(self, body: WaitingBody) -> None:
        """Let a body join behind the others, or where its number puts it."""
        if body.is_sequential:
            self._sequence.add(body)
        else:
            self._sharing.append(body)

    def remove(self, body: WaitingBody) -> None:
        """Take out a body that waits."""
        if body.is_sequential:
            self._sequence.remove(body)
        else:
            self._sharing.remove(body)

    def next(self) -> WaitingBody | None:
        """Take out the body whose turn it is; None when nobody waits."""
        body = self._sharing.first
        if self._sequence.size > 0 and (body is None or self._is_sequence_next):
            self._is_sequence_next = False
            body = self._sequence.next()
        else:
            self._is_sequence_next = True
        if body is not None:
            self.remove(body)
        return body
