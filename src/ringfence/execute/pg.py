"""The executor's hands: the only place where a plan's statements reach the database.

Every function does one thing and reports what happened as a value; what to do about it is decided elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors as pgerrors

from ringfence import sqltext
from ringfence.db import Connection
from ringfence.execute.attempt import (
    Attempt,
    AttemptFailed,
    AttemptOk,
    BatchResult,
    ConnectionLost,
    FailureKind,
    SessionInTheWay,
    StatementFailed,
)
from ringfence.execute.trying import FILTERED, Failed, Figure, Outcome, Tried
from ringfence.journal import pg as journal_pg
from ringfence.journal.model import Event
from ringfence.names import quote_literal
from ringfence.plan.model import Check, Probe, Statement
from ringfence.plan.trial import RunKind, Trial


def transaction(conn: Connection, statements: Sequence[Statement], event: Event | None) -> Attempt:
    """Run statements in one transaction, the journal entry last: both commit, or neither."""
    began = time.monotonic()
    current = ""
    try:
        with conn.transaction():
            for statement in statements:
                current = statement.sql
                conn.execute(timeouts(statement).encode())
                conn.execute(statement.sql.encode())
            if event is not None:
                current = "append to the journal"
                conn.execute(b"set local lock_timeout = '10s'; set local statement_timeout = '30s'")
                journal_pg.append(conn, event)
    except psycopg.Error as error:
        return AttemptFailed(_kind(error), _text(error), current, _ms(began))
    return AttemptOk(_ms(began))


def timeouts(statement: Statement) -> str:
    """The two SET LOCAL that bound a statement; zero means no bound and is used for concurrent builds alone."""
    return (
        f"set local lock_timeout = {quote_literal(str(statement.lock_timeout_ms) + 'ms')};"
        f" set local statement_timeout = {quote_literal(str(statement.statement_timeout_ms) + 'ms')}"
    )


def concurrently(conn: Connection, statement: Statement) -> Attempt:
    """Run one statement outside a transaction, such as CREATE INDEX CONCURRENTLY, with its own total bound."""
    began = time.monotonic()
    try:
        conn.execute(f"set statement_timeout = {quote_literal(str(statement.statement_timeout_ms) + 'ms')}".encode())
        conn.execute(f"set lock_timeout = {quote_literal(str(statement.lock_timeout_ms) + 'ms')}".encode())
        conn.execute(statement.sql.encode())
    except psycopg.Error as error:
        return AttemptFailed(_kind(error), _text(error), statement.sql, _ms(began))
    finally:
        if not conn.closed:
            conn.execute(b"set statement_timeout = 0; set lock_timeout = 0")
    return AttemptOk(_ms(began))


def bound_index_workers(conn: Connection, workers_max: int) -> None:
    """Index builds of this session use so many parallel workers at most."""
    conn.execute("select pg_catalog.set_config('max_parallel_maintenance_workers', %s, false)", [str(workers_max)])


def probe(conn: Connection, question: Probe) -> bool:
    """Ask the catalog one yes-or-no question."""
    row = conn.execute(question.sql.encode()).fetchone()
    assert row is not None
    return next(iter(row.values())) is True


def batch(
    conn: Connection,
    settings: Sequence[str],
    sql: str,
    parameters: Mapping[str, Any],
    statement_timeout_ms: int,
    entry: Callable[[BatchResult], Event | None],
) -> BatchResult | AttemptFailed:
    """Run one batch and append its journal entry in one transaction: rows and cursor commit together (law 4.7).

    A batch that changed anything but the tenant column is rolled back and comes back with `intact` false.
    """
    began = time.monotonic()
    try:
        with conn.transaction() as block:
            conn.execute("; ".join([*settings, f"set local statement_timeout = '{statement_timeout_ms}ms'"]).encode())
            asked = time.monotonic()
            row = conn.execute(sql.encode(), parameters).fetchone()
            assert row is not None
            result = BatchResult(row["rows"], row["intact"], _ms(began), _ms(asked))
            event = entry(result)
            if not result.intact:
                raise psycopg.Rollback(block)
            if event is not None:
                journal_pg.append(conn, event)
    except psycopg.Error as error:
        return AttemptFailed(_kind(error), _text(error), sql, _ms(began))
    return BatchResult(result.rows, result.intact, _ms(began), result.statement_ms)


def repeat(
    conn: Connection, statement: Statement, rows_max: int, entry: Callable[[BatchResult], Event | None]
) -> BatchResult | AttemptFailed:
    """Run one bounded statement on our own tables and its journal entry in one transaction."""
    began = time.monotonic()
    try:
        with conn.transaction():
            conn.execute(timeouts(statement).encode())
            asked = time.monotonic()
            cursor = conn.execute(statement.sql.encode(), {"rows_max": rows_max})
            result = BatchResult(max(cursor.rowcount, 0), True, _ms(began), _ms(asked))
            event = entry(result)
            if event is not None:
                journal_pg.append(conn, event)
    except psycopg.Error as error:
        return AttemptFailed(_kind(error), _text(error), statement.sql, _ms(began))
    return BatchResult(result.rows, True, _ms(began), result.statement_ms)


def append(conn: Connection, event: Event) -> None:
    """Append one journal entry in a transaction of its own."""
    with conn.transaction():
        journal_pg.append(conn, event)


def pages(conn: Connection, relation: str) -> int:
    """The number of pages a relation has now, from its file and not from statistics."""
    row = conn.execute(
        "select pg_catalog.pg_relation_size(pg_catalog.to_regclass(%s))"
        " / pg_catalog.current_setting('block_size')::bigint as pages",
        (relation,),
    ).fetchone()
    assert row is not None
    return int(row["pages"] or 0)


def estimate(conn: Connection, relation: str) -> int:
    """The planner's row estimate, for progress bars only."""
    row = conn.execute(
        "select greatest(reltuples, 0)::bigint as rows from pg_catalog.pg_class where oid = pg_catalog.to_regclass(%s)",
        (relation,),
    ).fetchone()
    return int(row["rows"]) if row else 0


def run_plain(conn: Connection, sql: str, statement_timeout_ms: int) -> None:
    """Run one statement in a transaction of its own with a total bound, such as ANALYZE."""
    with conn.transaction():
        conn.execute(f"set local statement_timeout = '{statement_timeout_ms}ms'".encode())
        conn.execute(sql.encode())


def count(conn: Connection, sql: str, statement_timeout_ms: int) -> int:
    """Run a question with one bigint answer under a total bound."""
    with conn.transaction():
        conn.execute(f"set local statement_timeout = '{statement_timeout_ms}ms'".encode())
        row = conn.execute(sql.encode()).fetchone()
    assert row is not None
    return int(next(iter(row.values())))


def problems(conn: Connection, sql: str, statement_timeout_ms: int) -> tuple[tuple[str, str], ...]:
    """Run a question that names problems, one row (subject, detail) each."""
    with conn.transaction():
        conn.execute(f"set local statement_timeout = '{statement_timeout_ms}ms'".encode())
        rows = conn.execute(sql.encode()).fetchall()
    return tuple((str(r["subject"]), str(r["detail"])) for r in rows)


def judge(conn: Connection, check: Check, statement_timeout_ms: int) -> tuple[int | None, tuple[tuple[str, str], ...]]:
    """Ask a gate's check: how much it could look at (None when it does not say) and the problems it found."""
    observed = None
    if check.observed_sql is not None:
        observed = count(conn, check.observed_sql, statement_timeout_ms)
    return observed, problems(conn, check.sql, statement_timeout_ms)


def try_runs(conn: Connection, trial: Trial) -> tuple[Tried, ...]:
    """Run every reader twice from one snapshot, as it is and as it will be, and roll everything back.

    A run that fails is an outcome. Raises psycopg.Error when the connection is lost.
    """
    with conn.transaction(force_rollback=True):
        conn.execute(b"set transaction isolation level repeatable read")
        conn.execute(f"set local lock_timeout = '{trial.lock_timeout_ms}ms'".encode())
        conn.execute(f"set local statement_timeout = '{trial.runs_timeout_ms}ms'".encode())
        for statement in trial.scaffold:
            conn.execute(statement.encode())
        found = conn.execute(trial.find_sql.encode()).fetchall()
        ends = time.monotonic() + trial.runs_timeout_ms / 1000.0
        now = [_run(conn, ends, r["kind"], r["role_now"], r["sql_now"], unfiltered=False) for r in found]
        filtered_now = [_filtered(conn, ends, r["kind"], r["role_now"], r["sql_now"]) for r in found]
        in_the_way = _changed(conn, trial.state)
        if in_the_way is not None:
            why = f"what the phase will change could not be changed for it ({in_the_way.text})"
            return tuple(Tried(r["subject"], first, None, why) for r, first in zip(found, now, strict=True))
        then = [
            _run(conn, ends, r["kind"], r["role_then"], r["sql_then"], unfiltered=r["kind"] == RunKind.EXPLAIN.value)
            for r in found
        ]
        # what row security filters today already is filtered by the application's own policies, and no news
        filtered_then = [
            _filtered(conn, ends, r["kind"], r["role_then"], r["sql_then"]) if before is None else None
            for r, before in zip(found, filtered_now, strict=True)
        ]
        return tuple(
            Tried(r["subject"], first, second, r["not_tried"] or "", news)
            for r, first, second, news in zip(found, now, then, filtered_then, strict=True)
        )


def _run(
    conn: Connection, ends: float, kind: str, role: str | None, sql: str | None, *, unfiltered: bool
) -> Outcome | None:
    if role is None or sql is None:
        return None
    # all runs share one bound: the snapshot they share keeps every row that dies meanwhile; at least 1, since 0 is none
    left_ms = max(1, int((ends - time.monotonic()) * 1000))
    try:
        # rolled back each: the second run must not meet what the first one wrote
        with conn.transaction(force_rollback=True):
            # first, since giving the role its function may wait for somebody who changes the role
            conn.execute(f"set local statement_timeout = '{left_ms}ms'".encode())
            conn.execute("select ringfence_trial.as_v1(%s)", (role,))
            row = conn.execute(
                "select t.row_count, t.digest from ringfence_trial.run_v1(%s, %s, %s) t", (kind, sql, unfiltered)
            ).fetchone()
    except psycopg.Error as error:
        failed = _failed(error)
        _give_locks_back(conn)
        return failed
    _give_locks_back(conn)
    assert row is not None
    return Figure(row["row_count"], row["digest"])


def _give_locks_back(conn: Connection) -> None:
    """Advisory locks that a run took for its session outlive a rollback; the run lock is another connection's."""
    conn.execute(b"select pg_catalog.pg_advisory_unlock_all()")


def _filtered(conn: Connection, ends: float, kind: str, role: str | None, sql: str | None) -> Failed | None:
    """What the server says where row security would leave out rows: a run that meets no row cannot tell."""
    if kind == RunKind.EXPLAIN.value:
        return None  # its run asks the same
    outcome = _run(conn, ends, RunKind.EXPLAIN.value, role, sql, unfiltered=True)
    return outcome if isinstance(outcome, Failed) and outcome.code == FILTERED else None


def _changed(conn: Connection, statements: Sequence[str]) -> Failed | None:
    try:
        with conn.transaction():
            for statement in statements:
                conn.execute(statement.encode())
    except psycopg.Error as error:
        return _failed(error)
    return None


def _failed(error: psycopg.Error) -> Failed:
    if _kind(error) is FailureKind.CONNECTION:
        raise error
    return Failed(error.sqlstate or "", _text(error))


def holders(conn: Connection, relations: Sequence[str]) -> tuple[str, ...]:
    """Who holds or waits for locks on these relations now, described for people; never the text of a query's values."""
    rows = sessions_in_the_way(conn, relations)[:5]
    return tuple(
        f"pid {r.pid} {r.application or '(no application name)'} ({r.login}), {r.state} for {r.seconds:.0f} s"
        for r in rows
    )


def sessions_in_the_way(conn: Connection, relations: Sequence[str]) -> tuple[SessionInTheWay, ...]:
    """Sessions whose transaction holds locks on these relations, oldest first; literals are cut from statements."""
    rows = conn.execute(_sessions_sql(), {"relations": list(relations)}).fetchall()
    return tuple(
        SessionInTheWay(
            pid=r["pid"],
            login=r["login"],
            application=r["application"],
            state=r["state"],
            seconds=float(r["seconds"]),
            blocks=tuple(r["blocks"]),
            query=r["query"],
        )
        for r in rows
    )


def _sessions_sql() -> bytes:
    return sqltext.load("ringfence.execute", "sessions_in_the_way").encode()


def waits_for(conn: Connection, pid: int) -> tuple[str, int, tuple[str, ...]]:
    """What a backend of ours is doing, how far it is in percent, and who it waits for."""
    row = conn.execute(sqltext.load("ringfence.execute", "waits_for").encode(), {"pid": pid}).fetchone()
    return ("over", 100, ()) if row is None else (row["phase"], row["percent"], tuple(row["holders"]))


def wraparound_vacuums(conn: Connection, relations: Sequence[str]) -> tuple[str, ...]:
    """Vacuums against wraparound that work on these relations now; they cannot be made to step aside."""
    question = sqltext.load("ringfence.execute", "wraparound").encode()
    return tuple(r["worker"] for r in conn.execute(question, {"relations": list(relations)}).fetchall())


@contextmanager
def spoken() -> Iterator[None]:
    """Say the server's errors in our own words, wherever they come from: probes, counts, the journal, gates.

    Raises ConnectionLost, which is worth a new connection, or StatementFailed.
    """
    try:
        yield
    except psycopg.Error as error:
        match _kind(error):
            case FailureKind.CONNECTION:
                raise ConnectionLost(
                    detail=_text(error), hint="ringfence apply (it reads the journal and goes on)"
                ) from error
            case FailureKind.BUSY | FailureKind.TIMEOUT | FailureKind.ERROR:
                raise StatementFailed(
                    _text(error),
                    hint="what is not in the journal did not happen; repair the cause, then: ringfence apply",
                ) from error


def _ms(began: float) -> float:
    return (time.monotonic() - began) * 1000.0


def _kind(error: psycopg.Error) -> FailureKind:
    match error:
        case pgerrors.LockNotAvailable() | pgerrors.DeadlockDetected() | pgerrors.SerializationFailure():
            return FailureKind.BUSY
        case pgerrors.QueryCanceled():
            return FailureKind.TIMEOUT
        case psycopg.OperationalError() if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
            return FailureKind.CONNECTION
        case pgerrors.IdleInTransactionSessionTimeout() | pgerrors.TransactionTimeout():
            return FailureKind.CONNECTION  # a machine that slept in a transaction finds its session ended
        case _:
            return FailureKind.ERROR


def _text(error: psycopg.Error) -> str:
    """The server's message and code; never the statement with its values, which may hold people's data."""
    primary = error.diag.message_primary or str(error).strip().split("\n")[0]
    hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
    return f"{error.sqlstate or ''} {primary}{hint}".strip()
