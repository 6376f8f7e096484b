"""Plan, progress and journal entries become the reports people read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from ringfence import codec
from ringfence.execute.attempt import SessionInTheWay
from ringfence.journal.model import (
    Accepted,
    BatchCommitted,
    Done,
    Entry,
    GateHeld,
    GatePassed,
    NotStarted,
    PauseRequested,
    PlanAdopted,
    Progress,
    ResumeRequested,
    RunEnded,
    RunStarted,
    Started,
    StepDone,
    StepFailed,
    StepStarted,
    StepState,
    UndoDone,
    Undoing,
    UndoStarted,
)
from ringfence.plan.model import Phase, Plan
from ringfence.reports import (
    BackfillStatus,
    JournalLine,
    PhaseReport,
    PhaseStatus,
    SessionStatus,
    StatusReport,
    StepStatus,
)


def report(
    plan: Plan,
    progress: Progress,
    entries: Sequence[Entry],
    running: bool,
    sessions: Sequence[SessionInTheWay],
) -> StatusReport:
    """Everything `status` shows; `running` says whether somebody holds the run lock."""
    seconds = _step_seconds(entries)
    return StatusReport(
        plan_hash=progress.plan_hash,
        state=_state(plan, progress, running),
        phases=tuple(_phase(phase, progress) for phase in plan.phases),
        steps=tuple(
            StepStatus(
                step.id,
                step.title,
                phase.number,
                _word(progress.state(step.id)),
                _rows(progress.state(step.id)),
                seconds.get(step.id),
                step.one_way is not None,
            )
            for phase in plan.phases
            for step in phase.steps
        ),
        paused=progress.pause_reason if progress.paused else None,
        last_error=progress.error.error if progress.error is not None else "",
        sessions=tuple(
            SessionStatus(s.pid, s.login, s.application, s.state, s.seconds, s.blocks, s.query) for s in sessions
        ),
        backfills=_backfills(plan, progress),
        direction=progress.direction or "forward",
        accepted=progress.accepted,
        at=progress.at,
    )


def _state(plan: Plan, progress: Progress, running: bool) -> str:
    if progress.paused:
        return "paused"
    if running and progress.run is not None:
        return "running"
    if progress.error is not None:
        return "failed"
    if progress.held is not None:
        return "gate"
    if not progress.done and progress.open is None:
        return "reverted" if progress.direction == "back" else "not started"
    if all(progress.passed(phase.exit.id) for phase in plan.phases):
        return "finished"
    return "stopped"


def _phase(phase: Phase, progress: Progress) -> PhaseStatus:
    done = sum(1 for step in phase.steps if step.id in progress.done)
    held = progress.held is not None and progress.held.gate in (phase.entry.id, phase.exit.id, phase.back.id)
    begun = done or (progress.open is not None and any(s.id == progress.open.step for s in phase.steps))
    complete = done == len(phase.steps) and progress.passed(phase.exit.id)
    return PhaseStatus(
        phase.number,
        phase.name,
        phase.title,
        len(phase.steps),
        done,
        "done" if complete else "started" if begun else "pending",
        "held" if held else "passed" if progress.passed(phase.exit.id) else "",
        progress.held.missing if held and progress.held is not None else {},
    )


def _word(state: StepState) -> str:
    match state:
        case NotStarted():
            return "pending"
        case Started():
            return "started"
        case Done():
            return "done"
        case Undoing():
            return "undoing"
        case _:
            assert_never(state)


def _rows(state: StepState) -> int:
    return 0 if isinstance(state, NotStarted) else state.rows


def _step_seconds(entries: Sequence[Entry]) -> Mapping[str, float]:
    began: dict[str, Any] = {}
    found: dict[str, float] = {}
    for entry in entries:
        match entry.event:
            case StepStarted(step):
                began[step] = entry.at
            case StepDone(step) if step in began:
                found[step] = (entry.at - began[step]).total_seconds()
            case UndoDone(step):
                found.pop(step, None)
            case _:
                pass
    return found


def _backfills(plan: Plan, progress: Progress) -> tuple[BackfillStatus, ...]:
    match progress.open:
        case Started(step=step, rows=rows) if step in plan.steps_by_id:
            table = plan.steps_by_id[step][1].table
            return (BackfillStatus(step, str(table or ""), rows, 0),) if rows else ()
        case _:
            return ()


def phase_reports(
    plan: Plan, progress: Progress, seconds: Mapping[int, float], steps: Mapping[int, int], ended: RunEnded
) -> tuple[PhaseReport, ...]:
    """Every phase of the plan with what this run did in it."""
    del ended
    found: list[PhaseReport] = []
    for phase in plan.phases:
        state = _phase(phase, progress).state
        if state == "pending" and progress.direction == "back" and phase.number in steps:
            state = "reverted"
        found.append(
            PhaseReport(
                phase.number,
                phase.name,
                round(seconds.get(phase.number, 0.0), 3),
                steps.get(phase.number, 0),
                state,
            )
        )
    return tuple(found)


def line(entry: Entry) -> JournalLine:
    """One entry as a person reads it."""
    return JournalLine(
        entry.seq, entry.at, type(entry.event).__name__, summary(entry), entry.hash, codec.to_json(entry.event)
    )


def summary(entry: Entry) -> str:
    """What happened, in one line."""
    event = entry.event
    match event:
        case PlanAdopted(plan_hash, previous):
            return f"plan {plan_hash[:12]} is followed" + (f" instead of {previous[:12]}" if previous else "")
        case RunStarted(_, direction, target, version):
            where = f"through phase {target}" if direction == "forward" else f"to before phase {target}"
            return f"a run goes {direction} {where} (ringfence {version})"
        case RunEnded(_, outcome, detail):
            return f"the run ended: {outcome}" + (f" ({detail.splitlines()[0]})" if detail else "")
        case StepStarted(step):
            return f"{step} begins"
        case BatchCommitted(step, rows, _):
            return f"{step}: {rows} rows"
        case StepDone(step, result):
            return f"{step} is done" + (f" ({_facts(result)})" if result else "")
        case StepFailed(step, error, undoing):
            return f"{'undo of ' if undoing else ''}{step} failed: {error.splitlines()[0] if error else ''}"
        case UndoStarted(step):
            return f"undo of {step} begins"
        case UndoDone(step, _):
            return f"{step} is undone"
        case GatePassed(gate, _):
            return f"gate {gate} passed"
        case GateHeld(gate, missing):
            return f"gate {gate} held: {', '.join(missing)}"
        case Accepted(check, reason):
            return f"{check} accepted: {reason}"
        case PauseRequested(reason):
            return "pause asked for" + (f": {reason}" if reason else "")
        case ResumeRequested():
            return "pause taken back"
        case _:
            assert_never(event)


def _facts(result: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in result.items() if not isinstance(value, (dict, list)))
