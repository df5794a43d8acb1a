"""Requests that are given up as soon as they are made, by the client or through its faults."""

from collections.abc import Callable, Iterator

import pytest
from h2.errors import ErrorCodes

from h2c_core import Limits
from tests.h2c_core import wire
from tests.h2c_core.wire import Kind
from tests.interop.attacks.attacker import Attacker
from tests.interop.attacks.requests import block, get, post, stream_ids
from tests.interop.attacks.siege import Siege
from tests.server.process import ServerProcess

LIMITS = Limits()
MANY = 20_000

Fault = Callable[[int], tuple[bytes, bytes]]
"""Makes the frames of a request, and those that then make the server reset it."""


def numbers() -> Iterator[int]:
    ids = stream_ids()
    return (next(ids) for _ in range(MANY))


# CVE-2023-44487


def test_rapid_reset_in_one_read(server: ServerProcess) -> None:
    with (
        Siege(server, calls=LIMITS.max_peer_resets) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        attacker.pour(get(number) + wire.rst_stream(number) for number in numbers())
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]
        siege.expect_quiet()


def test_rapid_reset_of_applications_that_run(server: ServerProcess) -> None:
    """The request and its reset in reads of their own, so that each application starts."""
    most = LIMITS.max_peer_resets
    with (
        Siege(server, calls=most + LIMITS.max_concurrent_streams, seconds=1.0) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        batch: list[int] = []
        for number in numbers():
            batch.append(number)
            if len(batch) == LIMITS.max_concurrent_streams:
                attacker.pour(map(get, batch))
                attacker.ping()
                attacker.pour(map(wire.rst_stream, batch))
                batch.clear()
            if attacker.is_over:
                break
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]
        siege.expect_quiet()


def test_reset_when_the_response_has_begun(server: ServerProcess) -> None:
    most = LIMITS.max_peer_resets
    with (
        Siege(server, "/download", calls=most + 100, seconds=1.0) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        for number in numbers():
            attacker.pour([get(number, "/download")])
            attacker.listen_for_head(number)
            attacker.pour([wire.rst_stream(number)])
            if attacker.is_over:
                break
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]
        siege.expect_quiet()


# MadeYouReset, CVE-2025-8671


def zero_increment(number: int) -> tuple[bytes, bytes]:
    return get(number), wire.window_update(number, 0)


def overflow_of_the_window(number: int) -> tuple[bytes, bytes]:
    return get(number), wire.window_update(number, wire.MAX_WINDOW)


def data_after_the_end(number: int) -> tuple[bytes, bytes]:
    return get(number), wire.data(number, b"x")


def headers_after_the_end(number: int) -> tuple[bytes, bytes]:
    return get(number), wire.headers(number, [(b"x", b"y")], end=True)


def priority_of_the_wrong_size(number: int) -> tuple[bytes, bytes]:
    return get(number), wire.frame(Kind.PRIORITY, 0, number, b"1234")


def priority_on_itself(number: int) -> tuple[bytes, bytes]:
    return get(number), wire.priority(number, wire.Priority(number))


def more_data_than_announced(number: int) -> tuple[bytes, bytes]:
    announced = wire.field_block([(b"content-length", b"1")])
    head = wire.headers(number, block("/wait", b"POST") + announced)
    return head, wire.data(number, b"xx")


def less_data_than_announced(number: int) -> tuple[bytes, bytes]:
    announced = wire.field_block([(b"content-length", b"2")])
    head = wire.headers(number, block("/wait", b"POST") + announced)
    return head, wire.data(number, b"x", end=True)


def trailers_without_an_end(number: int) -> tuple[bytes, bytes]:
    return post(number), wire.headers(number, [(b"x", b"y")])


def malformed_head(number: int) -> tuple[bytes, bytes]:
    fields = wire.field_block([(b"X", b"y")])
    return b"", wire.headers(number, block("/wait") + fields, end=True)


def dependency_on_itself(number: int) -> tuple[bytes, bytes]:
    value = wire.Priority(number)
    return b"", wire.headers(number, block("/wait"), end=True, priority=value)


FAULTS: list[Fault] = [
    zero_increment,
    overflow_of_the_window,
    data_after_the_end,
    headers_after_the_end,
    priority_of_the_wrong_size,
    priority_on_itself,
    more_data_than_announced,
    less_data_than_announced,
    trailers_without_an_end,
    malformed_head,
    dependency_on_itself,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("in_one_read", [True, False], ids=["at-once", "one-by-one"])
def test_made_you_reset(server: ServerProcess, fault: Fault, in_one_read: bool) -> None:
    """In reads of their own, so that each application has started when its request is reset."""
    most = LIMITS.max_provoked_resets
    with Siege(server, calls=most) as siege, Attacker(server.endpoint) as attacker:
        if in_one_read:
            attacker.pour(b"".join(fault(number)) for number in numbers())
        else:
            for number in numbers():
                head, wrong = fault(number)
                attacker.pour([head])
                attacker.ping()
                attacker.pour([wrong])
                attacker.listen_for([number])
                if attacker.is_over:
                    break
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]
        siege.expect_quiet()
        assert most // 2 < attacker.counts[Kind.RST_STREAM] <= siege.allowed(most)
    assert not set(attacker.resets.values()) & {ErrorCodes.NO_ERROR, ErrorCodes.INTERNAL_ERROR}


# More streams than are allowed


def test_streams_above_the_limit_are_refused(server: ServerProcess) -> None:
    allowed = LIMITS.max_concurrent_streams
    above = 200
    with Siege(server, calls=allowed) as siege, Attacker(server.endpoint) as attacker:
        ids = stream_ids()
        open_ones = [next(ids) for _ in range(allowed)]
        refused = [next(ids) for _ in range(above)]
        attacker.pour(map(get, open_ones + refused))
        attacker.listen_for(refused)
        assert attacker.resets == dict.fromkeys(refused, ErrorCodes.REFUSED_STREAM)
        attacker.ping()
        assert not attacker.is_over
        attacker.socket.close()
        siege.expect_quiet()


def test_client_that_ignores_the_limit(server: ServerProcess) -> None:
    allowed = LIMITS.max_concurrent_streams
    with (
        Siege(server, calls=allowed) as siege,
        Attacker(server.endpoint) as attacker,
    ):
        attacker.pour(map(get, numbers()))
        attacker.listen()
        assert attacker.goaways == [ErrorCodes.ENHANCE_YOUR_CALM]
        siege.expect_quiet()
