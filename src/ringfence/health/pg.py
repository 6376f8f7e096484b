"""The questions about a database's health, each with a short bound of its own.

Every function wants a connection in autocommit with no transaction open: inside one, statistics do not move.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import psycopg
from psycopg import errors as pgerrors

from ringfence import sqltext
from ringfence.db import APPLICATION_PREFIX, Connection, Row
from ringfence.health import signals
from ringfence.health.compare import percentile
from ringfence.health.disk import local_free_bytes
from ringfence.health.locks import conflicting, holder, server_name
from ringfence.health.model import (
    Baseline,
    DatabaseCounters,
    DiskFree,
    Hidden,
    Holder,
    Latency,
    Missing,
    OwnBackend,
    Ping,
    Reading,
    Seen,
    SessionGroup,
    StatementClock,
    StatementCost,
    TableAge,
    Unreadable,
    Watched,
)
from ringfence.health.privileges import missing
from ringfence.health.querytext import short_query
from ringfence.health.sessions import group, merged
from ringfence.names import QualifiedName, quote_ident

PACKAGE = "ringfence.health"
QUESTION_TIMEOUT_MS = 500
SLOW_QUESTION_TIMEOUT_MS = 10_000
PING_SAMPLES = 100
STATEMENTS_MAX = 50
SESSION_ROWS_MAX = 5000
END_WAIT_MS = 5000
NOT_HERE = "the server's disk cannot be seen from here"


# --- sessions --------------------------------------------------------------------------------------------------------


def sample_sessions(conn: Connection, *, with_addresses: bool = False) -> tuple[SessionGroup, ...]:
    """The client sessions of the cluster in groups, ours among them; addresses only when asked for."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        return tuple(group(row) for row in _ask(conn, "sessions", with_addresses=with_addresses))


def record_sessions(conn: Connection, groups: Sequence[SessionGroup], *, rows_max: int = SESSION_ROWS_MAX) -> None:
    """Remember who of this database is connected, in ringfence.session_samples, which keeps at most `rows_max` rows.

    Ours are recorded with the others: they show later that somebody was looking. So does the hour, where it is asked
    for (ringfence.session_watches).
    """
    clients = merged(groups, conn.info.dbname)
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        (may,) = _ask(conn, "may_record_sessions")
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS), conn.transaction():
        _run(
            conn,
            "record_sessions",
            logins=[client.login for client in clients],
            applications=[client.application for client in clients],
            sessions=[client.sessions for client in clients],
            oldest=[client.oldest_backend_at for client in clients],
        )
        _run(conn, "prune_sessions", rows_max=rows_max)
        if may["watches"]:
            _run(conn, "watch_sessions")


def may_record_sessions(conn: Connection) -> bool:
    """Whether samples of sessions can be kept here and now: the tables are there, and this role may write to them."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        (may,) = _ask(conn, "may_record_sessions")
    return bool(may["samples"])


def watched(conn: Connection, hours: int) -> Watched:
    """How many of the last `hours` were watched, and when last; only where ringfence.session_watches is there."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        (row,) = _ask(conn, "watched_hours", hours=hours)
    return Watched(hours=row["hours"], hours_needed=hours, last_sample_at=row["last_sample_at"], now=row["now"])


def seen_sessions(conn: Connection) -> tuple[Seen, ...]:
    """Every login and application that was recorded, the one seen last first."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        return tuple(Seen(**row) for row in _ask(conn, "seen_sessions"))


# --- signals ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """One signal: its name, its SQL file, what is bound, and how its rows are read."""

    signal: str
    file: str
    read: Callable[[signals.Rows], Reading]
    values: Mapping[str, object] = field(default_factory=dict)


def read_signals(
    conn: Connection,
    *,
    tables: Sequence[QualifiedName] = (),
    disk_needed_bytes: int = 0,
    statement_timeout_ms: int = QUESTION_TIMEOUT_MS,
) -> tuple[Reading, ...]:
    """Read every signal, each with its own question and bound; never raises for a server that answers badly.

    A connection that is gone answers nothing, which is a reason to wait; whoever waits looks at the connection first.
    `tables` are the ones about to be worked on (partitions, not their root): a vacuum on them is a signal. It takes
    about a dozen round trips: ask once a second, not once a batch.
    """
    questions = (
        _Question("replica_lag", "replica_lag", signals.replica_lag),
        _Question("slot_retained", "slots_retained", signals.slots_retained),
        _Question("archiver", "archiver_backlog", signals.archiver_backlog),
        _Question("vacuum", "vacuum_on_table", signals.vacuum_on_table, {"tables": [t.sql for t in tables]}),
        _Question("horizon", "horizon", signals.horizon),
        _Question("idle_in_transaction", "idle_in_transaction", signals.idle_in_transaction),
        _Question("checkpoint", "checkpoint_pressure", signals.checkpoint_pressure),
        _Question("disk", "data_directory", lambda rows: _disk(rows, disk_needed_bytes)),
    )
    try:
        with _bounded(conn, statement_timeout_ms):
            readings = (_latency(conn), *(_read(conn, question) for question in questions))
    except psycopg.Error as error:
        return (Unreadable("connection", _said(error)),)
    return readings


def _read(conn: Connection, question: _Question) -> Reading:
    try:
        rows = _ask(conn, question.file, **question.values)
    except pgerrors.InsufficientPrivilege as error:
        return Hidden(question.signal, _said(error))
    except psycopg.Error as error:
        return Unreadable(question.signal, _said(error))
    return question.read(rows)


def _latency(conn: Connection) -> Reading:
    try:
        return Latency(_ping_ms(conn))
    except psycopg.Error as error:
        return Unreadable("latency", _said(error))


def _disk(rows: signals.Rows, needed_bytes: int) -> Reading:
    (row,) = rows
    free = local_free_bytes(Path(row["directory"]), row["pid_file_modified"])
    return Hidden("disk", NOT_HERE) if free is None else DiskFree(free, needed_bytes)


# --- who stands in the way -------------------------------------------------------------------------------------------


def lock_holders(
    conn: Connection, table: QualifiedName, mode: str, *, waiting_pid: int | None = None
) -> tuple[Holder, ...]:
    """Who holds a lock on the table that a request of `mode` (for example 'ACCESS EXCLUSIVE') has to wait for.

    `waiting_pid` is the backend that asks, which is never its own blocker. Prepared transactions are among them. At
    most 20, the oldest transaction first.
    """
    with _bounded(conn, QUESTION_TIMEOUT_MS):
        rows = _ask(
            conn,
            "lock_holders",
            table=table.sql,
            modes=[server_name(other) for other in conflicting(mode)],
            waiting_pid=waiting_pid,
        )
    return tuple(holder(row) for row in rows)


def blockers(conn: Connection, waiting_pid: int) -> tuple[Holder, ...]:
    """Whom a waiting backend waits for, as the lock manager sees it, the ones ahead of it in the queue included."""
    with _bounded(conn, QUESTION_TIMEOUT_MS):
        return tuple(holder(row) for row in _ask(conn, "blockers", pid=waiting_pid))


def own_backends(
    conn: Connection, prefix: str = APPLICATION_PREFIX, run_id: str | None = None
) -> tuple[OwnBackend, ...]:
    """Other backends of our role in this database whose application name begins with `prefix` and holds `run_id`."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        return tuple(OwnBackend(**row) for row in _ask(conn, "own_backends", prefix=prefix, run_id=run_id))


def own_session(conn: Connection) -> OwnBackend:
    """This very session, to be ended from another one when its connection is lost and the server was not told."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        (row,) = _ask(conn, "own_session")
    return OwnBackend(**row)


def end_own(conn: Connection, backends: Sequence[OwnBackend], prefix: str = APPLICATION_PREFIX) -> None:
    """End backends of a former run of ours and wait until they are gone; five seconds each at most.

    Only while they are still the same process, role and name. One that is gone already is no error.
    """
    if not backends:
        return
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        _ask(
            conn,
            "end_own",
            pids=[b.pid for b in backends],
            starts=[b.started_at for b in backends],
            prefix=prefix,
            wait_ms=END_WAIT_MS,
        )


# --- baseline --------------------------------------------------------------------------------------------------------


def baseline(conn: Connection) -> Baseline:
    """How fast and how faulty the database is now: round trips, counters, the statements that cost most."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        pings = [_ping_ms(conn) for _ in range(PING_SAMPLES)]
        row = _ask(conn, "database_counters")[0]
        statements, why_not = _statements(conn)
    since = row.pop("stats_reset")
    return Baseline(
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ping=Ping(len(pings), round(percentile(pings, 0.5), 3), round(percentile(pings, 0.99), 3)),
        counters=DatabaseCounters(**row, since=since.isoformat() if since else ""),
        statements=statements,
        statements_missing=why_not,
    )


_Statements: TypeAlias = tuple[tuple[StatementCost, ...], str]


def _statements(conn: Connection) -> _Statements:
    found = _ask(conn, "statements_extension")
    if not found:
        return (), "pg_stat_statements is not installed in this database"
    view = f"{quote_ident(found[0]['schema'])}.pg_stat_statements"
    text = sqltext.fill(sqltext.load(PACKAGE, "statements"), statements=view)
    try:
        rows = conn.execute(text.encode(), {"statements_max": STATEMENTS_MAX}).fetchall()
    except psycopg.Error as error:  # created, but not in shared_preload_libraries; or not for this role
        return (), _said(error)
    return tuple(_statement(row) for row in rows), ""


def _statement(row: Row) -> StatementCost:
    return StatementCost(
        query_id=row["query_id"],
        calls=row["calls"],
        total_ms=round(row["total_ms"], 3),
        mean_ms=round(row["total_ms"] / max(1, row["calls"]), 4),
        deviation_ms=round(row["deviation_ms"], 4),
        max_ms=round(row["max_ms"], 3),
        text=short_query(row["text"]),
    )


def statement_clock(conn: Connection) -> StatementClock | Unreadable:
    """What the sessions of this database have spent in statements so far; an error is a value, for it asks for care."""
    try:
        with _bounded(conn, QUESTION_TIMEOUT_MS):
            _ask(conn, "flush_statistics")
            (row,) = _ask(conn, "statement_clock")
    except psycopg.Error as error:
        return Unreadable("statement_clock", _said(error))
    return StatementClock(row["active_ms"], row["transactions"])


def others_connected(conn: Connection) -> bool | Unreadable:
    """Whether anybody but us is connected to this database; an error is a value, for it asks for care."""
    try:
        with _bounded(conn, QUESTION_TIMEOUT_MS):
            (row,) = _ask(conn, "others_connected")
    except psycopg.Error as error:
        return Unreadable("others_connected", _said(error))
    return bool(row["others"])


def _ping_ms(conn: Connection) -> float:
    began = time.perf_counter()
    _ask(conn, "ping")
    return (time.perf_counter() - began) * 1000.0


# --- wraparound and privileges ---------------------------------------------------------------------------------------


def wraparound(conn: Connection, share: float = 0.8) -> tuple[TableAge, ...]:
    """Tables that have used up this share of the age at which a vacuum begins that nothing can cancel, oldest first."""
    with _bounded(conn, SLOW_QUESTION_TIMEOUT_MS):
        return tuple(TableAge(**row) for row in _ask(conn, "wraparound", share=share))


def check_privileges(conn: Connection, needs: Sequence[tuple[str, str]]) -> tuple[Missing, ...]:
    """Ask every (text, sql) question, each of which gives one boolean, and collect those that are not true.

    An error counts as missing, with what the server said. Nothing can be written by a question.
    """
    answers = ((text, _answer(conn, text, question)) for text, question in needs)
    return tuple(found for _, found in answers if found is not None)


def _answer(conn: Connection, text: str, question: str) -> Missing | None:
    try:
        with conn.transaction():
            conn.execute(b"set transaction read only")
            _set(conn, SLOW_QUESTION_TIMEOUT_MS, local=True)
            row = conn.execute(question.encode()).fetchone()
    except psycopg.Error as error:
        return Missing(text, _said(error))
    return missing(text, next(iter(row.values())) if row else None)


# --- shared ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _bounded(conn: Connection, statement_timeout_ms: int) -> Iterator[None]:
    """A bound on every statement of the block, the session's own one put back at the end."""
    if not conn.closed:  # a lost one says so itself, as an error that is worth a new connection
        idle = psycopg.pq.TransactionStatus.IDLE
        assert conn.info.transaction_status == idle, "statistics do not move in a transaction"
    row = conn.execute(b"select current_setting('statement_timeout') as value").fetchone()
    assert row is not None
    _set(conn, statement_timeout_ms)
    try:
        yield
    finally:
        if not conn.closed:
            conn.execute(b"select pg_catalog.set_config('statement_timeout', %s, false)", (row["value"],))


def _set(conn: Connection, statement_timeout_ms: int, *, local: bool = False) -> None:
    conn.execute(b"select pg_catalog.set_config('statement_timeout', %s, %s)", (f"{statement_timeout_ms}ms", local))


def _ask(conn: Connection, question: str, **values: object) -> list[Row]:
    return conn.execute(sqltext.load(PACKAGE, question).encode(), values or None).fetchall()


def _run(conn: Connection, statement: str, **values: object) -> None:
    conn.execute(sqltext.load(PACKAGE, statement).encode(), values)


def _said(error: psycopg.Error) -> str:
    """What the server said, and its code; never the statement with its values."""
    primary = error.diag.message_primary or (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"{primary} ({error.sqlstate})" if error.sqlstate else primary
