"""Owns the graceful end of a connection (RFC 9113 section 6.8): when which GOAWAY is sent.

Does not close anything and does not look at a clock.

A first GOAWAY names the largest stream id there is, so that requests under way are still served,
and a PING goes with it: its acknowledgement proves that the peer has read the GOAWAY and opens no
more streams. Only then does a second GOAWAY name the last stream that is served.
"""

from typing import Final

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._outbound import Outbound

__all__ = ["Drain"]

PATIENCE: Final = 1.0
"""Seconds that the first GOAWAY waits for the last open stream to end, and that a connection which
has sent no request yet is given to send one: the request may be under way."""

ACK_PATIENCE: Final = 5.0
"""Seconds from the start after which the PING is no longer waited for: a peer that is frozen, or
gone without a word, must not hold up the stop of a server."""

LARGEST_STREAM_ID: Final = 2**31 - 1
_PROBE: Final = b"h2cdrain"

_SERVING: Final = 0
_WAITING_FOR_IDLE: Final = 1
_ANNOUNCED: Final = 2
_FINAL: Final = 3


class Drain:
    """Where a connection stands on its way to its end.

    Attributes:
        last_stream_id: the highest stream id that the peer opened.
        is_final: no stream above `last_stream_id` is served any more.
        deadline: when `on_timer` has something to do, on the clock of `now`; None for never.
    """

    __slots__ = (
        "_began",
        "_in_grace",
        "_is_acknowledged",
        "_outbound",
        "_phase",
        "deadline",
        "is_final",
        "last_stream_id",
    )

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._phase = _SERVING
        self._began = 0.0
        self._in_grace = False
        self._is_acknowledged = False
        self.last_stream_id = 0
        self.is_final = False
        self.deadline: float | None = None

    def start(self, now: float, *, is_idle: bool) -> None:
        """Begin; a second call changes nothing."""
        if self._phase != _SERVING:
            return
        self._phase = _WAITING_FOR_IDLE
        self._began = now
        self.deadline = now + PATIENCE
        if is_idle:
            self._announce()

    def stop(self) -> None:
        """The connection ended in another way; nothing more is announced."""
        self._phase = _FINAL
        self.deadline = None

    def on_idle(self) -> None:
        """The last open stream has ended."""
        if self._phase == _WAITING_FOR_IDLE:
            self._announce()

    def on_ping_ack(self, opaque: bytes) -> None:
        """The peer answered a PING, which says that it has read what came before it."""
        if self._phase == _ANNOUNCED and opaque == _PROBE:
            self._is_acknowledged = True
            if not self._in_grace:
                self._finish()

    def on_timer(self, now: float) -> None:
        """Do what `deadline` was for."""
        if self.deadline is None or now < self.deadline:
            return
        if self._phase == _WAITING_FOR_IDLE:
            self._announce()
        elif self._in_grace and not self._is_acknowledged:
            self._in_grace = False
            self.deadline = self._began + ACK_PATIENCE
        else:
            self._finish()

    def _announce(self) -> None:
        self._phase = _ANNOUNCED
        self._in_grace = self.last_stream_id == 0
        self.deadline = self._began + (PATIENCE if self._in_grace else ACK_PATIENCE)
        frame = _frames.goaway(LARGEST_STREAM_ID, ErrorCodes.NO_ERROR)
        self._outbound.control(frame + _frames.ping(_PROBE, ack=False))

    def _finish(self) -> None:
        self.stop()
        self.is_final = True
        # Nothing was served where the last stream is 0: closing says that as well, and proxies
        # take a GOAWAY of stream 0 for a failure.
        if self.last_stream_id:
            self._outbound.control(_frames.goaway(self.last_stream_id, ErrorCodes.NO_ERROR))
