"""Larger plans under a random walk: runs, crashes, pauses, amendments and dropped tables in any order."""

from __future__ import annotations

import random

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ringfence.execute.decide import adoption, closing, remaining, wish_of
from ringfence.execute.model import Back, Forward
from ringfence.journal.fold import fold
from ringfence.journal.model import NotStarted, Progress
from ringfence.plan.model import Plan, Step
from support.small_world import (
    PRESENT,
    Kind,
    State,
    World,
    begin,
    die,
    outcomes,
    phase,
    plan_of,
    press,
    step,
)

KINDS = st.lists(st.sampled_from(Kind), min_size=0, max_size=3)
MOVES_MAX = 400


class Runs(RuleBasedStateMachine):
    """A plan of up to nine steps in three phases, growing and shrinking by amendments, and whatever happens to it."""

    @initialize(kinds=st.lists(KINDS, min_size=1, max_size=3))
    def adopt(self, kinds: list[list[Kind]]) -> None:
        self.named = 0
        self.plan = plan_of(*(phase(n, *(self.new_step(kind) for kind in ks)) for n, ks in enumerate(kinds)))
        self.state = State(fold(adoption(self.plan, Progress())), World())

    def new_step(self, kind: Kind) -> Step:
        self.named += 1
        return step(f"s{self.named}", kind)

    @rule(number=st.integers(0, 2), forward=st.booleans())
    @precondition(lambda self: not self.state.alive)
    def start(self, number: int, forward: bool) -> None:
        number = min(number, len(self.plan.phases) - 1)
        self.state = begin(self.state, Forward(number) if forward else Back(number))

    @rule()
    @precondition(lambda self: self.state.alive)
    def crash(self) -> None:
        self.state = die(self.state)

    @rule()
    def pause_or_resume(self) -> None:
        self.state = press(self.state)

    @rule(seed=st.integers(0, 2**16), moves=st.integers(1, 12), luck=st.sampled_from([0.5, 0.8, 1.0]))
    @precondition(lambda self: self.state.alive)
    def move(self, seed: int, moves: int, luck: float) -> None:
        chance = random.Random(seed)
        for _ in range(moves):
            if not self.state.alive:
                return
            ways = list(outcomes(self.plan, self.state))
            self.state = ways[0] if chance.random() < luck else chance.choice(ways)

    @rule(kind=st.sampled_from(Kind), phase_number=st.integers(0, 2), place=st.integers(0, 12))
    @precondition(lambda self: not self.state.alive and self.state.progress.open is None)
    def bring_in_a_step(self, kind: Kind, phase_number: int, place: int) -> None:
        phases = list(self.plan.phases)
        number = min(phase_number, len(phases) - 1)
        if len(phases[number].steps) >= 5:
            return
        steps = list(phases[number].steps)
        steps.insert(min(place, len(steps)), self.new_step(kind))
        phases[number] = phase(number, *steps)
        self.amend(plan_of(*phases))

    @rule(pick=st.integers(0, 100))
    @precondition(lambda self: not self.state.alive and self.state.progress.open is None and self.plan.steps_by_id)
    def take_out_a_step(self, pick: int) -> None:
        """A table of the application is dropped: its steps leave the plan, and what they did is gone with it."""
        dropped = list(self.plan.steps_by_id)[pick % len(self.plan.steps_by_id)]
        gone = (dropped,) if dropped in self.state.progress.done else ()
        plan = plan_of(*(phase(p.number, *(s for s in p.steps if s.id != dropped)) for p in self.plan.phases))
        self.amend(plan, gone)
        self.state = State(self.state.progress, self.state.world.put(dropped, 0))

    def amend(self, plan: Plan, gone: tuple[str, ...] = ()) -> None:
        progress = fold(closing(self.state.progress), self.state.progress)
        progress = fold(adoption(plan, progress, gone), progress)
        self.plan, self.state = plan, State(progress, self.state.world)

    @invariant()
    def journal_and_world_agree(self) -> None:
        progress, world = self.state.progress, self.state.world
        for name in progress.outline.order:
            if name in progress.done:
                assert world.level(name) == PRESENT
            if isinstance(progress.state(name), NotStarted):
                assert world.level(name) == 0
        assert set(progress.behind()) <= set(progress.outline.order) - set(progress.done)

    @invariant()
    def a_passed_exit_gate_stands_on_complete_phases_only(self) -> None:
        progress = self.state.progress
        for one in progress.outline.phases:
            if one.exit_gate in progress.gates:
                assert all(progress.complete(p) for p in progress.outline.phases if p.number <= one.number)

    def teardown(self) -> None:
        """Wherever the walk ended there is a way to the end, and from there a way back."""
        if not hasattr(self, "plan"):
            return
        for wish in (Forward(len(self.plan.phases) - 1), Back(0)):
            state = press(self.state) if self.state.progress.paused else self.state
            state = begin(die(state), wish)
            for _ in range(MOVES_MAX):
                if state.progress.run is None:
                    break
                assert wish_of(state.progress.run) == wish
                state = next(outcomes(self.plan, state))
            assert state.progress.run is None
            assert remaining(self.plan, state.progress, wish) == ()
            levels = {state.world.level(name) for name in self.plan.steps_by_id}
            assert levels <= {PRESENT if isinstance(wish, Forward) else 0}
            self.state = state


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
