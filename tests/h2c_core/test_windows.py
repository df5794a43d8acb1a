"""Owns the tests of the arithmetic of receive windows. Does not test who is credited when."""

from hypothesis import given
from hypothesis import strategies as st

from h2c_core._windows import ReceiveWindow


def test_admits_what_fits_and_counts_nothing_else() -> None:
    window = ReceiveWindow(10)
    assert window.consume(4)
    assert not window.consume(7)
    assert window.consume(6)
    assert not window.consume(1)
    assert window.consume(0)


def test_credit_is_announced_when_half_is_taken() -> None:
    window = ReceiveWindow(10)
    assert window.consume(10)
    assert window.credit(4) == 0
    assert not window.consume(1)
    assert window.credit(1) == 5
    assert window.consume(5)
    assert not window.consume(1)


def test_what_was_given_back_can_be_announced_before() -> None:
    window = ReceiveWindow(10)
    assert window.consume(10)
    assert window.credit(3) == 0
    assert window.release() == 3
    assert window.release() == 0
    assert window.consume(3)
    assert not window.consume(1)
    assert window.credit(4) == 0


def test_smallest_windows_are_credited() -> None:
    for size in (1, 2, 3):
        window = ReceiveWindow(size)
        assert window.consume(size)
        assert window.credit(size) == size


def test_bytes_ahead_are_admitted_until_the_window_is_narrowed() -> None:
    window = ReceiveWindow(10, ahead=20)
    assert window.consume(25)
    window.narrow(20)
    assert not window.consume(1)
    assert window.consume(0)
    assert window.credit(25) == 25
    assert window.consume(10)
    assert not window.consume(1)


def test_raising_a_window_announces_what_is_missing() -> None:
    window = ReceiveWindow(10)
    assert window.raise_to(10) == 0
    assert window.consume(4)
    assert window.raise_to(25) == 19
    assert window.consume(25)
    assert not window.consume(1)


@given(
    size=st.integers(1, 2**31 - 1),
    steps=st.lists(st.tuples(st.integers(0, 2**31), st.integers(0, 2**31)), max_size=50),
)
def test_nothing_is_lost_and_nothing_is_given_twice(
    size: int, steps: list[tuple[int, int]]
) -> None:
    window = ReceiveWindow(size)
    available, held, owed = size, 0, 0
    for wanted, ready in steps:
        consumed = min(wanted, available)
        assert window.consume(consumed)
        available -= consumed
        held += consumed
        taken = min(ready, held)
        held -= taken
        owed += taken
        increment = window.credit(taken)
        assert increment in {0, owed}
        owed -= increment
        available += increment
        # With nothing held, the peer has more than half of the window, so that it never stalls.
        assert held or available > size // 2 or available == size
    assert not window.consume(available + 1)
    assert window.consume(available)
