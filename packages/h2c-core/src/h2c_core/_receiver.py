"""Owns what each frame does, and which are allowed when (RFC 9113 sections 5 and 6).

Does not cut bytes into frames, and does not own streams, windows or output.
"""

from typing import Final

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._abuse import Abuse
from h2c_core._bodies import BodyReceiver
from h2c_core._drain import Drain
from h2c_core._header_block import HeaderBlock
from h2c_core._limits import Limits
from h2c_core._outbound import HIGH_WATER, Outbound
from h2c_core._priority_signals import PrioritySignals
from h2c_core._reader import FrameReader
from h2c_core._request_head import Field
from h2c_core._requests import ConnectionHandler, RequestReceiver
from h2c_core._settings import (
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    MAX_WINDOW,
    NO_RFC7540_PRIORITIES,
    SETTING_SIZE,
    parse_settings,
)
from h2c_core._states import HALF_CLOSED_LOCAL
from h2c_core._stream_table import StreamTable
from h2c_core.errors import RemoteProtocolError

__all__ = ["Receiver"]

_PING_SIZE: Final = 8
_PRIORITY_SIZE: Final = 5
_RST_STREAM_SIZE: Final = 4
_WINDOW_UPDATE_SIZE: Final = 4
_GOAWAY_MIN_SIZE: Final = 8


class Receiver:
    """The receiving half of a connection.

    Attributes:
        has_settings: the peer's first SETTINGS frame has come.
    """

    __slots__ = (
        "_abuse",
        "_block",
        "_bodies",
        "_drain",
        "_outbound",
        "_reader",
        "_requests",
        "_signals",
        "_streams",
        "_table_size",
        "has_settings",
    )

    def __init__(
        self, handler: ConnectionHandler, limits: Limits, outbound: Outbound, streams: StreamTable
    ) -> None:
        self._outbound = outbound
        self._streams = streams
        self._abuse: Abuse = streams.abuse
        self._drain: Drain = streams.drain
        self._reader = FrameReader(limits.max_inbound_frame_size)
        self._requests = RequestReceiver(handler, limits, outbound, streams)
        self._bodies = BodyReceiver(streams)
        self._block: HeaderBlock = self._requests.block
        self._signals: PrioritySignals = self._requests.signals
        self._table_size = limits.header_table_size
        self.has_settings = False

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
            if not self.has_settings:
                if kind != _frames.SETTINGS or reader.flags & _frames.ACK:
                    msg = "the first frame is not SETTINGS"
                    raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR)
                self.has_settings = True
            if kind == _frames.HEADERS:
                self._requests.on_headers(reader)
            elif kind == _frames.DATA:
                self._bodies.on_data(reader)
            elif kind == _frames.WINDOW_UPDATE:
                self._on_window_update(reader)
            else:
                self._on_rare(reader, kind)
            outbound.check_queued()

    def unfinished(self) -> int:
        """Return what is not whole of the input, as a number that tells it from others; 0 for none.

        A field block is below zero. DATA does not count: that it comes is another matter.
        """
        stream_id = self._block.stream_id
        return -stream_id if stream_id else self._reader.unfinished()

    def upgrade(self, settings: bytes, fields: list[Field]) -> None:
        """Take the settings and the request that an upgrade from HTTP/1.1 brought.

        Raises:
            RemoteProtocolError: the settings are wrong.
        """
        self._apply_settings(settings, 0, len(settings))
        self._requests.on_upgrade(fields)

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
        elif kind == _frames.PRIORITY_UPDATE:
            self._signals.on_update(reader)
        elif kind == _frames.PUSH_PROMISE:
            msg = "PUSH_PROMISE from a client"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, reader.stream_id)
        else:
            # A frame of an unknown type is ignored (section 5.5).
            self._abuse.stray_frame()

    # RST_STREAM, PRIORITY, WINDOW_UPDATE (sections 6.3, 6.4, 6.9)

    def _on_rst_stream(self, reader: FrameReader) -> None:
        if reader.length != _RST_STREAM_SIZE:
            msg = "RST_STREAM is not four bytes long"
            raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR, reader.stream_id)
        self._streams.ids.refuse_idle(reader.stream_id, "RST_STREAM")
        stream = self._streams.live.get(reader.stream_id)
        if stream is None:
            self._abuse.stray_frame()
            return
        is_answered = stream.state == HALF_CLOSED_LOCAL
        data = reader.data
        start = reader.start
        stream.fail(data[start] << 24 | _frames.uint24(data, start + 1))
        if not is_answered:
            self._abuse.peer_reset()

    def _on_priority(self, reader: FrameReader) -> None:
        stream_id = reader.stream_id
        if stream_id == 0:
            msg = "PRIORITY on stream 0"
            raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, 0)
        self._abuse.priority()
        stream = self._streams.live.get(stream_id)
        is_sized = reader.length == _PRIORITY_SIZE
        if is_sized:
            depends_on = _frames.uint31(reader.data, reader.start)
            if depends_on != stream_id:
                if stream is not None and self._signals.uses_weights:
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
        self._abuse.window_update()
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
        self._streams.ids.refuse_idle(stream_id, "WINDOW_UPDATE")
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
        self._abuse.settings(reader.length // SETTING_SIZE)
        outbound = self._outbound
        if reader.flags & _frames.ACK:
            if reader.length:
                msg = "acknowledgement of SETTINGS with a payload"
                raise RemoteProtocolError(msg, ErrorCodes.FRAME_SIZE_ERROR)
            self._block.decoder.set_max_table_size(self._table_size)
            self._requests.settings_acknowledged()
            self._abuse.knows_settings = True
            return
        self._apply_settings(reader.data, reader.start, reader.stop)
        outbound.control(_frames.SETTINGS_ACK)

    def _apply_settings(self, data: bytes, start: int, stop: int) -> None:
        outbound = self._outbound
        for identifier, value in parse_settings(data, start, stop):
            if identifier == HEADER_TABLE_SIZE:
                outbound.encoder.set_peer_table_size(value)
            elif identifier == MAX_FRAME_SIZE:
                outbound.max_frame_size = min(value, HIGH_WATER)
            elif identifier == INITIAL_WINDOW_SIZE:
                self._on_initial_window(value)
            elif identifier == NO_RFC7540_PRIORITIES:
                self._signals.uses_weights = value == 0

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
        self._abuse.ping()
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
        self._abuse.stray_frame()


def _connection_only(reader: FrameReader, name: str) -> None:
    """Refuse a frame that belongs on stream 0 and came on another."""
    if reader.stream_id:
        msg = f"{name} on a stream"
        raise RemoteProtocolError(msg, ErrorCodes.PROTOCOL_ERROR, reader.stream_id)
