"""Owns requests on their way in: HEADERS and CONTINUATION (RFC 9113 sections 6.2, 6.10, 8.1).

Does not cut bytes into frames, and does not own streams, windows or output.
"""

from typing import Final, Protocol

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._fields import check_trailers, parse_request_head
from h2c_core._header_block import HeaderBlock
from h2c_core._limits import Limits
from h2c_core._outbound import Outbound, OutputListener
from h2c_core._priority import NO_PRIORITY
from h2c_core._priority_signals import PrioritySignals
from h2c_core._reader import FrameReader
from h2c_core._request_body import RequestBody
from h2c_core._request_head import Field, MalformedFieldsError, RequestHead
from h2c_core._settings import DEFAULT_WINDOW
from h2c_core._stream_table import StreamTable
from h2c_core._streams import Stream, StreamHandler
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
    """Makes streams of field blocks.

    Attributes:
        block: the field block that is being received.
        signals: what the client says of priorities beside its requests.
    """

    __slots__ = (
        "_ahead",
        "_handler",
        "_limits",
        "_max_streams",
        "_outbound",
        "_streams",
        "_window_size",
        "block",
        "signals",
    )

    def __init__(
        self, handler: ConnectionHandler, limits: Limits, outbound: Outbound, streams: StreamTable
    ) -> None:
        self._handler = handler
        self._limits = limits
        self._max_streams = limits.max_concurrent_streams
        self._outbound = outbound
        self._streams = streams
        self.block = HeaderBlock(limits)
        self.signals = PrioritySignals(limits, streams)
        self._window_size = limits.initial_stream_window
        self._ahead = max(DEFAULT_WINDOW - limits.initial_stream_window, 0)

    def settings_acknowledged(self) -> None:
        """The peer knows the windows of streams: what it did not know of is no longer admitted."""
        if self._ahead:
            for stream in self._streams.live.values():
                if stream.body is not None:
                    stream.body.narrow(self._ahead)
            self._ahead = 0

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
        if fields is None:
            self._streams.abuse.walked_fields(self.block.decoder.walked)
        is_valid = is_valid and not self.block.decoder.malformed
        stream = self._streams.live.get(stream_id)
        if stream is not None:
            self._on_trailers(stream, fields, end_stream=end_stream, is_valid=is_valid)
        elif stream_id > self._streams.drain.last_stream_id:
            if self._streams.drain.is_final:
                self._streams.abuse.stray_frame()
            else:
                self._on_request(stream_id, fields, end_stream=end_stream, is_valid=is_valid)
        else:
            self._streams.ids.refuse_skipped(stream_id)
            self._streams.ids.refuse_closed(stream_id, "HEADERS")
            self._streams.abuse.stray_frame()

    def on_upgrade(self, fields: list[Field]) -> None:
        """Open stream 1 for the request that asked in HTTP/1.1 for HTTP/2, and is whole."""
        self.block.measure(fields)
        self._on_request(1, fields, end_stream=True, is_valid=True)

    def _on_request(
        self, stream_id: int, fields: list[Field] | None, *, end_stream: bool, is_valid: bool
    ) -> None:
        streams = self._streams
        streams.ids.count(stream_id)
        update = self.signals.take(stream_id) if self.signals.kept else NO_PRIORITY
        if not is_valid:
            streams.error(stream_id, ErrorCodes.PROTOCOL_ERROR)
            return
        if len(streams.live) >= self._max_streams:
            streams.refuse(stream_id)
            return
        if fields is None:
            self._refuse_fields(stream_id, end_stream=end_stream)
            return
        try:
            head = parse_request_head(fields, end_stream=end_stream)
            if head.protocol and not self._limits.enable_connect_protocol:
                msg = ":protocol without the setting that admits it"
                raise MalformedFieldsError(msg)
        except MalformedFieldsError:
            streams.error(stream_id, ErrorCodes.PROTOCOL_ERROR)
            return
        stream = Stream(stream_id, streams, self._outbound)
        block = self.block
        if block.weight and self.signals.uses_weights:
            stream.weight = block.weight
            stream.depends_on = block.depends_on
        if update != NO_PRIORITY:
            head.priority = update
        if head.priority != NO_PRIORITY:
            stream.prioritize(head.priority)
        if not streams.hold(stream, block.cost(fields)):
            streams.refuse(stream_id)
            return
        self._open(stream, head.content_length, end_stream=end_stream)
        stream.bind(self._handler.open_stream(stream, head), head)

    def _open(self, stream: Stream, content_length: int, *, end_stream: bool) -> None:
        streams = self._streams
        streams.live[stream.stream_id] = stream
        if end_stream:
            stream.half_close()
        else:
            window = ReceiveWindow(self._window_size, self._ahead)
            stream.body = RequestBody(
                stream.stream_id, content_length, window, streams.credit, self._outbound
            )

    def _on_trailers(
        self, stream: Stream, fields: list[Field] | None, *, end_stream: bool, is_valid: bool
    ) -> None:
        body = stream.body
        error = ErrorCodes.NO_ERROR
        if body is None or not body.is_open:
            error = ErrorCodes.STREAM_CLOSED
        elif fields is None:
            error = ErrorCodes.ENHANCE_YOUR_CALM
        elif stream.is_tunnel or not end_stream or not is_valid or body.is_short():
            error = ErrorCodes.PROTOCOL_ERROR
        else:
            try:
                check_trailers(fields)
            except MalformedFieldsError:
                error = ErrorCodes.PROTOCOL_ERROR
            if not self._streams.hold(stream, self.block.cost(fields)):
                error = ErrorCodes.ENHANCE_YOUR_CALM
        if error != ErrorCodes.NO_ERROR or fields is None:
            self._streams.error(stream.stream_id, error)
        else:
            stream.received_end(fields)

    def _refuse_fields(self, stream_id: int, *, end_stream: bool) -> None:
        """Answer 431 to a request whose fields were decoded but not kept (RFC 6585 section 5)."""
        stream = Stream(stream_id, self._streams, self._outbound)
        self._open(stream, -1, end_stream=end_stream)
        stream.start(_REQUEST_HEADER_FIELDS_TOO_LARGE, [(b"content-length", b"0")], end=True)
        stream.finish()
        self._streams.abuse.provoked_reset()
