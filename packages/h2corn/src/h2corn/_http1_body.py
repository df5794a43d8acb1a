"""Owns a request body of known length (RFC 9112 section 6.2), and what every body can be asked.

Does not hold bytes: they are cut out of the connection's buffer and passed on.
"""

from typing import Protocol

from h2c_core import Field
from h2corn._http1_errors import BadRequestError

__all__ = ["LengthBody", "RequestBody"]


class RequestBody(Protocol):
    """A body that is being received."""

    @property
    def least_left(self) -> int:
        """Bytes that are still to come at least."""

    @property
    def is_complete(self) -> bool:
        """Whether the body and its trailers have been received."""

    @property
    def is_busy(self) -> bool:
        """Whether `receive` has left bytes for its next call that it could have taken in this one.

        Small pieces cost more than their bytes, and other connections have their turn in between.
        """

    @property
    def trailers(self) -> list[Field]:
        """The trailer fields of a complete body, with lower-case names."""

    @property
    def fault(self) -> BadRequestError | None:
        """What is wrong with the bytes behind those that were taken.

        Kept rather than raised, so that the body before it is passed on in any case.
        """

    def receive(self, buffer: bytes, start: int) -> int:
        """Take as much of `buffer` as is this body's; returns where the first other byte stands."""

    def take(self) -> bytes:
        """Return the body bytes received since the last call."""


class LengthBody:
    """A body that ends after as many bytes as were announced."""

    __slots__ = ("_chunk", "fault", "is_busy", "is_complete", "least_left", "trailers")

    def __init__(self, length: int) -> None:
        self.least_left = length
        self.is_complete = False
        self.is_busy = False
        self.trailers: list[Field] = []
        self.fault: BadRequestError | None = None
        self._chunk = b""

    def receive(self, buffer: bytes, start: int) -> int:
        """Take as much of `buffer` as is this body's; returns where the first other byte stands."""
        end = min(start + self.least_left, len(buffer))
        # The whole of a buffer is no copy of it.
        self._chunk = buffer[start:end]
        self.least_left -= end - start
        self.is_complete = self.least_left == 0
        return end

    def take(self) -> bytes:
        """Return the body bytes received since the last call."""
        return self._chunk
