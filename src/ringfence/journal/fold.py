"""Progress as a pure fold of the journal: one entry at a time, and an entry that cannot follow raises.

The same function judges an entry before it is written (`follow`, so that an illegal one never enters an append-only
journal, where it would stay for ever) and reads the journal after a crash (`fold`). The invariants it keeps are written
down in docs/reference/journal.md; the names in parentheses below refer to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NoReturn, assert_never

from ringfence.journal.model import (
    BACK,
    DIRECTIONS,
    FORWARD,
    OUTCOMES,
    Accepted,
    BatchCommitted,
    Done,
    Entry,
    Event,
    GateHeld,
    GatePassed,
    IllegalTransition,
    Outline,
    PauseRequested,
    PhaseOutline,
    PlanAdopted,
    Progress,
    ResumeRequested,
    Run,
    RunEnded,
    RunStarted,
    Started,
    StepDone,
    StepFailed,
    StepStarted,
    UndoDone,
    Undoing,
    UndoStarted,
)


def fold(entries: Iterable[Entry | Event], start: Progress | None = None) -> Progress:
    """The progress after these entries, from the beginning or from an earlier progress; raises IllegalTransition."""
    progress = start if start is not None else Progress()
    for entry in entries:
        progress = follow(progress, entry)
    return progress


def follow(progress: Progress, item: Entry | Event) -> Progress:
    """The progress after one more entry, or after an event that is about to be appended.

    Raises IllegalTransition, naming the entry and the state it cannot follow.
    """
    if not isinstance(item, Entry):
        return replace(_after(progress, item), seq=progress.seq + 1)
    if item.seq != progress.seq + 1:
        _illegal(progress, item.event, f"entry {item.seq} was read where entry {progress.seq + 1} belongs")
    after = replace(_after(progress, item.event), seq=item.seq, at=item.at)
    if isinstance(item.event, RunStarted) and after.run is not None:
        return replace(after, run=replace(after.run, started_at=item.at))
    return after


def _after(progress: Progress, event: Event) -> Progress:
    match event:
        case PlanAdopted():
            return _plan_adopted(progress, event)
        case RunStarted():
            return _run_started(progress, event)
        case RunEnded():
            return _run_ended(progress, event)
        case StepStarted():
            return _step_started(progress, event)
        case BatchCommitted():
            return _batch_committed(progress, event)
        case StepDone():
            return _step_done(progress, event)
        case StepFailed():
            return _step_failed(progress, event)
        case UndoStarted():
            return _undo_started(progress, event)
        case UndoDone():
            return _undo_done(progress, event)
        case GatePassed():
            _judgeable(progress, event)
            return replace(progress, gates=progress.gates | {event.gate}, held=None)
        case GateHeld():
            _judgeable(progress, event)
            return replace(progress, held=event)
        # A person's word comes from another session at any moment, so it can never be out of turn.
        case Accepted():
            return replace(progress, accepted={**progress.accepted, event.check: event.reason})
        case PauseRequested():
            return replace(progress, paused=True, pause_reason=event.reason)
        case ResumeRequested():
            return replace(progress, paused=False, pause_reason="")
        case _:
            assert_never(event)


# --- plans -------------------------------------------------------------------------------------------------------


def _plan_adopted(progress: Progress, event: PlanAdopted) -> Progress:
    """Take in the first plan, or an amended one: what is done stays done by its id, in its phase (amend)."""
    if event.previous_plan_hash != progress.plan_hash:
        _illegal(
            progress,
            event,
            f"it amends {_short(event.previous_plan_hash)}, but the plan followed is {_short(progress.plan_hash)}",
        )
    if progress.run is not None:
        _illegal(progress, event, f"run {progress.run.run_id} is open")
    if progress.open is not None:
        _illegal(progress, event, f"step {progress.open.step} is open: finish or undo it before amending the plan")
    outline = _outline(progress, event)
    moved = [
        step
        for step in progress.done
        if step not in event.gone and outline.phase_of.get(step) != progress.outline.phase_of[step]
    ]
    if moved:
        _illegal(
            progress,
            event,
            f"step {moved[0]} is done and the amended plan does not have it in phase "
            f"{progress.outline.phase_of[moved[0]]}",
        )
    unknown = [step for step in event.gone if step not in progress.done or step in outline.position]
    if unknown:
        _illegal(progress, event, f"step {unknown[0]} is declared gone, but it is not done or still in the plan")
    done = {step: state for step, state in progress.done.items() if step not in event.gone}
    known = {gate for gate in progress.gates if gate in outline.gate_phase}
    return replace(
        progress,
        plan_hash=event.plan_hash,
        outline=outline,
        done=done,
        frontier=_frontier(outline, done, 0),
        gates=_reopened(outline, frozenset(known), _first_changed_phase(progress.outline, outline)),
        held=None,
    )


def _outline(progress: Progress, event: PlanAdopted) -> Outline:
    gates: dict[tuple[int, str], str] = {(number, kind): gate for number, kind, gate in event.gates}
    outline = Outline(
        tuple(
            PhaseOutline(
                number, steps, gates.get((number, "entry")), gates.get((number, "exit")), gates.get((number, "back"))
            )
            for number, steps in event.step_ids
        )
    )
    numbers = [phase.number for phase in outline.phases]
    if numbers != sorted(set(numbers)):
        _illegal(progress, event, "its phases are not in ascending order")
    if len(outline.position) != len(outline.order):
        _illegal(progress, event, "it has a step id twice")
    if len(outline.gate_phase) != len(event.gates):
        _illegal(progress, event, "it has a gate id twice, or a gate of an unknown phase or kind")
    return outline


def _first_changed_phase(before: Outline, after: Outline) -> int | None:
    """The first phase that gained a step or has other gates: it and everything after it must be judged again."""
    known = {phase.number: phase for phase in before.phases}
    for phase in after.phases:
        old = known.get(phase.number, PhaseOutline(phase.number, ()))
        if set(phase.steps) - set(old.steps) or (phase.entry_gate, phase.exit_gate) != (old.entry_gate, old.exit_gate):
            return phase.number
    return None


def _reopened(outline: Outline, gates: frozenset[str], number: int | None) -> frozenset[str]:
    """The gates still passed when the phase of that number is open again.

    Every later phase was judged on top of it, so its gates go too: a passed exit gate never stands on an open phase.
    """
    if number is None:
        return gates
    return frozenset(gate for gate in gates if outline.gate_phase[gate].number < number)


def _frontier(outline: Outline, done: Mapping[str, Done], place: int) -> int:
    while place < len(outline.order) and outline.order[place] in done:
        place += 1
    return place


# --- runs --------------------------------------------------------------------------------------------------------


def _run_started(progress: Progress, event: RunStarted) -> Progress:
    if progress.plan_hash is None:
        _illegal(progress, event, "no plan has been adopted")
    if progress.run is not None:
        _illegal(progress, event, f"run {progress.run.run_id} has not ended")
    if event.direction not in DIRECTIONS:
        _illegal(progress, event, f"its direction is none of {', '.join(DIRECTIONS)}")
    # Whatever was open when the last run ended may have been executed without being recorded.
    opened = None if progress.open is None else replace(progress.open, tries=0, doubtful=True)
    return replace(
        progress,
        run=Run(event.run_id, event.direction, event.target, event.version),
        direction=event.direction,
        open=opened,
        gates=progress.gates - {phase.back_gate for phase in progress.outline.phases},
        held=None,
    )


def _run_ended(progress: Progress, event: RunEnded) -> Progress:
    run = _running(progress, event)
    if event.run_id != run.run_id:
        _illegal(progress, event, f"the open run is {run.run_id}")
    if event.outcome not in OUTCOMES:
        _illegal(progress, event, f"its outcome is none of {', '.join(OUTCOMES)}")
    after = replace(progress, run=None)
    if event.outcome != "finished":
        return after
    if run.direction == FORWARD:
        left = [
            phase for phase in progress.outline.phases if phase.number <= run.target and not progress.complete(phase)
        ]
        if left:
            _illegal(progress, event, f"phase {left[0].number} is not complete")
        return after
    left = [phase for phase in progress.outline.phases if phase.number >= run.target and progress.begun(phase)]
    if left:
        _illegal(progress, event, f"phase {left[0].number} is not undone")
    after = replace(after, gates=_reopened(progress.outline, progress.gates, run.target))
    if after.done or after.open is not None:
        return after
    return replace(after, accepted={})  # everything is as at the beginning: responsibility is asked for anew


def _running(progress: Progress, event: Event) -> Run:
    if progress.run is None:
        _illegal(progress, event, "no run is open")
    return progress.run


def _going(progress: Progress, event: Event, direction: str) -> None:
    if _running(progress, event).direction != direction:
        _illegal(progress, event, f"the run does not go {direction}")


# --- steps -------------------------------------------------------------------------------------------------------


def _step_started(progress: Progress, event: StepStarted) -> Progress:
    _going(progress, event, FORWARD)
    if progress.open is not None:
        _illegal(progress, event, f"step {progress.open.step} is open")
    place = progress.outline.position.get(event.step)
    if place is None:
        _illegal(progress, event, "the adopted plan has no such step")
    if event.step in progress.done:
        _illegal(progress, event, "it is done")
    if place != progress.frontier:
        _illegal(progress, event, f"step {progress.outline.order[progress.frontier]} comes first and is not done")
    phase = progress.outline.phase(progress.outline.phase_of[event.step])
    if not progress.passed(phase.entry_gate):
        _illegal(progress, event, f"gate {phase.entry_gate} has not been passed")
    return replace(progress, open=Started(event.step))


def _open(progress: Progress, event: BatchCommitted | StepDone | StepFailed | UndoDone) -> Started | Undoing:
    _running(progress, event)
    if progress.open is None or progress.open.step != event.step:
        _illegal(progress, event, "it is not the open step")
    return progress.open


def _batch_committed(progress: Progress, event: BatchCommitted) -> Progress:
    state = _open(progress, event)
    return replace(progress, open=replace(state, cursor=event.cursor, rows=state.rows + event.rows))


def _step_done(progress: Progress, event: StepDone) -> Progress:
    state = _open(progress, event)
    _going(progress, event, FORWARD)
    if not isinstance(state, Started):
        _illegal(progress, event, "it is being undone")
    done = {**progress.done, event.step: Done(event.result, state.rows)}
    return replace(
        progress,
        open=None,
        done=done,
        frontier=_frontier(progress.outline, done, progress.frontier),
        error=None,
    )


def _step_failed(progress: Progress, event: StepFailed) -> Progress:
    state = _open(progress, event)
    if event.undoing != isinstance(state, Undoing):
        _illegal(progress, event, "it is being undone" if isinstance(state, Undoing) else "it is not being undone")
    return replace(progress, open=replace(state, tries=state.tries + 1, doubtful=True), error=event)


def _undo_started(progress: Progress, event: UndoStarted) -> Progress:
    _going(progress, event, BACK)
    phase_of = progress.outline.phase_of
    number = phase_of.get(event.step)
    if number is None:
        _illegal(progress, event, "the adopted plan has no such step")
    phase = progress.outline.phase(number)
    if not progress.passed(phase.back_gate):
        _illegal(progress, event, f"gate {phase.back_gate} has not been passed in this run")
    gates = _reopened(progress.outline, progress.gates, number) | (progress.gates & _back_gates(progress.outline))
    match progress.open:
        case Started(step=event.step):
            return replace(progress, open=Undoing(event.step, was_done=False), gates=gates)
        case Started() | Undoing():
            _illegal(progress, event, f"step {progress.open.step} is open")
        case None:
            pass
    if event.step not in progress.done:
        _illegal(progress, event, "it is not done")
    for later in reversed(tuple(progress.done)):
        if later == event.step:
            break
        if phase_of[later] >= number:
            # Completed later and not in an earlier phase: it may rest on this step (order of undo).
            _illegal(progress, event, f"step {later} was completed after it and is not undone")
    done = {step: state for step, state in progress.done.items() if step != event.step}
    return replace(
        progress,
        open=Undoing(event.step, was_done=True),
        done=done,
        frontier=min(progress.frontier, progress.outline.position[event.step]),
        gates=gates,
    )


def _undo_done(progress: Progress, event: UndoDone) -> Progress:
    if not isinstance(_open(progress, event), Undoing):
        _illegal(progress, event, "its undo was not started")
    return replace(progress, open=None, error=None)


# --- gates -------------------------------------------------------------------------------------------------------


def _back_gates(outline: Outline) -> frozenset[str]:
    return frozenset(phase.back_gate for phase in outline.phases if phase.back_gate is not None)


def _judgeable(progress: Progress, event: GatePassed | GateHeld) -> None:
    """Refuse a verdict on a gate that nobody could stand before now."""
    phase = progress.outline.gate_phase.get(event.gate)
    if phase is None:
        _illegal(progress, event, "the adopted plan has no such gate")
    if progress.passed(event.gate):
        _illegal(progress, event, "it has been passed and its phase was not re-opened since")
    if event.gate == phase.back_gate:
        _going(progress, event, BACK)
        return
    _going(progress, event, FORWARD)
    if progress.open is not None:
        _illegal(progress, event, f"step {progress.open.step} is open")
    until = phase.number if event.gate == phase.entry_gate else phase.number + 1
    for earlier in progress.outline.phases:
        if earlier.number < until and not all(step in progress.done for step in earlier.steps):
            _illegal(progress, event, f"phase {earlier.number} has steps that are not done")
        if earlier.number < phase.number and not progress.passed(earlier.exit_gate):
            _illegal(progress, event, f"gate {earlier.exit_gate} has not been passed")


# --- saying no ---------------------------------------------------------------------------------------------------


def _short(plan_hash: str | None) -> str:
    return "no plan" if plan_hash is None else f"plan {plan_hash[:12]}"


def _describe(progress: Progress) -> str:
    match progress.open:
        case None:
            opened = "no step open"
        case Started(step=step, rows=rows):
            opened = f"step {step} started ({rows} rows)"
        case Undoing(step=step):
            opened = f"step {step} being undone"
        case _:
            assert_never(progress.open)
    run = "no run open" if progress.run is None else f"run {progress.run.run_id} going {progress.run.direction}"
    return (
        f"{_short(progress.plan_hash)}; {run}; {opened}; "
        f"{len(progress.done)} of {len(progress.outline.order)} steps done"
    )


def _illegal(progress: Progress, event: Event, why: str) -> NoReturn:
    what = getattr(event, "step", None) or getattr(event, "gate", None) or getattr(event, "run_id", None) or ""
    raise IllegalTransition(
        f"{type(event).__name__}{f' of {what}' if what else ''} cannot follow: {why}",
        subject=f"journal entry {progress.seq + 1}",
        detail=_describe(progress),
        hint="ringfence journal --verify    (shows the entries, and whether somebody else wrote them)",
    )
