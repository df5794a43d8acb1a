"""Owns the test that plays a random world against the policy, and the tests of its inputs.

Does not test each decision: test_upkeep, test_failures, test_reload and test_stopping do.
"""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from prefork._actions import (
    Announce,
    Configure,
    DumpStacks,
    End,
    Event,
    Kill,
    KillTemplate,
    Say,
    SetBalanced,
    Start,
    StartTemplate,
    StopTemplate,
    StopWorker,
    StopWorkerNow,
)
from prefork._options import Options
from prefork._status import ExitStatus
from prefork._table import State
from prefork._upkeep import Phase
from tests.prefork.policy_rig import CRASHED, ENDED, Rig

OPTIONS: Final = st.builds(
    Options,
    workers=st.integers(1, 4),
    max_tasks=st.sampled_from([0, 10]),
    max_tasks_jitter=st.integers(0, 3),
    max_memory=st.sampled_from([0, 100]),
    heartbeat_timeout=st.sampled_from([0.0, 2.0, 30.0]),
    stop_timeout=st.sampled_from([None, 0.0, 3.0]),
    start_timeout=st.sampled_from([None, 2.0]),
    balance=st.booleans(),
)
STATUSES: Final = st.sampled_from(
    [CRASHED, ENDED, ExitStatus.killed(9), ExitStatus.not_started("no memory")]
)
PICK: Final = st.integers(0, 9)


class World(RuleBasedStateMachine):
    """What may happen to a supervisor, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, Start] = {}
        self.told: set[int] = set()
        self.killed: set[int] = set()
        self.hung: set[int] = set()
        self.templates: dict[int, bool] = {}
        self.stopped_templates: set[int] = set()
        self.configuring: int | None = None
        self.balanced: bool | None = None
        self.reloads = 0
        self.end: End | None = None
        self.once: set[Event] = set()

    @initialize(options=OPTIONS, outlives=st.booleans(), preloads=st.booleans())
    def begin(self, options: Options, outlives: bool, preloads: bool) -> None:
        self.rig = Rig(replace(options, outlives_failures=outlives), is_preloading=preloads)
        self.table = self.rig.policy._table
        self.rig.policy.start(self.rig.now)
        self.obey()
        assert self.balanced is not None

    def obey(self) -> None:
        for action in self.rig.take():
            assert self.end is None, "something after the end"
            self.do(action)

    def do(self, action: object) -> None:
        match action:
            case Start(serial, _, generation):
                assert serial not in self.alive
                if self.rig.policy._upkeep.templates._is_preloading:
                    assert self.templates.get(generation)
                    assert generation not in self.stopped_templates
                self.alive[serial] = action
            case StopWorker(serial):
                assert serial in self.alive
                assert serial not in self.told | self.hung
                self.told.add(serial)
            case StopWorkerNow(serial):
                assert serial in self.alive
            case DumpStacks(serial):
                assert serial in self.alive
                assert serial not in self.told | self.hung
                self.hung.add(serial)
            case Kill(serial):
                assert serial in self.alive
                assert serial not in self.killed
                self.killed.add(serial)
            case StartTemplate(generation):
                assert generation not in self.templates
                self.templates[generation] = False
            case StopTemplate(generation):
                assert generation in self.templates
                assert generation not in self.stopped_templates
                self.stopped_templates.add(generation)
            case KillTemplate(generation):
                is_ready = self.templates[generation]
                assert generation in self.stopped_templates or not is_ready
            case Configure(generation):
                assert self.configuring is None
                self.configuring = generation
            case _:
                self.hear(action)

    def hear(self, action: object) -> None:
        match action:
            case SetBalanced(is_balanced):
                assert is_balanced is not self.balanced
                self.balanced = is_balanced
            case Announce(event):
                if event in {Event.STARTED, Event.SETTLED, Event.STOPPING}:
                    assert event not in self.once
                    self.once.add(event)
                if event is Event.STOPPING:
                    self.configuring = None
                self.reloads += (event is Event.RELOADING) - (event is Event.RELOADED)
                assert self.reloads in {0, 1}
            case End():
                assert not self.alive
                assert not self.templates
                self.end = action
            case Say():
                pass
            case _:
                raise AssertionError(action)

    def pick(self, number: int) -> int:
        """A worker that lives, or one that does not."""
        serials = [*self.alive, 999]
        return serials[number % len(serials)]

    @rule(number=PICK)
    def ready(self, number: int) -> None:
        self.rig.policy.on_ready(self.pick(number), self.rig.now)
        self.obey()

    @rule(number=PICK, status=STATUSES)
    def exit(self, number: int, status: ExitStatus) -> None:
        serial = self.pick(number)
        self.bury(serial)
        self.rig.policy.on_exit(serial, status, self.rig.now)
        self.obey()

    def bury(self, serial: int) -> None:
        self.alive.pop(serial, None)
        for serials in (self.told, self.killed, self.hung):
            serials.discard(serial)

    @rule(number=PICK, done=st.integers(0, 20))
    def report(self, number: int, done: int) -> None:
        self.rig.policy.on_report(self.pick(number), done, self.rig.now)
        self.obey()

    @rule(number=PICK, size=st.integers(0, 200))
    def memory(self, number: int, size: int) -> None:
        self.rig.policy.on_memory(self.pick(number), size, self.rig.now)
        self.obey()

    @rule(number=PICK)
    def retire(self, number: int) -> None:
        self.rig.policy.on_retire_asked(self.pick(number), self.rig.now)
        self.obey()

    @rule(times=st.integers(1, 5))
    def reload(self, times: int) -> None:
        for _ in range(times):
            self.rig.policy.reload(self.rig.now)
        self.obey()

    @precondition(lambda self: self.configuring is not None)
    @rule(options=OPTIONS, works=st.booleans())
    def configured(self, options: Options, works: bool) -> None:
        self.configuring = None
        if works:
            self.rig.policy.on_configured(options, self.rig.now)
        else:
            self.rig.policy.on_configure_failed("no such file", self.rig.now)
        self.obey()

    @precondition(lambda self: self.templates)
    @rule(number=PICK)
    def template_ready(self, number: int) -> None:
        generation = list(self.templates)[number % len(self.templates)]
        self.templates[generation] = True
        self.rig.policy.on_template_ready(generation, self.rig.now)
        self.obey()

    @precondition(lambda self: self.templates)
    @rule(number=PICK, status=STATUSES)
    def template_exit(self, number: int, status: ExitStatus) -> None:
        generation = list(self.templates)[number % len(self.templates)]
        del self.templates[generation]
        self.stopped_templates.discard(generation)
        self.rig.policy.on_template_exit(generation, status, self.rig.now)
        self.obey()

    @rule(step=st.sampled_from([-9, -1, 1, 2]))
    def scale(self, step: int) -> None:
        self.rig.policy.scale(step, self.rig.now)
        self.obey()

    @rule(seconds=st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 6.0]))
    def wait(self, seconds: float) -> None:
        self.rig.now += seconds
        self.rig.policy.on_timer(self.rig.now)
        self.obey()
        deadline = self.rig.policy.next_deadline()
        assert deadline is None or deadline > self.rig.now

    @rule(number=PICK)
    def stop(self, number: int) -> None:
        # Seldom, or nothing else would be seen.
        if number == 7 or Event.STOPPING in self.once:
            self.rig.policy.stop(self.rig.now)
            self.obey()

    @invariant()
    def one_replacement_at_a_time(self) -> None:
        replacements = [slot for slot in self.table.slots if slot.replacement is not None]
        assert len(replacements) <= 1
        for slot in self.table.slots:
            if slot.member is None:
                assert slot.replacement is None
            elif slot.replacement is not None:
                # A roll never empties the slot: the one that serves is there until then.
                assert slot.member.state is State.READY

    @invariant()
    def the_table_is_true(self) -> None:
        assert set(self.table.members) == set(self.alive)
        in_slots = {
            it.serial
            for slot in self.table.slots
            for it in (slot.member, slot.replacement)
            if it is not None
        }
        assert in_slots == {
            it.serial for it in self.table.members.values() if it.state is not State.STOPPING
        }

    @invariant()
    def something_will_happen(self) -> None:
        phase = self.rig.policy._upkeep.phase
        is_event_due = bool(self.alive or self.templates or self.configuring is not None)
        is_owed = phase in {Phase.FIRST, Phase.RUNNING, Phase.STOPPING}
        if is_owed and not is_event_due:
            assert self.rig.policy.next_deadline() is not None

    def teardown(self) -> None:
        """Let a world in which everything works come to rest, and stop it."""
        if not hasattr(self, "rig"):
            return
        for _ in range(400):
            self.settle_once()
        phase = self.rig.policy._upkeep.phase
        if phase is Phase.RUNNING:
            serving = set(self.alive) - self.told - self.hung
            assert len(serving) == self.table.wanted
            assert serving == {slot.member.serial for slot in self.table.slots if slot.member}
            assert self.table.count_ready(self.rig.policy._generations.current) == len(serving)
            assert {Event.STARTED, Event.SETTLED} <= self.once
        assert phase in {Phase.RUNNING, Phase.WAITING, Phase.ENDED}
        assert self.reloads == 0 or phase is Phase.ENDED
        for _ in range(3):
            self.rig.policy.stop(self.rig.now)
            self.obey()
        for _ in range(40):
            self.settle_once()
        assert self.end is not None
        assert self.rig.policy.next_deadline() is None

    def settle_once(self) -> None:
        if self.configuring is not None:
            self.configured(self.rig.policy.options, True)
        for generation, is_ready in list(self.templates.items()):
            if generation in self.stopped_templates:
                self.template_exit(list(self.templates).index(generation), ENDED)
            elif not is_ready:
                self.template_ready(list(self.templates).index(generation))
        for serial in list(self.alive):
            if serial in self.told | self.killed:
                self.exit(list(self.alive).index(serial), ENDED)
            else:
                self.rig.policy.on_ready(serial, self.rig.now)
                self.rig.policy.on_report(serial, 0, self.rig.now)
                self.obey()
        self.wait(0.1)


TestWorld: Final = pytest.mark.timeout(300)(World.TestCase)
World.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
