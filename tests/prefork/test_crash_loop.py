"""Owns the tests of when it is pointless to start more workers.

Does not test what happens then.
"""

import pytest

from prefork._crash_loop import EXIT_CRASH_LOOP, CrashLoop


@pytest.mark.parametrize(("workers", "ends"), [(1, 5), (2, 7), (4, 11)])
def test_ends_in_a_row(workers: int, ends: int) -> None:
    loop = CrashLoop()
    answers = [loop.on_ended_young(workers=workers, is_proven_serving=False) for _ in range(ends)]
    assert answers == [False] * (ends - 1) + [True]


def test_no_loop_while_a_proven_worker_serves() -> None:
    loop = CrashLoop()
    for _ in range(4):
        assert not loop.on_ended_young(workers=1, is_proven_serving=False)
    for _ in range(100):
        assert not loop.on_ended_young(workers=1, is_proven_serving=True)
    assert not loop.on_ended_young(workers=1, is_proven_serving=False)
    assert loop.count == 1


def test_cleared() -> None:
    loop = CrashLoop()
    for _ in range(4):
        loop.on_ended_young(workers=1, is_proven_serving=False)
    loop.clear()
    assert not loop.on_ended_young(workers=1, is_proven_serving=False)


def test_code_is_no_other_code() -> None:
    assert EXIT_CRASH_LOOP == 4
