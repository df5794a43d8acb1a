"""The timer that ends a blocked worker."""

import faulthandler
from typing import Any

import pytest

from prefork._deadman import DeadMan
from tests.prefork.isolated import run_isolated


@pytest.fixture
def armed(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    calls: list[float | None] = []

    def arm(seconds: float, *, exit: bool, **_: Any) -> None:  # noqa: A002 - faulthandler's name
        assert exit
        calls.append(seconds)

    monkeypatch.setattr(faulthandler, "dump_traceback_later", arm)
    monkeypatch.setattr(faulthandler, "cancel_dump_traceback_later", lambda: calls.append(None))
    return calls


def test_it_is_armed_by_beats_and_seldom(armed: list[float | None]) -> None:
    now = 100.0
    man = DeadMan(30.0, clock=lambda: now)
    assert armed == []
    man.beat()
    now = 100.9
    man.beat()
    assert armed == [36.0]
    now = 101.0
    man.beat()
    assert armed == [36.0, 36.0]


def test_the_end_of_a_stop_is_not_put_off(armed: list[float | None]) -> None:
    now = 0.0
    man = DeadMan(30.0, clock=lambda: now)
    man.stop(10.0)
    now = 5.0
    man.beat()
    assert armed == [11.0]


def test_a_stop_without_a_limit_disarms_it(armed: list[float | None]) -> None:
    man = DeadMan(30.0, clock=lambda: 0.0)
    man.beat()
    man.stop(None)
    man.beat()
    assert armed == [36.0, None]


@pytest.mark.parametrize("timeout", [0, None])
def test_without_a_heartbeat_only_a_stop_arms_it(
    timeout: float | None, armed: list[float | None]
) -> None:
    man = DeadMan(timeout, clock=lambda: 0.0)
    man.beat()
    assert armed == []
    man.stop(1.0)
    assert armed == [2.0]


@pytest.mark.parametrize("body", ["time.sleep(100)", "while True: pass"], ids=["sleeping", "busy"])
def test_it_ends_a_blocked_process_and_tells_where(body: str) -> None:
    outcome = run_isolated(f"""
        import prefork._deadman
        prefork._deadman._BEAT_GRACE = 0.1
        prefork._deadman._REARM_INTERVAL = 0.1
        def the_work_that_blocks():
            {body}
        prefork._deadman.DeadMan(0.1).beat()
        the_work_that_blocks()
    """)
    assert outcome.code == 1
    assert "in the_work_that_blocks" in outcome.err
