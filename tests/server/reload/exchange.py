"""Owns what the clients under constant load have in common: requests, answers, and their failures.

Does not open connections.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

Endpoint: TypeAlias = tuple[str, int] | Path
"""Host and port, or the path of a Unix socket."""


@dataclass(frozen=True)
class Request:
    """A request, and the body that it is answered with."""

    path: str
    expected: bytes
    pieces: tuple[bytes, ...] = ()
    """The body in the parts that it is sent in; a GET without."""
    pause: float = 0.0
    """Seconds between the parts."""

    @property
    def method(self) -> str:
        """The method."""
        return "POST" if self.pieces else "GET"

    @property
    def size(self) -> int:
        """The length of the body in bytes."""
        return sum(map(len, self.pieces))


@dataclass
class Answer:
    """What has come of one response."""

    status: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


class FailedError(Exception):
    """A request that was perhaps processed has got no whole answer.

    Args:
        reason: what happened.
        port: of the client's end of the connection, 0 where there is none.
        is_unaccepted: whether the server has not sent a byte on the connection, if there was one.
    """

    def __init__(self, reason: str, port: int = 0, *, is_unaccepted: bool = False) -> None:
        super().__init__(f"{reason} (port {port})")
        self.port = port
        self.is_unaccepted = is_unaccepted


class Caller(Protocol):
    """Whoever makes requests, and tells how it went."""

    async def call(self, request: Request) -> Answer:
        """Make a request; raises `FailedError` where it fails."""

    async def close(self) -> None:
        """Close all connections."""

    @property
    def notes(self) -> Mapping[str, int]:
        """What it has counted, for people."""
