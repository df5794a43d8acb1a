"""Owns which streams are open, what they hold together, and the resets that a peer's fault brings.

Does not own what one stream does.
"""

from math import inf
from typing import Final

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._abuse import Abuse
from h2c_core._credit import ConnectionCredit
from h2c_core._drain import Drain
from h2c_core._limits import Limits
from h2c_core._outbound import Outbound
from h2c_core._stream_ids import StreamIds
from h2c_core._streams import Stream, StreamOwner

__all__ = ["SWEEPS", "StreamTable"]

SWEEPS: Final = 4
"""Looks at the open streams in the shortest time that concerns them."""

_REQUEST_TIMEOUT: Final = 408


class StreamTable(StreamOwner):
    """The streams that are open or half closed, and what is remembered of the others.

    Attributes:
        live: streams by number.
        credit: the connection's receive window.
        drain: knows the highest stream id, and is told when the last stream ends.
        early_end: the time of the last read before a response ended earlier than its request, of
            the first that did since this was set to infinity.
        early_look: when streams are to be looked at for times of their own, at the earliest;
            infinite where none came since the last look.
        abuse: the budgets of the connection.
    """

    __slots__ = (
        "_held",
        "_max_held",
        "_outbound",
        "abuse",
        "credit",
        "drain",
        "early_end",
        "early_look",
        "live",
    )

    def __init__(
        self, outbound: Outbound, credit: ConnectionCredit, drain: Drain, limits: Limits
    ) -> None:
        super().__init__(StreamIds(drain), limits.max_discarded_body)
        self.live: dict[int, Stream] = {}
        self.abuse = Abuse(limits, outbound, self.ids)
        self.early_end = inf
        self.early_look = inf
        self._held = 0
        self._max_held = limits.max_held_headers
        self.credit = credit
        self.drain = drain
        self._outbound = outbound

    def remove(self, stream_id: int) -> None:
        """Forget a stream that is closed."""
        stream = self.live.pop(stream_id, None)
        if stream is not None:
            self._held -= stream.held
            if not self.live:
                self.drain.on_idle()

    def hold(self, stream: Stream, size: int) -> bool:
        """Count decoded fields that a stream keeps until it ends; False when they are too many."""
        if self._held + size > self._max_held:
            return False
        self._held += size
        stream.held += size
        return True

    def error(self, stream_id: int, error_code: int) -> None:
        """Reset one stream for a fault of the peer; the connection lives (section 5.4.2).

        Raises:
            RemoteProtocolError: ENHANCE_YOUR_CALM, it lives no longer: there were too many.
        """
        self._reset(stream_id, error_code)
        self.abuse.provoked_reset()

    def note_early_end(self) -> None:
        """A response has ended before its request, some time after the last read."""
        self.early_end = min(self.early_end, self.abuse.now)

    def note_times(self, shortest: float) -> None:
        """A stream has times of its own, of which this one is the shortest."""
        self.early_look = min(self.early_look, self.abuse.now + shortest / SWEEPS)

    def time_out(self, stream: Stream) -> None:
        """Answer 408 to a request whose body does not come (RFC 9110 section 15.5.9).

        Raises:
            RemoteProtocolError: ENHANCE_YOUR_CALM, there were too many.
        """
        handler = stream.handler
        stream.start(_REQUEST_TIMEOUT, [(b"content-length", b"0")], end=True)
        stream.finish()
        if handler is not None:
            handler.on_reset(ErrorCodes.CANCEL)
        self.abuse.provoked_reset()

    def refuse(self, stream_id: int) -> None:
        """Refuse a stream that is one too many: it may be tried again (section 8.7).

        Raises:
            RemoteProtocolError: ENHANCE_YOUR_CALM, there were too many.
        """
        self._reset(stream_id, ErrorCodes.REFUSED_STREAM)
        self.abuse.refused_stream()

    def _reset(self, stream_id: int, error_code: int) -> None:
        self._outbound.control(_frames.rst_stream(stream_id, error_code))
        self.ids.remember_reset(stream_id)
        stream = self.live.get(stream_id)
        if stream is not None:
            stream.fail(error_code)
