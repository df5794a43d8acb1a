"""When reading stops and goes on."""

import pytest

from h2corn._http1_gate import ReadGate
from h2corn._http1_limits import Http1Limits


class Transport:
    """Records what it is told."""

    def __init__(self) -> None:
        self.log = ""

    def pause_reading(self) -> None:
        self.log += "-"

    def resume_reading(self) -> None:
        self.log += "+"


LIMITS = Http1Limits(max_unread_body=10, max_pipelined=20)


@pytest.mark.parametrize(
    ("unread", "buffered", "is_busy", "log"),
    [
        (10, 20, False, ""),
        (11, 0, False, "-"),
        (0, 21, False, "-"),
        (0, 1, True, "-"),
    ],
)
def test_shuts(unread: int, buffered: int, *, is_busy: bool, log: str) -> None:
    transport = Transport()
    gate = ReadGate(transport, LIMITS)
    gate.unread = unread
    for _ in range(2):
        gate.regulate(buffered, is_busy=is_busy)
        assert transport.log == log
        assert gate.is_shut == bool(log)


@pytest.mark.parametrize(
    ("unread", "buffered", "is_busy", "log"),
    [
        (5, 10, False, "-+"),
        (6, 0, False, "-"),
        (0, 11, False, "-"),
        (0, 0, True, "-"),
    ],
)
def test_opens_at_the_half(unread: int, buffered: int, *, is_busy: bool, log: str) -> None:
    transport = Transport()
    gate = ReadGate(transport, LIMITS)
    gate.unread = 11
    gate.regulate(0, is_busy=False)
    gate.unread = unread
    for _ in range(2):
        gate.regulate(buffered, is_busy=is_busy)
        assert transport.log == log
