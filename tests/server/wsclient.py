"""Owns blocking WebSocket clients that do only what they are told, over HTTP/1.1 and HTTP/2.

Does not share a codec with the server, and answers nothing by itself: neither pings nor closes.
"""

import base64
import hashlib
import os
import struct
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import NamedTuple, Self, TypeAlias

from tests.server.client import TIMEOUT
from tests.server.h2client import LARGEST_WINDOW, H2Client
from tests.server.http1client import Http1Client

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1 = 0x80, 0x40
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
READ_SIZE = 1 << 16

Connect: TypeAlias = Callable[..., "WebSocketClient"]


class Frame(NamedTuple):
    """A frame of the server."""

    opcode: int
    payload: bytes
    is_final: bool = True
    has_rsv1: bool = False


def masked(
    opcode: int, payload: bytes = b"", *, flags: int = FIN, mask: bytes | None = None
) -> bytes:
    """Return a frame as a client sends it (RFC 6455 section 5.2)."""
    key = os.urandom(4) if mask is None else mask
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", flags | opcode, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", flags | opcode, 0xFE, size)
    else:
        head = struct.pack(">BBQ", flags | opcode, 0xFF, size)
    whole = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
    return head + key + mixed.to_bytes(size, "big")


class WebSocketClient:
    """One session.

    Attributes:
        status: of the answer to the handshake.
        headers: its fields.
        subprotocol: the one that was chosen, empty for none.
    """

    accepted: int
    """The status that accepts."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    @property
    def subprotocol(self) -> str:
        """The subprotocol that was chosen, empty for none."""
        return self.headers.get("sec-websocket-protocol", "")

    # What it says

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send bytes as they are."""

    @abstractmethod
    def end(self) -> None:
        """Say that no more is sent."""

    @abstractmethod
    def leave(self) -> None:
        """Go without a word."""

    def send(self, opcode: int, payload: bytes = b"", flags: int = FIN) -> None:
        """Send a frame."""
        self.write(masked(opcode, payload, flags=flags))

    def text(self, message: str) -> None:
        """Send a text message."""
        self.send(TEXT, message.encode())

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a close frame, an empty one for None."""
        self.send(CLOSE, b"" if code is None else struct.pack(">H", code) + reason.encode())

    # What it hears

    @abstractmethod
    def _read(self, timeout: float) -> bytes | None:
        """Receive something; nothing at the end, None when nothing came in time."""

    @abstractmethod
    def body(self) -> bytes:
        """Receive the body of a response that refuses."""

    def receive(self, timeout: float = TIMEOUT) -> Frame:
        """Receive a frame."""
        deadline = time.monotonic() + timeout
        while (frame := self._take()) is None:
            data = self._read(max(0.0, deadline - time.monotonic()))
            assert data is not None, "no frame came in time"
            assert data, f"the session ended behind {bytes(self._buffer)!r}"
            self._buffer += data
        return frame

    def receive_text(self) -> str:
        """Receive a whole text message."""
        frame = self.receive()
        assert frame.opcode == TEXT, frame
        assert frame.is_final
        return frame.payload.decode()

    def receive_close(self) -> tuple[int | None, str]:
        """Receive a close frame: its code, None where it has none, and its reason."""
        frame = self.receive()
        assert frame.opcode == CLOSE, frame
        if not frame.payload:
            return None, ""
        return struct.unpack(">H", frame.payload[:2])[0], frame.payload[2:].decode()

    def rest(self) -> bytes:
        """Receive all bytes to the end."""
        while data := self._read(TIMEOUT):
            self._buffer += data
        assert data is not None, "no end came in time"
        return bytes(self._buffer)

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        data = self._read(seconds)
        self._buffer += data or b""
        return data is None and not self._buffer

    def say_goodbye(self, code: int = 1000) -> None:
        """Close in order: ask for it, be answered with the same code, and see the end."""
        self.close(code)
        assert self.receive_close() == (code, "")
        assert self.rest() == b""

    def _take(self) -> Frame | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, size = buffer[0], buffer[1]
        assert size < 0x80, "a server does not mask"
        start = 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return None
        payload = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return Frame(first & 0x0F, payload, bool(first & FIN), bool(first & RSV1))


class Http1WebSocket(WebSocketClient):
    """A session on an HTTP/1.1 connection of its own (RFC 6455 section 4)."""

    accepted = 101

    def __init__(
        self, endpoint: tuple[str, int], path: str, *fields: str, receive_buffer: int = 0
    ) -> None:
        super().__init__()
        self.client = Http1Client(endpoint, receive_buffer=receive_buffer)
        key = base64.b64encode(os.urandom(16))
        self.client.request(
            path,
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key.decode()}",
            *fields,
        )
        self._answer = answer = self.client.head()
        self.status, self.headers = answer.status, answer.headers
        if self.status == self.accepted:
            digest = hashlib.sha1(key + GUID, usedforsecurity=False).digest()
            assert answer.headers["sec-websocket-accept"] == base64.b64encode(digest).decode()
            assert answer.headers["connection"].lower() == "upgrade"
            assert answer.headers["upgrade"].lower() == "websocket"
            self._buffer += self.client.leave_http()

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.client.send(data)

    def end(self) -> None:
        """Say that no more is sent."""
        self.client.socket.shutdown(1)

    def leave(self) -> None:
        """Go without a word."""
        self.client.__exit__()

    def body(self) -> bytes:
        """Receive the body of a response that refuses."""
        return self.client.rest_of(self._answer)

    def _read(self, timeout: float) -> bytes | None:
        self.client.socket.settimeout(timeout)
        try:
            return self.client.socket.recv(READ_SIZE)
        except TimeoutError:
            return None
        except ConnectionResetError:
            return b""


class Http2WebSocket(WebSocketClient):
    """A session on a stream of an HTTP/2 connection (RFC 8441).

    Args:
        endpoint: where to; a client that is connected already is used with others.
        path: the target.
        fields: lines of fields.
        receive_buffer: the kernel's receive buffer in bytes; 0 leaves its default.
    """

    accepted = 200

    def __init__(
        self,
        endpoint: tuple[str, int] | H2Client,
        path: str,
        *fields: str,
        receive_buffer: int = 0,
    ) -> None:
        super().__init__()
        self._is_shared = isinstance(endpoint, H2Client)
        self.client = (
            endpoint
            if isinstance(endpoint, H2Client)
            else H2Client(endpoint, window=LARGEST_WINDOW, receive_buffer=receive_buffer)
        )
        pairs = [line.split(": ", 1) for line in fields]
        self.stream = self.client.request(
            path,
            method="CONNECT",
            headers=(
                (":protocol", "websocket"),
                ("sec-websocket-version", "13"),
                *((name.lower(), value) for name, value in pairs),
            ),
            end=False,
        )
        self.client.flush()
        self.response = answer = self.client.responses[self.stream]
        answer.kept = 1 << 62
        self.client.read_until(lambda: answer.status != 0)
        self.status, self.headers = answer.status, answer.headers

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        while data:
            size = min(self.client.room(self.stream), len(data))
            if size:
                self.client.send(self.stream, data[:size])
                data = data[size:]
            else:
                assert self.client.read()

    def end(self) -> None:
        """Say that no more is sent."""
        self.client.send(self.stream, b"", end=True)

    def leave(self) -> None:
        """Go without a word."""
        if not self._is_shared:
            self.client.__exit__()
        elif not self.response.has_ended:
            self.client.reset(self.stream)

    def body(self) -> bytes:
        """Receive the body of a response that refuses."""
        return bytes(self.client.response(self.stream).body)

    def _read(self, timeout: float) -> bytes | None:
        answer = self.response
        deadline = time.monotonic() + timeout
        while not answer.body and not answer.has_ended and not self.client.is_closed:
            if not self.client.read(max(0.0, deadline - time.monotonic()) or 0.001):
                return None
        data = bytes(answer.body)
        answer.body.clear()
        return data


PROTOCOLS: dict[str, Connect] = {"HTTP/1.1": Http1WebSocket, "HTTP/2": Http2WebSocket}
