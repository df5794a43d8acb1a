"""Owns the tests of the course of reloads, with a clock that the test moves.

Does not test templates (test_templates) nor who is replaced next (test_roll).
"""

from prefork._actions import Configure, End, Event
from prefork._options import Options
from prefork._reasons import StopReason
from tests.prefork.policy_rig import CRASHED, ENDED, Rig

RESTARTED = StopReason.RESTARTED
TWO = Options(workers=2)


def test_rolling_reload() -> None:
    rig = Rig(TWO)
    rig.serve()
    actions = rig.reload()
    assert rig.events(actions) == [Event.RELOADING]
    assert rig.of(Configure, actions) == [Configure(2)]
    rig.policy.on_configured(TWO, rig.now)
    assert rig.started(rig.take()) == [(3, 0, 2)]
    actions = rig.ready(3)
    assert rig.stopped(actions) == [(1, RESTARTED)]
    assert rig.started(actions) == [(4, 1, 2)]
    actions = rig.ready(4)
    assert rig.stopped(actions) == [(2, RESTARTED)]
    assert rig.events(actions) == [Event.RELOADED]
    assert rig.said(actions) == "Reloaded"
    assert rig.exit(1, ENDED) == rig.exit(2, ENDED) == []


def test_plan_that_cannot_be_made() -> None:
    rig = Rig()
    rig.serve()
    rig.reload()
    rig.policy.on_configure_failed("no such file", rig.now)
    actions = rig.take()
    assert rig.said(actions) == "Reload abandoned: no such file; the old workers serve on"
    assert rig.events(actions) == [Event.RELOADED]
    rig.policy.on_configure_failed("again", rig.now)
    rig.policy.on_configured(TWO, rig.now)
    assert rig.take() == []


def test_new_version_that_does_not_start() -> None:
    rig = Rig(TWO)
    rig.serve()
    rig.reload(Options(workers=4))
    actions = rig.exit(3)
    assert rig.events(actions) == [Event.RELOADED]
    assert "ended with code 3 before it was ready; the old workers serve on" in rig.said(actions)
    assert rig.stopped(actions) == []
    assert rig.started(actions) == []
    assert rig.policy.options == TWO
    rig.advance(6)
    assert rig.started(rig.exit(1)) == [(4, 0, 1)]


def test_later_replacement_fails() -> None:
    rig = Rig(TWO)
    rig.serve()
    rig.reload(TWO)
    rig.ready(3)
    serial = 4
    for _ in range(4):
        assert rig.events(rig.exit(serial)) == []
        serial = rig.started(rig.advance(1.01))[0][0]
    actions = rig.exit(serial)
    assert rig.events(actions) == [Event.RELOADED]
    assert rig.said(actions) == "Reloaded, but 1 of 2 workers did not follow"
    assert rig.started(rig.advance(30)) == []
    # It is the new version that is started from now on.
    assert [it[1:] for it in rig.started(rig.exit(2))] == [(1, 2)]


def test_storm_is_one_more() -> None:
    rig = Rig()
    rig.serve()
    for _ in range(50):
        rig.policy.reload(rig.now)
    assert rig.of(Configure) == [Configure(2)]
    rig.policy.on_configured(Options(), rig.now)
    rig.take()
    actions = rig.ready(2)
    assert rig.events(actions) == [Event.RELOADED, Event.RELOADING]
    assert rig.of(Configure, actions) == [Configure(3)]
    rig.policy.on_configured(Options(), rig.now)
    rig.take()
    assert rig.events(rig.ready(3)) == [Event.RELOADED]


def test_abandoned_reload_is_followed_by_the_one_asked_for() -> None:
    rig = Rig()
    rig.serve()
    rig.reload(Options())
    rig.reload()
    assert rig.of(Configure, rig.exit(2)) == [Configure(3)]


def test_reload_while_the_first_worker_starts() -> None:
    rig = Rig(TWO)
    rig.start()
    actions = rig.reload(TWO)
    assert rig.stopped(actions) == [(1, RESTARTED)]
    assert rig.started(actions) == [(2, 0, 2)]
    assert rig.exit(1) == []
    actions = rig.ready(2)
    assert rig.started(actions) == [(3, 1, 2)]
    assert rig.events(rig.ready(3)) == [Event.SETTLED, Event.RELOADED]


def test_reload_while_a_slot_waits() -> None:
    rig = Rig(TWO)
    rig.serve()
    rig.exit(2)
    actions = rig.reload(TWO)
    assert rig.started(actions) == [(3, 1, 1), (4, 0, 2)]
    actions = rig.ready(4)
    assert set(rig.stopped(actions)) == {(1, RESTARTED), (3, RESTARTED)}
    assert rig.started(actions) == [(5, 1, 2)]
    assert rig.events(rig.ready(5)) == [Event.RELOADED]


def test_reload_when_all_have_crashed() -> None:
    rig = Rig(TWO)
    rig.serve()
    rig.exit(1)
    rig.exit(2)
    assert rig.started(rig.reload(TWO)) == [(3, 0, 2), (4, 1, 2)]
    assert rig.events(rig.ready(3, 4)) == [Event.RELOADED]


def test_number_of_workers_changes_where_it_was_configured() -> None:
    rig = Rig(TWO)
    rig.serve()
    rig.policy.scale(1, rig.now)
    rig.take()
    rig.ready(3)
    rig.reload(TWO)
    rig.ready(4, 5, 6)
    assert rig.policy._table.wanted == 3
    rig.reload(Options(workers=1))
    assert rig.policy._table.wanted == 3
    actions = rig.ready(7)
    assert rig.policy._table.wanted == 1
    assert rig.events(actions) == [Event.RELOADED]
    rig.reload(Options(workers=2))
    actions = rig.ready(8)
    assert rig.started(actions) == [(9, 1, 4)]
    assert rig.events(actions) == []
    assert rig.events(rig.ready(9)) == [Event.RELOADED]


def test_scale_during_a_reload() -> None:
    rig = Rig(TWO)
    rig.serve()
    rig.reload(TWO)
    rig.policy.scale(-1, rig.now)
    assert rig.stopped(rig.take()) == [(2, StopReason.STOPPED)]
    actions = rig.ready(3)
    assert rig.stopped(actions) == [(1, RESTARTED)]
    assert rig.events(actions) == [Event.RELOADED]


def test_old_one_dies_while_the_new_version_is_tried() -> None:
    rig = Rig()
    rig.serve()
    rig.reload(Options())
    assert rig.exit(1) == []
    actions = rig.exit(2)
    assert rig.events(actions) == [Event.RELOADED]
    assert [it[1:] for it in rig.started(rig.advance(0.21))] == [(0, 1)]


def test_stop_during_each_part_of_a_reload() -> None:
    rig = Rig()
    rig.serve()
    rig.reload()
    rig.stop()
    rig.policy.on_configured(Options(), rig.now)
    assert rig.take() == []
    assert rig.ended(rig.exit(1, ENDED)) == End(0, "")
    rig = Rig()
    rig.serve()
    rig.reload(Options())
    assert len(rig.stopped(rig.stop())) == 2
    assert rig.exit(2, CRASHED) == []
    assert rig.ended(rig.exit(1, ENDED)) == End(0, "")


def test_new_options_hold_for_new_workers() -> None:
    rig = Rig(Options(heartbeat_timeout=10, max_memory=100))
    rig.serve()
    rig.reload(Options(heartbeat_timeout=20))
    rig.ready(2)
    rig.policy.on_memory(2, 10**9, rig.now)
    assert rig.take() == []
    rig.exit(1, ENDED)
    assert rig.advance(19.9, beating=False) == []
    assert rig.advance(0.2, beating=False) != []


def test_user_does_not_change() -> None:
    rig = Rig(Options(user=5))
    rig.serve()
    assert "user of the workers does not change" in rig.said(rig.reload(Options(user=6)))
    rig.ready(2)
    assert rig.policy.options.user == 5


def test_newer_version_is_not_kept_waiting_in_development() -> None:
    options = Options(outlives_failures=True)
    rig = Rig(options)
    rig.serve()
    rig.reload(options)
    actions = rig.reload()
    assert rig.stopped(actions) == [(2, StopReason.STOPPED)]
    assert rig.of(Configure, actions) == [Configure(3)]
    rig.policy.on_configured(options, rig.now)
    assert rig.started(rig.take()) == [(3, 0, 3)]
    assert rig.stopped(rig.ready(3)) == [(1, RESTARTED)]
