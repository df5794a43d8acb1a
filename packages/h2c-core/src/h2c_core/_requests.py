"""Owns requests on their way in: HEADERS, CONTINUATION and DATA (RFC 9113 sections 6.1, 6.2, 8.1).

Does not cut bytes into frames, and does not own streams, windows or output.
"""

from typing import Final, Protocol

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._fields import (
    Field,
    MalformedFieldsError,
    RequestHead,
    check_trailers,
    parse_request_head,
)
from h2c_core._header_block import HeaderBlock
from h2c_core._limits import Limits
from h2c_core._outbound import Outbound, OutputListener
from h2c_core._reader import FrameReader
from h2c_core._settings import DEFAULT_WINDOW
from h2c_core._states import CLOSED
from h2c_core._streams import Stream, StreamHandler, StreamTable
from h2c_core._windows import ReceiveWindow
from h2c_core.errors import RemoteProtocolError

__all__ = ["ConnectionHandler", "RequestReceiver"]

_PRIORITY_SIZE: Final = 5
_REQUEST_HEADER_FIELDS_TOO_LARGE: Final = 431


class ConnectionHandler(OutputListener, Protocol):
    """Who keeps the transport and starts the applications."""

    def open_stream(self, stream: Stream, head: RequestHead) -> StreamHandler:
        """A request began; returns who takes its body.

        Called from inside `Connection.receive_data`, so that it only records: the application is
        started when `receive_data` has returned.
        """


class RequestReceiver:
    """Makes streams of field blocks, and passes bodies to them.

    Attributes:
        block: the field block that is being received.
    """

    __slots__ = (
        "_ahead",
        "_body_of",
        "_handler",
        "_limits",
        "_outbound",
        "_streams",
        "_window_size",
        "block",
    )

    def __init__(
        self, handler: ConnectionHandler, limits: Limits, outbound: Outbound, streams: StreamTable
    ) -> None:
        self._handler = handler
        self._limits = limits
        self._outbound = outbound
        self._streams = streams
        self._body_of: Stream | None = None
        self.block = HeaderBlock(limits)
        self._window_size = limits.initial_stream_window
        self._ahead = max(DEFAULT_WINDOW - limits.initial_stream_window, 0)

    def settings_acknowledged(self) -> None:
        """The peer knows the windows of streams: what it did not know of is no longer admitted."""
        if self._ahead:
            for stream in self._streams.live.values():
                stream.narrow(self._ahead)
            self._ahead = 0

    # DATA (section 6.1)

    def on_data(self, reader: FrameReader) -> None:
        if reader.is_first:
            self._begin_data(reader)
        stream = self._body_of
        if stream is None:
            return
        start = reader.start
        stop = reader.stop
        if reader.flags & _frames.PADDED:
            stop -= reader.data[start]
            start += 1
        if stop > start:
            stream.received(reader.data[start:stop])
        if reader.is_last:
            self._body_of = None
            if reader.flags & _frames.END_STREAM and stream.state != CLOSED:
                if stream.is_short():
                    self._streams.error(stream.stream_id, ErrorCodes.PROTOCOL_ERROR)
                else:
                    stream.received_end([])

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
            self._streams.refuse_closed(stream_id, "DATA")
            self._streams.credit.passed_over(length)
            return
        error = ErrorCodes.NO_ERROR
        if not stream.can_receive():
            error = ErrorCodes.STREAM_CLOSED
        elif not stream.consume(length):
            error = ErrorCodes.FLOW_CONTROL_ERROR
        elif stream.is_too_long(length - padding):
            error = ErrorCodes.PROTOCOL_ERROR
        if error != ErrorCodes.NO_ERROR:
            self._streams.error(stream_id, error)
            self._streams.credit.passed_over(length)
            return
        if padding:
            stream.pass_over(padding)
        self._body_of = stream

    # HEADERS and CONTINUATION (sections 6.2 and 6.10)

    def on_headers(self, reader: FrameReader) -> None:
        stream_id = reader.stream_id
        flags = reader.flags
        data = reader.data
        start = reader.start
        stop = reader.stop
        if stream_id == 0:
            msg = "HEADERS on stream 0"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, 0)
        is_valid = True
        weight = 0
        depends_on = 0
        if flags & (_frames.PADDED | _frames.PRIORITY_FLAG):
            padding = 0
            needed = _PRIORITY_SIZE if flags & _frames.PRIORITY_FLAG else 0
            if flags & _frames.PADDED:
                padding = data[start] if start < stop else 0
                start += 1
            if stop - start < needed:
                msg = "HEADERS too short for its flags"
                raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR, stream_id)
            if needed:
                depends_on = _frames.uint31(data, start)
                weight = data[start + 4] + 1
                start += needed
                is_valid = depends_on != stream_id
            stop -= padding
            if stop < start:
                msg = "padding longer than the HEADERS frame"
                raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, stream_id)
        block = self.block
        block.weight = weight
        block.depends_on = depends_on
        end_stream = flags & _frames.END_STREAM != 0
        fragment = data[start:stop]
        if flags & _frames.END_HEADERS:
            self._on_block(stream_id, fragment, end_stream=end_stream, is_valid=is_valid)
        else:
            block.begin(stream_id, fragment, end_stream=end_stream, is_valid=is_valid)

    def on_continuation(self, reader: FrameReader) -> None:
        block = self.block
        if not block.stream_id:
            msg = "CONTINUATION without HEADERS"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, reader.stream_id)
        block.proceed(reader.data[reader.start : reader.stop])
        if reader.flags & _frames.END_HEADERS:
            stream_id = block.stream_id
            self._on_block(
                stream_id, block.whole(), end_stream=block.end_stream, is_valid=block.is_valid
            )

    def _on_block(self, stream_id: int, block: bytes, *, end_stream: bool, is_valid: bool) -> None:
        """A field block is whole: it is decoded whatever becomes of it, for the tables' sake."""
        fields = self.block.decode(block)
        is_valid = is_valid and not self.block.decoder.malformed
        stream = self._streams.live.get(stream_id)
        if stream is not None:
            self._on_trailers(stream, fields, end_stream=end_stream, is_valid=is_valid)
        elif stream_id > self._streams.drain.last_stream_id:
            if not self._streams.drain.is_final:
                self._on_request(stream_id, fields, end_stream=end_stream, is_valid=is_valid)
        else:
            self._streams.refuse_skipped(stream_id)
            self._streams.refuse_closed(stream_id, "HEADERS")

    def _on_request(
        self, stream_id: int, fields: list[Field] | None, *, end_stream: bool, is_valid: bool
    ) -> None:
        streams = self._streams
        streams.count(stream_id)
        if not is_valid:
            self._streams.error(stream_id, ErrorCodes.PROTOCOL_ERROR)
            return
        if len(streams.live) >= self._limits.max_concurrent_streams:
            self._streams.error(stream_id, ErrorCodes.REFUSED_STREAM)
            return
        if fields is None:
            self._refuse_fields(stream_id, end_stream=end_stream)
            return
        try:
            head = parse_request_head(fields, end_stream=end_stream)
        except MalformedFieldsError:
            self._streams.error(stream_id, ErrorCodes.PROTOCOL_ERROR)
            return
        stream = Stream(stream_id, streams, self._outbound)
        block = self.block
        if block.weight:
            stream.weight = block.weight
            stream.depends_on = block.depends_on
        streams.live[stream_id] = stream
        window = None if end_stream else ReceiveWindow(self._window_size, self._ahead)
        stream.bind(self._handler.open_stream(stream, head), head, window)
        if end_stream:
            stream.half_close()

    def _on_trailers(
        self, stream: Stream, fields: list[Field] | None, *, end_stream: bool, is_valid: bool
    ) -> None:
        error = ErrorCodes.NO_ERROR
        if not stream.can_receive():
            error = ErrorCodes.STREAM_CLOSED
        elif fields is None:
            error = ErrorCodes.ENHANCE_YOUR_CALM
        elif not end_stream or not is_valid or stream.is_short():
            error = ErrorCodes.PROTOCOL_ERROR
        else:
            try:
                check_trailers(fields)
            except MalformedFieldsError:
                error = ErrorCodes.PROTOCOL_ERROR
        if error != ErrorCodes.NO_ERROR or fields is None:
            self._streams.error(stream.stream_id, error)
        else:
            stream.received_end(fields)

    def _refuse_fields(self, stream_id: int, *, end_stream: bool) -> None:
        """Answer 431 to a request whose fields were decoded but not kept (RFC 6585 section 5)."""
        fields = [(b"content-length", b"0")]
        self._outbound.headers(stream_id, _REQUEST_HEADER_FIELDS_TOO_LARGE, fields, end=True)
        if not end_stream:
            self._streams.error(stream_id, ErrorCodes.NO_ERROR)
