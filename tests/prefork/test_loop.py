"""The waiting of the supervisor, with pipes of sockets."""

import socket
import time
from collections.abc import Iterator

import pytest

from prefork._loop import Loop, Urgency

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    pairs = [socket.socketpair() for _ in range(3)]
    yield pairs
    for pair in pairs:
        for sock in pair:
            sock.close()


def test_the_urgent_come_first(loop: Loop, pairs: list[Pair]) -> None:
    called: list[Urgency] = []
    for urgency, (reader, writer) in zip(reversed(Urgency), pairs, strict=True):
        loop.watch(reader, lambda urgency=urgency: called.append(urgency), urgency)  # type: ignore[misc]
        writer.send(b"x")
    loop.turn(10)
    assert called == [Urgency.SIGNALS, Urgency.PROCESSES, Urgency.LISTENERS]


def test_who_is_taken_out_by_one_call_is_not_called_by_the_same_turn(
    loop: Loop, pairs: list[Pair]
) -> None:
    (first, write_first), (second, write_second), _ = pairs
    called: list[str] = []

    def take_out() -> None:
        called.append("first")
        loop.unwatch(second)
        # Another one that has the same number is not the one that was readable.
        loop.watch(second, lambda: called.append("anew"), Urgency.LISTENERS)

    loop.watch(first, take_out, Urgency.SIGNALS)
    loop.watch(second, lambda: called.append("second"), Urgency.PROCESSES)
    write_first.send(b"x")
    write_second.send(b"x")
    loop.turn(10)
    assert called == ["first"]


def test_it_waits_no_longer_than_told(loop: Loop, pairs: list[Pair]) -> None:
    loop.watch(pairs[0][0], lambda: pytest.fail("nothing came"), Urgency.SIGNALS)
    begin = time.monotonic()
    loop.turn(0.05)
    assert time.monotonic() - begin > 0.04
    loop.turn(-1)


def test_who_is_not_watched_can_be_taken_out(loop: Loop, pairs: list[Pair]) -> None:
    loop.unwatch(pairs[0][0])
    pairs[0][0].close()
    loop.unwatch(pairs[0][0])
