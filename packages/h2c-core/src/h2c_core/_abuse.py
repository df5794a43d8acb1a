"""Owns the budgets of what costs a peer little and us some: resets, and frames that carry nothing.

Does not look at frames: whoever reads one says what it was. A budget is spent in one burst or over
time, and comes back over `Limits.flood_interval`; some are earned as well, by streams that the peer
opened and by DATA that it was sent, since an honest peer sends these frames in answer to those.
"""

from typing import Final

from h2.errors import ErrorCodes

from h2c_core._limits import Limits
from h2c_core._outbound import Outbound
from h2c_core._stream_ids import StreamIds
from h2c_core.errors import RemoteProtocolError

__all__ = ["REFUSALS_BEFORE_ACK", "Abuse"]

REFUSALS_BEFORE_ACK: Final = 1000
"""Streams above our limit that are forgiven until the peer has acknowledged the SETTINGS frame that
tells it: RFC 9113 section 6.5.2 sets no limit until then, and a burst fits in one round trip."""

_SERVED_PER_PEER_RESET: Final = 4
"""One in five streams may be reset by the peer for ever: proxies pass the aborts of browsers on."""

_SERVED_PER_PROVOKED_RESET: Final = 10
"""One in eleven may be malformed: proxies pass on what their clients made up."""

_WALKED_PER_RESET: Final = 1000
"""Fields that cost as much as a reset. A thousand are 0.3 milliseconds of plain Python where they
are indexes, and 3 where each enters the table. Blocks of 16 KiB that are all references to one
entry of the table end after 40 or so."""

_UPDATES_PER_FRAME: Final = 16
"""WINDOW_UPDATE frames in answer to one DATA frame: 16 KiB that are read 1 KiB at a time."""

_UPDATES_PER_STREAM: Final = 2
_PRIORITIES_PER_STREAM: Final = 2
_EMPTY_DATA_PER_STREAM: Final = 2

_STRAYS_PER_STREAM: Final = 16
"""DATA frames that were under way when we reset their stream: a window of 256 KiB in frames of 16
KiB."""


class _Budget:
    """So many at once, and as many again over an interval."""

    __slots__ = ("_left", "_rate", "_seen", "_since", "_size")

    def __init__(self, size: int, interval: float) -> None:
        self._size = float(size)
        self._left = float(size)
        self._rate = size / interval
        self._since = 0.0
        self._seen = 0.0

    def spend(self, now: float, cost: float, earned: float) -> bool:
        """Take `cost`; False when it is not there.

        `earned` is the sum of what was ever earned: it comes back at once, and never beyond the
        size of the budget.
        """
        # A clock that was set back takes nothing away.
        left = self._left + max(now - self._since, 0.0) * self._rate + earned - self._seen
        left = min(left, self._size) - cost
        self._since = now
        self._seen = earned
        self._left = left
        return left >= 0.0


class Abuse:
    """The budgets of one connection; every call raises ENHANCE_YOUR_CALM when one is spent.

    Attributes:
        now: when the read began that is under way, in seconds.
        knows_settings: the peer has acknowledged our SETTINGS.
    """

    __slots__ = (
        "_empty_data",
        "_ids",
        "_outbound",
        "_peer_resets",
        "_pings",
        "_priorities",
        "_provoked_resets",
        "_refusals",
        "_resets",
        "_settings",
        "_strays",
        "_updates",
        "_updates_earned",
        "_updates_seen",
        "knows_settings",
        "now",
    )

    def __init__(self, limits: Limits, outbound: Outbound, ids: StreamIds) -> None:
        interval = limits.flood_interval
        self.now = 0.0
        self.knows_settings = False
        self._outbound = outbound
        self._ids = ids
        self._resets = 0
        self._refusals = REFUSALS_BEFORE_ACK
        self._peer_resets = _Budget(limits.max_peer_resets, interval)
        self._provoked_resets = _Budget(limits.max_provoked_resets, interval)
        self._pings = _Budget(limits.max_pings, interval)
        self._settings = _Budget(limits.max_settings, interval)
        self._priorities = _Budget(limits.max_priority_frames, interval)
        self._empty_data = _Budget(limits.max_empty_data, interval)
        self._strays = _Budget(limits.max_stray_frames, interval)
        self._updates = _Budget(limits.max_window_updates, interval)
        self._updates_earned = 0
        self._updates_seen = 0

    def peer_reset(self) -> None:
        """The peer reset a stream whose response was not complete (CVE-2023-44487)."""
        served = self._ids.opened() - self._resets
        self._resets += 1
        if not self._peer_resets.spend(self.now, 1.0, served / _SERVED_PER_PEER_RESET):
            raise _calm("too many streams were reset")

    def provoked_reset(self) -> None:
        """A fault of the peer ended a stream (CVE-2025-8671), or its request was not read."""
        served = self._ids.opened() - self._resets
        self._resets += 1
        if not self._provoked_resets.spend(self.now, 1.0, served / _SERVED_PER_PROVOKED_RESET):
            raise _calm("too many streams had to be reset")

    def walked_fields(self, count: int) -> None:
        """Fields of a list above the limits were followed, only to keep the table true."""
        earned = (self._ids.opened() - self._resets) / _SERVED_PER_PROVOKED_RESET
        if not self._provoked_resets.spend(self.now, count / _WALKED_PER_RESET, earned):
            raise _calm("too many fields above the limits")

    def refused_stream(self) -> None:
        """A stream came above the limit, which the peer may not know yet."""
        if self._refusals and not self.knows_settings:
            self._refusals -= 1
            self._resets += 1
        else:
            self.provoked_reset()

    def ping(self) -> None:
        """PING, or its acknowledgement. Some measure the way with one for each DATA frame."""
        earned = self._ids.opened() + self._outbound.data_frames
        if not self._pings.spend(self.now, 1.0, float(earned)):
            raise _calm("too many PING frames")

    def settings(self, count: int) -> None:
        """SETTINGS, or its acknowledgement. Eight of its parameters cost as much as a frame."""
        if not self._settings.spend(self.now, 1.0 + count // 8, 0.0):
            raise _calm("too many SETTINGS")

    def priority(self) -> None:
        """PRIORITY or PRIORITY_UPDATE."""
        earned = float(self._ids.opened() * _PRIORITIES_PER_STREAM)
        if not self._priorities.spend(self.now, 1.0, earned):
            raise _calm("too many priority frames")

    def window_update(self) -> None:
        """WINDOW_UPDATE. What was earned is kept until it is used: it answers what came before."""
        if self._updates_earned:
            self._updates_earned -= 1
            return
        earned = self._outbound.data_frames * _UPDATES_PER_FRAME
        earned += self._ids.opened() * _UPDATES_PER_STREAM
        if earned > self._updates_seen:
            self._updates_earned = earned - self._updates_seen - 1
            self._updates_seen = earned
        elif not self._updates.spend(self.now, 1.0, 0.0):
            raise _calm("too many WINDOW_UPDATE frames")

    def empty_data(self) -> None:
        """DATA without a byte of a body that does not end it either."""
        earned = float(self._ids.opened() * _EMPTY_DATA_PER_STREAM)
        if not self._empty_data.spend(self.now, 1.0, earned):
            raise _calm("too many empty DATA frames")

    def stray_frame(self) -> None:
        """A frame that does nothing: of an unknown type, or on a stream that is closed."""
        earned = float(self._ids.opened() * _STRAYS_PER_STREAM)
        if not self._strays.spend(self.now, 1.0, earned):
            raise _calm("too many frames that do nothing")


def _calm(message: str) -> RemoteProtocolError:
    return RemoteProtocolError(message, ErrorCodes.ENHANCE_YOUR_CALM)
