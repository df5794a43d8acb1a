"""Owns the connections between their acceptance and the word of a worker that it has them.

Does not accept them, nor choose: `_balance` does. A connection is never given up: the one that
waited in the channel of a worker which died, or had no descriptor free for it, goes to another. But
a copy of its descriptor is kept meanwhile, which would hold it open after its end; so that copy is
closed as soon as the worker says that it has its own.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from prefork._balance import least_loaded
from prefork._channel import Sent
from prefork._member import Accepted, Member
from prefork._records import Kind, Record

__all__ = ["Dispatch"]


class Dispatch:
    """Connections on their way.

    Attributes:
        freed: copies of descriptors that were closed, ever.
    """

    def __init__(self, members: Callable[[], Iterable[Member]]) -> None:
        self._members: Final = members
        self._waiting: deque[Accepted] = deque()
        self.freed = 0

    @property
    def in_hand(self) -> int:
        """Connections of which a descriptor is open here."""
        return len(self._waiting) + sum(len(member.kept) for member in self._members())

    def has_room(self, now: float) -> bool:
        """Whether a connection that is accepted now could be passed at once."""
        return not self._waiting and self._choose(now) is not None

    def give(self, accepted: Accepted, now: float) -> None:
        """Pass a connection to the least loaded worker, or keep it until there is one."""
        self._waiting.append(accepted)
        self.flush(now)

    def flush(self, now: float) -> None:
        """Pass what waits, as far as there are workers for it."""
        while self._waiting:
            member = self._choose(now)
            if member is None:
                return
            self._pass(self._waiting[0], member, now)

    def on_report(self, member: Member, record: Record, now: float) -> None:
        """Take in a worker's report, and close the copies of what it has."""
        for sequence in member.load.on_reported(record.b, record.c, record.d, now):
            _close(member.kept.pop(sequence))
            self.freed += 1
        self.flush(now)

    def on_returned(self, member: Member, sequence: int, now: float) -> None:
        """Take back a connection that a worker had no descriptor for."""
        if member.load.on_returned(sequence, now):
            self._waiting.append(member.kept.pop(sequence))
            self.flush(now)

    def on_gone(self, member: Member, now: float) -> None:
        """Take back what was in the channel of a worker that has ended, the oldest first."""
        self._waiting.extendleft(reversed(list(member.kept.values())))
        member.kept.clear()
        self.flush(now)

    def next_deadline(self, now: float) -> float | None:
        """Return when a worker may be asked again that refused; None where nothing waits for it."""
        ends = [member.load.rest_end for member in self._members() if member.is_serving]
        return min((end for end in ends if end > now), default=None)

    def close(self) -> None:
        """Close what is in hand: the service has ended, or this is a child."""
        while self._waiting:
            _close(self._waiting.popleft())
        for member in self._members():
            while member.kept:
                _close(member.kept.popitem()[1])

    def _choose(self, now: float) -> Member | None:
        return least_loaded(
            ((member, member.load) for member in self._members() if member.is_serving), now
        )

    def _pass(self, accepted: Accepted, member: Member, now: float) -> None:
        record = Record(Kind.CONNECTION, a=accepted.listener, c=member.load.next_sequence)
        # A STOP or HOLD that waits for room must not be overtaken.
        sent = Sent.FULL
        if not member.has_outbox:
            sent = member.channel.send(record, accepted.socket.fileno())
        if sent is Sent.DONE:
            member.kept[member.load.on_passed(now)] = accepted
            self._waiting.popleft()
        elif sent is Sent.FULL:
            member.load.on_refused(now)
        else:
            member.is_gone = True


def _close(accepted: Accepted) -> None:
    # The peer may have reset it, which some systems tell here.
    with contextlib.suppress(OSError):
        accepted.socket.close()
