"""Owns how the bytes of a fuzzer become choices. Does not know what is chosen."""

from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Taker:
    """Takes choices from bytes; when they are used up every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._data)

    def number(self, size: int = 1) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.raw(size), "big")

    def below(self, stop: int) -> int:
        """A number below `stop`, which is 256 at most."""
        return self.number() % stop

    def flag(self) -> bool:
        return bool(self.number() & 1)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.below(len(choices))]

    def raw(self, size: int) -> bytes:
        """The next `size` bytes, or as many as there are."""
        start, self._at = self._at, self._at + size
        return self._data[start : self._at]

    def text(self) -> bytes:
        """Bytes after a byte that tells how many they are."""
        return self.raw(self.number())
