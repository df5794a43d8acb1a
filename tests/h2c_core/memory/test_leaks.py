"""A hundred thousand requests leave nothing behind: no object, no byte, no reference.

Fewer on an engine in plain Python, which is the same code without what a compiler could get wrong.
"""

import gc
import sys
from collections.abc import Callable

import pytest

from h2c_core import COMPILED, Limits, RequestHead, Stream
from tests.h2c_core.memory.meter import growth
from tests.h2c_core.memory.traffic import BIG, BODY, FIELDS, TRAILERS, WAYS, Application, Traffic

REQUESTS = 100_000 if COMPILED else 5_000
WARM_UP = 2_000
FEW = 5_000
PAGES = 1 << 20
"""The resident memory goes up and down by some pages whatever is done. For a hundred thousand
requests this is 11 bytes each, of another allocator than Python's, which tracing does not see."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def check(work: Callable[[int], None], requests: int) -> None:
    """Fail when the work leaves an object every hundred requests, or four bytes each."""
    left = growth(work, WARM_UP, requests)
    assert left.objects < requests // 100, left
    assert left.tracked < requests // 100, left
    assert left.traced < requests * 4, left
    assert left.resident < PAGES, left


@pytest.mark.parametrize("rounds", [0, 3], ids=["one-connection", "many-connections"])
def test_requests_leave_nothing(rounds: int) -> None:
    application = Application()
    check(Traffic(application, Limits(), rounds).send, REQUESTS)
    total = WARM_UP + REQUESTS
    assert application.counts["requests"] >= total * (WAYS - 1) // WAYS
    assert application.counts["bytes"] == total // WAYS * 4 * len(BODY)
    assert application.counts["resets"] == total // WAYS + application.counts["requests"] - (
        total * (WAYS - 1) // WAYS
    )


def test_requests_leave_no_reference() -> None:
    """Not to what the application has passed in either, of which a count too high shows nothing."""
    application, limits = Application(), Limits()
    traffic = Traffic(application, limits)
    given = [application, limits, BIG, BODY, FIELDS, TRAILERS]
    given += [part for field in (*FIELDS, *TRAILERS) for part in (field, *field)]
    traffic.send(1000)
    gc.collect()
    before = [sys.getrefcount(it) for it in given]
    traffic.send(10_000)
    gc.collect()
    after = [sys.getrefcount(it) for it in given]
    assert [abs(new - old) < 50 for new, old in zip(after, before, strict=True)] == [True] * len(
        given
    )


def test_streams_and_connections_are_freed_without_the_collector() -> None:
    """Nothing waits for a collection of cycles: each request would pay for it."""
    application = Application()
    traffic = Traffic(application, Limits(), rounds=3)
    traffic.send(1000)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        traffic.send(3000)
        left = len(gc.get_objects()) - before
    finally:
        gc.enable()
    assert left < 100, left


class Hoarder(Application):
    """Leaks an object for each request."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[object] = []

    def open_stream(self, stream: Stream, head: RequestHead) -> Application:
        self.kept.append(object())
        return super().open_stream(stream, head)


class Listing(Hoarder):
    """Leaks eight bytes for each request."""

    def open_stream(self, stream: Stream, head: RequestHead) -> Application:
        self.kept.append(None)
        return Application.open_stream(self, stream, head)


@pytest.mark.parametrize("leak", [Hoarder, Listing], ids=["object", "eight-bytes"])
def test_leak_is_seen(leak: type[Application]) -> None:
    with pytest.raises(AssertionError):
        check(Traffic(leak(), Limits()).send, FEW)
