"""Owns the tests of the templates: by themselves, and as the policy uses them.

Does not fork.
"""

from prefork._actions import Action, End, Event, KillTemplate, StartTemplate, StopTemplate
from prefork._options import Options
from prefork._status import ExitStatus
from prefork._templates import Loss, Templates
from tests.prefork.policy_rig import CRASHED, ENDED, Rig


def serving() -> Rig:
    rig = Rig(is_preloading=True)
    rig.start()
    rig.policy.on_template_ready(1, rig.now)
    rig.take()
    rig.ready(1)
    return rig


def test_nothing_is_needed_where_nothing_is_preloaded() -> None:
    actions: list[Action] = []
    templates = Templates(actions, is_preloading=False)
    assert templates.need(1, 0.0)
    assert actions == []
    assert templates.is_empty


def test_life() -> None:
    actions: list[Action] = []
    templates = Templates(actions, is_preloading=True)
    assert not templates.need(1, 0.0)
    assert not templates.need(1, 0.0)
    assert actions == [StartTemplate(1)]
    templates.on_ready(1)
    assert templates.need(1, 0.0)
    templates.keep({2}, 1.0)
    templates.keep({2}, 1.5)
    assert not templates.need(1, 1.5)
    assert actions == [StartTemplate(1), StopTemplate(1)]
    assert templates.next_deadline(1.5) == 2.0
    templates.expire(1.9)
    templates.expire(2.0)
    templates.expire(3.0)
    assert actions == [StartTemplate(1), StopTemplate(1), KillTemplate(1)]
    assert templates.next_deadline(3.0) is None
    seen = [templates.is_empty]
    assert [templates.on_exit(1, 3.0) for _ in range(2)] == [Loss.EXPECTED] * 2
    seen.append(templates.is_empty)
    assert seen == [False, True]


def test_failures_are_spaced() -> None:
    actions: list[Action] = []
    templates = Templates(actions, is_preloading=True)
    templates.need(1, 0.0)
    assert templates.on_exit(1, 1.0) is Loss.FAILED
    assert not templates.need(1, 1.05)
    assert templates.next_deadline(1.05) == 1.1
    assert actions == [StartTemplate(1)]
    templates.need(1, 1.1)
    assert actions == [StartTemplate(1)] * 2
    templates.on_ready(1)
    assert templates.on_exit(1, 2.0) is Loss.DIED
    templates.need(1, 2.0)
    assert actions == [StartTemplate(1)] * 3


def test_workers_start_when_the_template_is_ready() -> None:
    rig = Rig(Options(workers=2), is_preloading=True)
    actions = rig.start()
    assert rig.of(StartTemplate, actions) == [StartTemplate(1)]
    assert rig.started(actions) == []
    rig.policy.on_template_ready(1, rig.now)
    assert rig.started(rig.take()) == [(1, 0, 1)]
    assert rig.started(rig.ready(1)) == [(2, 1, 1)]


def test_first_template_fails() -> None:
    rig = Rig(is_preloading=True)
    rig.start()
    rig.policy.on_template_exit(1, CRASHED, rig.now)
    assert rig.ended(rig.take()) == End(
        3, "The first template ended with code 3 before it was ready"
    )


def test_stop_while_the_template_starts() -> None:
    rig = Rig(is_preloading=True)
    rig.start()
    actions = rig.stop()
    assert rig.of(StopTemplate, actions) == [StopTemplate(1)]
    rig.policy.on_template_ready(1, rig.now)
    assert rig.take() == []
    assert rig.of(KillTemplate, rig.advance(1.01)) == [KillTemplate(1)]
    rig.policy.on_template_exit(1, ENDED, rig.now)
    assert rig.ended(rig.take()) == End(0, "")


def test_third_signal_kills_the_template() -> None:
    rig = Rig(is_preloading=True)
    rig.start()
    rig.stop()
    assert rig.of(KillTemplate, rig.stop()) == []
    assert rig.of(KillTemplate, rig.stop()) == [KillTemplate(1)]


def test_end_waits_for_the_template() -> None:
    rig = serving()
    rig.stop()
    assert rig.ended(rig.exit(1, ENDED)) is None
    rig.policy.on_template_exit(1, ENDED, rig.now)
    assert rig.ended(rig.take()) == End(0, "")


def test_idle_template_that_dies_is_missed_when_it_is_needed() -> None:
    rig = serving()
    rig.policy.on_template_exit(1, CRASHED, rig.now)
    actions = rig.take()
    assert rig.said(actions) == "The template ended with code 3"
    assert rig.of(StartTemplate, actions) == []
    rig.advance(6)
    assert rig.of(StartTemplate, rig.exit(1)) == [StartTemplate(1)]
    rig.policy.on_template_ready(1, rig.now)
    assert rig.started(rig.take()) == [(2, 0, 1)]


def test_template_that_fails_again_and_again_is_a_crash_loop() -> None:
    rig = serving()
    rig.policy.on_template_exit(1, CRASHED, rig.now)
    rig.take()
    actions = rig.exit(1)
    for _ in range(4):
        actions = rig.advance(1.01)
        assert rig.of(StartTemplate, actions) == [StartTemplate(1)]
        rig.policy.on_template_exit(1, CRASHED, rig.now)
        actions = rig.take()
    end = rig.ended(actions)
    assert end is not None
    assert end.code == 4


def test_reload_makes_a_template_and_stops_the_old_one() -> None:
    rig = serving()
    actions = rig.reload(Options())
    assert rig.of(StartTemplate, actions) == [StartTemplate(2)]
    assert rig.started(actions) == []
    rig.policy.on_template_ready(2, rig.now)
    assert rig.started(rig.take()) == [(2, 0, 2)]
    actions = rig.ready(2)
    assert rig.of(StopTemplate, actions) == [StopTemplate(1)]
    assert rig.events(actions) == [Event.RELOADED]


def test_template_that_fails_at_a_reload() -> None:
    rig = serving()
    rig.reload(Options())
    rig.policy.on_template_exit(2, CRASHED, rig.now)
    actions = rig.take()
    assert rig.events(actions) == [Event.RELOADED]
    text = "Reload abandoned: its template ended with code 3 before it was ready"
    assert rig.said(actions) == f"{text}; the old workers serve on"
    assert rig.of(StopTemplate, actions) == []


def test_abandoned_reload_stops_its_template() -> None:
    rig = serving()
    rig.reload(Options())
    rig.policy.on_template_ready(2, rig.now)
    rig.take()
    assert rig.of(StopTemplate, rig.exit(2)) == [StopTemplate(2)]


def test_one_that_is_not_ready_in_time_is_killed_and_ends_the_reload() -> None:
    options = Options(start_timeout=5)
    rig = serving()
    rig.reload(options)
    assert rig.of(KillTemplate, rig.advance(4.99)) == []
    assert rig.of(KillTemplate, rig.advance(0.02)) == [KillTemplate(2)]
    rig.policy.on_template_exit(2, ExitStatus.killed(9), rig.now)
    actions = rig.take()
    text = "its template was killed by SIGKILL before it was ready; the old workers serve on"
    assert rig.said(actions) == f"Reload abandoned: {text}"
    assert rig.events(actions) == [Event.RELOADED]


def test_one_that_is_ready_in_time_lives_on() -> None:
    rig = serving()
    rig.reload(Options(start_timeout=5))
    rig.policy.on_template_ready(2, rig.now)
    rig.take()
    rig.ready(2)
    assert KillTemplate(2) not in rig.advance(10)
