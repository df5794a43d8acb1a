"""Owns the numbers of streams: which are idle, skipped or closed, and which of them we reset.

Does not hold streams that are open, and does not own the highest number: the drain announces it.
"""

from typing import Final

from h2.errors import ErrorCodes

from h2c_core._drain import Drain
from h2c_core.errors import RemoteProtocolError

__all__ = ["REMEMBERED_GAPS", "REMEMBERED_RESETS", "StreamIds"]

REMEMBERED_RESETS: Final = 256
"""Resets of ours whose streams the peer may still send frames of, which is no fault then (RFC 9113
section 5.1). As many as streams may be open at once by default."""

REMEMBERED_GAPS: Final = 8
"""Ranges of stream ids that the peer skipped, kept only to name the right error: clients number
without gaps."""


class StreamIds:
    """What is known of streams that are not open."""

    __slots__ = ("_drain", "_forgotten", "_gaps", "_resets", "_skipped")

    def __init__(self, drain: Drain) -> None:
        self._drain = drain
        self._resets: dict[int, None] = {}
        self._forgotten = 0
        self._skipped = 0
        self._gaps: list[tuple[int, int]] = []

    def count(self, stream_id: int) -> None:
        """Note a new stream: all below it that were not used are closed from now on (5.1.1).

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR, the number is even.
        """
        if not stream_id & 1:
            msg = "a client's stream has an even number"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)
        last = self._drain.last_stream_id
        expected = last + 2 if last else 1
        if stream_id > expected:
            if len(self._gaps) == REMEMBERED_GAPS:
                del self._gaps[0]
            self._gaps.append((expected, stream_id))
            self._skipped += (stream_id - expected) // 2
        self._drain.last_stream_id = stream_id

    def opened(self) -> int:
        """How many streams the peer has opened, those among them that were refused."""
        return (self._drain.last_stream_id + 1) // 2 - self._skipped

    def remember_reset(self, stream_id: int) -> None:
        """Frames of this stream may still be under way to us."""
        resets = self._resets
        if len(resets) >= REMEMBERED_RESETS:
            oldest = next(iter(resets))
            del resets[oldest]
            self._forgotten = max(self._forgotten, oldest)
        resets[stream_id] = None

    def refuse_skipped(self, stream_id: int) -> None:
        """Refuse to open a stream below the newest one (section 5.1.1).

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR.
        """
        for first, after in self._gaps:
            if first <= stream_id < after:
                msg = "HEADERS on a stream below the newest one"
                raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)

    def refuse_idle(self, stream_id: int, name: str) -> None:
        """Refuse a frame on stream 0 or on a stream that was never opened; even ones never are.

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR.
        """
        drain = self._drain
        is_new = stream_id > drain.last_stream_id and not drain.is_final
        if is_new or stream_id & 1 == 0:
            msg = f"{name} on an idle stream"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)

    def refuse_closed(self, stream_id: int, name: str) -> None:
        """Refuse HEADERS or DATA on a stream that is not live, but for the grace of section 5.1.

        The grace: we reset the stream, which the peer did not know yet, or it came after the last
        GOAWAY, which it did not know either. Resets older than the memory get the benefit of doubt.

        Raises:
            RemoteProtocolError: PROTOCOL_ERROR on an idle stream, else STREAM_CLOSED.
        """
        self.refuse_idle(stream_id, name)
        if stream_id > self._drain.last_stream_id:
            return
        if stream_id in self._resets or stream_id <= self._forgotten:
            return
        msg = f"{name} on a closed stream"
        raise RemoteProtocolError(msg, ErrorCodes.STREAM_CLOSED, stream_id)
