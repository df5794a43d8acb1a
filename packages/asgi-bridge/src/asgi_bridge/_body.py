"""Owns the bytes of a request's body between their arrival and the application's `receive`.

Does not bound their number: the wire does that by its windows, which open again as the
application takes the bytes. What is bounded here is the cost of their objects.
"""

from collections import deque

__all__ = ["SMALL_CHUNK", "RequestBody"]

SMALL_CHUNK = 1024
"""Bytes under which a chunk is joined to its neighbours. Chunks of one byte would otherwise cost
forty bytes of objects each, and a message of their own."""


class RequestBody:
    """What has arrived of one request's body and has not been taken.

    A body of `n` bytes is never held in more than `2 * n / SMALL_CHUNK + 2` objects, however it
    was cut.
    """

    __slots__ = ("_chunks", "_tail", "is_ended", "is_expected")

    def __init__(self, is_expected: bool = False) -> None:
        self.is_ended = False
        """Whether the last byte has arrived."""
        self.is_expected = is_expected
        """Whether the client waits for a 100 before it sends anything."""
        self._chunks: deque[bytes] = deque()
        self._tail = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether everything that has arrived was taken."""
        return not (self._chunks or self._tail)

    def add(self, chunk: bytes) -> None:
        """Keep bytes that arrived, by reference unless they are few and not the first."""
        if len(chunk) < SMALL_CHUNK and (self._tail or self._chunks):
            self._tail += chunk
            return
        if self._tail:
            self._chunks.append(bytes(self._tail))
            self._tail.clear()
        if chunk:
            self._chunks.append(chunk)

    def take(self) -> bytes:
        """Give the next bytes, empty where none are left."""
        if self._chunks:
            return self._chunks.popleft()
        chunk = bytes(self._tail)
        self._tail.clear()
        return chunk
