"""Owns what two strict clients have in common: a connection, calls on it, and their answers.

Does not speak a protocol: `http1peer` does with h11 and `http2peer` with h2, and both raise where
a server does what its RFC forbids.
"""

import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self, TypeAlias

__all__ = ["Address", "Answer", "Call", "Field", "Peer", "encode"]

Address: TypeAlias = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""

Field: TypeAlias = tuple[bytes, bytes]

TIMEOUT = 20.0
READ_SIZE = 1 << 18


def encode(fields: Iterable[tuple[str, str]]) -> list[Field]:
    """Return fields as bytes, of each character one."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]


@dataclass
class Answer:
    """What has come of one response."""

    status: int = 0
    fields: list[Field] = field(default_factory=list)
    body: bytes = b""
    trailers: list[Field] = field(default_factory=list)
    informational: list[tuple[int, list[Field]]] = field(default_factory=list)
    """Status and fields of each 1xx response that came before."""
    is_complete: bool = False
    is_head_alone: bool = False
    """Whether the stream of HTTP/2 ended with the head of the response."""
    is_cut: bool = False
    """Whether it ended before it was complete."""

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of a field, in order."""
        return [value for key, value in self.fields if key == name]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return self.is_complete or self.is_cut


class Call(ABC):
    """One request under way."""

    def __init__(self, peer: "Peer") -> None:
        self.peer = peer
        self.answer = Answer()

    @abstractmethod
    def send(self, data: bytes, *, end: bool = False) -> None:
        """Send a piece of the request's body."""

    @abstractmethod
    def leave(self) -> None:
        """Give the request up: reset its stream, or close the connection."""

    def head(self) -> Answer:
        """Receive until the head of the response is there."""
        self.peer.until(lambda: self.answer.status > 0 or self.answer.has_ended)
        return self.answer

    def body(self, expected: bytes) -> Answer:
        """Receive until the body, so far, is what is expected."""
        self.peer.until(lambda: len(self.answer.body) >= len(expected) or self.answer.has_ended)
        assert self.answer.body == expected
        return self.answer

    def whole(self) -> Answer:
        """Receive until the response is complete, or cut."""
        self.peer.until(lambda: self.answer.has_ended)
        return self.answer


class Peer(ABC):
    """One connection.

    Args:
        address: where the server listens.
    """

    http_version: str
    """As ASGI names it."""

    def __init__(self, address: Address) -> None:
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(TIMEOUT)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, TIMEOUT)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def open(
        self,
        target: str = "/",
        *,
        method: str = "GET",
        fields: Iterable[tuple[str, str]] = (),
        end: bool = True,
    ) -> Call:
        """Send the head of a request; with `end` it has no body."""

    @abstractmethod
    def take(self, data: bytes) -> None:
        """Take what has come; nothing when the server has closed."""

    def get(
        self, target: str = "/", *, method: str = "GET", fields: Iterable[tuple[str, str]] = ()
    ) -> Answer:
        """Send a request without a body and receive its whole response."""
        return self.open(target, method=method, fields=fields).whole()

    def post(
        self,
        body: bytes,
        target: str = "/",
        *,
        method: str = "POST",
        fields: Iterable[tuple[str, str]] = (),
    ) -> Answer:
        """Send a request with a body of known length and receive its whole response."""
        fields = (("content-length", str(len(body))), *fields)
        call = self.open(target, method=method, fields=fields, end=False)
        call.send(body, end=True)
        return call.whole()

    def until(self, condition: Callable[[], bool]) -> None:
        """Receive until the condition holds."""
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, "the answer did not come in time"
            assert self.receive(left), "the answer did not come in time"

    def receive(self, timeout: float) -> bool:
        """Receive once; False when nothing came within `timeout` seconds."""
        self.socket.settimeout(timeout)
        try:
            data = self.socket.recv(READ_SIZE)
        except TimeoutError:
            return False
        except ConnectionResetError:
            data = b""
        finally:
            self.socket.settimeout(TIMEOUT)
        self.take(data)
        return True

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()
