"""Owns what waits to be written, and what decides on it: window, settings, HPACK encoder.

Does not know the states of streams; whoever sends a frame has looked at them.
"""

from typing import Final, Protocol

from h2.errors import ErrorCodes

from h2c_core import _frames
from h2c_core._hpack_encoder import Encoder
from h2c_core._limits import Limits
from h2c_core._request_head import Field
from h2c_core._scheduler import Scheduler
from h2c_core._settings import DEFAULT_MAX_FRAME_SIZE, DEFAULT_WINDOW
from h2c_core._waiting import WaitingBody
from h2c_core.errors import RemoteProtocolError

__all__ = ["HIGH_WATER", "Outbound", "OutputListener"]

HIGH_WATER: Final = 65536
"""Bytes of output above which it is time to write: what one write to a socket commonly takes."""


class OutputListener(Protocol):
    """Whoever writes the output to the transport."""

    def wants_write(self, urgent: bool) -> None:
        """Output is there; `urgent` says that it passed 64 KiB and should be written now."""

    def write_at_once(self, data: bytes) -> bool:
        """Write a frame of a tunnel, before which nothing waits; False to have it queued."""


class Outbound:
    """The sending half of a connection.

    Attributes:
        window: bytes that the peer admits on the connection.
        initial_window: what it admits on a stream that it opens now.
        max_frame_size: the largest payload to send: what the peer accepts, but no more than 64 KiB,
            so that what is more urgent never waits for a larger frame.
        in_turn: the engine is inside a call of the shell, which asks for the output afterwards; the
            listener is not called then.
        is_paused: the transport is full.
        pauses: how often that has begun.
        is_closed: nothing more will be said; what is queued from now on is dropped.
        data_frames: DATA frames sent, but for those that a window cut short.
    """

    __slots__ = (
        "_control",
        "_heads",
        "_listener",
        "_max_control",
        "_max_heads",
        "_output",
        "_scheduler",
        "_signalled",
        "_size",
        "data_frames",
        "encoder",
        "in_turn",
        "initial_window",
        "is_closed",
        "is_paused",
        "max_frame_size",
        "pauses",
        "window",
    )

    def __init__(self, listener: OutputListener, limits: Limits) -> None:
        self.encoder = Encoder()
        self.window = DEFAULT_WINDOW
        self.initial_window = DEFAULT_WINDOW
        self.max_frame_size = DEFAULT_MAX_FRAME_SIZE
        self.in_turn = False
        self.is_paused = False
        self.is_closed = False
        self.data_frames = 0
        self.pauses = 0
        self._listener = listener
        self._scheduler = Scheduler()
        self._output: list[bytes | memoryview] = []
        self._size = 0
        self._control = 0
        self._heads = 0
        self._max_heads = limits.max_queued_heads
        self._max_control = limits.max_queued_control
        self._signalled = False

    def control(self, frame: bytes) -> None:
        """Queue a frame that is not subject to flow control."""
        if self.is_closed:
            return
        self._output.append(frame)
        self._size += len(frame)
        self._control += len(frame)
        self._signal()

    def check_queued(self) -> None:
        """See that a peer which does not read has not made us queue too much.

        Raises:
            RemoteProtocolError: ENHANCE_YOUR_CALM.
        """
        if self._control > self._max_control or self._heads > self._max_heads:
            msg = "too many answers are waiting for a peer that does not read"
            raise RemoteProtocolError(msg, ErrorCodes.ENHANCE_YOUR_CALM)

    def headers(self, stream_id: int, status: int, fields: list[Field], *, end: bool) -> None:
        """Queue a field section; `status` 0 is a trailer section.

        Raises:
            ValueError: a field that must not be sent; nothing is queued then.
        """
        block = self.encoder.encode(status, fields)
        frame = _frames.header_frames(stream_id, block, self.max_frame_size, end_stream=end)
        self._output.append(frame)
        self._size += len(frame)
        self._heads += len(frame)
        self._signal()

    def data(self, body: WaitingBody, chunk: bytes, *, end: bool) -> bool:
        """Send a chunk, or keep it until there is room; whether the next one may come now."""
        size = len(chunk)
        if size == 0:
            if end:
                self.forget(body)
                self._send(body, chunk, 0, end=True)
            return True
        if (
            size <= self.max_frame_size
            and size <= self.window
            and size <= body.send_window
            and self._size < HIGH_WATER
            and not self.is_paused
            and self._scheduler.is_empty()
        ):
            self._send(body, chunk, size, end=end)
        else:
            body.chunk = chunk
            body.offset = 0
            body.ends = end
            self.may_send(body)
            self.pump()
        while self._size >= HIGH_WATER and not self.is_paused:
            self._listener.wants_write(True)
            if self._size >= HIGH_WATER:
                break
            self.pump()
        if body.chunk is None:
            return end or self._admits(body)
        body.is_blocked = True
        self.may_send(body)
        return False

    def tunnel_data(self, body: WaitingBody, chunk: bytes) -> bool:
        """Send a chunk of a tunnel as `data` does, but past the queue where that is empty.

        It is a message as a rule, alone, and the way through the queue costs more than all else.
        """
        size = len(chunk)
        if (
            0 < size <= self.max_frame_size
            and size <= self.window
            and size <= body.send_window
            and self._is_free()
        ):
            if not body.tail:
                body.tail = _frames.data_tail(body.stream_id)
            if self._listener.write_at_once(_frames.data_frame(body.tail, chunk)):
                self.window -= size
                body.send_window -= size
                self.data_frames += 1
                return self._admits(body)
        return self.data(body, chunk, end=False)

    def _is_free(self) -> bool:
        """Nothing waits, and nothing keeps a frame from being written."""
        return self._size == 0 and not self.is_paused and self._scheduler.is_empty()

    def _admits(self, body: WaitingBody) -> bool:
        """Whether the next chunk of a stream may come now; else its sender is woken for it."""
        if self.window > 0 and body.send_window > 0 and not self.is_paused:
            return True
        body.is_blocked = True
        self.may_send(body)
        return False

    def may_send(self, body: WaitingBody) -> None:
        """Let a stream that waits join the round, unless its own window is closed."""
        if body.send_window > 0 and (body.is_blocked or body.chunk is not None):
            self._scheduler.add(body)

    def pump(self) -> None:
        """Serve the streams that wait, a frame each in turn, while there is room."""
        while self._size < HIGH_WATER and not self.is_paused and self.window > 0:
            body = self._scheduler.next()
            if body is None:
                return
            self._serve(body)

    def prioritize(self, body: WaitingBody, priority: int) -> None:
        """Let a stream have the priority that `parse_priority` returned, from its next turn on."""
        self._scheduler.prioritize(body, priority)

    def _serve(self, body: WaitingBody) -> None:
        chunk = body.chunk
        if chunk is not None:
            start = body.offset
            left = len(chunk) - start
            room = min(self.window, body.send_window)
            size = min(left, self.max_frame_size)
            size = min(size, room)
            if size <= 0:
                return
            if size == left:
                body.chunk = None
                piece = chunk if start == 0 else memoryview(chunk)[start:]
                self._send(body, piece, size, end=body.ends)
            else:
                body.offset = start + size
                self._send(body, memoryview(chunk)[start : start + size], size, end=False)
                if size < self.max_frame_size:
                    self.data_frames -= 1
                self.may_send(body)
                return
        if body.is_blocked:
            body.is_blocked = False
            body.room_again()

    def _send(self, body: WaitingBody, piece: bytes | memoryview, size: int, *, end: bool) -> None:
        self.window -= size
        body.send_window -= size
        flags = _frames.END_STREAM if end else 0
        output = self._output
        output.append(_frames.frame_header(size, _frames.DATA, flags, body.stream_id))
        self.data_frames += 1
        if size:
            output.append(piece)
        self._size += _frames.FRAME_HEADER_SIZE + size
        self._signal()
        if end:
            body.end_sent()

    def forget(self, body: WaitingBody) -> None:
        """Drop what a stream that was reset still had to send."""
        body.chunk = None
        body.is_blocked = False
        self._scheduler.discard(body)

    def has_output(self) -> bool:
        """Something is to be written."""
        return self._size > 0

    def take(self) -> bytes:
        """Return the output and forget it."""
        self._signalled = True
        self.pump()
        self._signalled = False
        if not self._output:
            return b""
        data = b"".join(self._output)
        self._output.clear()
        self._size = 0
        self._control = 0
        self._heads = 0
        return data

    def close(self) -> None:
        """Drop what comes from now on; what is queued already, a GOAWAY at its end, stays."""
        self.is_closed = True

    def drop(self) -> None:
        """Forget the output too: there is nobody to write it to."""
        self.is_closed = True
        self._output.clear()
        self._size = 0

    def _signal(self) -> None:
        if not self._signalled and not self.in_turn:
            self._signalled = True
            self._listener.wants_write(False)
