"""The threads of a loop: how many there are, what runs in them, and how they end."""

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from h2corn._threads import Threads

PATIENCE = 10.0


@pytest.fixture
def threads() -> Iterator[Threads]:
    """Return two threads, which end with the test."""
    with Threads(2) as threads:
        yield threads


def test_results_and_arguments(threads: Threads) -> None:
    assert threads.submit(divmod, 7, 2).result(PATIENCE) == (3, 1)
    assert threads.submit(sorted, [1, 2], reverse=True).result(PATIENCE) == [2, 1]
    assert list(threads.map(abs, range(-50, 0))) == list(range(50, 0, -1))


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_is_raised_goes_to_who_waits(threads: Threads, kind: type[BaseException]) -> None:
    def fail() -> None:
        raise kind("no")

    for _ in range(5):
        assert isinstance(threads.submit(fail).exception(PATIENCE), kind)
    assert threads.submit(abs, -1).result(PATIENCE) == 1


def test_no_more_than_there_may_be(threads: Threads) -> None:
    leave, begun = threading.Event(), threading.Semaphore(0)

    def hold() -> int:
        begun.release()
        assert leave.wait(PATIENCE)
        return threading.get_ident()

    held = [threads.submit(hold) for _ in range(6)]
    assert begun.acquire(timeout=PATIENCE)
    assert begun.acquire(timeout=PATIENCE)
    assert [future.running() for future in held] == [True, True, False, False, False, False]
    leave.set()
    assert len({future.result(PATIENCE) for future in held}) <= 2


def test_no_more_than_are_needed() -> None:
    with Threads(50) as threads:
        used = {threads.submit(threading.get_ident).result(PATIENCE)}
        before = threading.active_count()
        for _ in range(20):
            # A result is there a moment before its thread is free again.
            used.add(threads.submit(threading.get_ident).result(PATIENCE))
            wait_until_free(threads)
        assert len(used) <= 2
        assert threading.active_count() <= before + 1


def wait_until_free(threads: Threads) -> None:
    """Return when all threads of an executor wait for work."""
    end = time.monotonic() + PATIENCE
    while threads._free < len(threads._members):
        assert time.monotonic() < end
        time.sleep(0)


def test_what_was_cancelled_is_not_called() -> None:
    leave, called = threading.Event(), threading.Event()
    with Threads(1) as threads:
        threads.submit(leave.wait, PATIENCE)
        waiting = threads.submit(called.set)
        assert waiting.cancel()
        leave.set()
        assert threads.submit(abs, -1).result(PATIENCE) == 1
    assert not called.is_set()


def test_what_waits_is_called_before_the_end() -> None:
    leave, called = threading.Event(), threading.Event()
    threads = Threads(1)
    threads.submit(leave.wait, PATIENCE)
    threads.submit(called.set)
    threads.shutdown(wait=False)
    with pytest.raises(RuntimeError, match="after shutdown"):
        threads.submit(abs, -1)
    leave.set()
    threads.shutdown()
    assert called.is_set()


def test_what_waits_is_cancelled_where_that_is_asked_for() -> None:
    leave, begun, called = threading.Event(), threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return leave.wait(PATIENCE)

    threads = Threads(1)
    held = threads.submit(hold)
    waiting = threads.submit(called.set)
    assert begun.wait(PATIENCE)
    threads.shutdown(wait=False)
    threads.shutdown(wait=False, cancel_futures=True)
    assert waiting.cancelled()
    leave.set()
    assert held.result(PATIENCE)
    threads.shutdown()
    assert not called.is_set()


def test_nothing_is_kept_of_a_call_that_is_over(threads: Threads) -> None:
    class Large:
        pass

    future = threads.submit(Large)
    result = weakref.ref(future.result(PATIENCE))
    del future
    wait_until_free(threads)
    gc.collect()
    assert result() is None


def test_no_thread_to_have(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            threads.submit(abs, -1)
    assert threads.submit(abs, -1).result(PATIENCE) == 1


PROGRAM = """
import threading
from h2corn._threads import Threads
threads = Threads(1)
begun = threading.Event()
threads.submit(lambda: (begun.set(), threading.Event().wait()))
begun.wait()
threads.shutdown(wait=False)
print("over")
"""


def test_a_process_does_not_wait_for_them() -> None:
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, capture_output=True, timeout=30, check=True)
    assert ended.stdout.split() == [b"over"]
