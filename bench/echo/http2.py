"""Owns a client's WebSockets over HTTP/2 (RFC 8441), on streams of one connection.

Does not speak more of HTTP/2 than that takes, and no compression. Its own windows are as large as
can be, so that no WINDOW_UPDATE of the client is ever due; those of the server are kept to.
"""

import struct
from typing import Final

from bench.echo.frames import FrameReader
from bench.echo.http1 import FIELDS, connect
from bench.echo.messages import Script

__all__ = ["Http2Client"]

_DATA: Final = 0
_HEADERS: Final = 1
_RST_STREAM: Final = 3
_SETTINGS: Final = 4
_PING: Final = 6
_GOAWAY: Final = 7
_WINDOW_UPDATE: Final = 8
_ACK: Final = 1
_END_STREAM: Final = 1
_END_HEADERS: Final = 4
_PADDED: Final = 8
_INITIAL_WINDOW_SIZE: Final = 4
_ENABLE_CONNECT_PROTOCOL: Final = 8

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_LARGEST: Final = (1 << 31) - 1
_FIRST_WINDOW: Final = 65535
_STATUS_200: Final = b"\x88"  # of the static table (RFC 7541, appendix A)
_READ: Final = 1 << 18


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    head = struct.pack(">I", len(payload))[1:]
    return head + struct.pack(">BBI", kind, flags, stream) + payload


def _literal(name: str, value: str) -> bytes:
    """Return a field without indexing (RFC 7541, 6.2.2), both of whose parts are short."""
    parts = (name.encode(), value.encode())
    return b"\x00" + b"".join(bytes((len(part),)) + part for part in parts)


class Http2Client:
    """WebSockets on streams of one connection.

    Args:
        port: of the server.
        count: how many WebSockets.

    Attributes:
        scripts: what each of them sends; to be set before `send_next`.

    Raises:
        ConnectionError: the server does not want them.
    """

    def __init__(self, port: int, count: int = 1) -> None:
        self.sock = connect(port)
        self._buffer = b""
        self._window = self._initial = _FIRST_WINDOW
        self._is_extended = False
        self._is_open = False
        self._sessions: dict[int, _Session] = {}
        settings = struct.pack(">HIHI", 2, 0, _INITIAL_WINDOW_SIZE, _LARGEST)
        window = struct.pack(">I", _LARGEST - _FIRST_WINDOW)
        try:
            self.sock.sendall(
                _PREFACE + _frame(_SETTINGS, 0, 0, settings) + _frame(_WINDOW_UPDATE, 0, 0, window)
            )
            while not self._is_extended:
                self.receive()
            for stream in range(1, 2 * count, 2):
                self._open(stream, port)
        except ConnectionError:
            self.sock.close()
            raise

    def set_script(self, script: Script) -> None:
        """Let each WebSocket send this."""
        for session in self._sessions.values():
            session.script = script

    def send_first(self) -> int:
        """Send the first message of each WebSocket; return how many."""
        for stream in self._sessions:
            self._send(stream)
        return len(self._sessions)

    def receive(self) -> int:
        """Read once, and send the next message of each WebSocket whose echo came; return how many.

        Raises:
            ConnectionError: the server has left, or sent something else.
        """
        data = self.sock.recv(_READ)
        if not data:
            raise ConnectionError("the server has left")
        buffer = self._buffer + data
        start = 0
        echoed: list[int] = []
        while len(buffer) >= start + 9:
            end = start + 9 + int.from_bytes(buffer[start : start + 3])
            if len(buffer) < end:
                break
            kind, flags, stream = struct.unpack_from(">BBI", buffer, start + 3)
            payload = buffer[start + 9 : end]
            if kind == _DATA:
                if flags & (_END_STREAM | _PADDED):
                    raise ConnectionError(f"DATA with flags {flags}")
                echoed += [stream] * self._sessions[stream].read(payload)
            else:
                self._control(kind, flags, stream, payload)
            start = end
        self._buffer = buffer[start:]
        for stream in echoed:
            self._send(stream)
        return len(echoed)

    def close(self) -> None:
        """Leave without a word."""
        self.sock.close()

    def _open(self, stream: int, port: int) -> None:
        fields = {
            ":method": "CONNECT",
            ":protocol": "websocket",
            ":scheme": "http",
            ":path": "/",
            ":authority": f"127.0.0.1:{port}",
            **FIELDS,
        }
        block = b"".join(_literal(name, value) for name, value in fields.items())
        self._sessions[stream] = _Session(self._initial)
        self._is_open = False
        self.sock.sendall(_frame(_HEADERS, _END_HEADERS, stream, block))
        while not self._is_open:
            self.receive()

    def _send(self, stream: int) -> None:
        """Send the next message of a WebSocket, if there is one, in one DATA frame."""
        session = self._sessions[stream]
        if session.sent == len(session.script):
            return
        message = session.script[session.sent][0]
        while min(self._window, session.window) < len(message):
            # One message of each is under way, so that no echo is lost by this.
            if self.receive():
                raise ConnectionError("the windows are too small for what is measured")
        self._window -= len(message)
        session.window -= len(message)
        session.sent += 1
        self.sock.sendall(_frame(_DATA, 0, stream, message))

    def _control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _WINDOW_UPDATE:
            if stream:
                self._sessions[stream].window += int.from_bytes(payload)
            else:
                self._window += int.from_bytes(payload)
        elif kind == _SETTINGS and not flags & _ACK:
            for name, value in struct.iter_unpack(">HI", payload):
                if name == _INITIAL_WINDOW_SIZE:
                    self._initial = value
                elif name == _ENABLE_CONNECT_PROTOCOL:
                    self._is_extended = value == 1
            self.sock.sendall(_frame(_SETTINGS, _ACK, 0, b""))
        elif kind == _PING and not flags & _ACK:
            self.sock.sendall(_frame(_PING, _ACK, 0, payload))
        elif kind == _HEADERS:
            # A change of the table's size may come first (RFC 7541, 6.3).
            block = payload[1:] if payload[:1] and payload[0] & 0xE0 == 0x20 else payload
            if flags & _END_STREAM or not block.startswith(_STATUS_200):
                raise ConnectionError(f"no WebSocket: {payload[:40]!r}")
            self._is_open = True
        elif kind in {_RST_STREAM, _GOAWAY}:
            raise ConnectionError(f"ended by a frame of type {kind}: {payload!r}")


class _Session:
    """One WebSocket: what it has sent and got back."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.script: Script = []
        self.sent = 0
        self._echoed = 0
        self._reader = FrameReader()

    def read(self, payload: bytes) -> int:
        """Compare echoes; return how many came."""
        found = self._reader.feed(payload)
        for text, _ in found:
            if text != self.script[self._echoed][1]:
                raise ConnectionError(f"no echo: {text[:40]!r}")
            self._echoed += 1
        return len(found)
