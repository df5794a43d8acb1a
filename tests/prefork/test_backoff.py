"""Owns the tests of the delays between attempts.

Does not attempt anything.
"""

import pytest

from prefork._backoff import Backoff


def test_doubles_up_to_a_second() -> None:
    backoff = Backoff()
    assert backoff.allows(0.0)
    delays = []
    for now in range(7):
        backoff.on_failed(now)
        delays.append(backoff.retry_at - now)
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0])


def test_allows_at_its_time_and_not_before() -> None:
    backoff = Backoff()
    backoff.on_failed(10.0)
    assert not backoff.allows(10.09)
    assert backoff.allows(backoff.retry_at)


def test_cleared() -> None:
    backoff = Backoff()
    backoff.on_failed(10.0)
    backoff.on_failed(10.0)
    backoff.clear()
    assert backoff.allows(10.0)
    backoff.on_failed(10.0)
    assert backoff.retry_at == pytest.approx(10.1)
