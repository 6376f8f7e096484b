"""One step's action carried out within its bounds: attempts, batches, sweeps, pauses.

Knows nothing of plans and gates: it is handed one action and either finishes it or raises an error that says how far
it came. Whatever it did is in the journal, so that the same action can be handed to it again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, assert_never

from ringfence.db import Connection
from ringfence.execute import pace, pg
from ringfence.execute.attempt import (
    Attempt,
    AttemptFailed,
    AttemptOk,
    BatchNotIntact,
    BatchResult,
    ConnectionLost,
    FailureKind,
    LockNotObtained,
    PauseAsked,
    RowsNeedDecision,
    RowsRemain,
    StatementFailed,
    Throttled,
)
from ringfence.journal.model import BatchCommitted, Event
from ringfence.observe import BatchDone, LockHeld, LockWaited, Note, Observer
from ringfence.observe import Throttled as ThrottledBy
from ringfence.plan.model import Backfill, Concurrently, LockMode, Repeat, Step, Transaction
from ringfence.tenancy.model import Limits

SWEEPS_BEFORE_SETTLING = 2
POSTPONE_S = 5.0
CURSOR_INTERVAL_S = 5.0
"""How often a backfill that finds nothing to change records how far it has looked."""


@dataclass
class Work:
    """What an action needs besides itself: the connection, the bounds, and who is told."""

    conn: Connection
    limits: Limits
    observer: Observer
    breathe: Callable[[str, str, float], None]
    """Called after a batch with step, table and its statement's milliseconds: rests, and returns when the database is
    well; raises Throttled if it does not get well."""
    pause_asked: Callable[[], bool]
    watch: Callable[[str], AbstractContextManager[None]] = lambda _step: nullcontext()
    """Opened around a long statement, so that somebody says what it waits for."""
    chance: random.Random = field(default_factory=random.Random)
    sleep: Callable[[float], None] = time.sleep


def transaction(work: Work, step: str, action: Transaction, event: Event | None) -> int:
    """Run a short transaction with bounded lock attempts; returns the number of attempts it took.

    While a vacuum against wraparound works on a table, nothing is tried. Raises LockNotObtained with the holders
    named, StatementFailed or ConnectionLost.
    """
    tables = [t.sql for s in action.statements for t in s.tables]
    _postpone(work, step, tables)
    for attempt in range(1, work.limits.lock_attempts_max + 1):
        result = pg.transaction(work.conn, action.statements, event)
        match result:
            case AttemptOk(milliseconds=milliseconds):
                if tables:
                    strongest = max((s.lock for s in action.statements), key=list(LockMode).index)
                    held = tuple(
                        dict.fromkeys(t.sql for s in action.statements if s.lock is strongest for t in s.tables)
                    )
                    work.observer(LockHeld(step, held, strongest.value, milliseconds))
                return attempt
            case AttemptFailed(FailureKind.BUSY | FailureKind.TIMEOUT) if tables:
                _lock_wait(work, step, tables, result, attempt)
            case AttemptFailed():
                raise failure(result)
            case _:
                assert_never(result)
    raise LockNotObtained(
        f"{step}: no lock within {work.limits.lock_attempts_max} attempts of {work.limits.lock_attempt_ms} ms",
        subject=", ".join(dict.fromkeys(tables)),
        detail="\n".join(pg.holders(work.conn, tables)) or "nobody was seen holding it at the last look",
        hint="end or wait for the sessions named, then: ringfence apply (it goes on where it stopped)",
    )


def _postpone(work: Work, step: str, tables: list[str]) -> None:
    """Wait, without a place in any lock queue, while a vacuum against wraparound works on one of the tables (law 4.2).

    Raises Throttled when it takes longer than allowed, PauseAsked when a person asks.
    """
    began = time.monotonic()
    while tables and (workers := pg.wraparound_vacuums(work.conn, tables)):
        waited = time.monotonic() - began
        if waited > work.limits.throttle_wait_s_max:
            raise Throttled(
                f"{step}: a vacuum against wraparound has kept the table for {waited:.0f} s",
                subject=", ".join(dict.fromkeys(tables)),
                detail="\n".join(workers),
                hint="let it finish (it protects the database), then: ringfence apply",
            )
        work.observer(ThrottledBy(step, "wraparound vacuum", "; ".join(workers), waited))
        if work.pause_asked():
            raise PauseAsked(subject=step, hint="ringfence resume")
        work.sleep(POSTPONE_S)


def _lock_wait(work: Work, step: str, tables: list[str], failed: AttemptFailed, attempt: int) -> None:
    holders = pg.holders(work.conn, tables)
    work.observer(
        LockWaited(
            step,
            ", ".join(dict.fromkeys(tables)),
            failed.milliseconds,
            attempt,
            work.limits.lock_attempts_max,
            holders,
        )
    )
    if work.pause_asked():
        raise PauseAsked(subject=step, hint="ringfence resume")
    work.sleep(pace.backoff_seconds(attempt, work.limits, work.chance))


def failure(failed: AttemptFailed) -> Exception:
    """The error for a failed try that will not be tried again."""
    if failed.kind is FailureKind.CONNECTION:
        return ConnectionLost(detail=failed.text, hint="ringfence apply (it reads the journal and goes on)")
    return StatementFailed(
        failed.text.split("\n")[0],
        detail=failed.statement if len(failed.statement) < 2000 else failed.statement[:2000] + " ...",
        hint="nothing of this step remains; repair the cause, then: ringfence apply",
    )


def concurrently(work: Work, step: str, action: Concurrently) -> int:
    """Run a concurrent build, its own debris dropped first; returns the number of tries."""
    tries = 0
    done_when = action.done_when
    while True:
        if pg.probe(work.conn, action.debris):
            # a build that was interrupted leaves an INVALID index that IF NOT EXISTS would take for a success (H4)
            work.observer(Note(f"{step}: an invalid leftover of an earlier try is dropped first"))
            _must(pg.concurrently(work.conn, action.clean_up))
        if done_when is not None and pg.probe(work.conn, done_when):
            return tries
        tries += 1
        with work.watch(step):
            result = pg.concurrently(work.conn, action.statement)
        match result:
            case AttemptOk():
                if done_when is not None and not pg.probe(work.conn, done_when):
                    raise StatementFailed(f"{step} ran and its result is not there", detail=action.statement.sql)
                return tries
            case AttemptFailed(FailureKind.BUSY) if tries < work.limits.step_attempts_max:
                _lock_wait(work, step, [t.sql for t in action.statement.tables], result, tries)
            case AttemptFailed():
                raise failure(result)
            case _:
                assert_never(result)


def _must(result: Attempt) -> None:
    match result:
        case AttemptOk():
            return
        case AttemptFailed():
            raise failure(result)
        case _:
            assert_never(result)


def repeat(work: Work, step: str, action: Repeat) -> Mapping[str, Any]:
    """Run a bounded statement until it changes no row; every run is a journal entry."""
    total, rate, tries = 0, pace.Rate(), 0
    while True:
        result = pg.repeat(work.conn, action.statement, action.rows_max, _entry(step, {}))
        match result:
            case BatchResult(rows=rows, milliseconds=milliseconds, statement_ms=statement_ms):
                total += rows
                tries = 0
                rate = rate.after(rows, milliseconds)
                if rows == 0:
                    return {"rows": total}
                work.observer(
                    BatchDone(step, "", rows, total, 0, milliseconds, rate.rows_per_second, None),
                )
                _between(work, step, "", statement_ms)
            case AttemptFailed(FailureKind.BUSY | FailureKind.TIMEOUT) if tries < work.limits.step_attempts_max:
                tries += 1
                work.sleep(pace.backoff_seconds(tries, work.limits, work.chance))
            case AttemptFailed():
                raise failure(result)
            case _:
                assert_never(result)


def _entry(step: str, cursor: Mapping[str, Any]) -> Callable[[BatchResult], Event | None]:
    return lambda result: BatchCommitted(step, result.rows, cursor) if result.rows else None


def _between(work: Work, step: str, table: str, statement_ms: float) -> None:
    if work.pause_asked():
        raise PauseAsked(subject=step, hint="ringfence resume")
    work.breathe(step, table, statement_ms)


@dataclass
class _Tally:
    rows: int = 0
    rows_total: int = 0
    batches: int = 0
    rate: pace.Rate = field(default_factory=pace.Rate)
    recorded_at: float = 0.0
    unrecorded: bool = False


def backfill(work: Work, step: Step, action: Backfill, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill a table in striped passes inside page chunks, then sweep until no row differs.

    A pass that updates every eighth row of each page and commits lets pruning make room on the same page for the next
    one: no new index entries, half the WAL, little growth (ONLINE_DDL.md, striped backfill).
    Raises RowsRemain, RowsNeedDecision, BatchNotIntact, PauseAsked, Throttled or ConnectionLost.
    """
    began = time.monotonic()
    tally = _Tally(rows=int(cursor.get("rows", 0)), recorded_at=began)
    if not action.sweeps_only:
        # stale statistics turn a set-based join into a scan per batch (H27)
        with work.watch(step.id):  # it waits for any other maintenance of the table (H8), and somebody should say so
            pg.run_plain(work.conn, action.analyze_sql, work.limits.validate_timeout_s * 1000)
        tally.rows_total = pg.estimate(work.conn, action.table.sql)
        _chunks(work, step, action, cursor, tally, passes_max=work.limits.passes)
    sweeps = _sweep(work, step, action, tally)
    if action.stops_sql is not None:
        stopped = pg.problems(work.conn, action.stops_sql, work.limits.validate_timeout_s * 1000)
        if stopped:
            raise RowsNeedDecision(
                f"{len(stopped)} or more rows of {action.table} have no tenant by any rule",
                subject=str(action.table),
                detail="\n".join(f"{s}: {d}" for s, d in stopped),
                hint=action.stops_hint,
            )
    return {
        "rows": tally.rows,
        "batches": tally.batches,
        "sweeps": sweeps,
        "seconds": round(time.monotonic() - began, 3),
        "intact": True,
    }


def _chunks(
    work: Work, step: Step, action: Backfill, cursor: Mapping[str, Any], tally: _Tally, passes_max: int
) -> None:
    low = int(cursor.get("page", 0))
    stripe = int(cursor.get("stripe", 0))
    end = pg.pages(work.conn, action.table.sql)
    now = pace.first_pace(work.limits, end, passes_max)
    if stripe:
        # go on inside the chunk that was interrupted: its stripes are only complete with the same bounds and passes
        now = pace.Pace(int(cursor["pages"]), int(cursor["passes"]))
    while low < end:
        high = low + now.chunk_pages
        taken: list[float] = []
        for number in range(stripe, now.passes):
            following = {"page": low, "stripe": number + 1, "pages": now.chunk_pages, "passes": now.passes}
            if number + 1 == now.passes:
                following = {"page": high, "stripe": 0}
            parameters = {"lo": f"({low},0)", "hi": f"({high},0)", "passes": now.passes, "stripe": number}
            # a sweep's cursor says that the fill itself is over: a resumed step goes straight to its sweeps
            kept = following if passes_max > 1 else {"page": end, "stripe": 0}
            result = _batch(work, step, action, parameters, kept, tally, high / end)
            taken.append(result.milliseconds)
        low, stripe = high, 0
        now = pace.next_pace(now, taken, work.limits)
        if low >= end:
            end = max(end, pg.pages(work.conn, action.table.sql))


def _batch(
    work: Work,
    step: Step,
    action: Backfill,
    parameters: Mapping[str, Any],
    cursor: Mapping[str, Any],
    tally: _Tally,
    share: float,
) -> BatchResult:
    def entry(result: BatchResult) -> Event | None:
        if tally.unrecorded:
            return None
        due = time.monotonic() - tally.recorded_at > CURSOR_INTERVAL_S
        if not result.rows and not due:
            return None
        tally.recorded_at = time.monotonic()
        return BatchCommitted(step.id, result.rows, {**cursor, "rows": tally.rows + result.rows})

    timeout_ms = max(5_000, 40 * work.limits.batch_target_ms)
    for attempt in range(1, work.limits.step_attempts_max + 1):
        result = pg.batch(work.conn, action.settings, action.batch_sql, parameters, timeout_ms * attempt, entry)
        match result:
            case BatchResult(intact=False):
                raise BatchNotIntact(
                    f"a batch of {action.table} would have changed more than {action.column}",
                    subject=str(action.table),
                    detail="it was rolled back; a trigger or rule of the application changes rows on update",
                    hint="look at: select tgname, pg_get_triggerdef(oid) from pg_trigger"
                    f" where tgrelid = '{action.table}'::regclass",
                )
            case BatchResult():
                tally.rows += result.rows
                tally.batches += 1
                tally.rate = tally.rate.after(result.rows, result.milliseconds)
                left = tally.rows_total * max(0.0, 1.0 - share)
                work.observer(
                    BatchDone(
                        step.id,
                        str(action.table),
                        result.rows,
                        tally.rows,
                        tally.rows_total,
                        result.milliseconds,
                        tally.rate.rows_per_second,
                        tally.rate.remaining_seconds(int(left)),
                    )
                )
                _between(work, step.id, str(action.table), result.statement_ms)
                return result
            case AttemptFailed(FailureKind.BUSY | FailureKind.TIMEOUT) if attempt < work.limits.step_attempts_max:
                work.sleep(pace.backoff_seconds(attempt, work.limits, work.chance))
            case AttemptFailed():
                raise failure(result)
            case _:
                assert_never(result)
    raise AssertionError("the last attempt returns or raises")


def _sweep(work: Work, step: Step, action: Backfill, tally: _Tally) -> int:
    """Rows that were locked or moved while their page was filled: one pass over every chunk until none is left.

    Chunk by chunk, because one statement over the whole table would keep the few rows it finds locked until its end.
    """
    long_ms = work.limits.validate_timeout_s * 1000
    remaining = 0
    for sweep in range(work.limits.sweeps_max + 1):
        remaining = pg.count(work.conn, action.differs_sql, long_ms)
        if remaining == 0 or (action.settled_later and sweep >= SWEEPS_BEFORE_SETTLING):
            return sweep
        if sweep:
            work.observer(Note(f"{step.id}: {remaining} rows left, sweep {sweep} of {work.limits.sweeps_max}"))
            work.sleep(pace.backoff_seconds(sweep, work.limits, work.chance))
        _chunks(work, step, action, {}, tally, passes_max=1)
    raise RowsRemain(
        f"{remaining} rows of {action.table} still differ after {work.limits.sweeps_max} sweeps",
        subject=str(action.table),
        detail="they are locked by others for longer than the sweeps lasted, or rewritten as fast as they are filled",
        hint="ringfence status names long transactions; end them, then: ringfence apply",
    )


def sweep(work: Work, step: Step, action: Backfill) -> int:
    """Sweep a table whose step is done already, asked for by a gate; the gate's entry tells how many rows moved."""
    tally = _Tally(unrecorded=True)
    _sweep(work, step, action, tally)
    return tally.rows
