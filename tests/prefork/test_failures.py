"""Owns the tests of what follows from crashes, with a clock that the test moves.

Does not test reloads that fail.
"""

import pytest

from prefork._actions import Action, Configure, End, Event
from prefork._options import Options
from prefork._reasons import StopReason
from prefork._status import ExitStatus
from tests.prefork.policy_rig import CRASHED, ENDED, Rig


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (CRASHED, 3),
        (ExitStatus.killed(9), 137),
        (ENDED, 1),
        (ExitStatus.not_started("no memory"), 1),
    ],
)
def test_first_start_fails(status: ExitStatus, code: int) -> None:
    rig = Rig(Options(workers=3))
    rig.start()
    actions = rig.exit(1, status)
    assert rig.ended(actions) == End(code, f"The first worker {status} before it was ready")
    assert rig.events(actions) == [Event.STOPPING]


def test_first_start_fails_and_is_outlived() -> None:
    rig = Rig(Options(workers=2, outlives_failures=True))
    rig.start()
    actions = rig.exit(1)
    text = "The first worker ended with code 3 before it was ready; waiting for the next reload"
    assert rig.said(actions) == text
    assert rig.policy.next_deadline() is None
    rig.policy.scale(1, rig.now)
    assert rig.started(rig.take()) == []
    assert rig.of(Configure, rig.reload()) == [Configure(2)]
    rig.policy.on_configured(rig.options, rig.now)
    assert rig.started(rig.take()) == [(2, 0, 2)]
    actions = rig.ready(2)
    assert rig.events(actions) == [Event.STARTED]
    assert len(rig.started(actions)) == 2
    assert rig.events(rig.ready(3, 4)) == [Event.SETTLED, Event.RELOADED]


def test_outlived_failure_after_a_reload_too() -> None:
    rig = Rig(Options(outlives_failures=True))
    rig.start()
    rig.exit(1)
    for serial in (2, 3):
        rig.reload(rig.options)
        assert rig.events(rig.exit(serial)) == [Event.RELOADED]
    rig.policy.reload(rig.now)
    rig.policy.on_configure_failed("bad file", rig.now)
    actions = rig.take()
    assert "Reload abandoned: bad file; waiting for the next reload" in rig.said(actions)
    assert rig.ended(rig.stop()) == End(0, "")


def test_proven_worker_is_replaced_at_once() -> None:
    rig = Rig()
    rig.serve()
    rig.advance(5)
    assert rig.started(rig.exit(1)) == [(2, 0, 1)]


def test_young_workers_wait_longer_and_longer() -> None:
    rig = Rig(Options(workers=2))
    rig.serve()
    rig.advance(5)
    serial = 2
    for delay in (0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        if serial == 2:
            assert rig.started(rig.exit(2)) == [(3, 1, 1)]
            serial = 3
        assert rig.started(rig.exit(serial)) == []
        assert rig.started(rig.advance(delay - 0.01)) == []
        assert rig.started(rig.advance(0.02)) == [(serial + 1, 1, 1)]
        serial += 1
    rig.ready(serial)
    rig.advance(5)
    assert rig.started(rig.exit(serial)) == [(serial + 1, 1, 1)]
    rig.exit(serial + 1)
    assert rig.started(rig.advance(0.11)) == [(serial + 2, 1, 1)]


@pytest.mark.parametrize("is_ready", [True, False])
def test_crash_loop(is_ready: bool) -> None:
    rig = Rig()
    rig.serve()
    for serial in range(1, 5):
        assert rig.ended(rig.exit(serial)) is None
        rig.advance(1.01)
        if is_ready:
            rig.ready(serial + 1)
    assert rig.ended(rig.exit(5)) == End(4, "5 times in a row a worker ended too soon")
    assert rig.policy.next_deadline() is None


def test_crash_loop_stops_who_is_left() -> None:
    rig = Rig(Options(workers=2))
    rig.serve()
    for serial, delay in zip(range(2, 8), (0.11, 0.21, 0.41, 0.81, 1.01, 1.01), strict=True):
        assert rig.ended(rig.exit(serial)) is None
        assert rig.started(rig.advance(delay)) == [(serial + 1, 1, 1)]
    actions = rig.exit(8)
    text = "7 times in a row a worker ended too soon"
    assert rig.said(actions) == f"{text}: stopping all"
    assert rig.stopped(actions) == [(1, StopReason.STOPPED)]
    assert rig.events(actions) == [Event.STOPPING]
    # The first signal asks for what is done already.
    assert rig.stop() == []
    assert rig.ended(rig.exit(1, ENDED)) == End(4, text)


def test_hung_workers_are_a_crash_loop_too() -> None:
    rig = Rig(Options(heartbeat_timeout=2))
    rig.serve()
    for serial in range(1, 5):
        assert rig.started(rig.advance(2, beating=False)) == [(serial + 1, 0, 1)]
        rig.ready(serial + 1)
    rig.advance(2, beating=False)
    rig.advance(1)
    assert all(rig.ended(rig.exit(serial)) is None for serial in range(1, 5))
    assert rig.ended(rig.exit(5)) == End(4, "5 times in a row a worker ended too soon")


def test_after_a_hung_worker_the_waiting_begins_anew() -> None:
    rig = Rig(Options(heartbeat_timeout=2))
    rig.serve()
    rig.exit(1)
    assert rig.started(rig.advance(0.11)) == [(2, 0, 1)]
    rig.ready(2)
    assert rig.started(rig.advance(2.01, beating=False)) == [(3, 0, 1)]
    assert rig.started(rig.exit(3)) == []
    assert rig.started(rig.advance(0.11)) == [(4, 0, 1)]


def test_last_straw_among_hung_workers() -> None:
    rig = Rig(Options(workers=4, heartbeat_timeout=2))
    rig.serve()
    stopped = []
    for _ in range(3):
        actions = rig.advance(2, beating=False)
        stopped += rig.stopped(actions)
        rig.ready(*(it[0] for it in rig.started(actions)))
    # The eleventh is the last straw; the twelfth is told to stop, and not dumped.
    assert (12, StopReason.STOPPED) in stopped


def test_crash_loop_is_outlived() -> None:
    rig = Rig(Options(outlives_failures=True))
    rig.serve()
    for serial in range(1, 5):
        rig.exit(serial)
        rig.advance(1.01)
    assert "too soon; waiting for the next reload" in rig.said(rig.exit(5))
    assert rig.advance(100) == []
    assert rig.started(rig.reload(rig.options)) == [(6, 0, 2)]


def test_crash_loop_ends_a_reload_that_is_outlived() -> None:
    options = Options(workers=2, outlives_failures=True)
    rig = Rig(options)
    rig.serve()
    rig.reload(options)
    rig.exit(2)
    actions: list[Action] = []
    for serial, delay in zip(range(4, 10), (0.11, 0.21, 0.41, 0.81, 1.01, 1.01), strict=True):
        assert rig.events(actions) == []
        assert rig.started(rig.advance(delay)) == [(serial, 1, 1)]
        actions = rig.exit(serial)
    assert rig.events(actions) == [Event.RELOADED]
    assert rig.of(Configure, rig.reload()) == [Configure(3)]


def test_reload_is_a_new_chance() -> None:
    rig = Rig()
    rig.serve()
    for serial in range(1, 5):
        rig.exit(serial)
        rig.advance(1.01)
    rig.reload(Options())
    rig.exit(5)
    assert rig.ended(rig.exit(6)) is None
    assert rig.started(rig.advance(0.11)) == [(7, 0, 2)]
