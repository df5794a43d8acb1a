"""Owns the tests of the options' defaults, ranges and intervals.

Does not test what they bring about.
"""

import dataclasses
import math
from typing import Any, cast

import pytest

from prefork._options import MAX_WORKERS, Hooks, Options, Plan


def test_defaults() -> None:
    plan = Plan()
    assert plan.options == Options()
    assert plan.settings is None
    assert (plan.options.workers, plan.options.max_tasks, plan.options.max_memory) == (1, 0, 0)
    assert (plan.options.heartbeat_timeout, plan.options.stop_timeout) == (30.0, 30.0)
    assert plan.options.balance
    assert not plan.options.outlives_failures
    assert Hooks() == Hooks(
        reload=None, preload=None, watch=None, on_started=None, on_reopen_logs=None
    )


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options().workers = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", 0),
        ("workers", -1),
        ("workers", MAX_WORKERS + 1),
        ("max_tasks", -1),
        ("max_tasks_jitter", -1),
        ("max_memory", -1),
        ("heartbeat_timeout", -0.1),
        ("heartbeat_timeout", math.nan),
        ("stop_timeout", -1),
        ("stop_timeout", math.nan),
        ("start_timeout", 0),
        ("start_timeout", math.nan),
        ("user", -1),
        ("user", 2**32 - 1),
        ("group", -1),
        ("umask", -1),
        ("umask", 0o1000),
    ],
)
def test_out_of_range(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be .*{value}$"):
        Options(**cast("dict[str, Any]", {name: value}))


@pytest.mark.parametrize(
    "options",
    [
        Options(workers=MAX_WORKERS, user=0, group=2**32 - 2, umask=0o777),
        Options(heartbeat_timeout=0, stop_timeout=0, umask=0),
        Options(stop_timeout=None, start_timeout=0.1),
    ],
)
def test_in_range(options: Options) -> None:
    assert options == dataclasses.replace(options)


@pytest.mark.parametrize(
    ("timeout", "interval"), [(30, 1.0), (3, 1.0), (1.5, 0.5), (0.3, 0.1), (0, 1.0)]
)
def test_heartbeat_interval(timeout: float, interval: float) -> None:
    assert Options(heartbeat_timeout=timeout).heartbeat_interval == pytest.approx(interval)
