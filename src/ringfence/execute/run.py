"""The run: ask what is next, carry it out, read the journal again, until it says stop.

The loop holds no state of its own. Everything it knows it read from the journal a moment ago, so it does not matter
which process asks, or how often one died before.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from ringfence.db import Connection
from ringfence.errors import RingfenceError
from ringfence.execute import gates, perform, pg, trying
from ringfence.execute.attempt import ConflictingRows, ConnectionLost, PauseAsked
from ringfence.execute.decide import closing, next_move, opening, remaining
from ringfence.execute.gates import Answer, GateVerdict
from ringfence.execute.model import (
    Back,
    EndRun,
    ExecuteStep,
    ExecuteUndo,
    Forward,
    JudgeGate,
    ProbeStep,
    ProbeUndo,
    RecordUndo,
    Refuse,
    StartStep,
    StartUndo,
    Wish,
)
from ringfence.journal import pg as journal_pg
from ringfence.journal.fold import fold, follow
from ringfence.journal.model import (
    Accepted,
    Event,
    GateHeld,
    GatePassed,
    Progress,
    RunEnded,
    StepDone,
    StepFailed,
    StepStarted,
    UndoDone,
    UndoStarted,
)
from ringfence.observe import GateJudged, Note, Observer, PhaseFinished, PhaseStarted, StepFinished
from ringfence.observe import StepStarted as StepBegins
from ringfence.plan.model import (
    Backfill,
    Check,
    Concurrently,
    Plan,
    Procedure,
    ProcedureKind,
    Repeat,
    Step,
    Transaction,
    UndoWith,
)

Handler: TypeAlias = Callable[[Procedure], Mapping[str, Any]]
PAUSE_POLL_S = 0.5


@dataclass
class Run:
    """One run under way: its connection, its plan, and who is told."""

    conn: Connection
    plan: Plan
    wish: Wish
    observer: Observer
    handlers: Mapping[ProcedureKind, Handler]
    breathe: Callable[[str, str, float], None]
    rest_between: Callable[[float], None]
    """Called with the milliseconds that a step or a check took, when it is over and recorded."""
    accept: Mapping[str, str]
    version: str
    watch: Callable[[str], AbstractContextManager[None]]
    still_ours: Callable[[], None]
    """Raises when the run lock is lost; asked before every move, which also keeps its idle connection alive."""
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    progress: Progress = field(default_factory=Progress)
    last_error: RingfenceError | None = None
    _polled: float = 0.0
    _phase: int | None = None
    _phase_began: float = 0.0

    @property
    def direction(self) -> str:
        """'forward' or 'back'."""
        return "forward" if isinstance(self.wish, Forward) else "back"

    def read(self) -> None:
        """Bring the progress up to the journal's newest entry."""
        self.progress = fold(journal_pg.read_since(self.conn, self.progress.seq), self.progress)

    def pause_asked(self) -> bool:
        """Whether somebody asked for a pause; the journal is looked at twice a second at most."""
        if time.monotonic() - self._polled > PAUSE_POLL_S:
            self._polled = time.monotonic()
            return fold(journal_pg.read_since(self.conn, self.progress.seq), self.progress).paused
        return False

    def work(self) -> perform.Work:
        """What an action needs."""
        return perform.Work(
            self.conn, self.plan.tenancy.limits, self.observer, self.breathe, self.pause_asked, self.watch
        )


def run(state: Run) -> RunEnded:
    """Carry the wish out as far as it goes and return how the run ended; the entry is in the journal.

    Raises the error of a step that failed, after recording it. ConnectionLost leaves the run open: the next one
    reads the journal and goes on.
    """
    state.progress = fold(journal_pg.read(state.conn))
    refuse_conflicts(state)
    for event in closing(state.progress):
        _append(state, event)
        state.read()
    _append(state, opening(state.wish, state.run_id, state.version))
    journal_pg.work_for(state.conn, state.run_id)
    pg.bound_index_workers(state.conn, state.plan.tenancy.limits.index_workers_max)
    state.read()
    for check, reason in state.accept.items():
        if check not in state.progress.accepted:
            _append(state, Accepted(check, reason))
    while True:
        state.still_ours()
        state.read()
        ended = _move(state)
        if ended is not None:
            return ended


def _append(state: Run, event: Event) -> None:
    # an entry that cannot follow would stay in an append-only journal for ever: asked before it is written
    follow(state.progress, event)
    pg.append(state.conn, event)


def refuse_conflicts(state: Run) -> None:
    """Before a revert changes anything: every one-way step names the rows that would make its undo impossible.

    Raises ConflictingRows with all of them.
    """
    match state.wish:
        case Forward():
            return
        case Back():
            pass
        case _:
            assert_never(state.wish)
    found: list[str] = []
    hints: list[str] = []
    long_ms = state.plan.tenancy.limits.validate_timeout_s * 1000
    for step in remaining(state.plan, state.progress, state.wish):
        if step.one_way is None or step.id not in state.progress.done:
            continue
        rows = pg.problems(state.conn, step.one_way.conflicts_sql, long_ms)
        if rows:
            found.append(f"{step.id}: {step.one_way.why}")
            found += [f"  {subject}: {detail}" for subject, detail in rows]
            hints.append(step.one_way.hint)
    if found:
        raise ConflictingRows(
            "rows written since then make the old catalog impossible; nothing was changed",
            detail="\n".join(found),
            hint="\n".join(dict.fromkeys(hints)),
        )


def _move(state: Run) -> RunEnded | None:
    move = next_move(state.plan, state.progress, state.wish)
    match move:
        case Refuse(error):
            raise error
        case EndRun(outcome, detail):
            _phase_over(state)
            event = RunEnded(state.run_id, outcome, detail)
            _append(state, event)
            return event
        case JudgeGate(phase, gate):
            if gate.id != phase.back.id:  # a way back is judged before any phase is touched
                _phase(state, phase.number)
            verdict = _judge(state, gate.checks, gate.id, phase.number)
            if verdict.passed:
                _append(state, GatePassed(verdict.gate, verdict.verdicts))
            else:
                _append(state, GateHeld(verdict.gate, verdict.missing))
        case StartStep(step):
            _phase(state, state.plan.steps_by_id[step.id][0].number)
            _append(state, StepStarted(step.id))
        case ExecuteStep(step, cursor, _):
            _guarded(state, step, False, lambda: _execute(state, step, cursor or {}, doubtful=False))
        case ProbeStep(step, cursor, _):
            _guarded(state, step, False, lambda: _execute(state, step, cursor or {}, doubtful=True))
        case StartUndo(step):
            _phase(state, state.plan.steps_by_id[step.id][0].number)
            _append(state, UndoStarted(step.id))
        case ExecuteUndo(step, _, _):
            _guarded(state, step, True, lambda: _undo(state, step, doubtful=False))
        case ProbeUndo(step, _, _):
            _guarded(state, step, True, lambda: _undo(state, step, doubtful=True))
        case RecordUndo(step, why):
            _append(state, UndoDone(step.id, {"nothing_to_undo": why}))
        case _:
            assert_never(move)
    return None


def _guarded(state: Run, step: Step, undoing: bool, work: Callable[[], int]) -> None:
    phase = state.plan.steps_by_id[step.id][0].number
    began = time.monotonic()
    state.observer(StepBegins(step.id, step.title, phase, state.direction))
    try:
        with pg.spoken():
            attempts = work()
    except PauseAsked:
        return  # the journal says so too: the next question ends the run
    except ConnectionLost:
        raise
    except RingfenceError as error:
        text = f"{error.code} {error.message}" + (f"\n{error.detail}" if error.detail else "")
        _append(state, StepFailed(step.id, text[:4000], undoing))
        state.read()
        _append(state, RunEnded(state.run_id, "failed", f"{error.code} {error.message}"[:1000]))
        raise
    seconds = time.monotonic() - began
    state.observer(StepFinished(step.id, phase, seconds, attempts, state.direction))
    match step.action:
        case Backfill() if not undoing:
            pass  # it has rested after every batch
        case _:
            state.rest_between(seconds * 1000.0)


def _execute(state: Run, step: Step, cursor: Mapping[str, Any], *, doubtful: bool) -> int:
    work = state.work()
    if doubtful and step.done_when is not None and pg.probe(state.conn, step.done_when):
        _append(state, StepDone(step.id, {"found_done": True}))
        return 1
    began = time.monotonic()
    match step.action:
        case Transaction() as action:
            follow(state.progress, StepDone(step.id))
            return perform.transaction(work, step.id, action, StepDone(step.id))
        case Concurrently() as action:
            tries = perform.concurrently(work, step.id, action)
            result: Mapping[str, Any] = {"tries": tries, "seconds": round(time.monotonic() - began, 3)}
        case Backfill() as action:
            tries, result = 1, perform.backfill(work, step, action, cursor)
        case Repeat() as action:
            tries, result = 1, perform.repeat(work, step.id, action)
        case Procedure() as action:
            tries, result = 1, state.handlers[action.kind](action)
        case _:
            assert_never(step.action)
    _append(state, StepDone(step.id, result))
    return tries


def _undo(state: Run, step: Step, *, doubtful: bool) -> int:
    undo = step.undo
    assert isinstance(undo, UndoWith), "decide records every other undo without executing anything"
    if doubtful and undo.done_when is not None and pg.probe(state.conn, undo.done_when):
        _append(state, UndoDone(step.id, {"found_done": True}))
        return 1
    work = state.work()
    attempts = 0
    for number, action in enumerate(undo.actions, 1):
        last = number == len(undo.actions)
        match action:
            case Transaction():
                event = UndoDone(step.id) if last else None
                attempts += perform.transaction(work, step.id, action, event)
                if last:
                    return attempts
            case Concurrently():
                attempts += perform.concurrently(work, step.id, action)
            case Backfill() | Repeat() | Procedure():
                raise AssertionError("no step is undone that way")
            case _:
                assert_never(action)
    _append(state, UndoDone(step.id))
    return attempts


def _judge(state: Run, checks: tuple[Check, ...], gate: str, phase: int) -> GateVerdict:
    found = state.plan.phase(phase)
    which = next(g for g in (found.entry, found.exit, found.back) if g.id == gate)
    long_ms = state.plan.tenancy.limits.validate_timeout_s * 1000
    answers: dict[str, Answer] = {}
    swept: dict[str, int] = {}
    found_out: dict[str, str] = {}
    for check in checks:
        began = time.monotonic()
        if check.trial is not None:
            tried = pg.try_runs(state.conn, check.trial)
            found_out[check.code] = trying.figures(tried)
            observed, problems = None, trying.problems(tried)
        else:
            observed, problems = pg.judge(state.conn, check, long_ms)
        state.rest_between((time.monotonic() - began) * 1000.0)
        if problems and check.code.startswith("RFG-DIFFERS:"):
            # people moved between organizations after the last sweep; nobody trusts the column yet, so go once more
            swept[check.code] = _sweep_again(state, check.code.removeprefix("RFG-DIFFERS:"), phase)
            observed, problems = pg.judge(state.conn, check, long_ms)
        answers[check.code] = Answer(observed, problems)
    verdict = gates.judge(which, answers, state.progress.accepted)
    for check in checks:
        said = verdict.verdicts[check.code]
        state.observer(GateJudged(phase, gate, check.code, said, verdict.missing.get(check.code, "")))
    told = dict(verdict.verdicts)
    for code, rows in swept.items():
        told[code] += f" after sweeping {rows} rows"
    for code, figures in found_out.items():
        told[code] += f": {figures}" if figures else ""
    return GateVerdict(verdict.gate, told, verdict.missing)


def _sweep_again(state: Run, table: str, phase: int) -> int:
    rows = 0
    settle = f"backfill/{table}/settle"
    fill = f"backfill/{table}/rows"
    steps = state.plan.phase(phase).steps
    prefix = settle if any(s.id.startswith(settle) for s in steps) else fill
    for step in steps:
        match step.action:
            case Backfill() as action if step.id == prefix or step.id.startswith(prefix + "/"):
                rows += perform.sweep(state.work(), step, action)
            case _:
                pass
    state.observer(Note(f"{table}: {rows} rows moved since the last sweep"))
    return rows


def _phase(state: Run, number: int) -> None:
    if state._phase == number:
        return
    _phase_over(state)
    phase = state.plan.phase(number)
    state._phase = number
    state._phase_began = time.monotonic()
    state.observer(PhaseStarted(number, phase.name, len(phase.steps), state.direction))


def _phase_over(state: Run) -> None:
    if state._phase is None:
        return
    phase = state.plan.phase(state._phase)
    seconds = time.monotonic() - state._phase_began
    state.observer(PhaseFinished(phase.number, phase.name, seconds, state.direction))
    state._phase = None
