"""Owns the books that RFC 9113 asks a client to keep: windows, streams, the HPACK table.

They fail when the server breaks a rule that holds at all times: no frame above a window or above
SETTINGS_MAX_FRAME_SIZE, the order of frames on a stream, nothing after its end. Does not send.

What the client sets counts from its acknowledgement on (section 6.5.3): what the server sent before
is right by what was set before, however long ago the client said otherwise.
"""

from collections import deque

import hpack

from tests.h2c_core import wire
from tests.h2c_core.wire import Fields, Frame, Kind


class ServedStream:
    """What the client has seen of one stream."""

    def __init__(self) -> None:
        self.heads: list[Fields] = []
        self.body = bytearray()
        self.trailers: Fields | None = None
        self.has_final_head = False
        self.is_ended = False
        self.reset_code: int | None = None

    @property
    def status(self) -> int:
        """The status of the final response; 0 before it."""
        return int(self.heads[-1][0][1]) if self.has_final_head else 0

    def take_head(self, fields: Fields, *, end: bool) -> None:
        if self.has_final_head:
            assert end, "trailers without END_STREAM"
            assert not any(name.startswith(b":") for name, _ in fields), "pseudo-field in trailers"
            self.trailers = fields
        else:
            assert fields[0][0] == b":status"
            assert not any(name.startswith(b":") for name, _ in fields[1:])
            self.has_final_head = not fields[0][1].startswith(b"1")
            assert self.has_final_head or not end, "END_STREAM on an interim response"
            self.heads.append(fields)
        for name, value in fields:
            assert name == name.lower()
            assert not {0, 10, 13} & set(name + value)
        self.is_ended = self.is_ended or end


class Books:
    """The windows and streams of one connection as its client counts them."""

    def __init__(self) -> None:
        self.streams: dict[int, ServedStream] = {}
        self.max_frame_size = wire.DEFAULT_FRAME_SIZE
        self.initial_send_window = wire.DEFAULT_WINDOW
        self.send_window = {0: wire.DEFAULT_WINDOW}
        self.initial_credit = wire.DEFAULT_WINDOW
        self.credit = {0: wire.DEFAULT_WINDOW}
        self.settings_acked = 0
        self.settings_sent = 0
        self._unacknowledged: deque[list[tuple[int, int]]] = deque()
        self._decoder = hpack.Decoder(max_header_list_size=2**24)
        self._block: tuple[int, int, bytes] | None = None

    @property
    def table_size(self) -> int:
        """The largest size of the HPACK table that the server's encoder has asked for."""
        return self._decoder.header_table_size

    def of(self, stream_id: int) -> ServedStream:
        return self.streams.setdefault(stream_id, ServedStream())

    def open(self, stream_id: int) -> None:
        self.send_window.setdefault(stream_id, self.initial_send_window)
        self.credit.setdefault(stream_id, self.initial_credit)

    def client_sent(self, frame: Frame) -> None:
        if frame.kind == Kind.HEADERS:
            self.open(frame.stream_id)
        elif frame.kind == Kind.DATA:
            self.credit[0] -= len(frame.payload)
            self.credit[frame.stream_id] = self.credit.get(frame.stream_id, 0) - len(frame.payload)
        elif frame.kind == Kind.WINDOW_UPDATE and frame.stream_id in self.send_window:
            self.send_window[frame.stream_id] += frame.number
        elif frame.kind == Kind.SETTINGS and not frame.is_ack:
            self.settings_sent += 1
            self._unacknowledged.append(frame.settings)

    def _take_acknowledgement(self) -> None:
        assert self._unacknowledged, "an acknowledgement of nothing"
        self.settings_acked += 1
        for identifier, value in self._unacknowledged.popleft():
            if identifier == wire.INITIAL_WINDOW_SIZE and value <= wire.MAX_WINDOW:
                for stream_id in self.send_window:
                    if stream_id:
                        self.send_window[stream_id] += value - self.initial_send_window
                self.initial_send_window = value
            elif identifier == wire.MAX_FRAME_SIZE and wire.DEFAULT_FRAME_SIZE <= value < 2**24:
                self.max_frame_size = value
            elif identifier == wire.HEADER_TABLE_SIZE:
                self._decoder.max_allowed_table_size = value

    def server_sent(self, frame: Frame) -> None:
        assert len(frame.payload) <= self.max_frame_size, "frame above SETTINGS_MAX_FRAME_SIZE"
        if self._block is not None:
            assert frame.kind == Kind.CONTINUATION, "another frame inside a field block"
            assert frame.stream_id == self._block[0]
        if frame.kind == Kind.DATA:
            self._data(frame)
        elif frame.kind == Kind.HEADERS:
            self._fragment(frame.stream_id, frame.flags, frame.payload, frame.flags)
        elif frame.kind == Kind.CONTINUATION:
            assert self._block is not None, "CONTINUATION without HEADERS"
            stream_id, flags, block = self._block
            self._fragment(stream_id, flags, block + frame.payload, frame.flags)
        elif frame.kind == Kind.RST_STREAM:
            stream = self.of(frame.stream_id)
            assert stream.reset_code is None, "RST_STREAM twice"
            stream.reset_code = frame.error_code
        elif frame.kind == Kind.WINDOW_UPDATE:
            assert frame.number, "WINDOW_UPDATE of zero"
            if frame.stream_id in self.credit:
                self.credit[frame.stream_id] += frame.number
                assert self.credit[frame.stream_id] <= wire.MAX_WINDOW
        elif frame.kind == Kind.SETTINGS and frame.is_ack:
            self._take_acknowledgement()
        elif frame.kind == Kind.SETTINGS:
            for identifier, value in frame.settings:
                if identifier == wire.INITIAL_WINDOW_SIZE:
                    self.initial_credit = value

    def _data(self, frame: Frame) -> None:
        stream = self.of(frame.stream_id)
        self._check_open(stream)
        assert stream.has_final_head, "DATA before the response head"
        assert not frame.flags & wire.PADDED
        size = len(frame.payload)
        if size:
            self.send_window[0] -= size
            self.send_window[frame.stream_id] -= size
            assert self.send_window[0] >= 0, "above the connection's window"
            assert self.send_window[frame.stream_id] >= 0, "above the stream's window"
        stream.body += frame.payload
        stream.is_ended = frame.ends_stream

    def _fragment(self, stream_id: int, flags: int, block: bytes, end_flags: int) -> None:
        stream = self.of(stream_id)
        self._check_open(stream)
        if not end_flags & wire.END_HEADERS:
            self._block = (stream_id, flags, block)
            return
        self._block = None
        fields = wire.decoded(self._decoder, block)
        stream.take_head(fields, end=bool(flags & wire.END_STREAM))

    @staticmethod
    def _check_open(stream: ServedStream) -> None:
        assert not stream.is_ended, "a frame after END_STREAM"
        assert stream.reset_code is None, "a frame after RST_STREAM"
