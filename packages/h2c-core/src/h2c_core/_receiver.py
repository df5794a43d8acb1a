"""Owns what each frame does, and which are allowed when (RFC 9113 sections 5 and 6).

Does not cut bytes into frames, and does not own streams, windows or output.
"""

from typing import Final

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._drain import Drain
from h2c_core._header_block import HeaderBlock
from h2c_core._limits import Limits
from h2c_core._outbound import Outbound
from h2c_core._reader import FrameReader
from h2c_core._requests import ConnectionHandler, RequestReceiver
from h2c_core._settings import (
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    MAX_WINDOW,
    parse_settings,
)
from h2c_core._streams import StreamTable
from h2c_core.errors import RemoteProtocolError

__all__ = ["Receiver"]

_PING_SIZE: Final = 8
_PRIORITY_SIZE: Final = 5
_RST_STREAM_SIZE: Final = 4
_WINDOW_UPDATE_SIZE: Final = 4
_GOAWAY_MIN_SIZE: Final = 8


class Receiver:
    """The receiving half of a connection."""

    __slots__ = (
        "_block",
        "_drain",
        "_has_settings",
        "_outbound",
        "_reader",
        "_requests",
        "_streams",
        "_table_size",
    )

    def __init__(
        self, handler: ConnectionHandler, limits: Limits, outbound: Outbound, streams: StreamTable
    ) -> None:
        self._outbound = outbound
        self._streams = streams
        self._drain: Drain = streams.drain
        self._reader = FrameReader(limits.max_inbound_frame_size)
        self._requests = RequestReceiver(handler, limits, outbound, streams)
        self._block: HeaderBlock = self._requests.block
        self._table_size = limits.header_table_size
        self._has_settings = False

    def receive(self, data: bytes) -> None:
        """Do what the frames in `data` ask for.

        Raises:
            RemoteProtocolError: a rule is broken that ends the connection.
        """
        reader = self._reader
        outbound = self._outbound
        reader.feed(data)
        while reader.next():
            kind = reader.kind
            if self._block.stream_id and (
                kind != _frames.CONTINUATION or reader.stream_id != self._block.stream_id
            ):
                msg = "a frame between HEADERS and its CONTINUATION"
                raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, reader.stream_id)
            if not self._has_settings:
                if kind != _frames.SETTINGS or reader.flags & _frames.ACK:
                    msg = "the first frame is not SETTINGS"
                    raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR)
                self._has_settings = True
            if kind == _frames.HEADERS:
                self._requests.on_headers(reader)
            elif kind == _frames.DATA:
                self._requests.on_data(reader)
            elif kind == _frames.WINDOW_UPDATE:
                self._on_window_update(reader)
            else:
                self._on_rare(reader, kind)
            outbound.check_queued()

    def _on_rare(self, reader: FrameReader, kind: int) -> None:
        if kind == _frames.RST_STREAM:
            self._on_rst_stream(reader)
        elif kind == _frames.SETTINGS:
            self._on_settings(reader)
        elif kind == _frames.PING:
            self._on_ping(reader)
        elif kind == _frames.PRIORITY:
            self._on_priority(reader)
        elif kind == _frames.GOAWAY:
            self._on_goaway(reader)
        elif kind == _frames.CONTINUATION:
            self._requests.on_continuation(reader)
        elif kind == _frames.PUSH_PROMISE:
            msg = "PUSH_PROMISE from a client"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, reader.stream_id)
        # A frame of an unknown type is ignored (section 5.5).

    # RST_STREAM, PRIORITY, WINDOW_UPDATE (sections 6.3, 6.4, 6.9)

    def _on_rst_stream(self, reader: FrameReader) -> None:
        if reader.length != _RST_STREAM_SIZE:
            msg = "RST_STREAM is not four bytes long"
            raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR, reader.stream_id)
        self._streams.refuse_idle(reader.stream_id, "RST_STREAM")
        stream = self._streams.live.get(reader.stream_id)
        if stream is not None:
            data = reader.data
            start = reader.start
            stream.fail(data[start] << 24 | _frames.uint24(data, start + 1))

    def _on_priority(self, reader: FrameReader) -> None:
        stream_id = reader.stream_id
        if stream_id == 0:
            msg = "PRIORITY on stream 0"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, 0)
        stream = self._streams.live.get(stream_id)
        is_sized = reader.length == _PRIORITY_SIZE
        if is_sized:
            depends_on = _frames.uint31(reader.data, reader.start)
            if depends_on != stream_id:
                if stream is not None:
                    stream.depends_on = depends_on
                    stream.weight = reader.data[reader.start + 4] + 1
                return
        error = ErrorCodes.PROTOCOL_ERROR if is_sized else ErrorCodes.FRAME_SIZE_ERROR
        if stream is None and stream_id > self._drain.last_stream_id:
            # RST_STREAM must not name an idle stream, so that the connection has to end.
            msg = "PRIORITY of an idle stream is malformed"
            raise RemoteProtocolError(msg, error, stream_id)
        if stream is not None:
            self._streams.error(stream_id, error)

    def _on_window_update(self, reader: FrameReader) -> None:
        stream_id = reader.stream_id
        if reader.length != _WINDOW_UPDATE_SIZE:
            msg = "WINDOW_UPDATE is not four bytes long"
            raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR, stream_id)
        increment = _frames.uint31(reader.data, reader.start)
        outbound = self._outbound
        if stream_id == 0:
            if increment == 0:
                msg = "WINDOW_UPDATE of 0 on the connection"
                raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, 0)
            if outbound.window + increment > MAX_WINDOW:
                msg = "the connection's window is above 2147483647"
                raise RemoteProtocolError(msg, ErrorCodes.FLOW_CONTROL_ERROR, 0)
            outbound.window += increment
            return
        self._streams.refuse_idle(stream_id, "WINDOW_UPDATE")
        stream = self._streams.live.get(stream_id)
        if stream is None:
            return
        if increment == 0:
            self._streams.error(stream_id, ErrorCodes.PROTOCOL_ERROR)
        elif stream.send_window + increment > MAX_WINDOW:
            self._streams.error(stream_id, ErrorCodes.FLOW_CONTROL_ERROR)
        else:
            stream.send_window += increment
            outbound.may_send(stream)

    # SETTINGS, PING, GOAWAY (sections 6.5, 6.7, 6.8)

    def _on_settings(self, reader: FrameReader) -> None:
        _connection_only(reader, "SETTINGS")
        outbound = self._outbound
        if reader.flags & _frames.ACK:
            if reader.length:
                msg = "acknowledgement of SETTINGS with a payload"
                raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR)
            self._block.decoder.set_max_table_size(self._table_size)
            self._requests.settings_acknowledged()
            return
        for identifier, value in parse_settings(reader.data, reader.start, reader.stop):
            if identifier == HEADER_TABLE_SIZE:
                outbound.encoder.set_peer_table_size(value)
            elif identifier == MAX_FRAME_SIZE:
                outbound.max_frame_size = value
            elif identifier == INITIAL_WINDOW_SIZE:
                self._on_initial_window(value)
        outbound.control(_frames.SETTINGS_ACK)

    def _on_initial_window(self, value: int) -> None:
        """Move the send windows of all open streams, below zero where need be (section 6.9.2)."""
        outbound = self._outbound
        change = value - outbound.initial_window
        outbound.initial_window = value
        for stream in self._streams.live.values():
            if stream.send_window + change > MAX_WINDOW:
                msg = "SETTINGS_INITIAL_WINDOW_SIZE lifts a window above 2147483647"
                raise RemoteProtocolError(msg, ErrorCodes.FLOW_CONTROL_ERROR)
            stream.send_window += change
            outbound.may_send(stream)

    def _on_ping(self, reader: FrameReader) -> None:
        _connection_only(reader, "PING")
        if reader.length != _PING_SIZE:
            msg = "PING is not eight bytes long"
            raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR)
        opaque = reader.data[reader.start : reader.stop]
        if reader.flags & _frames.ACK:
            self._drain.on_ping_ack(opaque)
        else:
            self._outbound.control(_frames.ping(opaque, ack=True))

    def _on_goaway(self, reader: FrameReader) -> None:
        """The client opens no more streams and closes when it has its answers: nothing to do."""
        _connection_only(reader, "GOAWAY")
        if reader.length < _GOAWAY_MIN_SIZE:
            msg = "GOAWAY is shorter than eight bytes"
            raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR)


def _connection_only(reader: FrameReader, name: str) -> None:
    """Refuse a frame that belongs on stream 0 and came on another."""
    if reader.stream_id:
        msg = f"{name} on a stream"
        raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, reader.stream_id)
