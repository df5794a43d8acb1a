"""Owns what all of the framework applications answer alike. Imports nothing of a framework."""

import zlib
from typing import NamedTuple

__all__ = ["PARTS", "STREAM", "Upload", "part"]

PARTS = 20
"""Parts of a streamed body."""


def part(number: int) -> bytes:
    """Return a part of a streamed body."""
    return b"part %d\n" % number


STREAM = b"".join(map(part, range(PARTS)))


class Upload(NamedTuple):
    """A form that came in."""

    name: object
    content: bytes
    note: object

    @property
    def told(self) -> dict[str, object]:
        """What the answer tells of it."""
        return {
            "name": self.name,
            "size": len(self.content),
            "crc32": zlib.crc32(self.content),
            "note": self.note,
        }
