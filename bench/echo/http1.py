"""Owns a client's WebSocket over HTTP/1.1 (RFC 6455, 4.1), on a socket that blocks.

Does not check the server's key: who echoes every message has understood.
"""

import socket

from bench.echo.frames import Deflate, FrameReader
from bench.echo.messages import Script

__all__ = ["FIELDS", "OFFER", "Http1Client", "connect"]

FIELDS = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "accept": "*/*",
    "accept-language": "en-US,en;q=0.5",
    "accept-encoding": "gzip, deflate, br, zstd",
    "origin": "http://127.0.0.1",
    "cookie": "session=6f2f1c0f2d6c4a51b1c9",
    "pragma": "no-cache",
    "cache-control": "no-cache",
    "sec-websocket-version": "13",
}
"""What a browser sends with a handshake, over either protocol."""

OFFER = "permessage-deflate; client_max_window_bits"
"""The extension that browsers offer."""

_PATIENCE = 10.0
_READ = 1 << 18


def connect(port: int) -> socket.socket:
    """Connect to a server on this machine."""
    sock = socket.create_connection(("127.0.0.1", port), _PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Http1Client:
    """One WebSocket on a connection of its own.

    Args:
        port: of the server.
        is_deflated: offer compression, and insist on it.

    Attributes:
        agreed: how messages are compressed, None where they are not.

    Raises:
        ConnectionError: the server does not want what is offered.
    """

    def __init__(self, port: int, *, is_deflated: bool) -> None:
        self.sock = connect(port)
        self._script: Script = []
        try:
            reply = _shake_hands(self.sock, port, OFFER if is_deflated else "")
            self.agreed = _agreement(reply, is_deflated=is_deflated)
        except ConnectionError:
            self.sock.close()
            raise
        self._inflate = None if self.agreed is None else self.agreed.decompressor()
        self._reader = FrameReader()
        self._sent = 0
        self._echoed = 0

    def set_script(self, script: Script) -> None:
        """Send this."""
        self._script = script

    def send_first(self) -> int:
        """Send the first message; return how many that are."""
        self._send()
        return 1

    def receive(self) -> int:
        """Read once, and send the next message when the echo has come; return how many came.

        Raises:
            ConnectionError: the server has left, or sent something else.
        """
        data = self.sock.recv(_READ)
        if not data:
            raise ConnectionError("the server has left")
        found = self._reader.feed(data)
        for payload, is_compressed in found:
            if is_compressed is not (self._inflate is not None):
                raise ConnectionError("compressed against what was agreed, or not")
            text = payload if self._inflate is None else self._inflate.read(payload)
            if text != self._script[self._echoed][1]:
                raise ConnectionError(f"no echo: {text[:40]!r}")
            self._echoed += 1
            self._send()
        return len(found)

    def _send(self) -> None:
        if self._sent < len(self._script):
            self.sock.sendall(self._script[self._sent][0])
            self._sent += 1

    def close(self) -> None:
        """Leave without a word."""
        self.sock.close()


def _shake_hands(sock: socket.socket, port: int, offer: str) -> bytes:
    """Send the opening handshake; return the head of the response."""
    fields = {
        "host": f"127.0.0.1:{port}",
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        **FIELDS,
    }
    if offer:
        fields["sec-websocket-extensions"] = offer
    lines = ["GET / HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    reply = b""
    while not reply.endswith(b"\r\n\r\n"):
        data = sock.recv(_READ)
        if not data:
            raise ConnectionError(f"no handshake: {reply!r}")
        reply += data
    return reply


def _agreement(reply: bytes, *, is_deflated: bool) -> Deflate | None:
    status, *lines = reply.decode("latin-1").split("\r\n")
    if not status.startswith("HTTP/1.1 101 "):
        raise ConnectionError(f"no WebSocket: {status}")
    fields = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    value = fields.get("sec-websocket-extensions")
    if (value is not None) is not is_deflated:
        raise ConnectionError(f"extensions: {value!r}")
    return None if value is None else Deflate.parse(value)
