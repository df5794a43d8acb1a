"""Owns what a client says of priorities outside its requests (RFC 9218 sections 2.1 and 7.1).

Does not order anything; the scheduler does.
"""

from typing import Final

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._limits import Limits
from h2c_core._priority import MAX_PRIORITY_SIZE, NO_PRIORITY, parse_priority
from h2c_core._reader import FrameReader
from h2c_core._stream_table import StreamTable
from h2c_core.errors import RemoteProtocolError

__all__ = ["PrioritySignals"]

_STREAM_ID_SIZE: Final = 4


class PrioritySignals:
    """The newest priority of streams that are not open yet.

    Attributes:
        kept: priorities by stream id; a client that keeps to SETTINGS_MAX_CONCURRENT_STREAMS fills
            no more of them than it may open streams.
        uses_weights: the client's RFC 7540 signals are to be heeded. RFC 9218 section 2.1: they
            must be ignored after SETTINGS_NO_RFC7540_PRIORITIES with the value 1.
    """

    __slots__ = ("_limit", "_newest", "_streams", "kept", "uses_weights")

    def __init__(self, limits: Limits, streams: StreamTable) -> None:
        self.kept: dict[int, int] = {}
        self.uses_weights = True
        self._limit = limits.max_concurrent_streams
        self._newest = 0
        self._streams = streams

    def on_update(self, reader: FrameReader) -> None:
        """Take a PRIORITY_UPDATE frame.

        Its value replaces all that was said before; one that cannot be read changes nothing, and
        neither does one for a stream that is closed, or that the client skipped.

        Raises:
            RemoteProtocolError: FRAME_SIZE_ERROR, it has no room for a stream id; PROTOCOL_ERROR,
                it came on a stream, it names no stream that a client can open, or more streams
                have priorities or are open than SETTINGS_MAX_CONCURRENT_STREAMS admits;
                ENHANCE_YOUR_CALM, there were too many.
        """
        if reader.stream_id:
            msg = "PRIORITY_UPDATE on a stream"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, reader.stream_id)
        if reader.length < _STREAM_ID_SIZE:
            msg = "PRIORITY_UPDATE is shorter than four bytes"
            raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR)
        self._streams.abuse.priority()
        stream_id = _frames.uint31(reader.data, reader.start)
        if not stream_id & 1:
            msg = "PRIORITY_UPDATE for a stream that no client opens"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)
        start = reader.start + _STREAM_ID_SIZE
        if reader.stop - start > MAX_PRIORITY_SIZE:
            return
        priority = parse_priority(reader.data[start : reader.stop])
        if priority == NO_PRIORITY:
            return
        stream = self._streams.live.get(stream_id)
        if stream is not None:
            stream.prioritize(priority)
        elif stream_id > self._streams.drain.last_stream_id and not self._streams.drain.is_final:
            self._keep(stream_id, priority)

    def _keep(self, stream_id: int, priority: int) -> None:
        kept = self.kept
        if stream_id not in kept and len(kept) + len(self._streams.live) >= self._limit:
            if self._streams.abuse.knows_settings:
                msg = "PRIORITY_UPDATE for more streams than SETTINGS_MAX_CONCURRENT_STREAMS"
                raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)
            return
        if not kept:
            self._newest = self._streams.drain.last_stream_id
        kept[stream_id] = priority

    def take(self, stream_id: int) -> int:
        """Return and forget what was said of a stream that opens now, NO_PRIORITY for nothing.

        While anything is kept it is called for each stream that opens, so that it sees the numbers
        that the client skips: what was said of those is forgotten too.
        """
        priority = self.kept.pop(stream_id, NO_PRIORITY)
        # Only behind a gap: a client may keep values for far numbers while it opens streams.
        if stream_id > self._newest + 2:
            for other in list(self.kept):
                if other < stream_id:
                    del self.kept[other]
        self._newest = stream_id
        return priority
