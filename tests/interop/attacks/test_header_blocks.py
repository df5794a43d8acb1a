"""Header blocks that do not end, or become more when they are decoded."""

from collections.abc import Iterator
from itertools import chain, repeat

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.wire import Kind
from tests.interop.attacks.attacker import Attacker
from tests.interop.attacks.requests import block, fields, get, indexed, split, stream_ids
from tests.interop.attacks.siege import Siege
from tests.server.process import MIB, ServerProcess

LIMITS = Limits()
MANY = 100_000
LARGE = 4000
"""Bytes of a field that fits into the table."""
REFERENCES = 12_000
"""In 16 KiB: 48 MB of fields decoded."""


# CVE-2024-27316


@pytest.mark.parametrize("size", [0, 1, 16_384])
def test_continuation_flood(server: ServerProcess, size: int) -> None:
    piece = b"\x00\x01a\x01b" * (size // 5) + b"\x00" * (size % 5)
    with Siege(server, calls=0), Attacker(server.endpoint) as attacker:
        head = wire.headers(1, block("/wait"), end=True, end_headers=False)
        flood = repeat(wire.continuation(1, piece, end_headers=False), MANY)
        attacker.pour(chain([head], flood))
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]


def test_frame_larger_than_announced(server: ServerProcess) -> None:
    frame = wire.frame(Kind.HEADERS, wire.END_HEADERS, 1, bytes(16 * MIB - 1))
    with Siege(server, calls=0), Attacker(server.endpoint) as attacker:
        attacker.pour(frame[at : at + 65_536] for at in range(0, len(frame), 65_536))
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.FRAME_SIZE_ERROR]


def test_bomb(server: ServerProcess) -> None:
    """16 KiB that would be 48 MB of fields: not kept, and the tables stay true."""
    bomb = block("/wait") + indexed(LARGE, REFERENCES)
    with Siege(server, calls=1), Attacker(server.endpoint) as attacker:
        attacker.pour([wire.headers(1, bomb, end=True)])
        attacker.listen_for([1])
        assert attacker.statuses == {1: b"431"}
        # The entry that the bomb has left in the table is still there to refer to.
        attacker.pour([wire.headers(3, block("/quick") + b"\xbe", end=True)])
        attacker.listen_for([3])
        assert attacker.statuses[3] == b"200"


def test_bombs_in_a_row(server: ServerProcess) -> None:
    bomb = block("/wait") + indexed(LARGE, REFERENCES)
    with Siege(server, calls=0, seconds=1.0), Attacker(server.endpoint) as attacker:
        attacker.pour(wire.headers(number, bomb, end=True) for number in stream_ids())
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]


def test_block_of_a_million_fields(server: ServerProcess) -> None:
    """One octet each, in a block that is below its limit."""
    whole = block("/wait") + b"\x82" * (LIMITS.max_header_block_size - 1000)
    with Siege(server, calls=0), Attacker(server.endpoint) as attacker:
        attacker.pour([split(1, whole, size=60_000)])
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]


def test_too_many_fields(server: ServerProcess) -> None:
    whole = block("/wait") + b"\x00\x01a\x00" * LIMITS.max_header_fields
    with Siege(server, calls=1), Attacker(server.endpoint) as attacker:
        attacker.pour([wire.headers(1, whole, end=True)])
        attacker.listen_for([1])
        assert attacker.statuses == {1: b"431"}
        attacker.pour([get(3, "/quick")])
        attacker.listen_for([3])
        assert attacker.statuses[3] == b"200"


def large_requests() -> Iterator[bytes]:
    """Requests with 500 KB of fields each, below every limit of one request."""
    whole = block("/wait") + fields(1000, 500)
    ids = stream_ids()
    for _ in range(LIMITS.max_concurrent_streams):
        yield split(next(ids), whole, size=60_000)


def test_fields_held_by_many_streams(server: ServerProcess) -> None:
    with (
        Siege(server, calls=30, memory=24 * MIB, seconds=3.0) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        attacker.pour(large_requests())
        attacker.ping()
        assert set(attacker.resets.values()) == {ErrorCodes.REFUSED_STREAM}
        assert len(attacker.resets) > LIMITS.max_concurrent_streams - 30
        # What the streams held is free again with their end.
        attacker.pour(wire.rst_stream(number) for number in range(1, 60, 2))
        siege.expect_quiet()
        again = 2 * LIMITS.max_concurrent_streams + 1
        attacker.pour([split(again, block("/quick") + fields(1000, 500), size=60_000)])
        attacker.listen_for([again])
        assert attacker.statuses[again] == b"200"


def test_fields_that_are_cheap_to_send_held_by_many_streams(server: ServerProcess) -> None:
    """Each request refers 900 times to an entry of the table."""
    whole = block("/wait") + indexed(900, 900)
    with (
        Siege(server, calls=256, memory=24 * MIB, seconds=2.0) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        ids = stream_ids()
        requests = [next(ids) for _ in range(LIMITS.max_concurrent_streams)]
        attacker.pour(wire.headers(number, whole, end=True) for number in requests)
        attacker.ping()
        assert set(attacker.resets.values()) <= {ErrorCodes.REFUSED_STREAM}
        attacker.socket.close()
        siege.expect_quiet()
