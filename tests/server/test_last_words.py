"""A client that is sent away and goes on sending learns why all the same."""

import struct
import threading
from contextlib import suppress

import pytest

from tests.server.client import Client
from tests.server.process import MIB, ServerProcess

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04\x00" + bytes(4)
PING = b"\x00\x00\x08\x06\x00" + bytes(12)
DATA_ON_STREAM_0 = b"\x00\x00\x01\x00\x00" + bytes(5)

GOAWAY = 7
PROTOCOL_ERROR = 1
ENHANCE_YOUR_CALM = 11


class Flood:
    """A client that sends on and on.

    Args:
        server: where it connects to.
        first: what it sends first.
        more: what it sends again and again.
        limit: bytes of that after which it stops.
        reads_late: it reads nothing before it has stopped, so that the kernels cannot hold what it
            is sent; else it reads all the time.

    Attributes:
        sent: bytes that the kernel took.
        received: what came.
    """

    def __init__(
        self,
        server: ServerProcess,
        first: bytes,
        more: bytes,
        limit: int,
        *,
        reads_late: bool = False,
    ) -> None:
        self.sent = 0
        self.received = b""
        with Client(server.endpoint, 2048 if reads_late else 0) as client:
            self._socket = client.socket
            sender = threading.Thread(target=self._send, args=(first, more, limit))
            sender.start()
            if reads_late:
                sender.join()
            with suppress(ConnectionError):
                while data := self._socket.recv(1 << 16):
                    self.received += data
            sender.join()

    def _send(self, first: bytes, more: bytes, limit: int) -> None:
        with suppress(ConnectionError):
            self._socket.sendall(first)
            while self.sent < limit:
                self.sent += self._socket.send(more)

    def goaway(self) -> int:
        """Return the code of the GOAWAY frame, after which nothing came."""
        rest = self.received
        while rest:
            end = 9 + int.from_bytes(rest[:3])
            frame, rest = rest[:end], rest[end:]
            if frame[3] == GOAWAY:
                assert rest == b""
                return int(struct.unpack(">I", frame[13:17])[0])
        raise AssertionError("no GOAWAY")


@pytest.mark.parametrize(
    ("first", "code"),
    [(PING * 400 + DATA_ON_STREAM_0, PROTOCOL_ERROR), (PING * 4000, ENHANCE_YOUR_CALM)],
    ids=["fault", "flood"],
)
def test_goaway_reaches_a_client_that_sends_on(
    server: ServerProcess, first: bytes, code: int
) -> None:
    flood = Flood(server, PREFACE + first, PING * 4096, 4 * MIB, reads_late=True)
    assert flood.goaway() == code


def test_who_sends_for_ever_is_not_read_for_ever(server: ServerProcess) -> None:
    with server.memory_growth() as growth:
        flood = Flood(server, PREFACE + DATA_ON_STREAM_0, bytes(MIB), 1 << 40)
    assert flood.goaway() == PROTOCOL_ERROR
    # What is dropped, and what the buffers of both kernels hold.
    assert flood.sent < 64 * MIB
    assert growth[0] < 4 * MIB


def test_a_refusal_reaches_a_client_of_http1_that_sends_on(server: ServerProcess) -> None:
    flood = Flood(server, b"nonsense\r\n\r\n", bytes(MIB), 1 << 40)
    assert flood.received.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nconnection: close\r\n" in flood.received
    assert flood.sent < 64 * MIB
