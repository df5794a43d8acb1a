"""Owns the tests of the ring of waiting bodies. Does not test whose turn it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2c_core._waiting import Ring, WaitingBody


def order(ring: Ring) -> list[int]:
    """The streams from the first to the last; each knows who is before it."""
    found = []
    before: WaitingBody | None = None
    body = ring.first
    while body is not None:
        assert body.before is before
        found.append(body.stream_id)
        before, body = body, body.after
    return found


def test_bodies_begin_with_the_default_priority() -> None:
    body = WaitingBody(1, 100)
    assert (body.urgency, body.incremental, body.is_sequential) == (3, False, False)


def test_a_body_alone_wakes_nobody() -> None:
    body = WaitingBody(1, 100)
    with pytest.raises(NotImplementedError):
        body.room_again()
    with pytest.raises(NotImplementedError):
        body.end_sent()


@given(st.lists(st.integers(0, 5)))
def test_bodies_stand_in_the_order_in_which_they_joined(steps: list[int]) -> None:
    ring = Ring()
    several = [WaitingBody(2 * number + 1, 100) for number in range(6)]
    expected: list[int] = []
    for which in steps:
        body = several[which]
        if body.stream_id in expected:
            ring.remove(body)
            expected.remove(body.stream_id)
            assert body.before is None
            assert body.after is None
        else:
            ring.append(body)
            expected.append(body.stream_id)
        assert order(ring) == expected
