"""Floods of frames that each are allowed: the connection ends with ENHANCE_YOUR_CALM.

Each flood is of 100,000 frames or more, as fast as the server takes them. What the server does for
it stays within what its limits allow and half a second of its processor, compiled or not.
"""

from collections.abc import Callable, Iterator
from itertools import repeat

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.wire import Kind
from tests.interop.attacks.attacker import Attacker
from tests.interop.attacks.requests import get, post, stream_ids
from tests.interop.attacks.siege import Siege
from tests.server.process import MIB, ServerProcess

LIMITS = Limits()
MANY = 100_000
PRIORITY_UPDATE = 16

Flood = Callable[[], Iterator[bytes]]


def pings() -> Iterator[bytes]:
    return repeat(wire.ping(), MANY)


def settings() -> Iterator[bytes]:
    return repeat(wire.settings(), MANY)


def settings_that_widen() -> Iterator[bytes]:
    """Each entry moves the windows of all open streams."""
    for stream_id in stream_ids():
        if stream_id > 2 * LIMITS.max_concurrent_streams:
            break
        yield get(stream_id)
    values = [(wire.INITIAL_WINDOW_SIZE, 1000 + index % 2) for index in range(2_700)]
    yield from repeat(wire.settings(*values), 1000)


def settings_of_a_table_that_flaps() -> Iterator[bytes]:
    values = [(wire.HEADER_TABLE_SIZE, index % 2 * 4096) for index in range(2_700)]
    return repeat(wire.settings(*values), 1000)


def priorities() -> Iterator[bytes]:
    yield get(1)
    for weight in range(MANY):
        yield wire.priority(1, wire.Priority(0, weight % 256))


def priorities_of_idle_streams() -> Iterator[bytes]:
    for stream_id in stream_ids(3):
        if stream_id > 2 * MANY:
            return
        yield wire.priority(stream_id, wire.Priority(1))


def priority_updates() -> Iterator[bytes]:
    yield get(1)
    for urgency in range(MANY):
        payload = (1).to_bytes(4, "big") + b"u=%d" % (urgency % 8)
        yield wire.frame(PRIORITY_UPDATE, payload=payload)


def priority_updates_of_idle_streams() -> Iterator[bytes]:
    streams = range(1, 2 * LIMITS.max_concurrent_streams, 2)
    updates = b"".join(
        wire.frame(PRIORITY_UPDATE, payload=number.to_bytes(4, "big") + b"u=1, i")
        for number in streams
    )
    return repeat(updates, MANY // len(streams))


def tiny_windows_of_the_connection() -> Iterator[bytes]:
    return repeat(wire.window_update(0, 1), MANY)


def tiny_windows_of_a_stream() -> Iterator[bytes]:
    yield get(1)
    yield from repeat(wire.window_update(1, 1), MANY)


def empty_data() -> Iterator[bytes]:
    yield post(1)
    yield from repeat(wire.data(1), MANY)


def padding_without_data() -> Iterator[bytes]:
    yield post(1)
    yield from repeat(wire.data(1, padding=0), MANY)


def ping_acknowledgements() -> Iterator[bytes]:
    return repeat(wire.ping(ack=True), MANY)


def settings_acknowledgements() -> Iterator[bytes]:
    return repeat(wire.settings_ack(), MANY)


def frames_of_no_type() -> Iterator[bytes]:
    return repeat(wire.frame(77, payload=b"unknown"), MANY)


def farewells() -> Iterator[bytes]:
    return repeat(wire.goaway(), MANY)


def windows_of_a_closed_stream() -> Iterator[bytes]:
    yield get(1) + wire.rst_stream(1)
    yield from repeat(wire.window_update(1, 1), MANY)


def resets_of_a_closed_stream() -> Iterator[bytes]:
    yield get(1)
    yield from repeat(wire.rst_stream(1), MANY)


def data_of_a_stream_that_was_reset() -> Iterator[bytes]:
    """By us, so that it may have been under way."""
    yield post(1) + wire.window_update(1, 0)
    yield from repeat(wire.data(1, b"x"), MANY)


def heads_of_a_stream_that_was_reset() -> Iterator[bytes]:
    yield post(1) + wire.window_update(1, 0)
    yield from repeat(wire.headers(1, [(b"x", b"y")], end=True), MANY)


FLOODS: list[Flood] = [
    pings,
    settings,
    settings_that_widen,
    settings_of_a_table_that_flaps,
    priorities,
    priorities_of_idle_streams,
    priority_updates,
    priority_updates_of_idle_streams,
    tiny_windows_of_the_connection,
    tiny_windows_of_a_stream,
    empty_data,
    padding_without_data,
    ping_acknowledgements,
    settings_acknowledgements,
    frames_of_no_type,
    farewells,
    windows_of_a_closed_stream,
    resets_of_a_closed_stream,
    data_of_a_stream_that_was_reset,
    heads_of_a_stream_that_was_reset,
]


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.__name__)
def test_flood_is_calmed(server: ServerProcess, flood: Flood) -> None:
    streams = LIMITS.max_concurrent_streams
    with (
        Siege(server, calls=streams) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        attacker.pour(flood())
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]
        assert not attacker.was_cut
        siege.expect_quiet()
        assert attacker.counts[Kind.PING] <= siege.allowed(LIMITS.max_pings)
        # Beside that of the greeting, and its acknowledgement.
        assert attacker.counts[Kind.SETTINGS] <= siege.allowed(LIMITS.max_settings) + 2


def test_acknowledgements_that_nobody_reads_are_bounded(server: ServerProcess) -> None:
    with (
        Siege(server, calls=0, memory=4 * MIB),
        Attacker(server.endpoint, receive_buffer=4096) as attacker,
    ):
        attacker.pour(pings(), reads=False)
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]


def test_flood_that_does_not_end_with_the_goaway(server: ServerProcess) -> None:
    with (
        Siege(server, calls=0, seconds=1.5),
        Attacker(server.endpoint) as attacker,
    ):
        attacker.is_deaf = True
        attacker.pour(repeat(wire.ping(), 1 << 30))
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]
        assert attacker.was_cut
