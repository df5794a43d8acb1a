"""Owns bodies of requests on their way in: DATA frames (RFC 9113 sections 6.1 and 8.1.1).

Does not cut bytes into frames, and does not own streams or windows.
"""

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._reader import FrameReader
from h2c_core._request_body import SMALL_CHUNK
from h2c_core._states import CLOSED
from h2c_core._stream_table import StreamTable
from h2c_core._streams import Stream
from h2c_core.errors import RemoteProtocolError

__all__ = ["BodyReceiver"]


class BodyReceiver:
    """Passes the payload of DATA frames to streams, as it arrives."""

    __slots__ = ("_body_of", "_streams")

    def __init__(self, streams: StreamTable) -> None:
        self._streams = streams
        self._body_of: Stream | None = None

    def on_data(self, reader: FrameReader) -> None:
        if reader.is_first:
            self._begin_data(reader)
        stream = self._body_of
        if stream is None:
            return
        start = reader.start
        stop = reader.stop
        ends = reader.is_last and reader.flags & _frames.END_STREAM != 0
        if reader.flags & _frames.PADDED:
            stop -= reader.data[start]
            start += 1
        if stop > start:
            chunk = reader.data[start:stop]
            if stop - start < SMALL_CHUNK and reader.flags == 0 and reader.is_last:
                chunk = self._join(stream, chunk, reader)
            stream.received(chunk, is_last=ends)
        if reader.is_last:
            self._body_of = None
            if ends and stream.state != CLOSED:
                if stream.body is not None and stream.body.is_short():
                    self._streams.error(stream.stream_id, ErrorCodes.PROTOCOL_ERROR)
                else:
                    stream.received_end([])

    def _join(self, stream: Stream, chunk: bytes, reader: FrameReader) -> bytes:
        """Join a small chunk with those that follow it in the same read, as far as they may.

        Not more than make a chunk of single bytes that is not small: `bytes.join` takes 80 bytes
        for each of its pieces while it runs, which for all of a read of 256 KiB would be 2 MiB.
        """
        size = reader.small_data(stream.stream_id, SMALL_CHUNK)
        if not size:
            return chunk
        body = stream.body
        credit = self._streams.credit
        pieces = [chunk]
        while (
            size
            and len(pieces) < SMALL_CHUNK
            and body is not None
            and credit.admits(size)
            and body.admits(size)
        ):
            credit.consume(size)
            body.consume(size)
            body.is_too_long(size)
            pieces.append(reader.take(size))
            size = reader.small_data(stream.stream_id, SMALL_CHUNK)
        return chunk if len(pieces) == 1 else b"".join(pieces)

    def _begin_data(self, reader: FrameReader) -> None:
        """Look at the header of a DATA frame: who takes its payload, and whether it may come."""
        length = reader.length
        stream_id = reader.stream_id
        padding = 0
        if reader.flags & _frames.PADDED:
            if length == 0:
                msg = "padded DATA without a pad length"
                raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR, stream_id)
            padding = reader.data[reader.start] + 1
            if padding > length:
                msg = "padding longer than the DATA frame"
                raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)
        if not self._streams.credit.consume(length):
            msg = "DATA beyond the connection's window"
            raise RemoteProtocolError(msg, ErrorCodes.FLOW_CONTROL_ERROR, stream_id)
        self._body_of = None
        stream = self._streams.live.get(stream_id)
        if stream is None:
            self._streams.ids.refuse_closed(stream_id, "DATA")
            self._streams.credit.passed_over(length)
            self._streams.abuse.stray_frame()
            return
        body = stream.body
        if body is None or not body.is_open:
            self._refuse(reader, ErrorCodes.STREAM_CLOSED)
            return
        if not body.consume(length):
            self._refuse(reader, ErrorCodes.FLOW_CONTROL_ERROR)
            return
        if body.is_too_long(length - padding):
            self._refuse(reader, ErrorCodes.PROTOCOL_ERROR)
            return
        if length == padding and not reader.flags & _frames.END_STREAM:
            self._streams.abuse.empty_data()
        if padding:
            body.pass_over(padding)
        self._body_of = stream

    def _refuse(self, reader: FrameReader, error_code: int) -> None:
        """Reset the stream of a DATA frame that must not come, and pass over its payload."""
        self._streams.error(reader.stream_id, error_code)
        self._streams.credit.passed_over(reader.length)
