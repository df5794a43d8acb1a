"""Owns the tests of the numbers and options of generations.

Does not test the workers that are of them.
"""

from prefork._generations import MAX_FAILURES, Generations
from prefork._options import Options


def test_adopted() -> None:
    generations = Generations(Options())
    assert (generations.current, generations.newest, generations.kept) == (1, 1, (1, 1))
    assert generations.begin() == 2
    assert generations.newest == 1
    new = Options(workers=3)
    assert generations.propose(new) == []
    assert (generations.current, generations.newest, generations.kept) == (1, 2, (1, 2))
    assert generations.options == Options()
    assert generations.newest_options == new
    assert generations.is_to_follow(1)
    assert not generations.is_to_follow(2)
    assert generations.adopt()
    assert (generations.current, generations.options) == (2, new)
    assert generations.is_following
    assert generations.is_to_follow(1)
    generations.finish()
    assert not generations.is_to_follow(1)


def test_abandoned_number_is_not_used_again() -> None:
    generations = Generations(Options())
    generations.begin()
    generations.propose(Options(workers=2))
    generations.finish()
    assert (generations.current, generations.newest_options) == (1, Options())
    assert generations.begin() == 3


def test_same_number_of_workers() -> None:
    generations = Generations(Options(workers=2))
    generations.begin()
    generations.propose(Options(workers=2, max_tasks=5))
    assert not generations.adopt()


def test_user_and_group_stay() -> None:
    generations = Generations(Options(user=5))
    generations.begin()
    assert generations.propose(Options(user=6, group=7, umask=0o22)) == ["user", "group"]
    assert generations.newest_options == Options(user=5, umask=0o22)


def test_failures_count_only_while_the_rest_follows() -> None:
    generations = Generations(Options())
    generations.begin()
    for _ in range(MAX_FAILURES):
        generations.on_failed()
    assert not generations.is_hopeless
    generations.propose(Options())
    generations.on_failed()
    generations.adopt()
    answers = []
    for _ in range(MAX_FAILURES):
        generations.on_failed()
        answers.append(generations.is_hopeless)
    assert answers == [False] * (MAX_FAILURES - 1) + [True]
    generations.finish()
    generations.begin()
    answers.append(generations.is_hopeless)
    assert answers[-1] is False
