"""Owns what a connection waits for and how long: `Limits` has the times, the caller the clock.

Does not own the deadlines of a drain, and does not arm timers: it says when it wants to be called.

Nothing is timed for each request. While time passes, the open streams are looked at every quarter
of the shortest time that concerns them, and what did not move for its whole time ends then: at most
a quarter late. What stops everything else is timed exactly: a frame or a field block that is not
whole, the preface, a PING.
"""

from math import inf
from typing import Final

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._limits import Limits
from h2c_core._outbound import Outbound
from h2c_core._receiver import Receiver
from h2c_core._states import HALF_CLOSED_LOCAL
from h2c_core._stream_table import SWEEPS, StreamTable
from h2c_core._streams import Stream
from h2c_core.errors import RemoteProtocolError

__all__ = ["Deadlines"]

_KEEP_ALIVE: Final = b"h2calive"
_NEVER_READ: Final = -(2**31)

# What a stream may wait for.
_NOTHING: Final = 0
_BODY: Final = 1
_WINDOW: Final = 2
_END: Final = 3


class Deadlines:
    """The deadlines of one connection.

    Attributes:
        at: when `on_timer` may have something to do, on the clock of `now`; infinite for never.
        mark: what of the input is not whole, as `Receiver.unfinished` names it.
    """

    __slots__ = (
        "_idle_since",
        "_last_opened",
        "_outbound",
        "_paused_since",
        "_pauses",
        "_ping_interval",
        "_ping_timeout",
        "_pinged",
        "_receiver",
        "_started",
        "_streams",
        "_tick",
        "_timeout_block",
        "_timeout_idle",
        "_timeout_preface",
        "_timeout_write",
        "_times",
        "_unfinished_since",
        "_watched",
        "at",
        "mark",
    )

    def __init__(
        self, limits: Limits, outbound: Outbound, streams: StreamTable, receiver: Receiver
    ) -> None:
        self.at = inf
        self.mark = _NEVER_READ
        self._outbound = outbound
        self._streams = streams
        self._receiver = receiver
        self._timeout_preface = limits.timeout_preface or inf
        self._timeout_block = limits.timeout_header_block or inf
        self._timeout_idle = limits.timeout_idle or inf
        self._ping_interval = limits.ping_interval or inf
        self._ping_timeout = limits.ping_timeout
        self._timeout_write = limits.timeout_write or inf
        # By what a stream waits for.
        self._times = [
            inf,
            limits.timeout_body or inf,
            limits.timeout_response_stall or inf,
            limits.timeout_discard or inf,
        ]
        shortest = min(self._times[_BODY], self._times[_WINDOW], self._timeout_idle)
        self._tick = min(shortest, self._timeout_write, self._ping_interval) / SWEEPS
        self._started = 0.0
        self._unfinished_since = 0.0
        self._idle_since = 0.0
        self._last_opened = -1
        self._paused_since = 0.0
        self._pauses = 0
        self._pinged = inf
        # Streams that waited when they were looked at last: what for, how far it was, since when.
        self._watched: dict[int, tuple[int, int, float]] = {}

    def on_mark(self, now: float, mark: int) -> None:
        """Something else of the input is unfinished than before; or this was the first read."""
        if self.mark == _NEVER_READ:
            self._started = now
            self.at = now + self._tick
            if not self._receiver.has_settings:
                self.at = min(self.at, now + self._timeout_preface)
        self.mark = mark
        if mark:
            self._unfinished_since = now
            self.at = min(self.at, now + self._timeout_block)

    def next(self) -> float | None:
        """Return when to call `on_timer`; None for never."""
        at = self._due()
        return at if at < inf else None

    def on_timer(self, now: float) -> None:
        """Look at all that may have taken too long.

        Raises:
            RemoteProtocolError: something did that ends the connection.
        """
        if now < self._due():
            return
        # What a check looks at again is the earliest of these, or what it lowers this to.
        self.at = now + self._tick
        self._check_input(now)
        self._check_transport(now)
        self._sweep(now)
        if self._streams.live:
            self._check_silence(now)
        else:
            self._check_idle(now)

    def _due(self) -> float:
        streams = self._streams
        early_end = streams.early_end + self._times[_END] / SWEEPS
        return min(self.at, early_end, streams.early_look)

    def _is_over(self, now: float, since: float, time: float) -> bool:
        """Whether a time is over; if not, its end is waited for."""
        if now >= since + time:
            return True
        self.at = min(self.at, since + time)
        return False

    def _check_input(self, now: float) -> None:
        if not self._receiver.has_settings and self._is_over(
            now, self._started, self._timeout_preface
        ):
            msg = "no SETTINGS in time"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR)
        if self.mark and self._is_over(now, self._unfinished_since, self._timeout_block):
            msg = "a frame or a field block was not whole in time"
            raise RemoteProtocolError(msg, ErrorCodes.ENHANCE_YOUR_CALM)

    def _check_transport(self, now: float) -> None:
        outbound = self._outbound
        if not outbound.is_paused:
            return
        if self._pauses != outbound.pauses:
            self._pauses = outbound.pauses
            self._paused_since = now
        elif self._is_over(now, self._paused_since, self._timeout_write):
            msg = "the peer reads nothing"
            raise RemoteProtocolError(msg, ErrorCodes.CANCEL)

    def _check_silence(self, now: float) -> None:
        heard = self._streams.abuse.now
        if heard >= self._pinged:
            self._pinged = inf
        if self._pinged < inf:
            if self._is_over(now, self._pinged, self._ping_timeout):
                msg = "no answer to a PING"
                raise RemoteProtocolError(msg, ErrorCodes.CANCEL)
        elif not self._outbound.is_paused and self._is_over(now, heard, self._ping_interval):
            self._pinged = now
            self._outbound.control(_frames.ping(_KEEP_ALIVE, ack=False))
            self.at = min(self.at, now + self._ping_timeout)

    def _check_idle(self, now: float) -> None:
        drain = self._streams.drain
        if drain.last_stream_id != self._last_opened:
            self._last_opened = drain.last_stream_id
            self._idle_since = now
        if self._receiver.has_settings and self._is_over(now, self._idle_since, self._timeout_idle):
            drain.start(now, is_idle=True)

    def _sweep(self, now: float) -> None:
        streams = self._streams
        streams.early_look = inf
        before = self._watched
        watched: dict[int, tuple[int, int, float]] = {}
        for stream in list(streams.live.values()):
            if stream.state == HALF_CLOSED_LOCAL:
                self.at = min(self.at, now + self._times[_END] / SWEEPS)
            times = stream.times
            if times is not None:
                self.at = min(self.at, now + min(times[0], times[1]) / SWEEPS)
            cause = self._cause(stream)
            if cause == _NOTHING:
                continue
            progress = _progress(stream, cause)
            stream_id = stream.stream_id
            seen = before.get(stream_id)
            if seen is None or seen[0] != cause or seen[1] != progress:
                watched[stream_id] = (cause, progress, now)
            elif now < seen[2] + self._time(stream, cause):
                watched[stream_id] = seen
            elif cause == _WINDOW:
                streams.error(stream_id, ErrorCodes.CANCEL)
            elif cause == _BODY:
                streams.time_out(stream)
                self.at = min(self.at, now + self._times[_END] / SWEEPS)
            else:
                stream.stop_discarding()
        self._watched = watched
        streams.early_end = inf

    def _time(self, stream: Stream, cause: int) -> float:
        """Return how long a stream may wait for something."""
        times = stream.times
        if times is None or cause == _END:
            return self._times[cause]
        return times[0] if cause == _BODY else times[1]

    def _cause(self, stream: Stream) -> int:
        """Return what a stream waits for that the peer does not do."""
        if stream.is_discarding():
            return _END
        if stream.chunk is not None or stream.is_blocked:
            if stream.send_window <= 0 or self._outbound.window <= 0:
                return _WINDOW
            return _NOTHING
        body = stream.body
        if body is None or stream.has_started or stream.is_tunnel or not body.is_awaited():
            return _NOTHING
        return _BODY if self._streams.credit.has_room() else _NOTHING


def _progress(stream: Stream, cause: int) -> int:
    """Return a number that grows when what is waited for goes on."""
    if cause == _BODY and stream.body is not None:
        return stream.body.received
    if cause == _WINDOW:
        chunk = stream.chunk
        return stream.bytes_sent - (len(chunk) - stream.offset if chunk is not None else 0)
    return 0
