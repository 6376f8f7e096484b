"""What a run does next, one decision at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringfence.execute.decide import adoption, closing, next_move, opening, remaining, wish_of
from ringfence.execute.model import (
    Back,
    EndRun,
    ExecuteStep,
    ExecuteUndo,
    Forward,
    JudgeGate,
    Move,
    NoRunOpen,
    NoSuchPhase,
    OtherPlanFollowed,
    OtherWish,
    ProbeStep,
    ProbeUndo,
    RecordUndo,
    Refuse,
    StartStep,
    StartUndo,
    Wish,
)
from ringfence.journal.fold import fold
from ringfence.journal.model import (
    BatchCommitted,
    Event,
    GateHeld,
    GatePassed,
    PauseRequested,
    Progress,
    ResumeRequested,
    RunEnded,
    StepDone,
    StepFailed,
    StepStarted,
    UndoDone,
    UndoStarted,
)
from ringfence.plan.model import Gate, Plan
from support.small_world import Kind, phase, plan_of, plan_of_kinds, step

T, C, B, R, P = Kind.TRANSACTION, Kind.CONCURRENTLY, Kind.BACKFILL, Kind.REPEAT, Kind.PROCEDURE
PLAN = plan_of_kinds((T, C), (B,))
ENTRY, EXIT = GatePassed("p0/entry"), GatePassed("p0/exit")
PHASE_0: list[Event] = [
    ENTRY,
    StepStarted("p0a"),
    StepDone("p0a"),
    StepStarted("p0b"),
    StepDone("p0b"),
    EXIT,
]


def after(wish: Wish, *events: Event, plan: Plan = PLAN) -> Progress:
    """The progress of a run for that wish in which these entries were written."""
    return fold([*adoption(plan, Progress()), opening(wish, "r", "0"), *events])


def then(progress: Progress, wish: Wish, *events: Event) -> Progress:
    """The progress after the open run died and another one wrote these entries."""
    return fold([*closing(progress), opening(wish, "r", "0"), *events], progress)


def move(progress: Progress, plan: Plan = PLAN) -> Move:
    assert progress.run is not None
    return next_move(plan, progress, wish_of(progress.run))


def test_the_whole_way_forward() -> None:
    """Entry gate, steps in order, exit gate, phase after phase, and the end."""
    moves: list[Move] = []
    progress = after(Forward(1))
    for event in [*PHASE_0, GatePassed("p1/entry"), StepStarted("p1a"), StepDone("p1a"), GatePassed("p1/exit")]:
        moves.append(move(progress))
        progress = fold([event], progress)
    zero, one = PLAN.phases
    a, b, c = (s for p in PLAN.phases for s in p.steps)

    assert moves == [
        JudgeGate(zero, zero.entry),
        StartStep(a),
        ExecuteStep(a, None, 1),
        StartStep(b),
        ExecuteStep(b, None, 1),
        JudgeGate(zero, zero.exit),
        JudgeGate(one, one.entry),
        StartStep(c),
        ExecuteStep(c, None, 1),
        JudgeGate(one, one.exit),
    ]
    assert move(progress) == EndRun("finished")


def test_a_run_stops_at_the_phase_it_was_asked_for() -> None:
    """Nothing of a later phase is judged or begun."""
    assert move(after(Forward(0), *PHASE_0)) == EndRun("finished")


def test_a_phase_without_steps_is_judged_at_both_ends() -> None:
    """A phase that only asks questions still asks all of them."""
    plan = plan_of(phase(0))
    assert move(after(Forward(0), plan=plan), plan) == JudgeGate(plan.phases[0], plan.phases[0].entry)
    assert move(after(Forward(0), ENTRY, plan=plan), plan) == JudgeGate(plan.phases[0], plan.phases[0].exit)


def test_a_pause_comes_before_everything() -> None:
    """A paused run ends where it stands, with a step open or not, forward or back."""
    for progress in (
        after(Forward(1)),
        after(Forward(1), ENTRY, StepStarted("p0a")),
        after(Forward(1), GateHeld("p0/entry")),
        then(after(Forward(1), *PHASE_0), Back(0)),
    ):
        paused = fold([PauseRequested("lunch")], progress)
        assert move(paused) == EndRun("paused", "lunch")
        assert move(fold([ResumeRequested()], paused)) == move(progress)


def test_a_held_gate_ends_the_run_and_the_next_run_judges_it_again() -> None:
    """The same question is asked again when the operator has done something about it."""
    held = after(Forward(1), GateHeld("p0/entry", {"C": "missing"}))
    assert move(held) == EndRun("gate", "p0/entry")
    assert move(then(fold([RunEnded("r", "gate")], held), Forward(1))) == JudgeGate(
        PLAN.phases[0], PLAN.phases[0].entry
    )


def test_tries_are_bounded_in_each_run() -> None:
    """A step that keeps failing ends the run; the next run tries again."""
    failing = after(Forward(1), ENTRY, StepStarted("p0a"), StepFailed("p0a", "x"))
    first = PLAN.phases[0].steps[0]
    assert move(failing) == ExecuteStep(first, None, 2)

    exhausted = fold([StepFailed("p0a", "x")], failing)
    assert move(exhausted) == EndRun("failed", "p0a")
    assert move(then(exhausted, Forward(1))) == ExecuteStep(first, None, 1)


def test_a_step_goes_on_at_its_cursor() -> None:
    """Batches that are committed are not done again, whoever goes on with the step."""
    progress = after(Forward(1), *PHASE_0, GatePassed("p1/entry"), StepStarted("p1a"))
    progress = fold([BatchCommitted("p1a", 9, {"page": 1})], progress)
    fill = PLAN.phases[1].steps[0]
    assert move(progress) == ExecuteStep(fill, {"page": 1}, 1)
    assert move(then(progress, Forward(1))) == ExecuteStep(fill, {"page": 1}, 1)


@pytest.mark.parametrize(
    ("kind", "expected"), [(T, ExecuteStep), (B, ExecuteStep), (R, ExecuteStep), (C, ProbeStep), (P, ProbeStep)]
)
def test_what_records_itself_needs_no_probe(kind: Kind, expected: type) -> None:
    """After a crash a step is asked for unless its own transaction would have recorded it."""
    plan = plan_of_kinds((kind,))
    progress = then(after(Forward(0), ENTRY, StepStarted("p0a"), plan=plan), Forward(0))
    assert isinstance(move(progress, plan), expected)
    failed = after(Forward(0), ENTRY, StepStarted("p0a"), StepFailed("p0a", "connection lost"), plan=plan)
    assert isinstance(move(failed, plan), expected)


def test_going_back_undoes_what_is_open_and_then_what_was_done_last() -> None:
    """A step that was only started is undone too, before anything else."""
    progress = then(after(Forward(1), ENTRY, StepStarted("p0a"), StepDone("p0a"), StepStarted("p0b")), Back(0))
    zero = PLAN.phases[0]
    a, b = zero.steps
    moves = []
    for event in [GatePassed("p0/back"), UndoStarted("p0b"), UndoDone("p0b"), UndoStarted("p0a"), UndoDone("p0a")]:
        moves.append(move(progress))
        progress = fold([event], progress)

    assert moves == [
        JudgeGate(zero, zero.back),
        StartUndo(b),
        ExecuteUndo(b, None, 1),
        StartUndo(a),
        ExecuteUndo(a, None, 1),
    ]
    assert move(progress) == EndRun("finished")


def test_every_back_gate_is_asked_before_the_first_change() -> None:
    """A revert over two phases that the earlier one forbids stops with the later one untouched."""
    done = after(Forward(1), *PHASE_0, GatePassed("p1/entry"), StepStarted("p1a"), StepDone("p1a"))
    back = then(done, Back(0))
    zero, one = PLAN.phases
    assert move(back) == JudgeGate(one, one.back)

    back = fold([GatePassed("p1/back")], back)
    assert move(back) == JudgeGate(zero, zero.back)
    assert move(fold([GateHeld("p0/back")], back)) == EndRun("gate", "p0/back")


def test_a_phase_without_a_question_for_the_way_back_is_not_judged() -> None:
    """The default back gate has no checks; it is neither in the journal nor asked."""
    bare = replace(phase(0, step("p0a", T)), back=Gate("back", ()))
    plan = plan_of(bare, replace(phase(1), back=Gate("back", ())))
    progress = then(after(Forward(0), ENTRY, StepStarted("p0a"), StepDone("p0a"), plan=plan), Back(0))
    assert move(progress, plan) == StartUndo(bare.steps[0])


def test_a_transaction_that_never_committed_is_not_undone_by_force() -> None:
    """Its undo could take away an object of the application that bears the same name."""
    progress = then(
        after(Forward(1), ENTRY, StepStarted("p0a"), StepFailed("p0a", "exists already")),
        Back(0),
        GatePassed("p0/back"),
        UndoStarted("p0a"),
    )
    assert move(progress) == RecordUndo(PLAN.phases[0].steps[0], "its transaction never committed")


def test_what_cannot_or_need_not_be_undone_is_recorded_with_the_reason() -> None:
    """Nothing is executed for it, and the way back goes on."""
    plan = plan_of_kinds((P, B))
    one = [StepStarted("p0a"), StepDone("p0a"), StepStarted("p0b"), StepDone("p0b")]
    progress = then(after(Forward(0), ENTRY, *one, plan=plan), Back(0), GatePassed("p0/back"), UndoStarted("p0b"))
    assert move(progress, plan) == RecordUndo(plan.phases[0].steps[1], "the rows go with the column")

    progress = fold([UndoDone("p0b"), UndoStarted("p0a")], progress)
    assert move(progress, plan) == RecordUndo(plan.phases[0].steps[0], "what was measured stays measured")


def test_an_undo_that_may_have_been_executed_is_asked_for() -> None:
    """After a crash or a failure in an undo its probe comes first."""
    undoing = then(after(Forward(0), *PHASE_0), Back(0), GatePassed("p0/back"), UndoStarted("p0b"))
    last = PLAN.phases[0].steps[1]
    assert move(undoing) == ExecuteUndo(last, None, 1)
    assert move(fold([StepFailed("p0b", "x", undoing=True)], undoing)) == ProbeUndo(last, None, 2)
    assert move(then(undoing, Back(0), GatePassed("p0/back"))) == ProbeUndo(last, None, 1)


def test_going_forward_again_finishes_a_begun_undo_first() -> None:
    """A half undone step is undone wholly, then its phase is judged and the step done again."""
    undoing = then(after(Forward(0), *PHASE_0), Back(0), GatePassed("p0/back"), UndoStarted("p0b"))
    forward = then(undoing, Forward(0))
    zero = PLAN.phases[0]
    assert move(forward) == ProbeUndo(zero.steps[1], None, 1)

    forward = fold([UndoDone("p0b")], forward)
    assert move(forward) == JudgeGate(zero, zero.entry)
    assert move(fold([ENTRY], forward)) == StartStep(zero.steps[1])


def test_what_is_open_in_another_phase_stays_when_nothing_else_is_to_be_done() -> None:
    """A wish that is fulfilled already touches nothing, whatever is in pieces elsewhere."""
    in_phase_1 = after(Forward(1), *PHASE_0, GatePassed("p1/entry"), StepStarted("p1a"))
    assert move(then(in_phase_1, Forward(0))) == EndRun("finished")
    in_phase_0 = after(Forward(1), ENTRY, StepStarted("p0a"))
    assert move(then(in_phase_0, Back(1))) == EndRun("finished")


def test_an_amended_step_comes_before_everything_later() -> None:
    """New steps of a complete phase are done, and the phase judged again, before a later phase goes on."""
    done = after(Forward(0), *PHASE_0, RunEnded("r", "finished"))
    zero = phase(0, *PLAN.phases[0].steps[:1], step("new", T), *PLAN.phases[0].steps[1:])
    plan = plan_of(zero, PLAN.phases[1])
    amended = fold([*adoption(plan, done), opening(Forward(1), "r", "0")], done)
    assert move(amended, plan) == JudgeGate(zero, zero.entry)

    amended = fold([ENTRY], amended)
    assert move(amended, plan) == StartStep(zero.steps[1])

    amended = fold([StepStarted("new"), StepDone("new")], amended)
    assert move(amended, plan) == JudgeGate(zero, zero.exit)


def with_a_late_step() -> tuple[Plan, Progress]:
    """Everything was done, then an amendment brought a step into the middle of phase 0, which was done too."""
    full = [*PHASE_0, GatePassed("p1/entry"), StepStarted("p1a"), StepDone("p1a"), GatePassed("p1/exit")]
    done = after(Forward(1), *full, RunEnded("r", "finished"))
    plan = plan_of(
        phase(0, PLAN.phases[0].steps[0], step("late", T), PLAN.phases[0].steps[1]),
        PLAN.phases[1],
    )
    late = [ENTRY, StepStarted("late"), StepDone("late"), EXIT, RunEnded("r", "paused")]
    return plan, fold([*adoption(plan, done), opening(Forward(1), "r", "0"), *late], done)


def test_what_was_completed_last_is_undone_first() -> None:
    """A late step rests on what was there when it came, so it goes before all of that."""
    plan, progress = with_a_late_step()
    assert [s.id for s in remaining(plan, progress, Back(0))] == ["late", "p1a", "p0b", "p0a"]

    back = then(progress, Back(0), GatePassed("p1/back"), GatePassed("p0/back"))
    assert move(back, plan) == StartUndo(plan.phases[0].steps[1])


def test_a_late_step_of_an_earlier_phase_stays() -> None:
    """A revert of phase 1 takes nothing of phase 0 with it, whenever it was done."""
    plan, progress = with_a_late_step()
    back = then(progress, Back(1), GatePassed("p1/back"))
    assert move(back, plan) == StartUndo(plan.phases[1].steps[0])
    assert move(fold([UndoStarted("p1a"), UndoDone("p1a")], back), plan) == EndRun("finished")


def test_a_reopened_phase_without_work_goes_to_its_exit_gate() -> None:
    """Its entry gate guards the beginning of work, of which there is none."""
    full = [*PHASE_0, GatePassed("p1/entry"), StepStarted("p1a"), StepDone("p1a"), GatePassed("p1/exit")]
    done = after(Forward(1), *full, RunEnded("r", "finished"))
    plan = plan_of(phase(0, *PLAN.phases[0].steps, step("new", T)), PLAN.phases[1])
    events = [ENTRY, StepStarted("new"), StepDone("new"), EXIT]
    amended = fold([*adoption(plan, done), opening(Forward(1), "r", "0"), *events], done)
    assert move(amended, plan) == JudgeGate(plan.phases[1], plan.phases[1].exit)


def test_the_same_plan_is_not_adopted_twice() -> None:
    """Adopting the plan that is followed already writes nothing."""
    assert adoption(PLAN, after(Forward(0))) == ()


def test_what_remains_is_in_the_order_in_which_it_will_happen() -> None:
    """Progress bars and the question for conflicts before a revert see the same order as the run."""
    done = after(Forward(1), *PHASE_0)
    assert [s.id for s in remaining(PLAN, done, Forward(1))] == ["p1a"]
    assert [s.id for s in remaining(PLAN, done, Forward(0))] == []
    assert [s.id for s in remaining(PLAN, done, Back(0))] == ["p0b", "p0a"]
    assert [s.id for s in remaining(PLAN, done, Back(1))] == []


@pytest.mark.parametrize(
    ("plan", "wish", "progress", "error"),
    [
        (PLAN, Forward(1), fold(adoption(PLAN, Progress())), NoRunOpen),
        (PLAN, Forward(1), Progress(), NoRunOpen),
        (plan_of_kinds((T,)), Forward(0), after(Forward(0)), OtherPlanFollowed),
        (PLAN, Back(0), after(Forward(1)), OtherWish),
        (PLAN, Forward(0), after(Forward(1)), OtherWish),
        (PLAN, Forward(7), after(Forward(7)), NoSuchPhase),
    ],
)
def test_a_run_that_should_not_be_here_is_refused(plan: Plan, wish: Wish, progress: Progress, error: type) -> None:
    """Nothing is done for a plan, a wish or a run that the journal does not know."""
    refused = next_move(plan, progress, wish)
    assert isinstance(refused, Refuse)
    assert isinstance(refused.error, error)


def test_a_way_back_beyond_the_plan_is_over_at_once() -> None:
    """Undoing a phase that the plan does not have leaves nothing to undo."""
    assert move(then(after(Forward(0), *PHASE_0), Back(9))) == EndRun("finished")
