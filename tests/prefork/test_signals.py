"""The signals of the supervisor, sent to this very process."""

import os
import select
import signal
import threading
from collections.abc import Iterator

import pytest

from prefork._signals import Signals
from prefork.errors import PreforkError


@pytest.fixture
def signals() -> Iterator[Signals]:
    signals = Signals()
    signals.install()
    yield signals
    signals.restore()


def send(*numbers: int) -> None:
    for number in numbers:
        os.kill(os.getpid(), number)


def test_they_come_in_order_and_each_counts(signals: Signals) -> None:
    send(signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
    assert select.select([signals], [], [], 10)[0] == [signals]
    expected = [signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGINT]
    assert signals.take() == expected
    assert signals.take() == []


def test_two_of_a_kind_are_two(signals: Signals) -> None:
    send(signal.SIGINT, signal.SIGINT)
    assert signals.take() == [signal.SIGINT] * 2


def test_scaling_and_children(signals: Signals) -> None:
    send(signal.SIGTTIN, signal.SIGTTOU, signal.SIGCHLD)
    assert signals.take() == [signal.SIGTTIN, signal.SIGTTOU, signal.SIGCHLD]


def test_a_flood_neither_blocks_nor_fails(signals: Signals) -> None:
    for _ in range(20_000):
        signal.raise_signal(signal.SIGUSR1)
    assert set(signals.take()) == {signal.SIGUSR1}


def test_what_was_there_before_comes_back() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    try:
        signals = Signals()
        signals.install()
        send(signal.SIGUSR1)
        assert seen == []
        signals.restore()
        signals.restore()
        send(signal.SIGUSR1)
        assert seen == [signal.SIGUSR1]
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.set_wakeup_fd(-1) == -1
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_another_thread_may_not() -> None:
    found: list[str] = []

    def install() -> None:
        signals = Signals()
        try:
            signals.install()
        except PreforkError as error:
            found.append(str(error))
        finally:
            signals.restore()

    thread = threading.Thread(target=install)
    thread.start()
    thread.join()
    assert found == ["a supervisor runs in the main thread only"]
