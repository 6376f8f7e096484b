"""Plan, progress and journal entries become the reports people read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, assert_never

from ringfence import codec
from ringfence.execute.attempt import SessionInTheWay
from ringfence.health.model import Seen, SessionGroup, Watched
from ringfence.health.sessions import merged
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
from ringfence.plan.model import CompatibilityView, Phase, Plan
from ringfence.reports import (
    AuthenticateStatus,
    BackfillStatus,
    CompatibilityStatus,
    JournalLine,
    ModeStatus,
    OldClientStatus,
    PhaseReport,
    PhaseStatus,
    SessionStatus,
    ShadowStatus,
    StatusReport,
    StepStatus,
)
from ringfence.runtime.rollout.model import MODES
from ringfence.runtime.sessions.model import Left
from ringfence.tenancy.model import StarReader


def report(
    plan: Plan,
    progress: Progress,
    entries: Sequence[Entry],
    running: bool,
    sessions: Sequence[SessionInTheWay],
    compatibility: CompatibilityStatus | None = None,
    shadow: ShadowStatus | None = None,
    authenticate: AuthenticateStatus | None = None,
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
        compatibility=compatibility,
        authenticate=authenticate,
        shadow=shadow,
    )


def authenticating(progress: Progress) -> bool:
    """Whether phase 3 stands: requests are counted, and sessions known."""
    return "authenticate/sessions" in progress.done


def authenticate(left: Left, modes: Sequence[Mapping[str, Any]]) -> AuthenticateStatus:
    """What phase 3 has measured, from what the database has of it."""
    with_one = left.requests - left.several - left.none
    found = {row["mode"]: ModeStatus(**row) for row in modes}
    return AuthenticateStatus(
        left,
        with_one / left.requests if left.requests else None,
        tuple(found[mode] for mode in MODES if mode in found),
    )


def shadowing(plan: Plan, progress: Progress) -> bool:
    """Whether phase 4 is at work: its objects are there, and phase 6 has not put the last table under enforcement."""
    enforced = {s.id for p in plan.phases if p.number == 6 for s in p.steps}
    return "shadow/objects" in progress.done and not (enforced and enforced <= set(progress.done))


def views_standing(plan: Plan, progress: Progress) -> tuple[CompatibilityView, ...]:
    """The compatibility views that stand now: made, and not retired yet."""
    return tuple(
        view
        for view in plan.compatibility
        if f"expand/{view.table}/column" in progress.done and f"enforce/{view.table}/retire" not in progress.done
    )


def compatibility(
    views: Sequence[CompatibilityView],
    connected: Sequence[SessionGroup],
    seen: Sequence[Seen],
    watched: Watched,
    *,
    database: str,
    sampled_now: bool,
) -> CompatibilityStatus:
    """Who still needs which view, by login and application; the gate of phase 6 asks the same of the database."""
    since = watched.now - timedelta(hours=watched.hours_needed)
    sessions = {(c.login, c.application): c.sessions for c in merged(connected, database)}
    last = {(s.login, s.application): s.last_seen for s in seen if s.last_seen >= since}
    found: list[OldClientStatus] = []
    for who in sorted({*sessions, *last}):
        login, application = who
        if application.startswith("ringfence"):
            continue
        needs = [(v, r) for v in views for r in v.readers if _is_client(r, login, application)]
        if needs:
            found.append(
                OldClientStatus(
                    login,
                    application,
                    tuple(sorted({str(v.table) for v, _ in needs})),
                    sessions.get(who, 0),
                    watched.now if who in sessions else last.get(who),
                    tuple(sorted({r.source for _, r in needs})),
                )
            )
    return CompatibilityStatus(
        tables=tuple(str(v.table) for v in views),
        old_clients=tuple(sorted(found, key=lambda c: (-c.sessions, c.login, c.application))),
        hours_watched=watched.hours,
        hours_needed=watched.hours_needed,
        last_sample_at=watched.last_sample_at,
        sampled_now=sampled_now,
    )


def _is_client(reader: StarReader, login: str, application: str) -> bool:
    if not reader.login and not reader.application:
        return False  # a place in the source says which statement, not which client
    return all(
        not wanted or said == wanted or (wanted.endswith("*") and said.startswith(wanted[:-1]))
        for wanted, said in ((reader.login, login), (reader.application, application))
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
