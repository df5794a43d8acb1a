"""Owns the tests of the connection's receive window and of the bytes that are buffered.

Does not test the windows of streams.
"""

from hypothesis import given
from hypothesis import strategies as st

from h2c_core import Limits
from h2c_core._credit import ConnectionCredit
from h2c_core._outbound import Outbound
from tests.h2c_core import wire
from tests.h2c_core.recorder import Recorder, Watch

LIMITS = Limits(initial_connection_window=100000, max_buffered_body=150000)


class Books:
    """A connection's credit, and the window as its client counts it."""

    def __init__(self) -> None:
        watch = Watch()
        self.outbound = Outbound(Recorder(watch), LIMITS)
        self.outbound.in_turn = True
        self.credit = ConnectionCredit(self.outbound, LIMITS)
        self.window = 65535
        self.read()

    def read(self) -> int:
        for frame in wire.FrameReader().feed(self.outbound.take()):
            assert (frame.kind, frame.stream_id) == (wire.Kind.WINDOW_UPDATE, 0)
            self.window += frame.number
        return self.window


def test_window_is_announced() -> None:
    assert Books().window == 100000


def test_credit_on_receipt_while_little_is_buffered() -> None:
    books = Books()
    assert books.credit.consume(60000)
    books.window -= 60000
    books.credit.buffered(60000)
    assert books.read() == 100000


def test_no_credit_while_much_is_buffered() -> None:
    books = Books()
    for _ in range(2):
        assert books.credit.consume(80000)
        books.window -= 80000
        books.credit.buffered(80000)
        books.read()
    assert books.window == 20000
    assert not books.credit.consume(20001)
    books.credit.released(9000)
    assert books.read() == 20000
    books.credit.released(1000)
    assert books.read() == 100000


def test_objects_count_as_long_as_their_bytes_are_held() -> None:
    books = Books()
    assert books.credit.consume(60000)
    books.window -= 60000
    books.credit.buffered(60000, 90001)
    assert books.read() == 40000
    books.credit.released(1)
    assert books.read() == 100000


def test_little_credit_is_announced_when_asked_for() -> None:
    books = Books()
    assert books.credit.consume(300)
    books.window -= 300
    books.credit.passed_over(100)
    books.credit.buffered(200)
    assert books.read() == 99700
    books.credit.announce()
    assert books.read() == 100000
    books.credit.announce()
    assert books.outbound.take() == b""


def test_bytes_passed_over_are_never_buffered() -> None:
    books = Books()
    for _ in range(100):
        assert books.credit.consume(50000)
        books.window -= 50000
        books.credit.passed_over(50000)
        assert books.read() == 100000


@given(st.lists(st.tuples(st.integers(0, 60000), st.booleans(), st.integers(0, 60000))))
def test_the_window_is_whole_when_nothing_is_held(steps: list[tuple[int, bool, int]]) -> None:
    books = Books()
    held = 0
    for wanted, is_kept, taken in steps:
        size = min(wanted, books.window)
        assert books.credit.consume(size)
        books.window -= size
        if is_kept:
            books.credit.buffered(size)
            held += size
        else:
            books.credit.passed_over(size)
        released = min(taken, held)
        books.credit.released(released)
        held -= released
        books.read()
        assert 0 <= books.window <= 100000
        assert held <= 150000 + 100000
        assert held > 150000 or books.window > 50000
    books.credit.released(held)
    assert books.read() > 50000
