"""Owns a blocking HTTP/2 client that does only what it is told: no read and no credit by itself.

Does not check what it receives: it takes what a server may send, so that tests can look at it, and
knows no more of the protocol than they need. Other clients in this folder are strict.
"""

import ssl
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from hpack import Decoder, Encoder

from tests.server.client import TIMEOUT, Client

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 0x1
END_HEADERS = 0x4
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 4, 5

DEFAULT_WINDOW = 65_535
LARGEST_WINDOW = (1 << 31) - 1
DEFAULT_FRAME_SIZE = 16_384
READ_SIZE = 1 << 18


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return (
        struct.pack(">HBBBI", len(payload) >> 8, len(payload) & 255, kind, flags, stream) + payload
    )


@dataclass
class Response:
    """What has come of one response."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    """The body up to `kept` bytes; the checksum goes over all."""
    kept: int = 1 << 16
    size: int = 0
    crc32: int = 0
    trailers: dict[str, str] = field(default_factory=dict)
    reset: int | None = None
    """The error code of RST_STREAM."""
    is_complete: bool = False

    def add(self, data: memoryview) -> None:
        """Take a part of the body."""
        self.size += len(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        if len(self.body) < self.kept:
            self.body += data

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return self.is_complete or self.reset is not None


class H2Client(Client):
    """One connection.

    Args:
        endpoint: host and port.
        window: the receive window of each stream and of the connection, in bytes.
        is_generous: whether data received is credited at once.
        receive_buffer: the kernel's receive buffer in bytes; 0 leaves its default.
        authority: what requests are for; by default the endpoint.
        tls: what it trusts where it speaks TLS; the name in the authority is whom it asks for.
    """

    def __init__(
        self,
        endpoint: tuple[str, int],
        *,
        window: int = DEFAULT_WINDOW,
        is_generous: bool = True,
        receive_buffer: int = 0,
        authority: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(
            endpoint, receive_buffer, tls=tls, server_name=authority.partition(":")[0] or None
        )
        self.responses: dict[int, Response] = {}
        self.goaways: list[tuple[int, int]] = []
        """The last stream and the error code of each GOAWAY received."""
        self.is_closed = False
        self.is_generous = is_generous
        self._scheme = "http" if tls is None else "https"
        self._authority = authority or f"{endpoint[0]}:{endpoint[1]}"
        self._encoder, self._decoder = Encoder(), Decoder()
        self._next_stream = 1
        # The rooms to send in, by stream; 0 is the connection.
        self._rooms = {0: DEFAULT_WINDOW}
        self._initial_room = DEFAULT_WINDOW
        self._frame_size = DEFAULT_FRAME_SIZE
        self._received = bytearray()
        self._to_send = bytearray(PREFACE)
        self._queue(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window))
        if window > DEFAULT_WINDOW:
            self._credit(0, window - DEFAULT_WINDOW)
        try:
            self.flush()
        except OSError:
            self.socket.close()
            raise

    # What it says

    def request(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: tuple[tuple[str, str], ...] = (),
        end: bool = True,
    ) -> int:
        """Queue the head of a request and return its stream."""
        fields = [
            (":method", method),
            (":scheme", self._scheme),
            (":authority", self._authority),
            (":path", path),
            *headers,
        ]
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        flags = END_HEADERS | (END_STREAM if end else 0)
        self._queue(HEADERS, flags, stream, self._encoder.encode(fields))
        self._rooms[stream] = self._initial_room
        self.responses[stream] = Response()
        return stream

    def send(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """Send a piece of a body, no larger than there is room for."""
        assert len(data) <= self.room(stream)
        self._rooms[stream] -= len(data)
        self._rooms[0] -= len(data)
        self._queue(DATA, END_STREAM if end else 0, stream, data)
        self.flush()

    def room(self, stream: int) -> int:
        """Return how many bytes of body can be sent on a stream in one piece."""
        return min(self._rooms[stream], self._rooms[0], self._frame_size)

    def credit(self, stream: int, size: int) -> None:
        """Let the server send `size` bytes more on a stream."""
        self._credit(0, size)
        self._credit(stream, size)
        self.flush()

    def reset(self, stream: int) -> None:
        """Cancel a stream."""
        self._queue(RST_STREAM, 0, stream, struct.pack(">I", 8))
        self.flush()

    def flush(self) -> None:
        """Send what is queued, in one write."""
        self.socket.sendall(self._to_send)
        self._to_send.clear()

    def _credit(self, stream: int, size: int) -> None:
        self._queue(WINDOW_UPDATE, 0, stream, struct.pack(">I", size))

    def _queue(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        self._to_send += frame(kind, flags, stream, payload)

    # What it hears

    def get(self, path: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
        """Make a request without body and wait for the response."""
        stream = self.request(path, headers=headers)
        self.flush()
        return self.response(stream)

    def response(self, stream: int) -> Response:
        """Receive until a stream has ended."""
        answer = self.responses[stream]
        self.read_until(lambda: answer.has_ended)
        return answer

    def read_until(self, condition: Callable[[], bool], timeout: float = TIMEOUT) -> None:
        """Receive until the condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, "the answer did not come in time"
            assert not self.is_closed, "the server closed the connection"
            self.read(left)

    def read(self, timeout: float = TIMEOUT) -> bool:
        """Receive once; False when nothing came within `timeout` seconds."""
        self.socket.settimeout(timeout)
        try:
            data = self.socket.recv(READ_SIZE)
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(TIMEOUT)
        self.is_closed = not data
        self._received += data
        start = 0
        with memoryview(self._received) as view:
            while len(view) >= start + 9:
                high, low, kind, flags, stream = struct.unpack_from(">HBBBI", view, start)
                end = start + 9 + (high << 8 | low)
                if len(view) < end:
                    break
                with view[start + 9 : end] as payload:
                    self._take(kind, flags, stream, payload)
                start = end
        del self._received[:start]
        if self._to_send:
            self.flush()
        return True

    def _take(self, kind: int, flags: int, stream: int, payload: memoryview) -> None:
        if kind == DATA:
            self.responses[stream].add(payload)
            if self.is_generous and payload:
                self._credit(0, len(payload))
                if not flags & END_STREAM:
                    self._credit(stream, len(payload))
        elif kind == HEADERS:
            self._take_fields(self.responses[stream], bytes(payload))
        elif kind == RST_STREAM:
            (self.responses[stream].reset,) = struct.unpack(">I", payload)
        elif kind == SETTINGS and not flags & ACK:
            self._take_settings(payload)
        elif kind == PING and not flags & ACK:
            self._queue(PING, ACK, 0, bytes(payload))
        elif kind == GOAWAY:
            self.goaways.append(struct.unpack_from(">II", payload))
        elif kind == WINDOW_UPDATE and stream in self._rooms:
            self._rooms[stream] += struct.unpack(">I", payload)[0]
        if kind in {DATA, HEADERS} and flags & END_STREAM:
            self.responses[stream].is_complete = True

    def _take_fields(self, answer: Response, block: bytes) -> None:
        fields = {str(name): str(value) for name, value in self._decoder.decode(block)}
        if answer.status:
            answer.trailers = fields
        else:
            answer.headers = fields
            answer.status = int(fields[":status"])

    def _take_settings(self, payload: memoryview) -> None:
        for identifier, value in struct.iter_unpack(">HI", payload):
            if identifier == INITIAL_WINDOW_SIZE:
                for stream in self._rooms.keys() - {0}:
                    self._rooms[stream] += value - self._initial_room
                self._initial_room = value
            elif identifier == MAX_FRAME_SIZE:
                self._frame_size = value
        self._queue(SETTINGS, ACK, 0, b"")
