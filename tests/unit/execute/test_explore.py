"""Every way a small plan can go: each interleaving of success, error, crash, pause, gates and changed wishes."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ringfence.execute.decide import adoption, closing, wish_of
from ringfence.execute.model import Back, Forward, Wish
from ringfence.journal.fold import fold
from ringfence.journal.model import IllegalTransition, Progress
from ringfence.plan.model import Plan
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
    plan_of_kinds,
    press,
    step,
)

T, C, B, R, P = Kind.TRANSACTION, Kind.CONCURRENTLY, Kind.BACKFILL, Kind.REPEAT, Kind.PROCEDURE
SHAPES = [
    *(((a,), (b,)) for a, b in itertools.product(Kind, Kind)),
    ((T, C), (B,)),
    ((C, R), (P,)),
    ((T,), (B, C)),
    ((P,), (R, T)),
    ((T, C), (B, R)),
]
MOVES_MAX = 60
"""A run of such a plan in which nothing goes wrong is over by then."""


def adopted(plan: Plan) -> Progress:
    """The progress of a journal that holds the plan and nothing else."""
    return fold(adoption(plan, Progress()))


def wishes(plan: Plan) -> tuple[Wish, ...]:
    """Everything an operator can ask for."""
    return (*(Forward(p.number) for p in plan.phases), *(Back(p.number) for p in plan.phases))


def successors(plan: Plan, state: State) -> Iterator[State]:
    """Every state that can come next, whatever the world, the process and people do."""
    yield press(state)
    if state.alive:
        yield die(state)
        yield from outcomes(plan, state)
    else:
        for wish in wishes(plan):
            yield begin(state, wish)


def explore(plan: Plan, *starts: State) -> dict[object, State]:
    """Every state that can be reached, by key; the model asserts what must never happen on the way."""
    seen = {start.key: start for start in starts}
    queue = deque(starts)
    while queue:
        for after in successors(plan, queue.popleft()):
            if after.key not in seen:
                seen[after.key] = after
                queue.append(after)
    return seen


def towards(plan: Plan, state: State, wish: Wish) -> State:
    """The next state when nothing goes wrong any more and the operator wants this."""
    if state.progress.paused:
        return press(state)
    if not state.alive or state.progress.run is None:
        return begin(state, wish)
    if wish_of(state.progress.run) != wish:
        return die(state)
    return next(outcomes(plan, state))


def at_end(plan: Plan, state: State, wish: Wish) -> bool:
    """Whether the wish has come true in journal and world alike; the run that did it has ended."""
    if state.progress.run is not None:
        return False
    match wish:
        case Forward(through):
            phases = [p for p in plan.phases if p.number <= through]
            return all(
                state.progress.passed(p.exit.id) and all(state.world.level(s.id) == PRESENT for s in p.steps)
                for p in phases
            )
        case Back(first):
            phases = [p for p in plan.phases if p.number >= first]
            return not any(
                state.progress.passed(p.entry.id)
                or state.progress.passed(p.exit.id)
                or any(state.world.level(s.id) or s.id in state.progress.done for s in p.steps)
                for p in phases
            )


def assert_reaches(plan: Plan, states: dict[object, State], wish: Wish) -> None:
    """From each of the states the wish comes true within a bounded number of good moves."""
    arrives: set[object] = set()
    for start in states.values():
        path: list[object] = []
        state = start
        while state.key not in arrives and not at_end(plan, state, wish):
            path.append(state.key)
            assert len(path) <= MOVES_MAX, f"{wish} is not reached from {start}"
            state = towards(plan, state, wish)
        arrives.update(path)
        arrives.add(state.key)


def test_every_interleaving_of_small_plans(capsys: pytest.CaptureFixture[str]) -> None:
    """No entry is ever illegal, nothing is done or taken away twice, and there is always a way on and a way back."""
    began, total = time.monotonic(), 0
    for shape in SHAPES:
        plan = plan_of_kinds(*shape)
        start = State(adopted(plan), World())
        states = explore(plan, start)
        assert_reaches(plan, states, Forward(plan.phases[-1].number))
        assert_reaches(plan, states, Back(0))
        total += len(states)
    with capsys.disabled():
        print(f"\n  explored {len(SHAPES)} plans, {total} states in {time.monotonic() - began:.1f} s")
    assert total > 10_000


AMENDED = plan_of(
    phase(0, step("new_first", T), step("p0a", T), step("new_between", C)),
    phase(1, step("p1a", C), step("new_last", B)),
)
"""The plan ((T), (C)) after the application brought in a table: new steps before, between and after the old ones."""


def test_every_interleaving_around_an_amendment(capsys: pytest.CaptureFixture[str]) -> None:
    """An amended plan is taken in wherever no step is open; from there too there is a way on and a way back."""
    first = plan_of_kinds((T,), (C,))
    before = explore(first, State(adopted(first), World()))
    starts = []
    for state in before.values():
        progress = fold(closing(state.progress), state.progress)
        events = adoption(AMENDED, progress)
        if progress.open is None:
            starts.append(State(fold(events, progress), state.world))
        else:
            with pytest.raises(IllegalTransition, match="is open"):
                fold(events, progress)
    after = explore(AMENDED, *starts)
    assert_reaches(AMENDED, after, Forward(1))
    assert_reaches(AMENDED, after, Back(1))
    assert_reaches(AMENDED, after, Back(0))
    with capsys.disabled():
        print(f"\n  explored an amendment in {len(starts)} of {len(before)} states, {len(after)} states after it")
    assert len(starts) > 10


def test_after_a_full_revert_everything_is_as_at_the_beginning() -> None:
    """The progress after a revert of everything equals the one after adopting the plan, so forward works again."""
    plan = plan_of_kinds((T, C), (B, R))
    start = State(adopted(plan), World())
    state = start
    for wish in (Forward(1), Back(0)):
        state = begin(state, wish)
        while state.progress.run is not None:
            state = next(outcomes(plan, state))
    bare = replace(state.progress, seq=start.progress.seq, direction=None)

    assert start.progress == bare
    assert World() == state.world
