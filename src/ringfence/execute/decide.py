"""What a run does next: a pure function of the plan, the progress and the wish.

The executor asks after every journal entry, so a process that dies anywhere goes on with the same question. Nothing
here talks to a server, and no answer depends on anything that is not an argument.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

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
from ringfence.journal.model import (
    BACK,
    FORWARD,
    Event,
    PlanAdopted,
    Progress,
    Run,
    RunEnded,
    RunStarted,
    Started,
    Undoing,
)
from ringfence.plan.model import (
    Backfill,
    Concurrently,
    Irreversible,
    NothingToUndo,
    Phase,
    Plan,
    Procedure,
    Repeat,
    Step,
    Transaction,
    UndoWith,
)

# --- the journal's side of a run ---------------------------------------------------------------------------------


def adoption(plan: Plan, progress: Progress, gone: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The entry that makes a plan the one followed; none when it is followed already.

    `gone` names steps that were done and have no place in the amended plan, because their object was dropped.
    """
    if plan.hash == progress.plan_hash:
        return ()
    return (
        PlanAdopted(
            plan_hash=plan.hash,
            previous_plan_hash=progress.plan_hash,
            step_ids=tuple((phase.number, tuple(step.id for step in phase.steps)) for phase in plan.phases),
            gates=tuple(gate for phase in plan.phases for gate in _gates(phase)),
            gone=gone,
        ),
    )


def _gates(phase: Phase) -> Iterator[tuple[int, str, str]]:
    yield phase.number, "entry", phase.entry.id
    yield phase.number, "exit", phase.exit.id
    if phase.back.checks:
        yield phase.number, "back", phase.back.id


def closing(progress: Progress) -> tuple[Event, ...]:
    """The entry that ends a run whose process died; none when no run is open. Only for the holder of the run lock."""
    if progress.run is None:
        return ()
    return (RunEnded(progress.run.run_id, "interrupted", "its process ended without a word"),)


def opening(wish: Wish, run_id: str, version: str) -> RunStarted:
    """The entry that begins a run."""
    match wish:
        case Forward(through_phase=number):
            return RunStarted(run_id, FORWARD, number, version)
        case Back(first_phase=number):
            return RunStarted(run_id, BACK, number, version)
        case _:
            assert_never(wish)


def wish_of(run: Run) -> Wish:
    """What an open run was started for."""
    return Forward(run.target) if run.direction == FORWARD else Back(run.target)


# --- what comes next ---------------------------------------------------------------------------------------------


def next_move(plan: Plan, progress: Progress, wish: Wish) -> Move:
    """The one thing to do now; total, and the same for the same arguments.

    A pause comes before everything, then what cannot go on, then the open step, then the way to the wish.
    """
    if progress.run is None:
        return Refuse(NoRunOpen(hint="append RunStarted first"))
    if progress.plan_hash != plan.hash:
        return Refuse(
            OtherPlanFollowed(
                detail=f"followed: {progress.plan_hash}\nat hand:  {plan.hash}",
                hint="ringfence plan --amend    (takes the differences in between phases)",
            )
        )
    if wish_of(progress.run) != wish:
        return Refuse(
            OtherWish(
                detail=f"run {progress.run.run_id} goes {progress.run.direction}, target phase {progress.run.target}",
                hint="end the open run first",
            )
        )
    if progress.paused:
        return EndRun("paused", progress.pause_reason)
    if progress.held is not None:
        return EndRun("gate", progress.held.gate)
    if progress.open is not None and progress.open.tries >= plan.tenancy.limits.step_attempts_max:
        return EndRun("failed", progress.open.step)
    match wish:
        case Forward(through_phase=number):
            return _forward(plan, progress, number)
        case Back(first_phase=number):
            return _back(plan, progress, number)
        case _:
            assert_never(wish)


def _forward(plan: Plan, progress: Progress, through: int) -> Move:
    if all(phase.number != through for phase in plan.phases):
        return Refuse(
            NoSuchPhase(
                f"the plan has no phase {through}",
                hint="phases of this plan: " + ", ".join(str(phase.number) for phase in plan.phases),
            )
        )
    # A passed exit gate implies that all steps of its phase are done: the fold never lets it stand on an open phase.
    wanted = [phase for phase in plan.phases if phase.number <= through and not progress.passed(phase.exit.id)]
    if not wanted:
        return EndRun("finished")
    match progress.open:
        case Started():
            return _execute(plan, progress.open)
        case Undoing():
            # Half undone is neither here nor there: what comes next may only stand on a step that is wholly absent.
            return _undo(plan, progress.open)
        case None:
            return _begin(wanted[0], progress)
        case _:
            assert_never(progress.open)


def _begin(phase: Phase, progress: Progress) -> Move:
    left = next((step for step in phase.steps if step.id not in progress.done), None)
    # The entry gate guards the beginning of work; a re-opened phase without work goes straight to its exit gate.
    if not progress.passed(phase.entry.id) and (left is not None or not phase.steps):
        return JudgeGate(phase, phase.entry)
    return StartStep(left) if left is not None else JudgeGate(phase, phase.exit)


def _execute(plan: Plan, state: Started) -> Move:
    _, step = plan.steps_by_id[state.step]
    match step.action:
        case Transaction() | Repeat() | Backfill():
            # Its journal entry is in its own transaction: what is not recorded did not happen.
            return ExecuteStep(step, state.cursor, state.tries + 1)
        case Concurrently() | Procedure():
            if state.doubtful:
                return ProbeStep(step, state.cursor, state.tries + 1)
            return ExecuteStep(step, state.cursor, state.tries + 1)
        case _:
            assert_never(step.action)


def _back(plan: Plan, progress: Progress, first: int) -> Move:
    left = _to_undo(progress, first)
    if not left:
        return EndRun("finished")
    # Every gate on the way back before the first change: a revert that must stop stops with nothing undone.
    numbers = {progress.outline.phase_of[step] for step in left}
    for phase in reversed(plan.phases):
        if phase.number in numbers and phase.back.checks and not progress.passed(phase.back.id):
            return JudgeGate(phase, phase.back)
    if isinstance(progress.open, Undoing):
        return _undo(plan, progress.open)
    return StartUndo(plan.steps_by_id[left[0]][1])


def _to_undo(progress: Progress, first: int) -> tuple[str, ...]:
    """The steps a way back to the beginning of a phase undoes, in order.

    The open step comes first, even of a phase that stays: nothing may be undone beside a step in pieces. Then what was
    completed last goes first, whatever the plan's order is: an amended plan may have brought a step in later than
    steps that stand behind it, which therefore cannot rest on it. Steps of earlier phases stay.
    """
    phase_of = progress.outline.phase_of
    opened = () if progress.open is None else (progress.open.step,)
    left = (*opened, *(step for step in reversed(tuple(progress.done)) if phase_of[step] >= first))
    return left if any(phase_of[step] >= first for step in left) else ()


def _undo(plan: Plan, state: Undoing) -> Move:
    _, step = plan.steps_by_id[state.step]
    match step.undo:
        case NothingToUndo(why=why) | Irreversible(why=why):
            return RecordUndo(step, why)
        case UndoWith() if not state.was_done and isinstance(step.action, Transaction):
            # It never committed. Its undo would take away what was there before it: an object of the application that
            # bears the same name, which is maybe why the step failed.
            return RecordUndo(step, "its transaction never committed")
        case UndoWith():
            if state.doubtful:
                return ProbeUndo(step, state.cursor, state.tries + 1)
            return ExecuteUndo(step, state.cursor, state.tries + 1)
        case _:
            assert_never(step.undo)


def remaining(plan: Plan, progress: Progress, wish: Wish) -> tuple[Step, ...]:
    """The steps a wish still has to do, or to undo, in the order in which it will.

    For progress bars, and for asking every one-way step for its conflicts before a revert changes anything.
    """
    match wish:
        case Forward(through_phase=through):
            return tuple(
                step
                for phase in plan.phases
                if phase.number <= through
                for step in phase.steps
                if step.id not in progress.done
            )
        case Back(first_phase=first):
            return tuple(plan.steps_by_id[step][1] for step in _to_undo(progress, first))
        case _:
            assert_never(wish)
