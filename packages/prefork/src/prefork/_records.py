"""Owns the records of the control channel: their kinds, their 32 bytes, encode and decode.

Does not send them, and does not know the descriptors that travel beside them. A record has one
size, so that it needs no framing where the socket keeps no boundaries.
"""

import enum
import struct
from typing import Final

from prefork._value import Value

__all__ = ["RECORD_SIZE", "Kind", "Record", "decode", "encode"]

_LAYOUT: Final = struct.Struct("<BxHIQQQ")

RECORD_SIZE: Final = _LAYOUT.size
"""Bytes of one record: kind, a byte of padding, 2, 4 and three times 8 bytes, little-endian."""


class Kind(enum.IntEnum):
    """What a record says, and what its numbers are."""

    CONNECTION = 1
    """To a worker: one connection, its descriptor beside it; a listener's index, c sequence."""
    STOP = 2
    """To a worker: end gracefully; a number of the `StopReason`."""
    STOP_NOW = 3
    """To a worker: end at once."""
    ACCEPT = 4
    """To a worker: accept from the listeners."""
    HOLD = 5
    """To a worker: accept no more, connections will be passed."""
    REOPEN = 6
    """To a worker: open the log files anew."""

    HELLO = 16
    """From a worker, first of all: c process id."""
    READY = 17
    """From a worker: it can serve. From a template: it can fork."""
    REPORT = 18
    """From a worker: b connections live, c connection records taken off the channel in all,
    d tasks open, e tasks done in all."""
    RETURNED = 19
    """From a worker: no descriptor was free to take the connection; c its sequence."""
    RETIRE = 20
    """From a worker: it was asked to end, and wants to be replaced."""

    SPAWN = 32
    """To a template: fork a worker. Beside it the control socket and the listeners;
    a slot, b generation, c most tasks."""


class Record(Value):
    """One record. What its numbers mean, its kind says."""

    kind: Kind
    a: int = 0
    """16 bits."""
    b: int = 0
    """32 bits."""
    c: int = 0
    """64 bits, as d and e."""
    d: int = 0
    e: int = 0


def encode(record: Record) -> bytes:
    """Return the bytes of a record.

    Raises:
        struct.error: a number has more bits than its field.
    """
    return _LAYOUT.pack(record.kind, record.a, record.b, record.c, record.d, record.e)


def decode(data: bytes) -> Record:
    """Return the record that these bytes are.

    Raises:
        ValueError: they are not one record, or one of no known kind.
    """
    if len(data) != RECORD_SIZE:
        raise ValueError(f"a record has {RECORD_SIZE} bytes, not {len(data)}")
    kind, a, b, c, d, e = _LAYOUT.unpack(data)
    return Record(Kind(kind), a, b, c, d, e)
