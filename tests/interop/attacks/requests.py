"""Owns the requests and header blocks that attacks are made of.

Does not send them.
"""

from collections.abc import Iterator
from functools import cache
from itertools import count

from tests.h2c_core import wire

NAME = b"x-filler"


@cache
def block(path: str, method: bytes = b"GET") -> bytes:
    """Return the header block of a request; it changes no HPACK table."""
    return wire.field_block(wire.request((b":path", path.encode()), (b":method", method)))


def get(stream_id: int, path: str = "/wait") -> bytes:
    """Return a request that is complete."""
    return wire.headers(stream_id, block(path), end=True)


def post(stream_id: int, path: str = "/wait") -> bytes:
    """Return the head of a request whose body is to come."""
    return wire.headers(stream_id, block(path, b"POST"))


def stream_ids(first: int = 1) -> Iterator[int]:
    """Return the numbers of a client's streams, without end."""
    return count(first, 2)


def fields(size: int, number: int) -> bytes:
    """Return a part of a header block: literal fields of `size` bytes each, none like another."""
    values = (b"%08d" % index + b"v" * (size - 8) for index in range(number))
    return wire.field_block([(NAME, value) for value in values])


def indexed(size: int, references: int) -> bytes:
    """Return a part of a header block: one field enters the table, and is referred to again."""
    return wire.field_block([(NAME, b"v" * size)], indexed=True) + b"\xbe" * references


def split(stream_id: int, whole: bytes, *, end: bool = True, size: int = 16_384) -> bytes:
    """Return HEADERS and the CONTINUATION frames that a header block takes."""
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    last = len(pieces) - 1
    return b"".join(
        wire.continuation(stream_id, piece, end_headers=index == last)
        if index
        else wire.headers(stream_id, piece, end=end, end_headers=index == last)
        for index, piece in enumerate(pieces)
    )
