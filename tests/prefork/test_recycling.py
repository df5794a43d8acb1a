"""Owns the tests of when a worker has served long enough.

Does not test its replacement.
"""

from random import Random

from prefork._options import Options
from prefork._recycling import draw_max_tasks, reason_of_memory, reason_of_tasks


def test_no_limit() -> None:
    assert draw_max_tasks(Options(max_tasks_jitter=50), Random(1)) == 0
    assert not reason_of_tasks(0, 10**9)
    assert not reason_of_memory(Options(), 10**12)


def test_jitter_is_added_and_uses_its_whole_range() -> None:
    random = Random(1)
    options = Options(max_tasks=100, max_tasks_jitter=3)
    assert {draw_max_tasks(options, random) for _ in range(200)} == {100, 101, 102, 103}
    assert {draw_max_tasks(Options(max_tasks=7), random) for _ in range(20)} == {7}


def test_reasons() -> None:
    assert not reason_of_tasks(10, 9)
    assert reason_of_tasks(10, 10) == "it has done 10 tasks of 10"
    options = Options(max_memory=2**20)
    assert not reason_of_memory(options, 2**20)
    assert reason_of_memory(options, 3 * 2**19) == "it takes 1.5 MiB of memory, above 1.0"
